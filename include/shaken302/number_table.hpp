// SPDX-License-Identifier: MIT
//
// Whose number is whose, and since when. Built and checked by a loader, then immutable and shared by all
// workers; look-ups neither lock nor allocate.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "shaken302/phone_number.hpp"
#include "shaken302/result.hpp"
#include "shaken302/table_index.hpp"
#include "shaken302/unix_time.hpp"

namespace shaken302 {

enum class NumberBasis : std::uint8_t { assigned, verified, letter_of_authorisation, delegated };

/// One row of the number table: all numbers first..last (same length) belong to `account` from
/// valid_from to valid_until, UTC days, both inclusive.
struct NumberClaim {
  std::uint64_t first = 0;  ///< canonical digits read as a number
  std::uint64_t last = 0;   ///< equal to first: one number
  std::uint32_t account = no_index;
  NumberBasis basis = NumberBasis::assigned;
  std::chrono::sys_days valid_from{};
  std::chrono::sys_days valid_until = std::chrono::sys_days::max();
  std::uint32_t line = 0;  ///< where it was read, for error messages

  [[nodiscard]] bool is_valid_at(UnixTime now) const noexcept;
};

/// Number -> claim. The most specific claim wins whether or not it is valid now: a ported-out
/// number must not fall back to the A of its block.
class NumberTable {
 public:
  struct Conflict {
    std::uint32_t first_line = 0;
    std::uint32_t second_line = 0;
  };
  /// Refuses two claims of the very same numbers, and two ranges that overlap without nesting.
  static Result<NumberTable, Conflict> make(std::vector<NumberClaim> claims);

  /// The claim that the number falls under, whoever has it and whether or not it is valid now.
  [[nodiscard]] std::optional<NumberClaim> find(const PhoneNumber& number) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return claims_.size(); }

 private:
  std::vector<NumberClaim> claims_;    ///< sorted by first, then last descending
  std::vector<std::uint32_t> parent_;  ///< the innermost claim around each, or no_index
};

}  // namespace shaken302
