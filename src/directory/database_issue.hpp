// SPDX-License-Identifier: MIT
#pragma once

#include "config/config_issue.hpp"
#include "database.hpp"

namespace shaken302::directory {

/// What a database answered, for an operator. `name` is its name without a password.
config::ConfigIssue to_issue(const std::string& name, const DatabaseError& error);

}  // namespace shaken302::directory
