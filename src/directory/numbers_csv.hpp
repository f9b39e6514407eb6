// SPDX-License-Identifier: MIT
//
// The number table as a file (conf/numbers.csv shows one):
//
//   number,account,valid_from,valid_until,basis,reference
//   12155550100,acme,,,assigned,"order 4711, line 3"
//   12155550110-12155550119,acme,2026-01-01,2026-12-31,loa,
//
// UTF-8 with or without a byte order mark, lines end with LF or CRLF, `#` begins a comment line.
// One pass over the text; a row costs no allocation. A row is good as a whole or it is an issue:
// nothing is guessed, trimmed or skipped.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/config_issue.hpp"
#include "shaken302/directory.hpp"

namespace shaken302::directory {

/// Account id -> index. The texts must outlive the map.
using AccountIds = std::unordered_map<std::string_view, std::uint32_t>;

/// What a load ends with that was told to stop.
config::ConfigIssues stopped_load(const std::string& file);

/// All rows, or up to twenty issues and how many more there are. `file` names the text in them.
/// Ends soon, with `stopped_load`, when `stop` is requested.
Result<std::vector<NumberClaim>, config::ConfigIssues> parse_numbers(
    std::string_view csv, const std::string& file, const AccountIds& accounts,
    const std::stop_token& stop = {});

/// parse_numbers and NumberTable::make: overlaps are issues that name both lines.
Result<NumberTable, config::ConfigIssues> make_number_table(std::string_view csv,
                                                            const std::string& file,
                                                            const AccountIds& accounts,
                                                            const std::stop_token& stop = {});

}  // namespace shaken302::directory
