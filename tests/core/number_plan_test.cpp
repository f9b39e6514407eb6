// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>

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
      {"a country without a row", "43", "112"},
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
