// SPDX-License-Identifier: MIT
#include "directory/csv_fields.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>

using namespace shaken302::directory;

TEST_CASE("csv_fields: a line is cut at commas outside of quotes") {
  struct Row {
    const char* why;
    std::string_view line;
    const char* fields;  // joined with |
    std::optional<CsvError> error = std::nullopt;
  };
  const Row rows[] = {
      {"one field", "a", "a"},
      {"an empty line is one empty field", "", ""},
      {"two", "a,b", "a|b"},
      {"empty ones", ",,", "||"},
      {"blanks belong to the field", " a , b", " a | b"},
      {"quotes hide commas", "a,\"b,c\",d", "a|b,c|d"},
      {"an empty quoted field", "\"\",a", "|a"},
      {"doubled quotes stay doubled", "\"a\"\"b\"", "a\"\"b"},
      {"a field that is one quote", "\"\"\"\"", "\"\""},
      {"quotes at the end", "a,\"b\"", "a|b"},
      {"a quote that is not closed", "a,\"b", "", CsvError::open_quote},
      {"a doubled quote does not close", "\"a\"\"", "", CsvError::open_quote},
      {"a quote alone", "\"", "", CsvError::open_quote},
      {"a quote in the middle of a field", "a,b\"c", "", CsvError::stray_quote},
      {"text behind the closing quote", "\"a\"b,c", "", CsvError::behind_quote},
      {"a blank behind it", "\"a\" ,c", "", CsvError::behind_quote},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    const auto cut = split_csv_line(row.line);
    REQUIRE(cut.has_value() == !row.error.has_value());
    if (!cut) {
      CHECK(cut.error() == *row.error);
      continue;
    }
    std::string joined;
    for (std::size_t i = 0; i < cut->count; ++i) {
      joined += (i == 0 ? "" : "|") + std::string(cut->fields.at(i));
    }
    CHECK(joined == row.fields);
  }
}

TEST_CASE("csv_fields: more fields than are kept are still counted") {
  const auto cut = split_csv_line(std::string(100, ','));
  REQUIRE(cut);
  CHECK(cut->count == 101);
}

TEST_CASE("csv_fields: UTF-8 as RFC 3629 has it") {
  struct Row {
    const char* why;
    std::string_view text;
    bool good;
  };
  const Row rows[] = {
      {"empty", "", true},
      {"ASCII", "abc", true},
      {"two bytes", "\xC3\xA9", true},
      {"three bytes", "\xE2\x82\xAC", true},
      {"four bytes", "\xF0\x9F\x98\x80", true},
      {"the last character", "\xF4\x8F\xBF\xBF", true},
      {"Latin-1", "caf\xE9", false},
      {"a continuation alone", "\x80", false},
      {"cut", "\xE2\x82", false},
      {"continued by a letter", "\xC3x", false},
      {"overlong, two bytes", "\xC0\xAF", false},
      {"overlong, three bytes", "\xE0\x80\xAF", false},
      {"overlong, four bytes", "\xF0\x80\x80\xAF", false},
      {"a surrogate", "\xED\xA0\x80", false},
      {"just before the surrogates", "\xED\x9F\xBF", true},
      {"beyond Unicode", "\xF4\x90\x80\x80", false},
      {"a byte that never occurs", "\xFF", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    CHECK(is_utf8(row.text) == row.good);
  }
}
