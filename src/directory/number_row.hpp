// SPDX-License-Identifier: MIT
//
// One row of the number table, field by field, as every source of numbers has it. Pure; allocates
// only to describe a mistake.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "account_index.hpp"
#include "shaken302/directory.hpp"

namespace shaken302::directory {

/// A row as text; empty: not given. The reference is for people and is not looked at.
struct NumberFields {
  std::string_view number;   ///< 12155550100, +12155550100, or FIRST-LAST
  std::string_view account;  ///< the id of an account; empty in a list of numbers that never call
  std::string_view valid_from{};   ///< YYYY-MM-DD; empty: since ever
  std::string_view valid_until{};  ///< YYYY-MM-DD, inclusive; empty: for ever
  std::string_view basis{};        ///< assigned (also when empty), verified, loa or delegated
};

struct RowProblem {
  std::string_view column;  ///< empty: the row as a whole
  std::string problem;
  std::string remedy;
  /// Set when that is the problem: `remedy` is then left to suggest_account, which is slow.
  std::optional<std::string_view> unknown_account{};
};

/// The known account that may have been meant.
std::string suggest_account(std::string_view unknown, const AccountIds& accounts);

/// The claim of a row; its line is left 0. `accounts` is null where rows name none: the claim's
/// account is then no_index.
Result<NumberClaim, RowProblem> read_number_row(const NumberFields& row,
                                                const AccountIndex* accounts);

/// YYYY-MM-DD of a day that exists, from 1900 to 9999.
std::optional<std::chrono::sys_days> parse_day(std::string_view text) noexcept;

}  // namespace shaken302::directory
