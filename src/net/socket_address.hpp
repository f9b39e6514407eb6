// SPDX-License-Identifier: MIT
//
// Between the addresses of the SIP layer (IPv4 as mapped IPv6) and those of the kernel. Pure.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>

#include "sip/endpoint.hpp"

namespace shaken302::net {

/// Which protocol a socket speaks; an IPv6 socket is IPv6-only (IPV6_V6ONLY).
enum class Family : std::uint8_t { ipv4, ipv6 };

/// A sockaddr of either family with its size.
struct SocketAddress {
  union {
    sockaddr_storage storage{};  ///< its ss_family says which of the others it is
    sockaddr_in ipv4;
    sockaddr_in6 ipv6;
  };
  socklen_t size = 0;

  /// Becomes the address of `endpoint` for a socket of `family`. `interface` names the link of a
  /// link-local address.
  void assign(const sip::Endpoint& endpoint, Family family, std::uint32_t interface = 0) noexcept;
};

/// For a socket of `family`. `interface` names the link of a link-local address.
[[nodiscard]] SocketAddress to_socket_address(const sip::Endpoint& endpoint, Family family,
                                              std::uint32_t interface = 0) noexcept;
/// Any other family than IPv4 and IPv6 gives port 0, which nobody answers.
[[nodiscard]] sip::Endpoint to_endpoint(const sockaddr_storage& storage) noexcept;

[[nodiscard]] IpAddress to_ip_address(const in_addr& address) noexcept;
[[nodiscard]] IpAddress to_ip_address(const in6_addr& address) noexcept;
[[nodiscard]] in_addr to_in_addr(const IpAddress& address) noexcept;
[[nodiscard]] in6_addr to_in6_addr(const IpAddress& address) noexcept;

/// Neither unspecified nor multicast nor 255.255.255.255, in either form: may be the source of a
/// reply. (The broadcast address of a subnet cannot be told by its bits; the kernel never reports
/// one as local.)
[[nodiscard]] bool is_usable_source(const IpAddress& address) noexcept;
/// fe80::/10, which means nothing without an interface (RFC 4007 section 6).
[[nodiscard]] bool is_link_local(const IpAddress& address) noexcept;

}  // namespace shaken302::net
