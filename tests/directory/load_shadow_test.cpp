// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "directory_scene.hpp"

using namespace shaken302;
using namespace shaken302::directory;
using namespace shaken302::directory::test;

namespace {

const std::string with_shadow = "[shadow]\nconfiguration = \"next.toml\"\n";

std::string toml_with_shadow() { return with_shadow + std::string(good_toml); }

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
    CHECK(lines.find("t.toml: shadow.configuration: is not good: calls are served without it") !=
          std::string::npos);
  }
  DirectoryScene scene;
  const auto absent = scene.load(scene.configuration(toml_with_shadow()));
  REQUIRE(absent.has_value());
  CHECK(absent->snapshot->shadow == nullptr);
  CHECK(absent->warnings.size() == 2);
}

TEST_CASE("load_shadow: a shadow has none of its own, not even itself") {
  DirectoryScene scene;
  scene.folder.write("next.toml", toml_with_shadow());
  const auto loaded = scene.load(scene.configuration(toml_with_shadow()));
  REQUIRE(loaded.has_value());
  REQUIRE(loaded->snapshot->shadow != nullptr);
  CHECK(loaded->snapshot->shadow->shadow == nullptr);
}
