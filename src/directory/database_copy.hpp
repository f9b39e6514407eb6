// SPDX-License-Identifier: MIT
//
// Between files and databases, whole and in one transaction: what was there before or what is there
// afterwards, nothing in between.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>

#include "config/configuration.hpp"
#include "shaken302/result.hpp"

namespace shaken302::directory {

struct CopiedRows {
  std::size_t peers = 0;
  std::size_t accounts = 0;
  std::size_t numbers = 0;
  std::size_t never_calls = 0;
  bool operator==(const CopiedRows&) const = default;
};

/// Makes the tables; refuses when one of them is there.
Result<void, config::ConfigIssues> init_database(const config::DirectorySource& database);

/// Copies peers, accounts and numbers of `files`, which was found good, into tables that are empty,
/// or that `replace` empties first. `checked` tells how many rows were found good: where another
/// number comes out, somebody has changed the files meanwhile, and nothing is copied.
Result<CopiedRows, config::ConfigIssues> import_files(
    const config::Configuration& files, const config::DirectorySource& database, bool replace,
    const std::optional<CopiedRows>& checked = {});

/// Writes shaken302.toml, numbers.csv and never.csv into `folder`, which must hold none of them: a
/// configuration of files that decides as `configuration`, which names a database, does.
Result<CopiedRows, config::ConfigIssues> export_files(const config::Configuration& configuration,
                                                      const std::filesystem::path& folder);

}  // namespace shaken302::directory
