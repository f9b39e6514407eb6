// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "shaken302/phone_number.hpp"

using namespace shaken302;

TEST_CASE("number_plan: each country has its prefixes and lengths") {
  struct Row {
    const char* why;
    const char* country_code;
    const char* international;
    const char* national;
    int digits_min;
    int digits_max;
  };
  const Row rows[] = {
      {"North America", "1", "011", "1", 10, 10},
      {"France: closed, nine digits behind 0", "33", "00", "0", 9, 9},
      {"Spain has no trunk prefix", "34", "00", "", 9, 9},
      {"Italy keeps its leading zero", "39", "00", "", 9, 11},
      {"the United Kingdom has nine and ten digits", "44", "00", "0", 9, 10},
      {"Germany is open", "49", "00", "0", 6, 13},
      {"Brazil: the carrier code behind 00 cannot be told from a country code", "55", "", "0", 10,
       11},
      {"Australia: 0011, and ten digits for 1300 numbers", "61", "0011", "0", 9, 10},
      {"India", "91", "00", "0", 10, 10},
      {"Russia: 8 and 8 10", "7", "810", "8", 10, 10},
      {"Hungary: trunk prefix of two digits", "36", "00", "06", 8, 9},
      {"Japan: 010 would otherwise be read as trunk 0 and area 10", "81", "010", "0", 9, 10},
      {"Ivory Coast: the first of a shared row's neighbours", "225", "00", "", 10, 10},
      {"Greece: the other one of that row", "30", "00", "", 10, 10},
      {"Guadeloupe: nine digits, or 590 271234 would be +590 271234", "590", "00", "0", 9, 9},
      {"the last code of a long row", "975", "00", "", 8, 8},
      {"an unknown country: ITU-T's recommended prefixes", "43", "00", "0", 6, 13},
      {"an unknown country code of three digits leaves twelve", "353", "00", "0", 6, 12},
      {"a code that only begins like one in a row", "22", "00", "0", 6, 13},
      {"an absurd code leaves the smallest range", "1234567890123456", "00", "0", 6, 6},
  };
  for (const auto& row : rows) {
    CAPTURE(row.why);
    const auto plan = make_number_plan(row.country_code);
    CHECK(plan.country_code == row.country_code);
    CHECK(plan.international_prefix == row.international);
    CHECK(plan.national_prefix == row.national);
    CHECK(plan.national_digits_min == row.digits_min);
    CHECK(plan.national_digits_max == row.digits_max);
    CHECK_FALSE(plan.bare_international);
  }
}

TEST_CASE("number_plan: E.164 only has no prefixes") {
  const auto plan = make_number_plan("");
  CHECK(plan.country_code.empty());
  CHECK(plan.international_prefix.empty());
  CHECK(plan.national_prefix.empty());
}

TEST_CASE(
    "number_plan: 112 and 911 are emergency numbers everywhere, and each country has its own") {
  struct Row {
    const char* why;
    const char* country_code;
    const char* number;
  };
  const Row rows[] = {
      {"the location test call is not refused either", "1", "933"},
      {"France: ambulance", "33", "15"},
      {"Spain: national police", "34", "091"},
      {"Italy: police", "39", "113"},
      {"United Kingdom", "44", "999"},
      {"Germany: police", "49", "110"},
      {"Brazil: police", "55", "190"},
      {"Australia", "61", "000"},
      {"Japan: fire and ambulance", "81", "119"},
      {"India: police", "91", "100"},
      {"Egypt: police", "20", "122"},
      {"New Zealand", "64", "111"},
      {"Hong Kong", "852", "999"},
      {"South Korea: fire and ambulance", "82", "119"},
      {"Thailand: ambulance, four digits", "66", "1669"},
      {"South Africa: police, five digits", "27", "10111"},
      {"Greece: all four, the last one too", "30", "108"},
      {"Russia and Kazakhstan share a code", "7", "103"},
      {"a country without a row", "40", "112"},
      {"E.164 only", "", "911"},
  };
  const auto has = [](const NumberPlan& plan, std::string_view number) {
    return std::find(plan.emergency.begin(), plan.emergency.end(), number) != plan.emergency.end();
  };
  for (const auto& row : rows) {
    CAPTURE(row.why);
    const auto plan = make_number_plan(row.country_code);
    CHECK(has(plan, row.number));
    CHECK(has(plan, "112"));
    CHECK(has(plan, "911"));
    CHECK_FALSE(has(plan, ""));
  }
  CHECK_FALSE(has(make_number_plan("44"), "933"));
}

TEST_CASE("number_plan: every emergency number of every country is read as one, in each form") {
  std::size_t read = 0;
  for (int code = 1; code < 1000; ++code) {
    const auto plan = make_number_plan(std::to_string(code));
    for (const std::string& number : plan.emergency) {
      CHECK(std::count(plan.emergency.begin(), plan.emergency.end(), number) == 1);
      for (const std::string& text : {number, "+" + plan.country_code + number}) {
        CAPTURE(text);
        const auto parsed = parse_number(text, plan);
        REQUIRE(parsed);
        CHECK(parsed->kind() == NumberKind::emergency);
        CHECK(parsed->digits().ends_with(number));
        ++read;
      }
    }
  }
  CHECK(read > 2 * 2 * 999);
}

TEST_CASE("number_plan: which numbers can exist") {
  struct Row {
    const char* why;
    const char* digits;
    NumberKind kind;
    bool possible;
  };
  constexpr auto global = NumberKind::global;
  const Row rows[] = {
      {"an ordinary North American number", "12125550123", global, true},
      {"the smallest area and office codes", "12002000000", global, true},
      {"the largest", "19999999999", global, true},
      {"an area code that begins with 0", "10125550123", global, false},
      {"an area code that begins with 1", "11125550123", global, false},
      {"an area code that is a service code", "19115550123", global, false},
      {"the lowest service code", "12115550123", global, false},
      {"an area code that only ends in 1", "12315550123", global, true},
      {"an office code that begins with 0", "12120550123", global, false},
      {"an office code that begins with 1", "12121550123", global, false},
      {"an office code that is a service code", "12124110123", global, false},
      {"the lowest service code as an office code", "12142110123", global, false},
      {"the line number may be anything", "12125550000", global, true},
      {"toll-free numbers are numbers", "18005550199", global, true},
      {"too few digits behind 1", "1212555012", global, false},
      {"too many", "121255501234", global, false},
      {"a country code that nobody has", "2101234567", global, false},
      {"a whole group of them", "2891234567", global, false},
      {"another group", "8312345678", global, false},
      {"its neighbour is China", "8612345678901", global, true},
      {"next to a spare code is Sierra Leone", "23212345678", global, true},
      {"and here Montenegro", "38212345678", global, true},
      {"a number elsewhere, of which only the country is looked at", "442071838750", global, true},
      {"Italy keeps its zero", "390612345678", global, true},
      {"universal freephone numbers have no country", "80012345678", global, true},
      {"a short code is always possible", "611", NumberKind::short_code, true},
      {"also one that begins like an impossible number", "101", NumberKind::short_code, true},
      {"and a service code with a star", "*67", NumberKind::short_code, true},
      {"an emergency number", "911", NumberKind::emergency, true},
      {"and one behind a country code", "1911", NumberKind::emergency, true},
  };
  for (const auto& row : rows) {
    CAPTURE(std::string(row.why));
    CHECK(is_possible(PhoneNumber(row.digits, row.kind)) == row.possible);
  }
}

TEST_CASE(
    "number_plan: of all area and office codes those can exist that are [2-9]xx and not N11") {
  int possible = 0;
  for (int area = 0; area < 1000; ++area) {
    for (int office = 0; office < 1000; office += 7) {
      const auto code_can_be = [](int code) { return code >= 200 && code % 100 != 11; };
      const auto three = [](int code) { return std::to_string(1000 + code).substr(1); };
      const std::string digits = "1" + three(area) + three(office) + "0123";
      const bool expected = code_can_be(area) && code_can_be(office);
      if (is_possible(PhoneNumber(digits, NumberKind::global)) != expected) FAIL_CHECK(digits);
      possible += expected ? 1 : 0;
    }
  }
  CHECK(possible > 80000);
}
