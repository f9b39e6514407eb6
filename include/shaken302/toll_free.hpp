// SPDX-License-Identifier: MIT
//
// Which global numbers are freephone numbers, by how they begin.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace shaken302 {

inline constexpr std::array<std::string_view, 8> north_american_toll_free{
    "1800", "1822", "1833", "1844", "1855", "1866", "1877", "1888"};
inline constexpr std::string_view universal_toll_free = "800";  ///< ITU-T E.169.1

/// Whether whatever begins with these digits, country code first, is a freephone number of that
/// country or of all the world.
[[nodiscard]] constexpr bool begins_toll_free(std::string_view digits,
                                              std::string_view country_code) noexcept {
  if (digits.starts_with(universal_toll_free)) return true;
  if (country_code == "1") {
    return std::any_of(north_american_toll_free.begin(), north_american_toll_free.end(),
                       [&](std::string_view prefix) { return digits.starts_with(prefix); });
  }
  return !country_code.empty() && digits.starts_with(country_code) &&
         digits.substr(country_code.size()).starts_with(universal_toll_free);
}

}  // namespace shaken302
