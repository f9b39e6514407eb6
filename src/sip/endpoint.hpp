// SPDX-License-Identifier: MIT
//
// Addresses as the SIP layer sees them, without a socket header. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "shaken302/bounded_text.hpp"
#include "shaken302/peer.hpp"

namespace shaken302::sip {

using shaken302::Transport;

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;
  friend bool operator==(const Endpoint&, const Endpoint&) noexcept = default;
};

[[nodiscard]] bool is_ipv4_mapped(const IpAddress& address) noexcept;

/// "192.0.2.1" or "2001:db8::1" (RFC 5952), without brackets.
void append_address(BoundedText& out, const IpAddress& address) noexcept;
/// As the host of a URI or Via: IPv6 in brackets.
void append_host(BoundedText& out, const IpAddress& address) noexcept;

/// Reads an IPv4 or IPv6 address, with or without brackets; a host name is nothing.
[[nodiscard]] std::optional<IpAddress> parse_address(std::string_view text) noexcept;

}  // namespace shaken302::sip
