// SPDX-License-Identifier: MIT
//
// Properties of reading numbers, over random input: what the result looks like, that it does not
// depend on how the number is dressed, that no two numbers become one, and that a second
// implementation, written from the rules in another way, agrees.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/phone_number_reference.hpp"

using namespace shaken302;
using namespace shaken302::test;

namespace {

/// A number as it could be in use: the form of E.164, ten digits behind 1.
std::string random_global(Random& random) {
  if (random.chance(3)) return "1" + random.text("23456789", 1) + random.digits(9);
  return random.text("23456789", 1) + random.digits(6 + random.below(9));
}

/// One of the plan's own country. None begins like the way out of it.
std::string random_national(Random& random, const NumberPlan& plan) {
  const auto spread = static_cast<std::size_t>(plan.national_digits_max - plan.national_digits_min);
  const auto size = plan.national_digits_min + random.below(spread + 1);
  const auto first = plan.national_prefix.empty() ? "0123456789" : "23456789";
  std::string national;
  do {
    national = random.text(first, 1) + random.digits(size - 1u);
    if (plan.country_code == "55" && size == 11) national[2] = '9';  // mobiles alone have eleven
  } while (!plan.international_prefix.empty() && national.starts_with(plan.international_prefix));
  return national;
}

std::string dressed(Random& random, std::string_view plain) {
  static const std::vector<std::string> separators{"-", ".", "(", ")", "%20", "%2D", "%2e", "--"};
  static const std::vector<std::string> parameters{
      "npdi", "isub=12",          "rn=+12155550199", "tgrp=a%3Bb", "verstat=No-TN-Validation",
      "",     "phone-contexts=a", "cic=+1"};
  std::string out;
  for (const char c : plain) {
    if (random.chance(4)) out += random.pick(separators);
    if (random.chance(8)) {
      constexpr std::string_view hex = "0123456789ABCDEF";
      const auto code = static_cast<unsigned char>(c);
      out += {'%', hex[code / 16], hex[code % 16]};
    } else {
      out += c;
    }
  }
  for (auto n = random.below(3); n > 0; --n) out += ";" + random.pick(parameters);
  return out;
}

}  // namespace

TEST_CASE("phone_number: whatever comes in, a number has 1 to 15 characters of 0-9 * #") {
  Random random(1);
  const auto plans = all_plans();
  const std::string alphabet(
      "0123456789012345678901234567890011+*#-.()%%;=Aa2FfphonecntxB \0\r\n\xFF", 66);
  std::size_t numbers = 0;
  for (int i = 0; i < 100000; ++i) {
    auto text = random.text(alphabet, random.below(24));
    if (random.chance(8))
      text += ";phone-context=" + random.text("+%2B0123456789", random.below(8));
    CAPTURE(text);
    const auto number = parse_number(text, plans[random.below(plans.size())]);
    if (!number) continue;
    ++numbers;
    const auto digits = number->digits();
    if (digits.empty() || digits.size() > 15 ||
        digits.find_first_not_of("0123456789*#") != std::string_view::npos) {
      FAIL_CHECK("not the characters of a number: " << std::string(digits));
    }
    if (number->kind() == NumberKind::global && !parse_canonical_number(digits)) {
      FAIL_CHECK("not canonical: " << std::string(digits));
    }
    if (number->kind() == NumberKind::global && digits.front() == '0') {
      FAIL_CHECK("leading zero: " << std::string(digits));
    }
  }
  CHECK(numbers > 3000);
}

TEST_CASE("phone_number: a canonical number behind + is itself under every plan") {
  Random random(2);
  const auto plans = all_plans();
  for (int i = 0; i < 50000; ++i) {
    const auto& plan = plans[random.below(plans.size())];
    const auto number = parse_number(random.digits(7 + random.below(10)), plan);
    if (!number || number->kind() != NumberKind::global) continue;
    const auto again = parse_number("+" + std::string(number->digits()), make_number_plan("44"));
    if (!again || *again != *number) FAIL_CHECK("changed: " << std::string(number->digits()));
  }
}

TEST_CASE("phone_number: separators, escapes and parameters change nothing") {
  Random random(3);
  const auto plans = all_plans();
  std::size_t numbers = 0;
  for (int i = 0; i < 100000; ++i) {
    const auto& plan = plans[random.below(plans.size())];
    auto plain = random.digits(1 + random.below(16));
    if (random.chance(3)) plain.insert(0, "+");
    if (random.chance(10)) plain += "*";
    const auto expected = parse_number(plain, plan);
    const auto text = dressed(random, plain);
    const auto number = parse_number(text, plan);
    CAPTURE(plain);
    CAPTURE(text);
    if (number.has_value() != expected.has_value()) {
      FAIL_CHECK("one is a number, the other is not");
    } else if (number) {
      ++numbers;
      if (*number != *expected) FAIL_CHECK("another number");
    } else if (number.error() != expected.error()) {
      FAIL_CHECK("another reason");
    }
  }
  CHECK(numbers > 30000);
}

TEST_CASE("phone_number: two different numbers behind + never become one") {
  Random random(4);
  const auto plans = all_plans();
  for (int i = 0; i < 1000000; ++i) {
    const auto& plan = plans[random.below(plans.size())];
    const auto first = random_global(random);
    auto second = first;
    // A near neighbour is the likelier confusion: a digit changed, dropped or put in front.
    switch (random.below(4)) {
      case 0:
        second = random_global(random);
        break;
      case 1:
        second[random.below(second.size())] = random.digits(1)[0];
        break;
      case 2:
        second.pop_back();
        break;
      default:
        second.insert(0, random.digits(1));
        break;
    }
    if (first == second) continue;
    const auto a = parse_number("+" + first, plan);
    const auto b = parse_number("+" + second, plan);
    if (a && a->digits() != first) FAIL_CHECK(first << " became another number");
    if (a && b && *a == *b) FAIL_CHECK(first << " and " << second << " became one");
  }
}

TEST_CASE("phone_number: every way to write a number gives that number or none") {
  Random random(5);
  const auto plans = all_plans();
  std::size_t numbers = 0;
  for (int i = 0; i < 300000; ++i) {
    const auto& plan = plans[random.below(plans.size())];
    const auto& code = plan.country_code;
    std::string number;
    std::vector<std::string> forms;
    if (!code.empty() && random.chance(2)) {
      const auto national = random_national(random, plan);
      number = code + national;
      forms.push_back(plan.national_prefix + national);
      forms.push_back(number);
      // In an open plan a national number alone is nobody's way to write it.
      const auto spread = plan.national_digits_max - plan.national_digits_min;
      if (spread < static_cast<int>(code.size())) forms.push_back(national);
    } else {
      number = random_global(random);
      // A foreign number of ten digits or less is never bare: it would look like a national one.
      if (code.empty() || (plan.bare_international && number.size() > 10)) forms.push_back(number);
    }
    forms.push_back("+" + number);
    if (!plan.international_prefix.empty()) forms.push_back(plan.international_prefix + number);
    for (const auto& form : forms) {
      const auto read = parse_number(form, plan);
      if (!read || read->kind() != NumberKind::global) continue;
      ++numbers;
      if (read->digits() != number) {
        FAIL_CHECK(form << " of " << number << " under " << code << " became "
                        << std::string(read->digits()));
      }
    }
  }
  CHECK(numbers > 500000);
}

TEST_CASE("phone_number: a second implementation agrees") {
  Random random(6);
  const auto plans = all_plans();
  std::size_t numbers = 0;
  for (int i = 0; i < 300000; ++i) {
    const auto& plan = plans[random.below(plans.size())];
    auto text = random.digits(1 + random.below(16));
    // Prefixes are rare among random digits, so some are put in front.
    if (random.chance(2)) {
      text.insert(0, random.pick({plan.international_prefix, plan.national_prefix,
                                  plan.country_code, "0", "00", "1"}));
    }
    if (random.chance(20)) text += "#";
    const auto expected = reference(text, plan);
    const auto number = parse_number(text, plan);
    const auto digits = number ? std::string(number->digits()) : std::string();
    if (number) ++numbers;
    if (digits != expected) {
      FAIL_CHECK(text << " under " << plan.country_code << ": " << digits << ", reference "
                      << expected);
    }
  }
  CHECK(numbers > 100000);
}

namespace {

/// Plain digits with what peers put in front of them, dressed, and with a context now and then.
std::string random_written(Random& random, const NumberPlan& plan) {
  auto plain = random.chance(6) ? random.pick({"112", "911", "611", "999", "110", "72345", "*67"})
                                : random.digits(1 + random.below(17));
  if (random.chance(3)) plain = plan.country_code + plain;
  if (random.chance(5)) plain = random_global(random);
  switch (random.below(6)) {
    case 0:
    case 1:
      plain.insert(0, "+");
      break;
    case 2:
      plain.insert(0, plan.international_prefix);
      break;
    case 3:
      plain.insert(0, plan.national_prefix);
      break;
    default:
      break;
  }
  if (random.chance(25)) plain += random.pick({"#", "*", "x", "+", "/"});
  auto text = dressed(random, plain);
  if (random.chance(30))
    text.insert(random.below(text.size() + 1), random.pick({"%", "%4", "%zz"}));
  if (random.chance(3)) {
    text += random.pick({";phone-context=", ";Phone-Context=", ";phone%2dcontext="});
    text += random.pick({"+" + plan.country_code, "+1", "+44", "%2b49", "+4(9)", "example.com",
                         "44", "", "+", "+1*"});
    if (random.chance(10)) text += ";phone-context=+1";
  }
  return text;
}

}  // namespace

TEST_CASE("phone_number: a second implementation agrees about anything that is written") {
  Random random(7);
  const auto plans = all_plans();
  std::size_t numbers = 0;
  std::size_t in_context = 0;
  for (int i = 0; i < 300000; ++i) {
    const auto& plan = plans[random.below(plans.size())];
    const auto text = random_written(random, plan);
    const auto expected = reference_of_written(text, plan);
    const auto number = parse_number(text, plan);
    const auto digits = number ? std::string(number->digits()) : std::string();
    if (number) ++numbers;
    if (number && text.find("ontext=") != std::string::npos) ++in_context;
    if (digits != expected) {
      FAIL_CHECK(text << " under " << plan.country_code << ": " << digits << ", reference "
                      << expected);
    }
  }
  CHECK(numbers > 75000);
  CHECK(in_context > 5000);
}
