// SPDX-License-Identifier: MIT
//
// A number table as a large carrier has it: most rows are North American numbers, one in twenty has
// 15 digits, one in a hundred is a range. 50,000 accounts, 1,000 pairs of dates, every basis, a
// tenth with a reference. Row and number are functions of each other's index, so that nothing need
// be kept to know what a look-up must find.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <vector>

namespace shaken302::bench {

inline constexpr std::uint32_t account_count = 50000;
inline constexpr std::uint32_t validity_pairs = 1000;

/// 64 bits that look random (the finaliser of MurmurHash3).
inline std::uint64_t scramble(std::uint64_t x) noexcept {
  x = (x ^ (x >> 33U)) * 0xFF51AFD7ED558CCD;
  x = (x ^ (x >> 33U)) * 0xC4CEB9FE1A85EC53;
  return x ^ (x >> 33U);
}

inline std::string account_id(std::uint32_t account) { return fmt::format("acct-{:05}", account); }

enum class RowKind : std::uint8_t { national, long_number, range };

inline RowKind kind_of(std::uint64_t row) noexcept {
  const std::uint64_t percent = scramble(row) % 100;
  return percent == 0 ? RowKind::range : percent <= 5 ? RowKind::long_number : RowKind::national;
}

inline std::uint32_t account_of(std::uint64_t row) noexcept {
  return static_cast<std::uint32_t>(scramble(row + 0x1000000000) % account_count);
}

/// One of the 6.4 thousand million national numbers.
inline std::uint64_t national(std::uint64_t place) noexcept {
  const std::uint64_t area = 200 + place / 8000000;
  const std::uint64_t office = 200 + place / 10000 % 800;
  return 10000000000 + area * 10000000 + office * 10000 + place % 10000;
}

/// The only or first number of a row; no two rows have the same one. Ranges are hundreds among the
/// national numbers, and hold some that have a row of their own; none of these ends with 7, so that
/// one that does is the range's.
inline std::uint64_t number_of(std::uint64_t row) noexcept {
  constexpr std::uint64_t prime = 2654435761;  // without a divisor in common with what follows
  switch (kind_of(row)) {
    case RowKind::national: {
      const std::uint64_t place = row * prime % 5760000000;
      const std::uint64_t digit = place % 9;
      return national(place / 9 * 10 + digit + (digit < 7 ? 0 : 1));
    }
    case RowKind::long_number:
      return 491200000000000 + row * prime % 100000000000;
    case RowKind::range:
      break;
  }
  return national(row * prime % 64000000 * 100);
}

/// A number of a range that has no row of its own.
inline std::uint64_t number_in(std::uint64_t range, std::uint64_t chance) noexcept {
  return number_of(range) + chance % 10 * 10 + 7;
}

/// 1 for a row that is no range.
inline std::uint64_t width_of(std::uint64_t row) noexcept {
  return kind_of(row) == RowKind::range ? 100 : 1;
}

/// One line of the file.
inline void append_row(std::string& csv, std::uint64_t row) {
  constexpr const char* bases[] = {"assigned", "verified", "loa", "delegated"};
  const std::uint64_t chance = scramble(row + 0x2000000000);
  const std::uint64_t pair = chance % validity_pairs;
  const std::uint64_t number = number_of(row);
  auto to = std::back_inserter(csv);
  fmt::format_to(to, "{}", number);
  if (width_of(row) > 1) fmt::format_to(to, "-{}", number + width_of(row) - 1);
  fmt::format_to(to, ",acct-{:05},{:04}-{:02}-{:02},{:04}-12-31,{}", account_of(row),
                 2016 + pair % 10, 1 + pair / 10 % 10, 1 + pair / 100, 2027 + pair % 10,
                 bases[chance / validity_pairs % 4]);
  if (chance / 4000 % 10 == 0) fmt::format_to(to, ",order {}", row);
  csv += '\n';
}

}  // namespace shaken302::bench
