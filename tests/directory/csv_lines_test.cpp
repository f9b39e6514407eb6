// SPDX-License-Identifier: MIT
#include "directory/csv_lines.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace shaken302;
using namespace shaken302::directory;

namespace {

/// Each line with its number; "~" behind one without an end, "long" for one that does not fit.
std::string lines_of(std::string_view text, std::size_t buffer_bytes) {
  CsvLines lines(read_from(text), buffer_bytes);
  std::string out;
  while (lines.next()) {
    out += std::to_string(lines.number()) + ":" +
           (lines.is_too_long() ? "long" : std::string(lines.line())) +
           (lines.is_ended() ? "|" : "~|");
  }
  CHECK_FALSE(lines.failure());
  return out;
}

}  // namespace

TEST_CASE("csv_lines: the same lines however the text is cut into pieces") {
  struct Row {
    const char* why;
    std::string_view text;
    const char* lines;
  };
  const Row rows[] = {
      {"nothing", "", ""},
      {"one line", "a\n", "1:a|"},
      {"LF and CRLF", "a\r\nb\n\r\n\n", "1:a|2:b|3:|4:|"},
      {"a CR that ends nothing", "a\rb\n", "1:a\rb|"},
      {"no end", "a\nbcd", "1:a|2:bcd~|"},
      {"a byte order mark",
       "\xEF\xBB\xBF"
       "a\n\xEF\xBB\xBF\n",
       "1:a|2:\xEF\xBB\xBF|"},
      {"nothing but a byte order mark", "\xEF\xBB\xBF", ""},
      {"half a byte order mark", "\xEF\xBB\n", "1:\xEF\xBB|"},
  };
  for (const Row& row : rows) {
    const std::string why = row.why;
    CAPTURE(why);
    for (std::size_t bytes = 6; bytes < 20; ++bytes) {
      CAPTURE(bytes);
      CHECK(lines_of(row.text, bytes) == row.lines);
    }
  }
}

TEST_CASE("csv_lines: a line that does not fit is left out and counted") {
  CHECK(lines_of("ab\nabcdefghijklm\nc\n", 8) == "1:ab|2:long|3:c|");
  CHECK(lines_of("abcdefg\n", 8) == "1:abcdefg|");
  CHECK(lines_of("abcdefgh\n", 8) == "1:long|");
  CHECK(lines_of("ab\nabcdefghijklm", 8) == "1:ab|2:long~|");
}

TEST_CASE("csv_lines: a failure to read ends the lines and is told") {
  int calls = 0;
  CsvLines lines([&](char* to, std::size_t) -> Result<std::size_t, config::ConfigIssue> {
    if (++calls > 1) return Failure{config::ConfigIssue{"n.csv", 0, "", "is gone", "find it"}};
    std::string_view("aa\nb").copy(to, 4);
    return std::size_t{4};
  });
  CHECK(lines.next());
  CHECK(lines.line() == "aa");
  CHECK_FALSE(lines.next());
  REQUIRE(lines.failure());
  CHECK(lines.failure()->problem == "is gone");
  CHECK_FALSE(lines.next());
}
