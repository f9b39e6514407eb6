// SPDX-License-Identifier: MIT
#include "config/nearest_name.hpp"

#include <doctest/doctest.h>

using namespace shaken302::config;

TEST_CASE("nearest_name: the distance counts letters added, removed, replaced and swapped") {
  struct Row {
    const char* why;
    const char* a;
    const char* b;
    std::size_t distance;
  };
  const Row rows[] = {
      {"equal", "status", "status", 0},
      {"one missing", "statu", "status", 1},
      {"one too many", "statuss", "status", 1},
      {"one wrong", "stetus", "status", 1},
      {"two swapped", "sattus", "status", 1},
      {"capitals are free", "Status", "sTATUS", 0},
      {"- for _ is free", "next-hop", "next_hop", 0},
      {"against nothing", "", "abc", 3},
      {"nothing at all", "", "", 0},
      {"two apart", "kitten", "mittem", 2},
      {"both ways", "saturday", "sunday", 3},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    CHECK(edit_distance(row.a, row.b) == row.distance);
    CHECK(edit_distance(row.b, row.a) == row.distance);
  }
}

TEST_CASE(
    "nearest_name: a long name is compared by its first 64 bytes and costs no more than that") {
  const std::string a(100000, 'a');
  CHECK(edit_distance(a, a + "b") == 0);
  CHECK(edit_distance(a, "") == 64);
}

TEST_CASE("nearest_name: only a name that may have been meant is suggested") {
  const std::vector<std::string_view> known{"status", "state", "x5u", "max_attestation", "id"};
  struct Row {
    const char* why;
    const char* name;
    const char* nearest;
  };
  const Row rows[] = {
      {"one letter", "max_atestation", "max_attestation"},
      {"the closer one wins", "statee", "state"},
      {"a short name may have one wrong letter", "x5v", "x5u"},
      {"but not all of them wrong", "qq", ""},
      {"a letter is not enough to be id by", "i", "id"},
      {"nothing in common", "frobnicate", ""},
      {"empty", "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    CHECK(nearest_name(row.name, known) == row.nearest);
  }
  CHECK(nearest_name("ab", {"ax", "ay"}) == "ax");
}

TEST_CASE("nearest_name: where nothing is near, some of the known names are listed") {
  CHECK(suggest("stats", {"status", "x"}, "keys") == "did you mean \"status\"?");
  CHECK(suggest("foo", {}, "accounts") == "accounts: none");
  CHECK(suggest("foo", {"alpha", "beta"}, "keys") == "keys: \"alpha\", \"beta\"");
  const std::vector<std::string_view> many(15, "alpha");
  const std::string text = suggest("foo", many, "keys");
  CHECK(text.ends_with(" and 3 more"));
  CHECK(suggest("foo", many, "keys", "see the manual") == "see the manual");
  CHECK(suggest("alpha1", many, "keys", "see the manual") == "did you mean \"alpha\"?");
  const std::vector<std::string_view> few(12, "alpha");
  CHECK(suggest("foo", few, "keys", "see the manual").starts_with("keys: \"alpha\", "));
}
