// SPDX-License-Identifier: MIT
//
// What the texts of a configuration may look like. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shaken302::config {

/// The text in quotes, cut to a length that a line bears, for naming it in an issue.
std::string in_quotes(std::string_view text);

/// 1 to 64 of A-Z a-z 0-9 . _ -: names of peers, ids of accounts.
[[nodiscard]] bool is_identifier(std::string_view text) noexcept;

/// RFC 3261 25.1 `token`: names of header fields and parameters.
[[nodiscard]] bool is_token(std::string_view text) noexcept;

[[nodiscard]] bool is_digits(std::string_view text) noexcept;

/// Printable ASCII; blanks inside, not at the ends.
[[nodiscard]] bool is_printable(std::string_view text) noexcept;

/// Capitals do not matter (RFC 3261 7.3.1: header field names).
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;

/// 1 to 65535 without sign or leading zeros; 0 only as "0".
std::optional<std::uint16_t> parse_port(std::string_view text) noexcept;

/// HOST, HOST:PORT, [IPV6] or [IPV6]:PORT as a SIP URI may hold it (RFC 3261 25.1 `hostport`).
/// Nothing else gets into a Contact: no parameters, no headers, no user part.
[[nodiscard]] bool is_host_port(std::string_view text);

}  // namespace shaken302::config
