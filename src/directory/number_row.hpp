// SPDX-License-Identifier: MIT
//
// One row of the number table, field by field. Pure; allocates only to describe a mistake.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "csv_fields.hpp"
#include "numbers_csv.hpp"
#include "shaken302/directory.hpp"

namespace shaken302::directory {

inline constexpr std::array<std::string_view, 6> number_columns{
    "number", "account", "valid_from", "valid_until", "basis", "reference"};

struct RowProblem {
  std::string_view column;  ///< empty: the row as a whole
  std::string problem;
  std::string remedy;
  /// Set when that is the problem: `remedy` is then left to suggest_account, which is slow.
  std::optional<std::string_view> unknown_account{};
};

/// The known account that may have been meant.
std::string suggest_account(std::string_view unknown, const AccountIds& accounts);

/// `columns`: how many the header names. The claim's line is left 0.
Result<NumberClaim, RowProblem> read_number_row(const CsvFields& row, std::size_t columns,
                                                const AccountIds& accounts);

/// YYYY-MM-DD of a day that exists, from 1900 to 9999.
std::optional<std::chrono::sys_days> parse_day(std::string_view text) noexcept;

}  // namespace shaken302::directory
