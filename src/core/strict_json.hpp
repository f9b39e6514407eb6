// SPDX-License-Identifier: MIT
//
// Strict reading of the JSON of a token, so that no two readers can see different claims in it.
// Pure; thread-safe.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

namespace shaken302 {

/// One JSON object and nothing else. Refused: what RFC 8259 does not allow, members given twice at
/// any level, more than 8 levels, a NUL in any string, a byte-order mark, numbers that overflow a
/// double.
std::optional<nlohmann::json> parse_strict_object(std::string_view text);

}  // namespace shaken302
