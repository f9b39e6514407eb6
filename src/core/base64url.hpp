// SPDX-License-Identifier: MIT
//
// base64url without padding (RFC 7515 section 2), the reading half; the writing half is part of
// passport.hpp. Pure; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace shaken302 {

/// Strict: every text that is read is one that append_base64url writes. No padding, no `+` and `/`,
/// no white space, no length of 4n+1, and no bits set behind the last byte: otherwise one signature
/// would have several texts.
std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace shaken302
