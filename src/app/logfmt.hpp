// SPDX-License-Identifier: MIT
//
// One decision as one line of logfmt (`name=value` pairs). Whatever a caller can write is escaped,
// so that one event is one line and nobody can forge another (hazards A8). Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "shaken302/decision_record.hpp"

namespace shaken302::app {

/// In quotes; `"` and `\` with a backslash in front, everything but printable ASCII as \xNN.
void append_quoted(std::string& out, std::string_view text);

/// As it is when it consists of letters, digits and .:@+*#/_- alone; otherwise quoted.
void append_value(std::string& out, std::string_view text);

/// `text` with control characters as \xNN: for our own sentences that quote a file or an error.
std::string to_one_line(std::string_view text);

/// decision peer=edge account=acme calling=12155550100 called=12155550199 verdict=sign level=A …
std::string to_logfmt(const DecisionRecord& record);

/// shadow_differs peer=edge … verdict=sign level=A … shadow_verdict=sign shadow_level=B … Only for
/// a record whose shadow is different.
std::string to_shadow_logfmt(const DecisionRecord& record);

}  // namespace shaken302::app
