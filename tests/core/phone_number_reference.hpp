// SPDX-License-Identifier: MIT
//
// Reading numbers, written a second time from the rules (RFC 8224 8.3, RFC 3966) and in another
// way: whole texts and sets of candidates. It shares no code with src/core; only the figures of a
// plan (NumberPlan) are the same.
#pragma once

#include <algorithm>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "shaken302/phone_number.hpp"

namespace shaken302::test {

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

inline std::vector<NumberPlan> all_plans() {
  std::vector<NumberPlan> plans;
  for (const auto* code : {"",   "1",  "7",  "33", "34", "36", "39",  "43",  "44",  "45",
                           "49", "55", "61", "65", "81", "91", "225", "353", "590", "676"}) {
    plans.push_back(make_number_plan(code));
    plans.push_back(plans.back());
    plans.back().bare_international = true;
  }
  return plans;
}

/// A trunk prefix behind the code of one of the countries that dial a 0 in front at home.
inline bool has_trunk_zero(const std::string& number) {
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
inline std::string reference(const std::string& text, const NumberPlan& plan) {
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

/// What an escape stands for is marked, since a raw blank or semicolon means something else.
struct Letter {
  char character;
  bool escaped;
};

/// Nothing where a % begins no escape.
inline std::optional<std::vector<Letter>> letters_of(const std::string& text) {
  std::vector<Letter> letters;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      letters.push_back({text[i], false});
      continue;
    }
    const std::string hex = text.substr(i + 1, 2);
    if (hex.size() != 2 || hex.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
      return std::nullopt;
    }
    letters.push_back({static_cast<char>(std::stoi(hex, nullptr, 16)), true});
    i += 2;
  }
  return letters;
}

/// The digits (and * and #) of a text behind `+` or nothing; nothing at all where it holds what a
/// number cannot.
inline std::optional<std::string> dialled_of(const std::string& text) {
  const auto letters = letters_of(text);
  if (!letters) return std::nullopt;
  std::string digits;
  for (const Letter& letter : *letters) {
    const char c = letter.character;
    const bool separates = std::string("-.()").find(c) != std::string::npos;
    if (separates || (c == ' ' && letter.escaped)) continue;
    if (std::string("0123456789*#").find(c) == std::string::npos && (c != '+' || !digits.empty())) {
      return std::nullopt;
    }
    digits += c;
  }
  if (digits.find_first_of("0123456789") == std::string::npos) return std::nullopt;
  // Longer than any number with any prefix.
  return digits.size() > 32 + (digits[0] == '+' ? 1 : 0) ? std::nullopt : std::optional(digits);
}

/// The value of each phone-context, in the order in which they stand.
inline std::vector<std::string> contexts_of(std::string parameters) {
  std::vector<std::string> contexts;
  while (!parameters.empty()) {
    parameters.erase(0, 1);
    const std::string one = parameters.substr(0, parameters.find(';'));
    parameters.erase(0, one.size());
    const auto name = letters_of(one.substr(0, one.find('=')));
    std::string lower;
    if (name) {
      for (const Letter& letter : *name) {
        const char c = letter.character;
        lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
      }
    }
    if (lower != "phone-context") continue;
    const auto equals = one.find('=');
    contexts.push_back(equals == std::string::npos ? std::string() : one.substr(equals + 1));
  }
  return contexts;
}

inline bool is_listed(const NumberPlan& plan, const std::string& digits) {
  for (const auto& number : plan.emergency) {
    if (number == digits) return true;
  }
  return false;
}

/// +911, +1911: the emergency numbers that a country code, or only the `+`, was put in front of.
inline bool is_help_behind_plus(const std::string& digits, const NumberPlan& plan) {
  if (is_listed(plan, digits)) return true;
  const auto& code = plan.country_code;
  if (!code.empty()) {
    return digits.rfind(code, 0) == 0 && is_listed(plan, digits.substr(code.size()));
  }
  if (digits[0] == '0' || digits.size() > 6) return false;
  for (std::size_t size = 1; size <= 3 && size < digits.size(); ++size) {
    if (is_listed(plan, digits.substr(size))) return true;
  }
  return false;
}

inline std::string reference_behind_plus(const std::string& digits, const NumberPlan& plan) {
  if (is_help_behind_plus(digits, plan)) return digits;
  const bool fits = digits.size() >= 7 && digits.size() <= 15 && digits[0] != '0' &&
                    (digits[0] != '1' || digits.size() == 11);
  const bool plain = digits.find_first_not_of("0123456789") == std::string::npos;
  return fits && plain && !has_trunk_zero(digits) ? digits : std::string();
}

/// A number of the country `code`, which is not the plan's own; the countries here have a plan.
inline std::string reference_in_country(const std::string& digits, const std::string& code) {
  const NumberPlan plan = make_number_plan(code);
  std::set<std::string> candidates;
  const auto consider = [&](const std::string& national) {
    const auto size = national.size();
    if (size < plan.national_digits_min || size > plan.national_digits_max) return;
    if (national.find_first_not_of("0123456789") != std::string::npos) return;
    if (code == "1" ? national[0] < '2' : national[0] == '0') return;
    if (code.size() + size <= 15) candidates.insert(code + national);
  };
  consider(digits);
  if (digits.rfind(plan.national_prefix, 0) == 0) {
    consider(digits.substr(plan.national_prefix.size()));
  }
  if (candidates.empty()) {
    return digits.size() >= 2 && digits.size() <= 6 ? digits : std::string();
  }
  const auto& one = *candidates.begin();
  return candidates.size() == 1 && !has_trunk_zero(one) ? one : std::string();
}

/// The number that a user part stands for, whatever it looks like. Empty: refused. A context is one
/// of the plan's country, of 1, 44 or 49, or none that can be read.
inline std::string reference_of_written(const std::string& text, const NumberPlan& plan) {
  const auto end = std::min(text.find(';'), text.size());
  auto digits = dialled_of(text.substr(0, end));
  if (!digits) return {};
  if ((*digits)[0] == '+') return reference_behind_plus(digits->substr(1), plan);
  const auto contexts = contexts_of(text.substr(end));
  const std::string plain = reference(*digits, plan);
  // A call for help is one whatever stands behind it.
  if (is_listed(plan, *digits)) return *digits;
  const auto& code = plan.country_code;
  const bool is_help = !code.empty() && digits->rfind(code, 0) == 0 && plain == *digits &&
                       is_listed(plan, digits->substr(code.size()));
  if (contexts.empty() || is_help) return plain;
  const auto context = dialled_of(contexts.front());
  if (contexts.size() > 1 || !context || (*context)[0] != '+') return {};
  // Only a context that begins with its + is a global one.
  const std::string first = contexts.front().substr(0, 3);
  if (first[0] != '+' && first != "%2b" && first != "%2B") return {};
  const std::string country = context->substr(1);
  if (country.find_first_not_of("0123456789") != std::string::npos) return {};
  return country == code ? plain : reference_in_country(*digits, country);
}

}  // namespace shaken302::test
