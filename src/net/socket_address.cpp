// SPDX-License-Identifier: MIT
#include "socket_address.hpp"

#include <endian.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace shaken302::net {
namespace {

constexpr std::size_t ipv4_offset = 12;  // of the four bytes in ::ffff:a.b.c.d

bool is_mapped(const IpAddress& address) noexcept {
  const auto& b = address.bytes;
  return std::all_of(b.begin(), b.begin() + 10, [](std::uint8_t x) { return x == 0; }) &&
         b[10] == 0xFF && b[11] == 0xFF;
}

}  // namespace

// Put together in a register: what is written byte by byte has to reach the cache before anybody
// can read it as a whole, which the first comparison does.
IpAddress to_ip_address(const in_addr& address) noexcept {
  constexpr std::uint64_t mapped = 0xFFFF'0000'0000;
  const std::array<std::uint64_t, 2> words{0, ::htobe64(mapped | ntohl(address.s_addr))};
  return {std::bit_cast<std::array<std::uint8_t, 16>>(words)};
}

IpAddress to_ip_address(const in6_addr& address) noexcept {
  IpAddress result;
  std::memcpy(result.bytes.data(), &address, result.bytes.size());
  return result;
}

in_addr to_in_addr(const IpAddress& address) noexcept {
  in_addr result{};
  std::memcpy(&result.s_addr, address.bytes.data() + ipv4_offset, 4);
  return result;
}

in6_addr to_in6_addr(const IpAddress& address) noexcept {
  in6_addr result{};
  std::memcpy(&result, address.bytes.data(), address.bytes.size());
  return result;
}

// Member by member where it is needed: a sockaddr that is made elsewhere and copied waits until
// what was written into it has reached the cache (hundreds of cycles behind a reply).
void SocketAddress::assign(const sip::Endpoint& endpoint, Family family,
                           std::uint32_t interface) noexcept {
  if (family == Family::ipv4) {
    ipv4 = {};
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(endpoint.port);
    ipv4.sin_addr = to_in_addr(endpoint.address);
    size = sizeof ipv4;
  } else {
    ipv6 = {};
    ipv6.sin6_family = AF_INET6;
    ipv6.sin6_port = htons(endpoint.port);
    ipv6.sin6_addr = to_in6_addr(endpoint.address);
    ipv6.sin6_scope_id = is_link_local(endpoint.address) ? interface : 0;
    size = sizeof ipv6;
  }
}

SocketAddress to_socket_address(const sip::Endpoint& endpoint, Family family,
                                std::uint32_t interface) noexcept {
  SocketAddress result;
  result.assign(endpoint, family, interface);
  return result;
}

sip::Endpoint to_endpoint(const sockaddr_storage& storage) noexcept {
  sip::Endpoint result;
  if (storage.ss_family == AF_INET) {
    sockaddr_in address{};
    std::memcpy(&address, &storage, sizeof address);
    result.address = to_ip_address(address.sin_addr);
    result.port = ntohs(address.sin_port);
  } else if (storage.ss_family == AF_INET6) {
    sockaddr_in6 address{};
    std::memcpy(&address, &storage, sizeof address);
    result.address = to_ip_address(address.sin6_addr);
    result.port = ntohs(address.sin6_port);
  }
  return result;
}

bool is_usable_source(const IpAddress& address) noexcept {
  const auto& b = address.bytes;
  if (is_mapped(address)) {
    const bool unspecified = b[12] == 0 && b[13] == 0 && b[14] == 0 && b[15] == 0;
    return !unspecified &&
           b[12] < 224;  // 224.0.0.0/4 multicast, 240.0.0.0/4 reserved and broadcast
  }
  const bool unspecified = std::all_of(b.begin(), b.end(), [](std::uint8_t x) { return x == 0; });
  return !unspecified && b[0] != 0xFF;
}

bool is_link_local(const IpAddress& address) noexcept {
  return address.bytes[0] == 0xFE && (address.bytes[1] & 0xC0) == 0x80;
}

}  // namespace shaken302::net
