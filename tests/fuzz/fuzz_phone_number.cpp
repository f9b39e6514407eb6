// SPDX-License-Identifier: MIT
//
// The user part of a URI as a number, beside the second implementation of the same rules. The first
// byte picks the plan, '0' the first of all_plans(); the rest is the user part.
#include "core/phone_number_reference.hpp"
#include "fuzz_target.hpp"

namespace shaken302::fuzz {
namespace {

constexpr std::string_view number_characters = "0123456789*#";

const std::vector<NumberPlan>& plans() {
  static const std::vector<NumberPlan> all = test::all_plans();
  return all;
}

using Reading = Result<PhoneNumber, NotANumber>;

bool is_same(const Reading& a, const Reading& b) {
  if (a.has_value() != b.has_value()) return false;
  return a ? *a == *b : a.error() == b.error();
}

std::string wrong_form(const PhoneNumber& number) {
  const std::string_view digits = number.digits();
  if (digits.empty() || digits.size() > phone_number_digits_max) return "the length of a number";
  if (!consists_of(digits, number_characters)) return "the characters of a number";
  if (consists_of(digits, "*#")) return "a number without a digit";
  const auto canonical = parse_canonical_number(digits);
  switch (number.kind()) {
    case NumberKind::global:
      return canonical && *canonical == number ? "" : "a global number that is not canonical";
    case NumberKind::short_code:
      return digits.size() >= 2 && digits.size() <= 6 ? "" : "the length of a short code";
    case NumberKind::emergency:
      return "";
  }
  return "a kind that does not exist";
}

/// A number that was read is, written in its own way, the same number.
std::string not_idempotent(const PhoneNumber& number, const NumberPlan& plan, bool has_context) {
  const std::string digits(number.digits());
  const bool is_short = number.kind() == NumberKind::short_code;
  if (is_short && has_context) return {};  // a code of another country
  const auto again = parse_number(is_short ? digits : "+" + digits, plan);
  if (!again || *again != number) return "another number when it is written plainly: " + digits;
  if (number.kind() != NumberKind::global) return {};
  for (const NumberPlan& other : plans()) {
    const auto there = parse_number("+" + digits, other);
    if (!there || *there != number) return "another number in country " + other.country_code;
  }
  return {};
}

/// The same text with every character of the number escaped, and with separators between them.
std::string changed_by_dress(const std::string& text, const NumberPlan& plan,
                             const Reading& number) {
  const auto end = std::min(text.find(';'), text.size());
  if (text.substr(0, end).find_first_of("% ") != std::string::npos) return {};
  constexpr std::string_view hex = "0123456789abcdef";
  std::string escaped;
  std::string separated;
  for (const char c : text.substr(0, end)) {
    const auto code = static_cast<unsigned char>(c);
    escaped += {'%', hex[code / 16], hex[code % 16]};
    separated += std::string("(") + c + ")%20-.";
  }
  if (!is_same(parse_number(escaped + text.substr(end), plan), number)) {
    return "another number when it is escaped";
  }
  if (!is_same(parse_number(separated + text.substr(end) + ";npdi;rn=+1", plan), number)) {
    return "another number with separators and parameters";
  }
  return {};
}

/// In a phone-context the reference knows the forms of some countries beside the plan's own: those
/// that have a row of their own and a trunk prefix.
bool is_within_reference(const std::string& text, const NumberPlan& plan) {
  const auto contexts = test::contexts_of(text.substr(std::min(text.find(';'), text.size())));
  if (contexts.size() != 1) return true;
  const auto context = test::dialled_of(contexts.front());
  if (!context || (*context)[0] != '+') return true;
  const std::string country = context->substr(1);
  for (const auto* known : {"1", "33", "44", "49", "81", "91"}) {
    if (country == known) return true;
  }
  return country == plan.country_code || country.find_first_of("*#") != std::string::npos;
}

std::string wrong_canonical(const std::string& text) {
  const auto number = parse_canonical_number(text);
  const bool fits = text.size() >= 7 && text.size() <= 15 && consists_of(text, "0123456789") &&
                    text[0] != '0' && (text[0] != '1' || text.size() == 11) &&
                    !test::has_trunk_zero(text);
  if (number.has_value() != fits) return "a canonical number";
  return number && number->digits() != text ? "another canonical number" : "";
}

}  // namespace

std::string broken_by(std::string_view input) {
  if (input.empty()) return {};
  const auto pick = static_cast<unsigned char>(input.front());
  const NumberPlan& plan = plans()[(pick + 256U - '0') % 256U % plans().size()];
  const std::string text(input.substr(1));
  const auto number = parse_number(text, plan);
  if (auto wrong = wrong_canonical(text); !wrong.empty()) return wrong;
  if (number) {
    if (auto wrong = wrong_form(*number); !wrong.empty()) return wrong;
    const bool has_context = text.find(';') != std::string::npos;
    if (auto wrong = not_idempotent(*number, plan, has_context); !wrong.empty()) return wrong;
    (void)is_possible(*number);
  }
  if (auto wrong = changed_by_dress(text, plan, number); !wrong.empty()) return wrong;
  if (!is_within_reference(text, plan)) return {};
  const std::string expected = test::reference_of_written(text, plan);
  const std::string digits = number ? std::string(number->digits()) : std::string();
  return digits == expected ? "" : "'" + digits + "', the reference says '" + expected + "'";
}

}  // namespace shaken302::fuzz
