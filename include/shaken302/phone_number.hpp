// SPDX-License-Identifier: MIT
//
// Canonical telephone numbers (RFC 8224 section 8.3; RFC 3966 for what a user part may carry) and
// the number plan by which a peer's national, international and short forms are read. A PhoneNumber
// is a value of fixed size; reading one allocates nothing. Everything here is pure and thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shaken302/result.hpp"

namespace shaken302 {

/// What the canonical digits stand for.
enum class NumberKind : std::uint8_t {
  global,      ///< E.164 with the country code first: 7 to 15 digits, no leading zero
  short_code,  ///< no country code can be given (RFC 8224 8.3): 611, 72345, *67; kept as dialled
  emergency,   ///< an emergency number of the plan: 911, 112, 1911 behind +; kept as dialled
};

/// Why a user part is not a telephone number.
enum class NotANumber : std::uint8_t {
  empty,      ///< no digit at all
  character,  ///< something that is neither a digit, *, #, + in front, nor a visual separator
  escape,     ///< a % that does not begin a valid escape
  length,     ///< digits that no form of the plan has, or that two numbers could have
  context,    ///< a phone-context of a private plan (RFC 3966 5.1.5), or one that cannot be read
};

/// E.164 allows 15 digits; RFC 8226 TelephoneNumber is 1..15 characters.
inline constexpr std::size_t phone_number_digits_max = 15;

/// 1 to 15 characters of `0-9 * #`, without `+` (the `tn` of RFC 8225 5.2.1.1).
class PhoneNumber {
 public:
  constexpr PhoneNumber() noexcept = default;  ///< no digits; what a missing number looks like
  /// Precondition: `digits` is 1..15 characters of `0-9*#`. For tests, tables and parse_number.
  constexpr PhoneNumber(std::string_view digits, NumberKind kind) noexcept
      : size_(static_cast<std::uint8_t>(digits.size())), kind_(kind) {
    for (std::size_t i = 0; i < digits.size() && i < digits_.size(); ++i) digits_[i] = digits[i];
  }

  [[nodiscard]] constexpr std::string_view digits() const noexcept {
    return {digits_.data(), size_};
  }
  [[nodiscard]] constexpr NumberKind kind() const noexcept { return kind_; }
  [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }
  friend constexpr bool operator==(const PhoneNumber&, const PhoneNumber&) noexcept = default;

 private:
  std::array<char, phone_number_digits_max> digits_{};
  std::uint8_t size_ = 0;
  NumberKind kind_ = NumberKind::global;
};

/// How one peer writes numbers. Immutable once built.
struct NumberPlan {
  std::string country_code;  ///< "1", "44"; empty: every number is E.164 already, with or without +
  std::string international_prefix;  ///< "011", "00"
  std::string national_prefix;  ///< trunk prefix in front of a national number: "1", "0", or ""
  std::uint8_t national_digits_min = 10;  ///< length of a national number without its trunk prefix
  std::uint8_t national_digits_max = 10;
  bool bare_international = false;     ///< foreign E.164 may come without + or prefix
  std::vector<std::string> emergency;  ///< never refused: "911", "112"
};

/// The plan of a country code; for codes it does not know in particular: prefix 00, trunk 0, 112
/// (and 911). "1" is the North American plan: 011, 1, ten digits [2-9]xx[2-9]xxxxxx, 911 (and 112,
/// 933).
/// "" is E.164 only.
NumberPlan make_number_plan(std::string_view country_code);

/// Reads the user part of a sip/sips URI, or what follows `tel:`, as received: percent-escapes,
/// visual separators, `;npdi`, `;rn`, `;tgrp`, `;isub`, `;phone-context` and any other parameter
/// included.
/// `+911` and `+1911` are emergency numbers, with the digits `911` and `1911`. No scheme, host or
/// password in `user_part`.
Result<PhoneNumber, NotANumber> parse_number(std::string_view user_part,
                                             const NumberPlan& plan) noexcept;

/// Whether a global number can exist, as far as its country's plan is known here: in the North
/// American plan an area and an office code are [2-9]xx and not N11; some country codes nobody has.
/// Short codes are possible. The directory may list a number all the same.
bool is_possible(const PhoneNumber& number) noexcept;

/// Whether a text is a canonical global number already (directory files): 7..15 digits, no leading
/// 0.
Result<PhoneNumber, NotANumber> parse_canonical_number(std::string_view digits) noexcept;

}  // namespace shaken302
