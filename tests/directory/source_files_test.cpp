// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "directory_scene.hpp"

using namespace shaken302;
using namespace shaken302::directory;
using namespace shaken302::directory::test;

namespace {

/// Until a file's times tell it from one that is written now.
void settle() { std::this_thread::sleep_for(std::chrono::milliseconds(80)); }

/// As SIGHUP does: the configuration is read again, and its keys.
Result<LoadedSnapshot, config::ConfigIssues> reload(DirectoryScene& scene,
                                                    const LoadedSnapshot& before,
                                                    std::string_view toml = good_toml) {
  return load_snapshot(scene.configuration(toml), 2, shaken302::test::noon, scene.slots, {},
                       {&before, false});
}

}  // namespace

TEST_CASE("source_files: numbers are read again when their file is another one, and only then") {
  DirectoryScene scene;
  settle();
  const auto first = scene.load(scene.configuration());
  REQUIRE(first);
  const auto same = reload(scene, *first);
  REQUIRE(same);
  CHECK((same->snapshot->numbers == first->snapshot->numbers));
  CHECK((same->snapshot->never_calls == first->snapshot->never_calls));
  CHECK((same->snapshot->accounts != first->snapshot->accounts));
  CHECK((same->snapshot->credentials != first->snapshot->credentials));

  // The same size, and its modification time put back: the change itself has a time too.
  const auto path = scene.folder.path() / "numbers.csv";
  const auto time = std::filesystem::last_write_time(path);
  scene.folder.write("numbers.csv", replaced(good_numbers, "12155550100", "12155550109"));
  std::filesystem::last_write_time(path, time);
  settle();
  const auto other = reload(scene, *same);
  REQUIRE(other);
  CHECK((other->snapshot->numbers != first->snapshot->numbers));
  CHECK(other->snapshot->numbers->find(*parse_canonical_number("12155550109")));
}

TEST_CASE("source_files: a file that was only just written is read again") {
  DirectoryScene scene;
  const auto first = scene.load(scene.configuration());
  REQUIRE(first);
  CHECK(first->states.numbers.empty());
  const auto again = reload(scene, *first);
  REQUIRE(again);
  CHECK((again->snapshot->numbers != first->snapshot->numbers));
}

TEST_CASE("source_files: accounts change and numbers stay, unless one of theirs is gone") {
  DirectoryScene scene;
  settle();
  const auto first = scene.load(scene.configuration());
  REQUIRE(first);
  const std::string toml =
      "[[account]]\nid = \"newcomer\"\n" +
      replaced(good_toml, "id = \"acme-store\"\n", "id = \"acme-store\"\nstatus = \"suspended\"\n");
  const auto second = reload(scene, *first, toml);
  REQUIRE(second);
  CHECK((second->snapshot->numbers == first->snapshot->numbers));
  const AccountTable& accounts = *second->snapshot->accounts;
  CHECK(accounts.find("acme") == first->snapshot->accounts->find("acme"));
  CHECK(accounts.find("newcomer") == 2);
  CHECK(accounts.accounts()[accounts.find("acme-store")].suspended);

  const std::string without =
      std::string(good_toml.substr(0, good_toml.find("[[account]]\nid = \"acme-store\"")));
  const auto third = reload(scene, *second, without);
  REQUIRE_FALSE(third);
  CHECK(scene.lines(third.error()) ==
        "numbers.csv:3: account: \"acme-store\" is no account; accounts: \"acme\"\n");
}

TEST_CASE("source_files: a list of numbers that never call") {
  DirectoryScene scene;
  const std::string toml =
      "[directory]\ndo_not_originate = \"never.csv\"\n" + std::string(good_toml);
  CHECK(scene.issues(toml).find("t.toml:2: directory.do_not_originate: never.csv cannot be read") ==
        0);
  scene.folder.write("never.csv", "number\n18005550100\n18005550199-18005550190\n");
  CHECK(scene.issues(toml).find("never.csv:3: number: ") == 0);
  scene.folder.write("never.csv", "number\n18005550100\n");
  const auto loaded = scene.load(scene.configuration(toml));
  REQUIRE(loaded);
  CHECK(loaded->snapshot->never_calls->find(*parse_canonical_number("18005550100")));
  const auto none = scene.load(scene.configuration());
  REQUIRE(none);
  REQUIRE(none->snapshot->never_calls);
  CHECK(none->snapshot->never_calls->size() == 0);
}
