// SPDX-License-Identifier: MIT
#include "core/tn_auth_list.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>

namespace shaken302 {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes join(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

/// Tag, short length, content.
Bytes element(std::uint8_t tag, const Bytes& content) {
  Bytes all{tag, static_cast<std::uint8_t>(content.size())};
  all.insert(all.end(), content.begin(), content.end());
  return all;
}
Bytes text(std::string_view value) { return element(0x16, Bytes(value.begin(), value.end())); }
Bytes list(const Bytes& entries) { return element(0x30, entries); }
Bytes range(std::string_view start, const Bytes& count) {
  return list(element(0xA1, element(0x30, join({text(start), element(0x02, count)}))));
}

const Bytes spc_1234{0x30, 0x08, 0xA0, 0x06, 0x16, 0x04, 0x31, 0x32, 0x33, 0x34};

}  // namespace

TEST_CASE("tn_auth_list: the worked example is the code 1234") {
  const auto parsed = parse_tn_auth_list(spc_1234);
  REQUIRE(parsed);
  REQUIRE(parsed->service_provider_codes.size() == 1);
  CHECK(parsed->service_provider_codes[0] == "1234");
  CHECK(parsed->ranges.empty());
  CHECK(parsed->numbers.empty());
  CHECK(to_der(*parsed) == spc_1234);
}

TEST_CASE("tn_auth_list: codes, ranges and numbers are read and written back") {
  const Bytes der =
      list(join({element(0xA0, text("505J")), element(0xA0, text("1")),
                 element(0xA1, element(0x30, join({text("12155550100"), element(0x02, {0x64})}))),
                 element(0xA1, element(0x30, join({text("0"), element(0x02, {0x09})}))),
                 element(0xA2, text("12155551212")), element(0xA2, text("*#67"))}));
  const auto parsed = parse_tn_auth_list(der);
  REQUIRE(parsed);
  CHECK(parsed->service_provider_codes == std::vector<std::string>{"505J", "1"});
  REQUIRE(parsed->ranges.size() == 2);
  CHECK(parsed->ranges[0].start == "12155550100");
  CHECK(parsed->ranges[0].count == 100);
  CHECK(parsed->ranges[1].start == "0");
  CHECK(parsed->ranges[1].count == 9);
  CHECK(parsed->numbers == std::vector<std::string>{"12155551212", "*#67"});
  CHECK(to_der(*parsed) == der);
}

TEST_CASE("tn_auth_list: lengths of one, two and three bytes") {
  for (const std::size_t entries : {11U, 12U, 23U, 24U, 5957U, 5958U}) {
    CAPTURE(entries);
    TnAuthList many;
    for (std::size_t i = 0; i < entries; ++i) many.numbers.push_back("1234567");
    const auto der = to_der(many);
    const auto parsed = parse_tn_auth_list(der);
    REQUIRE(parsed);
    CHECK(parsed->numbers == many.numbers);
  }
}

TEST_CASE("tn_auth_list: ranges end before their numbers get longer") {
  struct Row {
    std::string why;
    const char* start;
    Bytes count;
    bool accepted;
  };
  const Row rows[] = {
      {"the example of RFC 8226 section 9: 10 and 91 would reach 101", "10", {91}, false},
      {"10 + 90 is 100, which is not below 10^2", "10", {90}, false},
      {"10 + 89 is below", "10", {89}, true},
      {"a count of two is the smallest", "5", {2}, true},
      {"a count of one is no range", "5", {1}, false},
      {"nor is none", "5", {0}, false},
      {"a negative count", "5", {0x82}, false},
      {"a count without content", "5", {}, false},
      {"a leading zero that DER does not want", "10", {0, 5}, false},
      {"a leading zero that DER needs", "100", {0, 0x80}, true},
      {"fifteen digits", "100000000000000", {0, 0xFF}, true},
      {"fifteen nines", "999999999999999", {2}, false},
      {"the largest count of seven bytes does not overflow",
       "1",
       {0x7F, 255, 255, 255, 255, 255, 255},
       false},
      {"eight bytes of count", "1", {0x01, 0, 0, 0, 0, 0, 0, 0}, false},
      {"sixteen digits", "1000000000000000", {2}, false},
      {"no digits", "", {2}, false},
      {"a start with a star", "*10", {2}, false},
      {"a start with a hash", "10#", {2}, false},
      {"a start with a plus", "+10", {2}, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    CHECK(parse_tn_auth_list(range(row.start, row.count)).has_value() == row.accepted);
  }
}

TEST_CASE("tn_auth_list: what is not exact DER of the grammar is refused") {
  struct Row {
    std::string why;
    Bytes der;
  };
  const Bytes spc = element(0xA0, text("1234"));
  Bytes long_list;  // 12 entries of 11 bytes
  for (int i = 0; i < 12; ++i) long_list = join({long_list, element(0xA2, text("1234567"))});
  REQUIRE(parse_tn_auth_list(join({{0x30, 0x81, 0x84}, long_list})));
  const Row rows[] = {
      {"nothing", {}},
      {"a tag alone", {0x30}},
      {"an empty list: SIZE (1..MAX)", {0x30, 0x00}},
      {"a byte behind the list", join({spc_1234, {0x00}})},
      {"two lists", join({spc_1234, spc_1234})},
      {"a SET", element(0x31, spc)},
      {"indefinite length (BER)", join({{0x30, 0x80}, spc, {0x00, 0x00}})},
      {"a long length where the short one is enough", join({{0x30, 0x81, 0x08}, spc})},
      {"a length with a leading zero byte", join({{0x30, 0x82, 0x00, 0x08}, spc})},
      {"a longer one with a leading zero byte", join({{0x30, 0x82, 0x00, 0x84}, long_list})},
      {"a length in four bytes", join({{0x30, 0x84, 0x00, 0x00, 0x00, 0x08}, spc})},
      {"a length of a length that is cut off", {0x30, 0x82, 0x01}},
      {"IMPLICIT tags, as if the module had them", list({0x80, 0x04, 0x31, 0x32, 0x33, 0x34})},
      {"implicit inside", list({0xA0, 0x04, 0x31, 0x32, 0x33, 0x34})},
      {"a UTF8String", list(element(0xA0, element(0x0C, {0x31})))},
      {"a PrintableString", list(element(0xA0, element(0x13, {0x31})))},
      {"choice 3 does not exist", list(element(0xA3, text("1")))},
      {"a universal tag as choice", list(text("1234"))},
      {"a tag number in several bytes", list({0xBF, 0x20, 0x03, 0x16, 0x01, 0x31})},
      {"two strings in one entry", list(element(0xA0, join({text("1"), text("2")})))},
      {"an entry without content", list(element(0xA0, {}))},
      {"an empty code", list(element(0xA0, text("")))},
      {"a code with a byte beyond ASCII", list(element(0xA0, text("\xC3")))},
      {"a code with a line feed, for the log", list(element(0xA0, text("12\n34")))},
      {"a code with a blank", list(element(0xA0, text("12 34")))},
      {"an empty number", list(element(0xA2, text("")))},
      {"a number of sixteen digits", list(element(0xA2, text("1234567890123456")))},
      {"a number with a plus", list(element(0xA2, text("+12155551212")))},
      {"a range without its sequence", list(element(0xA1, join({text("10"), element(2, {2})})))},
      {"a range without a count", list(element(0xA1, element(0x30, text("10"))))},
      {"a range that goes on: a later version's extension might narrow it",
       list(element(0xA1, element(0x30, join({text("10"), element(2, {2}), element(2, {2})}))))},
      {"a count that is a BOOLEAN",
       list(element(0xA1, element(0x30, join({text("10"), element(1, {2})}))))},
      {"a start that is an INTEGER",
       list(element(0xA1, element(0x30, join({element(2, {10}), element(2, {2})}))))},
      {"a second entry that is cut off", list(join({spc, {0xA0, 0x06, 0x16}}))},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    CHECK_FALSE(parse_tn_auth_list(row.der).has_value());
  }
}

TEST_CASE("tn_auth_list: every truncation is refused, and no changed byte reads as the same list") {
  const Bytes der = list(
      join({element(0xA0, text("505J")),
            element(0xA1, element(0x30, join({text("12155550100"), element(0x02, {0x00, 0x90})}))),
            element(0xA2, text("12155551212"))}));
  REQUIRE(parse_tn_auth_list(der));
  for (std::size_t size = 0; size < der.size(); ++size) {
    CAPTURE(size);
    const Bytes cut(der.begin(), der.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK_FALSE(parse_tn_auth_list(cut).has_value());
  }
  int accepted = 0;
  for (std::size_t i = 0; i < der.size(); ++i) {
    for (int value = 0; value < 256; ++value) {
      Bytes changed = der;
      changed[i] = static_cast<std::uint8_t>(value);
      const auto parsed = parse_tn_auth_list(changed);
      if (!parsed) continue;
      ++accepted;
      // DER is a bijection: what is accepted is written back byte for byte. (The order of the kinds
      // cannot change here: an A0 for the A2 keeps three entries in another order.)
      if (changed[i] != 0xA0 || i < 8) CHECK(to_der(*parsed) == changed);
    }
  }
  CHECK(accepted > static_cast<int>(der.size()));
  CHECK(accepted < static_cast<int>(der.size()) * 96);  // most are refused
}

}  // namespace shaken302
