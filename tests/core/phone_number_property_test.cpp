// SPDX-License-Identifier: MIT
//
// Properties of reading numbers, over random input: what the result looks like, that it does not
// depend on how the number is dressed, that no two numbers become one, and that a second
// implementation, written from the rules in another way, agrees.
#include <doctest/doctest.h>

#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "shaken302/phone_number.hpp"

using namespace shaken302;

namespace {

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  std::size_t below(std::size_t n) { return engine_() % n; }
  bool chance(std::size_t one_in) { return below(one_in) == 0; }
  std::string text(std::string_view alphabet, std::size_t size) {
    std::string out;
    while (out.size() < size) out += alphabet[below(alphabet.size())];
    return out;
  }
  std::string digits(std::size_t size) { return text("0123456789", size); }
  std::string pick(const std::vector<std::string>& from) { return from[below(from.size())]; }

 private:
  std::mt19937_64 engine_;
};

std::vector<NumberPlan> all_plans() {
  std::vector<NumberPlan> plans;
  for (const auto* code : {"",   "1",  "7",  "33", "34", "36", "39",  "43",  "44",  "45",
                           "49", "55", "61", "65", "81", "91", "225", "353", "590", "676"}) {
    plans.push_back(make_number_plan(code));
    plans.push_back(plans.back());
    plans.back().bare_international = true;
  }
  return plans;
}

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

/// A trunk prefix behind the code of one of the countries that dial a 0 in front at home.
bool has_trunk_zero(const std::string& number) {
  static const std::set<std::string> codes{
      "20",  "27",  "31",  "32",  "33",  "40",  "41",  "43",  "44",  "46",  "49",  "51",
      "53",  "54",  "55",  "57",  "58",  "60",  "61",  "62",  "63",  "64",  "66",  "81",
      "82",  "84",  "86",  "90",  "91",  "92",  "93",  "94",  "95",  "98",  "212", "213",
      "234", "250", "254", "255", "256", "262", "353", "358", "359", "380", "381", "385",
      "386", "590", "591", "594", "596", "855", "886", "972", "976"};
  for (const std::string& code : codes) {
    if (number.rfind(code + "0", 0) == 0) return true;
  }
  return false;
}

/// The rules once more, as sets of candidate numbers; for plain digits without `+`. Empty: refused.
std::string reference(const std::string& text, const NumberPlan& plan) {
  for (const auto& number : plan.emergency) {
    if (number == text) return text;
  }
  std::set<std::string> candidates;
  const auto consider = [&candidates](const std::string& number) {
    const bool american = number[0] == '1';
    if (number.size() >= 7 && number.size() <= 15 && number[0] != '0' &&
        (!american || number.size() == 11)) {
      candidates.insert(number);
    }
  };
  const auto strip = [&text](const std::string& prefix) {
    return text.compare(0, prefix.size(), prefix) == 0
               ? std::optional<std::string>(text.substr(prefix.size()))
               : std::nullopt;
  };
  const auto fits = [&plan](const std::string& national) {
    const auto size = static_cast<int>(national.size());
    if (size < plan.national_digits_min || size > plan.national_digits_max) return false;
    if (plan.country_code == "1" && national[0] < '2') return false;
    if (plan.country_code == "55" && size == 11 && national[2] != '9') return false;
    return national[0] != '0' || plan.national_prefix.empty();
  };
  const bool service = text.find_first_of("*#") != std::string::npos;
  const auto abroad =
      plan.international_prefix.empty() ? std::nullopt : strip(plan.international_prefix);
  if (service) {
    // no reading
  } else if (plan.country_code.empty()) {
    consider(text);
  } else if (abroad) {
    consider(*abroad);
  } else {
    std::vector<std::string> nationals;
    if (!plan.national_prefix.empty() && strip(plan.national_prefix)) {
      nationals.push_back(*strip(plan.national_prefix));
    } else if (plan.national_prefix.empty() || plan.national_digits_max - plan.national_digits_min <
                                                   static_cast<int>(plan.country_code.size())) {
      nationals.push_back(text);
    }
    if (const auto own = strip(plan.country_code)) nationals.push_back(*own);
    for (const auto& national : nationals) {
      if (!national.empty() && fits(national)) consider(plan.country_code + national);
    }
  }
  if (!service && plan.bare_international && text.size() >= 11) consider(text);
  if (candidates.size() == 1) {
    return has_trunk_zero(*candidates.begin()) ? std::string() : *candidates.begin();
  }
  if (candidates.empty() && !plan.country_code.empty()) {
    for (const auto& number : plan.emergency) {
      if (text == plan.country_code + number) return text;
    }
  }
  if (candidates.empty() && text.size() >= 2 && text.size() <= 6 &&
      text.find_first_of("0123456789") != std::string::npos) {
    return text;
  }
  return {};
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
