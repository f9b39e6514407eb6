// SPDX-License-Identifier: MIT
//
// The tables that a database source has, generated from the table of keys: a column a key of
// [[peer]] and [[account]], so that no key can be forgotten. conf/sql/ keeps the texts for people
// who make their tables themselves.
#pragma once

#include <string>

#include "database.hpp"

namespace shaken302::directory {

/// Every statement, with comments.
std::string schema_text(SqlDialect dialect);

/// SQLite has a trigger run for each row: an import of millions goes without and counts once.
std::string sqlite_triggers_text();
std::string sqlite_without_triggers_text();

}  // namespace shaken302::directory
