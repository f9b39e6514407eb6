// SPDX-License-Identifier: MIT
//
// The value of the SIP Identity header field (RFC 8224 section 4): writing ours, and reading what
// others wrote: strict about what it means, liberal about how it is written (quoted ppt, any
// parameter order, folded lines, `/` and `+` of the ABNF beside base64url). Pure; thread-safe;
// reading allocates nothing.
#pragma once

#include <cstdint>
#include <string_view>

#include "shaken302/bounded_text.hpp"
#include "shaken302/result.hpp"

namespace shaken302 {

/// How `ppt` is printed: a token (the ABNF) or quoted (RFC 8946 4.1 and several vendors).
enum class PptForm : std::uint8_t { token, quoted };

/// `<token>;info=<x5u>;alg=ES256;ppt=shaken`
void append_identity_value(BoundedText& out, std::string_view token, std::string_view x5u,
                           PptForm form) noexcept;

enum class IdentityError : std::uint8_t {
  digest,     ///< no token in front, or a character that base64url, `.`, `/` and `+` do not have
  info,       ///< no `info`, or not an absolute URI in angle brackets (RFC 8224: mandatory)
  parameter,  ///< a parameter that is malformed or given twice
  algorithm,  ///< alg that is not ES256
};

/// Views into the value that was read.
struct IdentityHeader {
  std::string_view token;
  std::string_view info;  ///< without the angle brackets
  std::string_view ppt;   ///< without quotes; empty when absent (a baseline PASSporT)
};

/// Reads one header value (the field is not a comma list, RFC 8224 section 4).
Result<IdentityHeader, IdentityError> parse_identity(std::string_view value) noexcept;

}  // namespace shaken302
