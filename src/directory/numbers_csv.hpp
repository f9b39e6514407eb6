// SPDX-License-Identifier: MIT
//
// The number table as a file (conf/numbers.csv shows one):
//
//   number,account,valid_from,valid_until,basis,reference
//   12155550100,acme,,,assigned,"order 4711, line 3"
//   12155550110-12155550119,acme,2026-01-01,2026-12-31,loa,
//
// and the list of numbers that must never call:
//
//   number,valid_from,valid_until,reference
//   18005550100,,,inbound only
//
// UTF-8 with or without a byte order mark, lines end with LF or CRLF, `#` begins a comment line.
// One pass over the file, in pieces; a row costs no allocation. A row is good as a whole or it is
// an issue: nothing is guessed, trimmed or skipped.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "config/regular_file.hpp"
#include "csv_lines.hpp"
#include "number_load.hpp"

namespace shaken302::directory {

inline constexpr config::FileRules number_file_rules{std::size_t{4} << 30U, false};

/// How far a load has come; told every few thousand rows to whoever wants to know.
struct LoadProgress {
  std::uint64_t bytes = 0;
  std::uint64_t bytes_total = 0;
  std::uint64_t rows = 0;
};
using ProgressSink = std::function<void(const LoadProgress&)>;

/// The table of a file that is open, or up to twenty issues and how many more there are. Ends soon,
/// with `stopped_load`, when `stop` is requested. `warnings`: see NumberLoad::warn_into.
Result<NumberTable, config::ConfigIssues> load_numbers_csv(config::RegularFile file,
                                                           const AccountIds& accounts,
                                                           const std::stop_token& stop = {},
                                                           const ProgressSink& progress = {},
                                                           RowIssues* warnings = nullptr);
/// The same for a list of numbers that must never call; its claims name no account.
Result<NumberTable, config::ConfigIssues> load_never_calls_csv(config::RegularFile file,
                                                               const std::stop_token& stop = {},
                                                               const ProgressSink& progress = {},
                                                               RowIssues* warnings = nullptr);

/// The same for texts; `file` names them.
Result<NumberTable, config::ConfigIssues> make_number_table(std::string_view csv,
                                                            const std::string& file,
                                                            const AccountIds& accounts,
                                                            const std::stop_token& stop = {});
Result<NumberTable, config::ConfigIssues> make_never_call_table(std::string_view csv,
                                                                const std::string& file,
                                                                const std::stop_token& stop = {});

/// Hands all rows to the load, and what is no row as an issue.
void read_numbers_csv(CsvLines& lines, NumberLoad& load, const ProgressSink& progress = {},
                      std::uint64_t bytes_total = 0);

/// The reference of a claim, read once more from the file that the claim came from: tables do not
/// hold them. Nothing when there is none, or its line does not say what it did.
std::optional<std::string> read_reference(config::RegularFile file, const NumberClaim& claim);

}  // namespace shaken302::directory
