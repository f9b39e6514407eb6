// SPDX-License-Identifier: MIT
//
// IP addresses and networks as text: "10.0.0.1", "2001:db8::1", "10.0.0.0/24".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shaken302/directory.hpp"
#include "shaken302/result.hpp"

namespace shaken302::config {

/// Exactly the forms of inet_pton: no zone, no brackets, no port, no leading zeros.
std::optional<IpAddress> parse_ip(std::string_view text);

[[nodiscard]] bool is_ipv4(const IpAddress& address) noexcept;

/// "10.0.0.1" for a mapped address, the form of RFC 5952 otherwise.
std::string to_text(const IpAddress& address);
/// "10.0.0.0/24"; a network of one address is written without its prefix.
std::string to_text(const IpNetwork& network);

enum class NetworkTextError : std::uint8_t {
  address,        ///< what is before the slash is no address
  prefix,         ///< not 0..32, or 0..128
  host_bits,      ///< the address has bits set behind the prefix: "10.0.0.1/24"
  both_families,  ///< an IPv6 network so wide that it holds every IPv4 address: "::/0"
};

/// "ADDRESS" or "ADDRESS/PREFIX".
Result<IpNetwork, NetworkTextError> parse_network(std::string_view text);

/// `network` with its host bits cleared.
[[nodiscard]] IpNetwork without_host_bits(IpNetwork network) noexcept;

/// ADDRESS/PREFIX without regard to host bits; for naming the network that was meant.
std::optional<IpNetwork> parse_any_network(std::string_view text);

}  // namespace shaken302::config
