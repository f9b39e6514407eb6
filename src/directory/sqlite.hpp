// SPDX-License-Identifier: MIT
#pragma once

#include "database.hpp"

namespace shaken302::directory {

/// `path` must be there, but for DatabaseUse::create, which makes it, for this user alone.
OpenedDatabase open_sqlite(const std::string& path, DatabaseUse use, const std::stop_token& stop,
                           const Patience& patience);

}  // namespace shaken302::directory
