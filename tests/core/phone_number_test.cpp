// SPDX-License-Identifier: MIT
#include "shaken302/phone_number.hpp"

#include <doctest/doctest.h>

#include <string>
#include <variant>

using namespace shaken302;
using namespace std::string_view_literals;

namespace {

constexpr auto global = NumberKind::global;
constexpr auto short_code = NumberKind::short_code;
constexpr auto emergency = NumberKind::emergency;

struct Expected {
  std::string digits;  // empty: refused
  NumberKind kind = global;
  NotANumber reason = NotANumber::empty;
  Expected(const char* number, NumberKind number_kind = global)
      : digits(number), kind(number_kind) {}
  Expected(NotANumber why_not) : reason(why_not) {}
};

struct Row {
  const char* why;
  const char* country_code;
  std::string_view in;
  Expected expected;
};

NumberPlan plan_of(std::string_view code) {
  const bool bare = code.ends_with('b');  // "44b": foreign numbers come bare
  if (bare) code.remove_suffix(1);
  auto plan = make_number_plan(code);
  plan.bare_international = bare;
  return plan;
}

void check(const Row& row) {
  CAPTURE(row.why);
  CAPTURE(row.country_code);
  CAPTURE(row.in);
  const auto number = parse_number(row.in, plan_of(row.country_code));
  if (row.expected.digits.empty()) {
    REQUIRE_FALSE(number.has_value());
    CHECK(number.error() == row.expected.reason);
  } else {
    REQUIRE(number.has_value());
    CHECK(number->digits() == row.expected.digits);
    CHECK(number->kind() == row.expected.kind);
  }
}

template <std::size_t N>
void check_all(const Row (&rows)[N]) {
  for (const auto& row : rows) check(row);
}

}  // namespace

TEST_CASE("phone_number: a number behind + is global under every plan") {
  check_all({
      {"RFC 8224 8.3", "1", "+12155550131", "12155550131"},
      {"another country", "1", "+442071838750", "442071838750"},
      {"another plan", "44", "+12155550131", "12155550131"},
      {"E.164 only", "", "+12155550131", "12155550131"},
      {"seven digits are the shortest (Niue)", "1", "+6834002", "6834002"},
      {"six are too short", "1", "+683400", NotANumber::length},
      {"fifteen digits are the longest", "1", "+491234567890123", "491234567890123"},
      {"sixteen are too long", "1", "+4912345678901234", NotANumber::length},
      {"more than the scratch space", "1", "+49123456789012345678901234567890123456789",
       NotANumber::length},
      {"no country code begins with zero", "44", "+0442071838750", NotANumber::length},
      {"country code 1 has ten digits behind it", "1", "+1215555013", NotANumber::length},
      {"not eleven either", "1", "+121555501310", NotANumber::length},
      {"a short number behind + belongs to no country", "1", "+611", NotANumber::length},
      {"* in a global number", "1", "+1215555013*", NotANumber::character},
      {"# in a global number", "1", "+1215555013#", NotANumber::character},
  });
}

TEST_CASE("phone_number: separators and escapes are undone") {
  check_all({
      {"RFC 3966 visual separators", "1", "+1-215-555-0131", "12155550131"},
      {"brackets and dots", "1", "(215)555.0131", "12155550131"},
      {"a separator before +", "1", "(+1)2155550131", "12155550131"},
      {"an escaped space", "1", "+1%20215%20555%200131", "12155550131"},
      {"a raw space cannot be in a URI", "1", "+1 2155550131", NotANumber::character},
      {"an escaped +", "1", "%2B12155550131", "12155550131"},
      {"an escaped +, lower case", "1", "%2b12155550131", "12155550131"},
      {"an escaped digit", "1", "+1215555013%31", "12155550131"},
      {"an escaped *", "1", "%2A67", {"*67", short_code}},
      {"an escaped #, which a URI cannot have raw", "1", "%2367", {"#67", short_code}},
      {"an escaped separator", "1", "+1%2D2155550131", "12155550131"},
  });
}

TEST_CASE("phone_number: what is not a number says why") {
  check_all({
      {"nothing", "1", "", NotANumber::empty},
      {"a plus alone", "1", "+", NotANumber::empty},
      {"separators alone", "1", "-.()", NotANumber::empty},
      {"parameters alone", "1", ";npdi", NotANumber::empty},
      {"service characters without a digit", "1", "*#", NotANumber::empty},
      {"a name", "1", "alice", NotANumber::character},
      {"letters behind digits", "1", "2155550131x12", NotANumber::character},
      {"vanity letters are not digits", "1", "+1800FLOWERS", NotANumber::character},
      {"a second +", "1", "++12155550131", NotANumber::character},
      {"a + inside", "1", "1+2155550131", NotANumber::character},
      {"a + behind", "1", "12155550131+", NotANumber::character},
      {"an escaped semicolon begins no parameter", "1", "+12155550131%3Bnpdi",
       NotANumber::character},
      {"an escaped NUL", "1", "+1215555%000131", NotANumber::character},
      {"a raw NUL", "1", "+1215555\0000131"sv, NotANumber::character},
      {"an escaped CR LF", "1", "+1215555%0D%0A0131", NotANumber::character},
      {"a raw line end", "1", "+1215555\r\n0131", NotANumber::character},
      {"a tab", "1", "+1%092155550131", NotANumber::character},
      {"DEL", "1", "+1%7F2155550131", NotANumber::character},
      {"full-width digits", "1", "\xEF\xBC\x91\xEF\xBC\x92", NotANumber::character},
      {"an address instead of a user part", "1", "+12155550131@host", NotANumber::character},
      {"a password", "1", "2155550131:secret", NotANumber::character},
      {"a comma pause", "1", "2155550131,99", NotANumber::character},
      {"% at the end", "1", "+12155550131%", NotANumber::escape},
      {"half an escape", "1", "+12155550131%3", NotANumber::escape},
      {"an escape that is not hexadecimal", "1", "+1%2G2155550131", NotANumber::escape},
      {"the first fault decides", "1", "+1x%2G", NotANumber::character},
  });
}

TEST_CASE("phone_number: parameters say nothing about the number") {
  check_all({
      {"number portability (RFC 4694)", "1", "+12155550131;npdi;rn=+12155550199", "12155550131"},
      {"trunk group (RFC 4904)", "1", "+12155550131;tgrp=one;trunk-context=example.com",
       "12155550131"},
      {"isub", "1", "2155550131;isub=1234", "12155550131"},
      {"extension", "1", "2155550131;ext=99", "12155550131"},
      {"verstat", "1", "+12155550131;verstat=TN-Validation-Passed", "12155550131"},
      {"a second phone-context, but of an own-country number behind +", "1",
       "+12155550131;phone-context=+44;phone-context=+49", "12155550131"},
      {"an empty parameter", "1", "2155550131;;", "12155550131"},
  });
}

TEST_CASE("phone_number: a phone-context gives a local number its country") {
  check_all({
      {"RFC 3966 5.1.5: digits put in front", "1", "5550131;phone-context=+1215", "12155550131"},
      {"separators in the context", "1", "555-0131;phone-context=+1-215", "12155550131"},
      {"an extension inside a block", "44", "7042;phone-context=+1914555", "19145557042"},
      {"another country than the plan's", "1", "2071838750;phone-context=+44", "442071838750"},
      {"name in other case", "1", "2071838750;Phone-Context=+44", "442071838750"},
      {"name with an escape", "1", "2071838750;phone%2dcontext=+44", "442071838750"},
      {"value with escapes", "1", "2071838750;phone-context=%2B4%34", "442071838750"},
      {"among others", "1", "2071838750;isub=1;phone-context=+44;npdi", "442071838750"},
      {"the plan's own country: written as the plan says", "44", "02071838750;phone-context=+44",
       "442071838750"},
      {"the same, with a short code", "44", "1571;phone-context=+44", {"1571", short_code}},
      {"a domain: a number of a private plan", "1", "2155550131;phone-context=example.com",
       NotANumber::context},
      {"a short code of a private plan", "1", "611;phone-context=example.com", NotANumber::context},
      {"an empty value", "1", "2155550131;phone-context=", NotANumber::context},
      {"no value", "1", "2155550131;phone-context", NotANumber::context},
      {"a name that only begins like it", "1", "2155550131;phone-contexts=+44", "12155550131"},
      {"a name that ends too early", "1", "2155550131;phone=+44", "12155550131"},
      {"a name with a broken escape", "1", "2155550131;phone%2=+44", "12155550131"},
      {"a value with a broken escape", "1", "2155550131;phone-context=%2", NotANumber::context},
      {"digits without +", "1", "2155550131;phone-context=1", NotANumber::context},
      {"a code that belongs to the context", "44", "611;phone-context=+1", {"611", short_code}},
      {"a service code there", "44", "*67;phone-context=+1", {"*67", short_code}},
      {"together too long", "44", "2155550131;phone-context=+121555", NotANumber::length},
      {"letters behind +", "1", "2155550131;phone-context=+4a", NotANumber::context},
      {"no digits behind +", "1", "2155550131;phone-context=+", NotANumber::context},
      {"* behind +", "1", "2155550131;phone-context=+4*", NotANumber::context},
      {"two contexts", "1", "2071838750;phone-context=+44;phone-context=+49", NotANumber::context},
      {"two contexts, one of them a domain", "1",
       "2155550131;phone-context=example.com;phone-context=+44", NotANumber::context},
      {"a domain behind a number with +, which needs no context", "1",
       "+12155550131;phone-context=example.com", "12155550131"},
  });
}

TEST_CASE("phone_number: a trunk prefix is no part of a number from abroad") {
  check_all({
      {"as on letterheads", "1", "+44(0)2071838750", NotANumber::length},
      {"under the plan of that country", "44", "+4402071838750", NotANumber::length},
      {"behind the international prefix", "1", "0114402071838750", NotANumber::length},
      {"E.164 only", "", "4402071838750", NotANumber::length},
      {"bare", "1b", "4402071838750", NotANumber::length},
      {"a country of three digits", "1", "+97205012345", NotANumber::length},
      {"a country that has no row", "1", "+41(0)441234567", NotANumber::length},
      {"Italy: the zero is part of the number", "1", "+390612345678", "390612345678"},
      {"Ivory Coast too", "1", "+2250701234567", "2250701234567"},
      {"a zero elsewhere", "1", "+442001838750", "442001838750"},
      {"7 has another trunk prefix", "1", "+70012345678", "70012345678"},
      {"in a context", "1", "02071838750;phone-context=+44", "442071838750"},
      {"in a context, with brackets", "1", "(0)20-71838750;phone-context=+44", "442071838750"},
      {"only one of them", "1", "002071838750;phone-context=+44", NotANumber::length},
      {"half of the context's number", "1", "02071838750;phone-context=+4", NotANumber::length},
      {"a zero behind more than a country", "1", "0712345;phone-context=+44207", "442070712345"},
      {"a bare number that keeps it still speaks against a national one", "39b", "43062167609",
       NotANumber::length},
      {"a prefix that ends in the trunk prefix", "1", "2071838750;phone-context=+440",
       NotANumber::length},
      {"too long for the country", "1", "20718387501;phone-context=+44", NotANumber::length},
      {"Italy in a context", "1", "0612345678;phone-context=+39", "390612345678"},
      {"Russia in a context", "1", "84951234567;phone-context=+7", "74951234567"},
      {"Russia in a context, without the prefix", "1", "8001234567;phone-context=+7",
       "78001234567"},
      {"Hungary in a context", "1", "0612345678;phone-context=+36", "3612345678"},
      {"Hungary in a context: too short behind the prefix", "1", "061234567;phone-context=+36",
       NotANumber::length},
      {"North America in a context", "44", "12155550131;phone-context=+1", "12155550131"},
      {"North America in a context, nobody's area", "44", "1155550131;phone-context=+1",
       NotANumber::length},
      {"a country that we do not know: a trunk prefix, or a part", "1",
       "0441234567;phone-context=+421", NotANumber::length},
      {"there without a zero", "1", "441234567;phone-context=+421", "421441234567"},
  });
}

TEST_CASE("phone_number: emergency numbers come before every other rule") {
  check_all({
      {"as dialled", "1", "911", {"911", emergency}},
      {"behind + (a proxy that adds it to everything)", "1", "+911", {"911", emergency}},
      {"with separators", "1", "9-1-1", {"911", emergency}},
      {"with a context, as RFC 3966 5.1.5 says", "1", "911;phone-context=+1", {"911", emergency}},
      {"with a broken context", "1", "911;phone-context=+x", {"911", emergency}},
      {"the European number in America", "1", "112", {"112", emergency}},
      {"the location test call", "1", "933", {"933", emergency}},
      {"no emergency number elsewhere", "44", "933", {"933", short_code}},
      {"E.164 only", "", "911", {"911", emergency}},
      {"a leading zero", "61", "000", {"000", emergency}},
      {"two digits", "33", "15", {"15", emergency}},
      {"behind the country code and +, with the digits as dialled",
       "1",
       "+1911",
       {"1911", emergency}},
      {"behind the country code alone", "1", "1911", {"1911", emergency}},
      {"with separators", "44", "+44 (999)", NotANumber::character},
      {"with separators that a URI can have", "44", "+44-(999)", {"44999", emergency}},
      {"two digits behind the country code", "33", "+3315", {"3315", emergency}},
      {"a subscriber who has the country code and 112 for a number", "676", "676112", "676676112"},
      {"who is not meant behind +", "676", "+676112", {"676112", emergency}},
      {"another country's code", "1", "+44112", NotANumber::length},
      {"E.164 only: any country's code", "", "+44112", {"44112", emergency}},
      {"E.164 only: the country code 1", "", "+1911", {"1911", emergency}},
      {"E.164 only: without +", "", "1911", {"1911", short_code}},
      {"E.164 only: none begins with a zero", "", "+0112", NotANumber::length},
      {"in a private plan too", "1", "911;phone-context=example.com", {"911", emergency}},
      {"behind an international prefix too", "44", "00112", {"00112", short_code}},
      {"with a suffix it is another number", "1", "9110", {"9110", short_code}},
  });
}

TEST_CASE("phone_number: what fits no plan stays short, or is refused") {
  check_all({
      {"N11 service", "1", "611", {"611", short_code}},
      {"common short code", "1", "72345", {"72345", short_code}},
      {"vertical service code", "1", "*67", {"*67", short_code}},
      {"supplementary service", "44", "*#21#", {"*#21#", short_code}},
      {"two characters", "1", "10", {"10", short_code}},
      {"one", "1", "5", NotANumber::length},
      {"six characters", "1", "123456", {"123456", short_code}},
      {"seven digits: a local number without its area", "1", "5550131", NotANumber::length},
      {"a long service string", "44", "*21*02071838750#", NotANumber::length},
      {"seven characters with *", "1", "*123456", NotANumber::length},
      {"E.164 only", "", "611", {"611", short_code}},
  });
}

TEST_CASE("phone_number: North American forms") {
  check_all({
      {"ten digits", "1", "2155550131", "12155550131"},
      {"with the trunk prefix, which is the country code too", "1", "12155550131", "12155550131"},
      {"an area code cannot begin with 1", "1", "1155550131", NotANumber::length},
      {"nor behind the prefix", "1", "11155550131", NotANumber::length},
      {"nor with 0", "1", "0155550131", NotANumber::length},
      {"international", "1", "011442071838750", "442071838750"},
      {"international back home", "1", "01112155550131", "12155550131"},
      {"too long behind the prefix", "1", "0114420718387501234", NotANumber::length},
      {"nothing global behind the prefix", "1", "0110442071838750", NotANumber::length},
      {"the prefix of another plan", "1", "00442071838750", NotANumber::length},
      {"foreign without anything", "1", "442071838750", NotANumber::length},
      {"foreign without anything, allowed", "1b", "442071838750", "442071838750"},
      {"eleven digits that are not ours, allowed", "1b", "33123456789", "33123456789"},
      {"ten digits are national, whatever is allowed", "1b", "3312345678", "13312345678"},
      {"a leading zero is never bare", "1b", "042071838750", NotANumber::length},
      {"sixteen digits are never bare", "1b", "4912345678901234", NotANumber::length},
  });
}

TEST_CASE("phone_number: British, French, Australian and Indian forms") {
  check_all({
      {"trunk prefix", "44", "02071838750", "442071838750"},
      {"nine digits behind it", "44", "0169772345", "44169772345"},
      {"eight are too few", "44", "016977234", NotANumber::length},
      {"eleven are too many", "44", "020718387501", NotANumber::length},
      {"without it", "44", "2071838750", "442071838750"},
      {"own country code", "44", "442071838750", "442071838750"},
      {"own country code and trunk prefix: nobody's number", "44", "4402071838750",
       NotANumber::length},
      {"a trunk prefix behind the international one", "44", "00020718387", NotANumber::length},
      {"international", "44", "0012155550131", "12155550131"},
      {"international back home", "44", "00442071838750", "442071838750"},
      {"another country, bare", "44", "33123456789", NotANumber::length},
      {"another country, bare, allowed", "44b", "33123456789", "33123456789"},
      {"ten digits that begin like the country code are national", "44", "4412345678",
       "444412345678"},
      {"France", "33", "0123456789", "33123456789"},
      {"France, bare", "33", "123456789", "33123456789"},
      {"France, own country code", "33", "33123456789", "33123456789"},
      {"Australia", "61", "0412345678", "61412345678"},
      {"Australia, international", "61", "001112155550131", "12155550131"},
      {"Australia, 1300 number", "61", "1300123456", "611300123456"},
      {"India, mobile that begins with 91", "91", "9198765432", "919198765432"},
      {"India, own country code", "91", "919198765432", "919198765432"},
  });
}

TEST_CASE("phone_number: digits that could be two numbers are none") {
  check_all({
      {"Germany: trunk prefix", "49", "02114567890", "492114567890"},
      {"Germany: own country code", "49", "49211234567", "49211234567"},
      {"Germany: without either it is a local number", "49", "2114567890", NotANumber::length},
      {"Germany: Emden with its trunk prefix", "49", "049211234567", "4949211234567"},
      {"Italy: the zero is part of the number", "39", "0612345678", "390612345678"},
      {"Italy: own country code", "39", "390612345678", "390612345678"},
      {"Italy: a mobile number that begins like it", "39", "3931234567", "393931234567"},
      {"Italy: eleven digits that begin like it", "39", "39312345678", NotANumber::length},
      {"Italy: 00 is the international prefix, not a number", "39", "0012345678",
       NotANumber::length},
      {"Spain", "34", "912345678", "34912345678"},
      {"Spain: own country code", "34", "34912345678", "34912345678"},
      {"Brazil: mobile", "55", "11987654321", "5511987654321"},
      {"Brazil: area 55", "55", "5532221234", "555532221234"},
      {"Brazil: a service number behind the country code is no mobile of area 55", "55",
       "55800123456", NotANumber::length},
      {"Guadeloupe: the area is the country code once more", "590", "590271234", "590590271234"},
      {"Argentina: the way mobiles are dialled at home", "54", "0111523456789", NotANumber::length},
      {"Tonga: a leading zero without a trunk prefix", "676", "0800222", "6760800222"},
      {"Falkland Islands: a whole number of five digits", "500", "31234", "50031234"},
      {"Brazil: trunk prefix", "55", "011987654321", "5511987654321"},
      {"Brazil: trunk prefix and carrier 21", "55", "02111987654321", NotANumber::length},
      {"Brazil: carrier and country code cannot be told apart", "55", "002112125550131",
       NotANumber::length},
      {"Brazil, foreign bare: a mobile in Sao Paulo or North America", "55b", "11987654321",
       NotANumber::length},
      {"Russia: trunk prefix", "7", "84951234567", "74951234567"},
      {"Russia: toll-free behind the trunk prefix", "7", "88001234567", "78001234567"},
      {"Russia: bare, but it begins like the trunk prefix", "7", "8001234567", NotANumber::length},
      {"Russia: international", "7", "81012155550131", "12155550131"},
      {"Russia, foreign bare: Japan, or a country code behind 8 10", "7b", "81076842514",
       NotANumber::length},
      {"Hungary", "36", "0612345678", "3612345678"},
      {"Ivory Coast keeps its zero", "225", "0701234567", "2250701234567"},
      {"no row: trunk prefix", "43", "01234567", "431234567"},
      {"no row: own country code", "43", "431234567", "431234567"},
      {"no row: neither", "43", "1234567", NotANumber::length},
  });
}

TEST_CASE("phone_number: E.164 only") {
  check_all({
      {"without +", "", "442071838750", "442071838750"},
      {"country code 1", "", "12155550131", "12155550131"},
      {"country code 1 needs ten digits behind it", "", "1215555013", NotANumber::length},
      {"ten digits of a short plan", "", "2155550131", "2155550131"},
      {"no prefix is known", "", "011442071838750", NotANumber::length},
      {"a leading zero", "", "02071838750", NotANumber::length},
      {"a local number in a context", "", "2071838750;phone-context=+44", "442071838750"},
  });
}

TEST_CASE("phone_number: a plan that contradicts itself harms nobody") {
  NumberPlan plan;
  plan.country_code = "12345678901234567890";
  plan.national_digits_min = 0;
  plan.national_digits_max = 255;
  plan.emergency = {"", "12345678901234567890"};
  CHECK_FALSE(parse_number("5550131", plan).has_value());
  CHECK_FALSE(parse_number("12345678901234567890", plan).has_value());
  plan.international_prefix = "001122334455667788990";
  CHECK(parse_number("00112233445566778899012155550131", plan).has_value());
  CHECK_FALSE(
      parse_number("001122334455667788990121555501319", plan).has_value());  // not cut short
  plan.country_code = "4x";
  CHECK_FALSE(parse_number("5550131", plan).has_value());
  plan.national_prefix = "5550131";
  CHECK_FALSE(parse_number("5550131", plan).has_value());
}

TEST_CASE("phone_number: the directory holds canonical numbers only") {
  const auto outcome = [](std::string_view text) -> std::variant<std::string, NotANumber> {
    const auto number = parse_canonical_number(text);
    if (!number) return number.error();
    CHECK(number->kind() == NumberKind::global);
    return std::string(number->digits());
  };
  CHECK(outcome("12155550131") == decltype(outcome("")){"12155550131"});
  CHECK(outcome("6834002") == decltype(outcome("")){"6834002"});
  CHECK(outcome("491234567890123") == decltype(outcome("")){"491234567890123"});
  CHECK(outcome("") == decltype(outcome("")){NotANumber::empty});
  CHECK(outcome("+12155550131") == decltype(outcome("")){NotANumber::character});
  CHECK(outcome("1215555013*") == decltype(outcome("")){NotANumber::character});
  CHECK(outcome("1-2155550131") == decltype(outcome("")){NotANumber::character});
  CHECK(outcome("02071838750") == decltype(outcome("")){NotANumber::length});
  CHECK(outcome("4402071838750") == decltype(outcome("")){NotANumber::length});
  CHECK(outcome("683400") == decltype(outcome("")){NotANumber::length});
  CHECK(outcome("4912345678901234") == decltype(outcome("")){NotANumber::length});
  CHECK(outcome("1215555013") == decltype(outcome("")){NotANumber::length});
}
