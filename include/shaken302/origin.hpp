// SPDX-License-Identifier: MIT
//
// Where a call comes from, as far as it can be told before anything of it is read. Plain values.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace shaken302 {

/// An IPv6 address in network order; an IPv4 address is its mapped form ::ffff:a.b.c.d.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};
  friend bool operator==(const IpAddress&, const IpAddress&) noexcept = default;
  friend auto operator<=>(const IpAddress&, const IpAddress&) noexcept = default;
};

/// `prefix` counts the bits of the mapped form: 10.0.0.0/24 has 96 + 24. Host bits are zero.
struct IpNetwork {
  IpAddress address;
  std::uint8_t prefix = 128;
  friend bool operator==(const IpNetwork&, const IpNetwork&) noexcept = default;
};

enum class Transport : std::uint8_t { udp, tcp, tls };

/// A listener as it is configured (port 0 included): what a peer may be told apart by.
struct Listener {
  Transport transport = Transport::udp;
  IpAddress address;
  std::uint16_t port = 0;
  friend bool operator==(const Listener&, const Listener&) noexcept = default;
};

/// Where a call comes from, before anything of it is read.
struct Origin {
  IpAddress source;
  Listener listener;
  /// On TLS: whom the verified certificate of the client names (RFC 5922 7.1), lower case; or
  /// nobody.
  std::span<const std::string> client_names{};
};

}  // namespace shaken302
