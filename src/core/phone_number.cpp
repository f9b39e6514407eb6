// SPDX-License-Identifier: MIT
//
// Reading a telephone number (RFC 8224 8.3, RFC 3966) in three steps: the dialled characters, the
// special cases, and for what is left the readings that the peer's plan allows:
//
//   international  011 44 20 7183 8750   the plan's prefix, then a global number
//   trunk          0 20 7183 8750        the trunk prefix, then a national number
//   bare national  20 7183 8750          a national number alone
//   own country    44 20 7183 8750       the plan's country code, then a national number
//   bare foreign   1 212 555 1234        where the plan says that foreign numbers come without `+`
//
// The rule above all: digits that could be two different numbers are none. Every reading is tried,
// and when two of them give different numbers the text is refused (NotANumber::length). A number
// that begins with the international prefix is no national one. In an open plan (national
// lengths that differ by as much as the country code has digits, as in Germany) a national number
// needs its trunk prefix: 49211234567 could be +49 211 234567 in Duesseldorf or 04921 1234567 in
// Emden. The country code in front is what trunks really send, and without a prefix a German number
// is a local one.
#include "shaken302/phone_number.hpp"

#include <algorithm>
#include <optional>

#include "country_form.hpp"

namespace shaken302 {
namespace {

constexpr std::size_t global_digits_min = 7;
constexpr std::size_t short_code_digits_min = 2;
constexpr std::size_t short_code_digits_max = 6;
constexpr std::string_view phone_context_name = "phone-context";

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
constexpr int hex_value(char c) noexcept {
  if (is_digit(c)) return c - '0';
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Takes a text apart into characters, percent-escapes undone (RFC 3261 25.1 `escaped`).
class Unescaper {
 public:
  explicit Unescaper(std::string_view text) noexcept : rest_(text) {}

  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
  [[nodiscard]] bool was_escaped() const noexcept { return was_escaped_; }

  /// Nothing where a % begins no escape. Precondition: !at_end().
  std::optional<char> next() noexcept {
    was_escaped_ = rest_.front() == '%';
    if (!was_escaped_) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      return c;
    }
    if (rest_.size() < 3) return std::nullopt;
    const int high = hex_value(rest_[1]);
    const int low = hex_value(rest_[2]);
    if (high < 0 || low < 0) return std::nullopt;
    rest_.remove_prefix(3);
    return static_cast<char>(high * 16 + low);
  }

 private:
  std::string_view rest_;
  bool was_escaped_ = false;
};

/// What is left of a number when separators and escapes are gone.
struct Dialled {
  std::array<char, 32> characters{};  // room for 15 digits and any prefix
  std::uint8_t size = 0;
  bool plus = false;
  bool has_digit = false;
  bool has_service_character = false;  // * or #
  bool too_long = false;

  [[nodiscard]] std::string_view view() const noexcept { return {characters.data(), size}; }
  void add(char c) noexcept {
    if (size == characters.size()) {
      too_long = true;
    } else {
      characters[size++] = c;
    }
  }
  /// Takes the sign and the digits that most numbers are made of; how much of the text that was.
  std::size_t add_leading_digits(std::string_view text) noexcept {
    plus = text.starts_with('+');
    const std::size_t begin = plus ? 1 : 0;
    const std::size_t end = std::min(text.size(), begin + characters.size());
    std::size_t at = begin;
    for (; at != end && is_digit(text[at]); ++at) characters[at - begin] = text[at];
    size = static_cast<std::uint8_t>(at - begin);
    has_digit = size != 0;
    return at;
  }
};

/// Fills `dialled`, which is new; or says what the text is not.
std::optional<NotANumber> read_dialled(std::string_view text, Dialled& dialled) noexcept {
  const std::size_t leading = dialled.add_leading_digits(text);
  for (Unescaper unescaper(text.substr(leading)); !unescaper.at_end();) {
    const auto c = unescaper.next();
    if (!c) return NotANumber::escape;
    if (is_digit(*c)) {
      dialled.has_digit = true;
      dialled.add(*c);
    } else if (*c == '*' || *c == '#') {
      dialled.has_service_character = true;
      dialled.add(*c);
    } else if (*c == '+' && !dialled.plus && dialled.size == 0) {
      dialled.plus = true;
    } else if (*c != '-' && *c != '.' && *c != '(' && *c != ')' &&
               !(*c == ' ' && unescaper.was_escaped())) {
      return NotANumber::character;
    }
  }
  if (!dialled.has_digit) return NotANumber::empty;
  if (dialled.too_long) return NotANumber::length;
  return std::nullopt;
}

bool has_digits_only(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), is_digit);
}

/// E.164: country code first, no leading zero; country code 1 has exactly ten digits behind it.
bool has_global_form(std::string_view digits) noexcept {
  if (digits.size() < global_digits_min || digits.size() > phone_number_digits_max) return false;
  if (digits.front() == '0') return false;
  return digits.front() != '1' || digits.size() == 11;
}

/// Nothing where the two do not join to a global number; * and # are in none.
std::optional<PhoneNumber> make_global(std::string_view country_code,
                                       std::string_view rest) noexcept {
  std::array<char, phone_number_digits_max> joined{};
  const std::size_t size = country_code.size() + rest.size();
  if (size > joined.size()) return std::nullopt;
  std::copy(rest.begin(), rest.end(),
            std::copy(country_code.begin(), country_code.end(), joined.begin()));
  const std::string_view digits(joined.data(), size);
  if (!has_global_form(digits) || !has_digits_only(digits)) return std::nullopt;
  return PhoneNumber(digits, NumberKind::global);
}

Result<PhoneNumber, NotANumber> read_global(const Dialled& dialled) noexcept {
  if (dialled.has_service_character) return Failure{NotANumber::character};
  const auto number = make_global("", dialled.view());
  if (!number || keeps_trunk_zero(number->digits())) return Failure{NotANumber::length};
  return *number;
}

Result<PhoneNumber, NotANumber> read_short_code(std::string_view digits) noexcept {
  if (digits.size() < short_code_digits_min || digits.size() > short_code_digits_max) {
    return Failure{NotANumber::length};
  }
  return PhoneNumber(digits, NumberKind::short_code);
}

bool is_emergency(std::string_view digits, const NumberPlan& plan) noexcept {
  return digits.size() <= phone_number_digits_max &&
         std::any_of(plan.emergency.begin(), plan.emergency.end(),
                     [digits](const std::string& number) { return number == digits; });
}

/// Whether the digits are a country code and an emergency number behind it: what +911 becomes where
/// every number gets its country code first. A plan without a country knows those by length: behind
/// a `+`, so few digits are no other number.
bool is_international_emergency(std::string_view digits, const NumberPlan& plan) noexcept {
  if (digits.size() > phone_number_digits_max) return false;
  if (!plan.country_code.empty()) {
    return digits.starts_with(plan.country_code) && digits.size() > plan.country_code.size() &&
           is_emergency(digits.substr(plan.country_code.size()), plan);
  }
  if (digits.front() == '0' || digits.size() >= global_digits_min) return false;
  constexpr std::size_t country_code_digits_max = 3;
  for (std::size_t size = 1; size <= std::min(country_code_digits_max, digits.size() - 1); ++size) {
    if (is_emergency(digits.substr(size), plan)) return true;
  }
  return false;
}

/// Whether `name` is phone-context, letters in any case, escapes allowed (RFC 3261 19.1.4).
bool is_phone_context(std::string_view name) noexcept {
  std::size_t matched = 0;
  for (Unescaper unescaper(name); !unescaper.at_end(); ++matched) {
    const auto c = unescaper.next();
    if (!c || matched == phone_context_name.size() || to_lower(*c) != phone_context_name[matched]) {
      return false;
    }
  }
  return matched == phone_context_name.size();
}

/// The digits of a global phone-context (RFC 3966 5.1.5), or none where there is no such parameter.
/// Any other context, a domain most often, marks a number of a private plan, which is not ours to
/// read; and two of them contradict each other.
Result<Dialled, NotANumber> read_phone_context(std::string_view parameters) noexcept {
  Dialled context;
  bool seen = false;
  while (!parameters.empty()) {
    parameters.remove_prefix(1);  // the semicolon
    const auto parameter = parameters.substr(0, parameters.find(';'));
    parameters.remove_prefix(parameter.size());
    const auto equals = std::min(parameter.find('='), parameter.size());
    if (!is_phone_context(parameter.substr(0, equals))) continue;
    if (seen) return Failure{NotANumber::context};
    seen = true;
    const auto value = parameter.substr(std::min(equals + 1, parameter.size()));
    Unescaper first(value);
    if (first.at_end() || first.next() != '+') return Failure{NotANumber::context};
    if (read_dialled(value, context) || context.has_service_character) {
      return Failure{NotANumber::context};
    }
  }
  return context;
}

CountryForm form_of(const NumberPlan& plan) noexcept {
  return {plan.country_code, plan.national_prefix, plan.national_digits_min,
          plan.national_digits_max};
}

/// Whether `digits`, its trunk prefix taken off, can be a national number of the country.
bool is_national(std::string_view digits, const CountryForm& form) noexcept {
  if (digits.size() < form.digits_min || digits.size() > form.digits_max) return false;
  if (form.country_code == "1") return !digits.empty() && digits.front() >= '2';  // NPA is [2-9]xx
  // In Brazil mobile numbers alone have eleven digits, area and 9 first: 55 800 123456 is a service
  // of nine digits behind the country code, not one of area 55.
  if (form.country_code == "55" && digits.size() == 11 && digits[2] != '9') return false;
  // Where there is no trunk prefix, a zero in front is part of the number (Italy).
  return form.national_prefix.empty() || digits.empty() || digits.front() != '0';
}

/// Whether length alone tells a bare national number from one behind the country code.
bool is_bare_national_clear(const NumberPlan& plan) noexcept {
  return plan.national_prefix.empty() ||
         plan.national_digits_max < plan.national_digits_min + plan.country_code.size();
}

/// The numbers that a text can stand for.
class Readings {
 public:
  void add(const std::optional<PhoneNumber>& number) noexcept {
    if (!number) return;
    ambiguous_ = ambiguous_ || (found_ && *found_ != *number);
    found_ = number;
  }
  [[nodiscard]] bool ambiguous() const noexcept { return ambiguous_; }
  [[nodiscard]] const std::optional<PhoneNumber>& found() const noexcept { return found_; }

 private:
  std::optional<PhoneNumber> found_;
  bool ambiguous_ = false;
};

void add_national_readings(Readings& readings, std::string_view digits,
                           const NumberPlan& plan) noexcept {
  const CountryForm form = form_of(plan);
  const bool trunk = !plan.national_prefix.empty() && digits.starts_with(plan.national_prefix);
  if (trunk) {
    const auto national = digits.substr(plan.national_prefix.size());
    if (is_national(national, form)) readings.add(make_global(plan.country_code, national));
  } else if (is_bare_national_clear(plan) && is_national(digits, form)) {
    readings.add(make_global(plan.country_code, digits));
  }
  if (digits.starts_with(plan.country_code)) {
    const auto national = digits.substr(plan.country_code.size());
    if (is_national(national, form)) readings.add(make_global(plan.country_code, national));
  }
}

Readings read_by_plan(std::string_view digits, const NumberPlan& plan) noexcept {
  Readings readings;
  if (plan.country_code.empty()) {
    readings.add(make_global("", digits));
  } else if (!plan.international_prefix.empty() && digits.starts_with(plan.international_prefix)) {
    readings.add(make_global("", digits.substr(plan.international_prefix.size())));
  } else {
    add_national_readings(readings, digits, plan);
  }
  constexpr std::size_t bare_foreign_digits_min = 11;  // shorter ones look like national numbers
  if (plan.bare_international && digits.size() >= bare_foreign_digits_min) {
    readings.add(make_global("", digits));
  }
  return readings;
}

/// The one number that the digits can be, or else a short code. A number that keeps a trunk prefix
/// is nobody's; only then is it refused, so that it still speaks against another reading.
Result<PhoneNumber, NotANumber> choose(const Readings& readings, std::string_view digits) noexcept {
  if (!readings.found()) return read_short_code(digits);
  if (readings.ambiguous() || keeps_trunk_zero(readings.found()->digits())) {
    return Failure{NotANumber::length};
  }
  return *readings.found();
}

Result<PhoneNumber, NotANumber> read_local(const Dialled& dialled,
                                           const NumberPlan& plan) noexcept {
  return choose(read_by_plan(dialled.view(), plan), dialled.view());
}

/// A local number in somebody else's country: the two joined (RFC 3966 5.1.5), or, where the
/// context is a country of which we know the trunk prefix, the same without that. RFC 3966 warns
/// that they need not join to a global number (911 belongs to +1): then it may still be a short
/// code of that place.
Result<PhoneNumber, NotANumber> read_in_context(const Dialled& context,
                                                const Dialled& dialled) noexcept {
  constexpr std::size_t country_code_digits_max = 3;
  const std::string_view digits = dialled.view();
  Readings readings;
  if (const auto form = country_form(context.view())) {
    const bool trunk = !form->national_prefix.empty() && digits.starts_with(form->national_prefix);
    const auto behind = digits.substr(trunk ? form->national_prefix.size() : 0);
    if (is_national(digits, *form)) readings.add(make_global(context.view(), digits));
    if (is_national(behind, *form)) readings.add(make_global(context.view(), behind));
  } else if (digits.front() != '0' || context.size > country_code_digits_max) {
    // In a country that we do not know, a zero could be a trunk prefix or part of the number.
    readings.add(make_global(context.view(), digits));
  }
  return choose(readings, digits);
}

/// Emergency numbers come before every other rule; only behind a country code without `+` another
/// number comes first: 676112 is a subscriber in Tonga, whose emergency number is 112.
bool asks_for_help(const Dialled& dialled, const NumberPlan& plan) noexcept {
  if (is_emergency(dialled.view(), plan)) return true;
  if (!dialled.plus && plan.country_code.empty()) return false;
  if (!is_international_emergency(dialled.view(), plan)) return false;
  return dialled.plus || !read_by_plan(dialled.view(), plan).found();
}

}  // namespace

Result<PhoneNumber, NotANumber> parse_number(std::string_view user_part,
                                             const NumberPlan& plan) noexcept {
  // Only a raw semicolon begins a parameter: an escaped one is a character (RFC 3261 19.1.4).
  const auto number_size = std::min(user_part.find(';'), user_part.size());
  Dialled dialled;
  if (const auto fault = read_dialled(user_part.substr(0, number_size), dialled)) {
    return Failure{*fault};
  }
  if (asks_for_help(dialled, plan)) return PhoneNumber(dialled.view(), NumberKind::emergency);
  if (dialled.plus) return read_global(dialled);

  const auto context = read_phone_context(user_part.substr(number_size));
  if (!context) return Failure{context.error()};
  // In the context of the plan's own country, a number is written as the plan says.
  if (context->size != 0 && context->view() != plan.country_code) {
    return read_in_context(*context, dialled);
  }
  return read_local(dialled, plan);
}

Result<PhoneNumber, NotANumber> parse_canonical_number(std::string_view digits) noexcept {
  if (digits.empty()) return Failure{NotANumber::empty};
  if (!has_digits_only(digits)) return Failure{NotANumber::character};
  if (!has_global_form(digits) || keeps_trunk_zero(digits)) return Failure{NotANumber::length};
  return PhoneNumber(digits, NumberKind::global);
}

}  // namespace shaken302
