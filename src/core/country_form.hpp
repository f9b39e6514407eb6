// SPDX-License-Identifier: MIT
//
// What the table of number plans says about a country, as views of the table: for numbers of
// countries other than the peer's own, which are read on the path of a call. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace shaken302 {

/// How the numbers of one country look at home.
struct CountryForm {
  std::string_view country_code;
  std::string_view national_prefix;  ///< trunk prefix, or empty
  std::uint8_t digits_min = 0;       ///< without the trunk prefix
  std::uint8_t digits_max = 0;
};

/// Nothing for a country code that the table does not have.
std::optional<CountryForm> country_form(std::string_view country_code) noexcept;

/// Whether the digits begin with the code of a country whose trunk prefix is 0, and go on with a 0:
/// +44 (0) 20 7183 8750 as it stands on letterheads. That zero is dialled at home only, and no
/// number of such a country begins with one.
bool keeps_trunk_zero(std::string_view global_digits) noexcept;

}  // namespace shaken302
