// SPDX-License-Identifier: MIT
#include "directory/load_shadow.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "tables_scene.hpp"

using namespace shaken302;
using namespace shaken302::directory;
using namespace shaken302::directory::test;

namespace {

const std::string with_shadow = "[shadow]\nconfiguration = \"next.toml\"\n";

std::string toml_with_shadow() { return with_shadow + std::string(good_toml); }

std::vector<std::string> built(const LoadedSnapshot& loaded) {
  std::vector<std::string> names;
  for (const BuiltPart& part : loaded.built) names.emplace_back(part.name);
  return names;
}
using Built = std::vector<std::string>;

Attestation cap_of(const Snapshot& snapshot, std::string_view account) {
  return snapshot.accounts->accounts().at(snapshot.accounts->find(account)).max_attestation;
}

/// The times of a file are looked at, to some milliseconds.
void settle() { std::this_thread::sleep_for(std::chrono::milliseconds(70)); }

/// A reload as an operator asks for it: the configuration is read again.
Result<LoadedSnapshot, config::ConfigIssues> reload(DirectoryScene& scene, std::string_view toml,
                                                    const LoadedSnapshot& before) {
  return load_snapshot(scene.configuration(toml), 2, shaken302::test::noon, scene.slots, {},
                       {&before, false});
}

struct Row {
  std::string why;
  std::string shadow;  ///< what stands in next.toml
  std::string warning;
};

}  // namespace

TEST_CASE("load_shadow: a second configuration is loaded beside the first") {
  DirectoryScene scene;
  scene.folder.write(
      "next.toml", replaced(good_toml, "id = \"acme\"", "id = \"acme\"\nmax_attestation = \"B\""));
  const auto loaded = scene.load(scene.configuration(toml_with_shadow()));
  REQUIRE(loaded.has_value());
  const Snapshot& live = *loaded->snapshot;
  REQUIRE(live.shadow != nullptr);
  CHECK(live.accounts->accounts()[0].max_attestation == Attestation::A);
  CHECK(live.shadow->accounts->accounts()[0].max_attestation == Attestation::B);
  CHECK(live.shadow->generation == live.generation);
  CHECK(live.shadow->numbers->size() == live.numbers->size());
  CHECK(loaded->warnings.empty());
  CHECK(scene.slots.names().size() == 1);
}

TEST_CASE("load_shadow: none is none") {
  DirectoryScene scene;
  CHECK(scene.load(scene.configuration())->snapshot->shadow == nullptr);
}

TEST_CASE("load_shadow: one that is not good is a warning, and the first one is served") {
  const Row rows[] = {
      {"a mistake in it", replaced(good_toml, "id = \"acme\"", "id = \"acme\"\nstatus = \"gone\""),
       "next.toml:13: account[acme].status: shadow: "},
      {"a key that is not there", replaced(good_toml, "house.key", "other.key"),
       "next.toml:3: credential[house].key: shadow: "},
      {"no configuration at all", "hello", "next.toml:1: shadow: "},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    DirectoryScene scene;
    scene.folder.write("next.toml", row.shadow);
    const auto loaded = scene.load(scene.configuration(toml_with_shadow()));
    REQUIRE(loaded.has_value());
    CHECK(loaded->snapshot->shadow == nullptr);
    const std::string lines = scene.lines(loaded->warnings);
    CHECK_MESSAGE(lines.find(row.warning) != std::string::npos, lines);
    CHECK(lines.find("t.toml:2: shadow.configuration: is not good: calls are served without it") !=
          std::string::npos);
  }
  DirectoryScene scene;
  const auto absent = scene.load(scene.configuration(toml_with_shadow()));
  REQUIRE(absent.has_value());
  CHECK(absent->snapshot->shadow == nullptr);
  CHECK(absent->warnings.size() == 2);
}

TEST_CASE("load_shadow: one that is this very file gets a warning, by whatever name") {
  for (const std::string name : {"t.toml", "./t.toml", "link.toml"}) {
    CAPTURE(name);
    DirectoryScene scene;
    const std::string toml = replaced(toml_with_shadow(), "\"next.toml\"", "\"" + name + "\"");
    scene.folder.write("t.toml", toml);
    std::filesystem::create_symlink("t.toml", scene.folder.path() / "link.toml");
    const auto loaded = scene.load(scene.configuration(toml));
    REQUIRE(loaded.has_value());
    CHECK(scene.lines(loaded->warnings) ==
          "t.toml:2: shadow.configuration: names this very file: every call is compared with "
          "itself; name another file, or remove the section\n");
  }
}

TEST_CASE("load_shadow: a shadow has none of its own, not even itself") {
  DirectoryScene scene;
  scene.folder.write("next.toml", toml_with_shadow());
  const auto loaded = scene.load(scene.configuration(toml_with_shadow()));
  REQUIRE(loaded.has_value());
  REQUIRE(loaded->snapshot->shadow != nullptr);
  CHECK(loaded->snapshot->shadow->shadow == nullptr);
}

TEST_CASE("load_shadow: a reload reads what has changed of the shadow and keeps its other tables") {
  DirectoryScene scene;
  scene.folder.write("next.toml", good_toml);
  scene.folder.write("next.csv", good_numbers);
  settle();
  const auto first = scene.load(scene.configuration(toml_with_shadow()));
  REQUIRE(first.has_value());
  REQUIRE(first->snapshot->shadow != nullptr);
  CHECK(cap_of(*first->snapshot->shadow, "acme") == Attestation::A);

  scene.folder.write(
      "next.toml", replaced(good_toml, "id = \"acme\"", "id = \"acme\"\nmax_attestation = \"B\""));
  const auto second = reload(scene, toml_with_shadow(), *first);
  REQUIRE(second.has_value());
  const Snapshot& before = *first->snapshot->shadow;
  const Snapshot& after = *second->snapshot->shadow;
  CHECK(cap_of(after, "acme") == Attestation::B);
  CHECK(after.numbers == before.numbers);
  CHECK(after.never_calls == before.never_calls);
  CHECK(built(second->shadow->loaded) == Built{"credentials", "peers and accounts"});
  CHECK(built(*second) == Built{"credentials", "peers and accounts", "shadow"});

  scene.folder.write("next.toml", std::string(good_toml) + "[directory]\nnumbers = \"next.csv\"\n");
  const auto third = reload(scene, toml_with_shadow(), *second);
  REQUIRE(third.has_value());
  CHECK(third->snapshot->shadow->numbers != after.numbers);
  CHECK(third->snapshot->numbers == second->snapshot->numbers);

  const auto none = reload(scene, good_toml, *third);
  REQUIRE(none.has_value());
  CHECK(none->snapshot->shadow == nullptr);
  CHECK(built(*none) == Built{"credentials", "peers and accounts", "shadow"});
}

TEST_CASE("load_shadow: one of a database follows its tables") {
  TablesScene scene;
  scene.fill();
  scene.folder.write("next.toml", TablesScene::database_toml());
  const auto live = scene.configuration(with_shadow + TablesScene::database_toml());
  const auto first = scene.load(live);
  scene.expect(first);
  REQUIRE(first->snapshot->shadow != nullptr);

  const auto same = scene.refresh(*first, live);
  scene.expect(same);
  CHECK(built(*same) == Built{});
  CHECK(same->shadow == first->shadow);
  CHECK(same->snapshot->shadow == first->snapshot->shadow);

  // Nobody looks at a file before an operator says so: it may be half edited.
  scene.folder.write("next.toml", "half");
  scene.sql("UPDATE account SET max_attestation = 'C' WHERE id = 'acme'");
  const auto second = scene.refresh(*same, live);
  scene.expect(second);
  REQUIRE(second->snapshot->shadow != nullptr);
  CHECK(cap_of(*second->snapshot->shadow, "acme") == Attestation::C);
  CHECK(second->snapshot->shadow->numbers == first->snapshot->shadow->numbers);
  CHECK(built(second->shadow->loaded) == Built{"peers and accounts"});
  CHECK(built(*second) == Built{"peers and accounts", "shadow"});

  scene.sql("DELETE FROM number");
  const auto third = scene.refresh(*second, live);
  scene.expect(third);
  CHECK(third->snapshot->shadow->numbers->size() == 0);
  CHECK(third->snapshot->shadow->accounts == second->snapshot->shadow->accounts);
}

TEST_CASE("load_shadow: one of files waits for a reload when a database has changed") {
  TablesScene scene;
  scene.fill();
  scene.folder.write("next.toml", good_toml);
  settle();
  const auto live = scene.configuration(with_shadow + TablesScene::database_toml());
  const auto first = scene.load(live);
  scene.expect(first);
  REQUIRE(first->snapshot->shadow != nullptr);
  scene.folder.write("numbers.csv", "number,account\n");
  scene.sql("DELETE FROM number");
  const auto second = scene.refresh(*first, live);
  scene.expect(second);
  CHECK(built(*second) == Built{"numbers"});
  CHECK(second->snapshot->shadow == first->snapshot->shadow);
  const auto third =
      load_snapshot(live, 3, shaken302::test::noon, scene.slots, {}, {&*second, false});
  scene.expect(third);
  CHECK(third->snapshot->shadow->numbers->size() == 0);
}

TEST_CASE("load_shadow: a locked database is a warning, and the next load finds it again") {
  TablesScene scene;
  scene.fill();
  std::filesystem::copy_file(scene.folder.path() / "db", scene.folder.path() / "other");
  scene.folder.write("next.toml",
                     replaced(TablesScene::database_toml(), "sqlite:db", "sqlite:other"));
  const auto live = scene.configuration(with_shadow + TablesScene::database_toml());
  const auto first = scene.load(live);
  scene.expect(first);
  REQUIRE(first->snapshot->shadow != nullptr);
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open((scene.folder.path() / "other").c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE", nullptr, nullptr,
                       nullptr) == SQLITE_OK);
  const auto second = scene.refresh(*first, live);
  sqlite3_close(other);
  scene.expect(second);
  CHECK(second->snapshot->shadow == nullptr);
  CHECK(built(*second) == Built{"shadow"});
  const std::string lines = scene.lines(second->warnings);
  CHECK_MESSAGE(lines.find("other: shadow: does not answer") != std::string::npos, lines);
  CHECK(lines.find("calls are served without it") != std::string::npos);
  const auto third = scene.refresh(*second, live);
  scene.expect(third);
  CHECK(third->snapshot->shadow != nullptr);
  CHECK(built(*third) == Built{"shadow"});
}

TEST_CASE("load_shadow: what is thrown is a warning") {
  DirectoryScene scene;
  scene.folder.write("next.toml", good_toml);
  const auto live = scene.configuration(toml_with_shadow());
  config::ConfigIssues warnings;
  const auto shadow = load_shadow(
      {live}, warnings, [](const auto&...) -> Result<LoadedSnapshot, config::ConfigIssues> {
        throw std::runtime_error("no room");
      });
  CHECK(shadow == nullptr);
  REQUIRE(warnings.size() == 2);
  CHECK(scene.lines(warnings).starts_with("next.toml: shadow: no room; "));
}

TEST_CASE("load_shadow: its calls come in at the live listeners, whatever its [server] says") {
  const std::string server = "[server]\nlisten = [\"udp:127.0.0.1:5070\"]\n";
  const std::string names_it = "listeners = [\"udp:127.0.0.1:5070\"]\n";
  const std::string at_live =
      replaced(good_toml, "name = \"edge\"\n", "name = \"edge\"\n" + names_it);
  const Row rows[] = {
      {"a listener of the live server", at_live, ""},
      {"and not of its own", "[server]\nlisten = [\"udp:127.0.0.1:5080\"]\n" + at_live, ""},
      {"its [server] is nobody's business", "[server]\nlisten = [\"hello\"]\n" + at_live, ""},
      {"a listener of its own alone",
       "[server]\nlisten = [\"udp:127.0.0.1:5080\"]\n" +
           replaced(at_live, "127.0.0.1:5070", "127.0.0.1:5080"),
       "peer[edge].listeners: shadow: \"udp:127.0.0.1:5080\" is no listener of this server; add it "
       "to [server] listen, or name one of \"udp:127.0.0.1:5070\""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    DirectoryScene scene;
    scene.folder.write("next.toml", row.shadow);
    const auto loaded =
        scene.load(scene.configuration(with_shadow + server + std::string(good_toml)));
    REQUIRE(loaded.has_value());
    const std::string lines = scene.lines(loaded->warnings);
    CHECK_MESSAGE((loaded->snapshot->shadow != nullptr) == row.warning.empty(), lines);
    CHECK_MESSAGE(lines.find(row.warning) != std::string::npos, lines);
  }
}

TEST_CASE("load_snapshot: peers of a database name listeners of the server, in a shadow as well") {
  TablesScene scene;
  scene.fill();
  scene.sql("UPDATE peer SET listeners = '[\"udp:127.0.0.1:5070\"]'");
  const std::string server = "[server]\nlisten = [\"udp:127.0.0.1:5070\"]\n";
  const std::string problem =
      "sqlite:db: peer[edge].listeners: \"udp:127.0.0.1:5070\" is no listener of this server";
  CHECK(scene.issues(TablesScene::database_toml()).find(problem) != std::string::npos);
  CHECK(scene.issues(server + TablesScene::database_toml()).empty());

  scene.folder.write("next.toml", TablesScene::database_toml());
  const std::string files = with_shadow + std::string(good_toml);
  CHECK(scene.warnings(scene.configuration(server + files)).empty());
  const std::string warnings = scene.warnings(scene.configuration(files));
  CHECK_MESSAGE(warnings.find("shadow: \"udp:127.0.0.1:5070\" is no listener") != std::string::npos,
                warnings);
}
