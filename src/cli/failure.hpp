// SPDX-License-Identifier: MIT
//
// What went wrong, in words for a person on standard error and, where --json is given, as one JSON
// object on standard output, so that a script reads the same stream whatever happens.
#pragma once

#include <string_view>

#include "command_line.hpp"
#include "config/config_issue.hpp"

namespace shaken302::cli {

/// {"error": …} and nothing on standard error.
void print_failure_json(std::string_view error, std::ostream& out);

/// A line an issue; as JSON the first issue's `error`, `file`, `line`, `key` and `fix`, each where
/// it is known, and all of them in the list `issues`.
void print_issues(const config::ConfigIssues& issues, bool as_json, Streams streams);

}  // namespace shaken302::cli
