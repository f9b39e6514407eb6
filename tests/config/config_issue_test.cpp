// SPDX-License-Identifier: MIT
#include "config/config_issue.hpp"

#include <doctest/doctest.h>

using namespace shaken302::config;

TEST_CASE("config_issue: one line: file, line, key, problem, remedy") {
  struct Row {
    const char* why;
    ConfigIssue issue;
    const char* text;
  };
  const Row rows[] = {
      {"everything",
       {"a.toml", 12, "peer[edge].status", "301 is not it", "use 302"},
       "a.toml:12: peer[edge].status: 301 is not it; use 302"},
      {"no line: the file as a whole",
       {"a.toml", 0, "peer", "is missing", "add it"},
       "a.toml: peer: is missing; add it"},
      {"no key", {"a.toml", 3, "", "is no TOML", "correct it"}, "a.toml:3: is no TOML; correct it"},
      {"no file", {"", 0, "", "out of memory", "try again"}, "out of memory; try again"},
      {"no remedy", {"a.toml", 3, "", "bad", ""}, "a.toml:3: bad"},
      {"what the operator wrote cannot break the line or move the cursor",
       {"a\nb", 1, "k\r", std::string("x\0y\x1B[2J\x7F", 8), "use \"\t\""},
       "a\\x0Ab:1: k\\x0D: x\\x00y\\x1B[2J\\x7F; use \"\\x09\""},
      {"UTF-8 stays", {"a", 1, "", "\xC3\xA9", "r"}, "a:1: \xC3\xA9; r"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    CHECK(to_text(row.issue) == row.text);
  }
}
