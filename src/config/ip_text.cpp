// SPDX-License-Identifier: MIT
#include "ip_text.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace shaken302::config {
namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr std::uint8_t mapped_bits = 96;

std::optional<std::uint8_t> parse_prefix(std::string_view text, unsigned most) noexcept {
  unsigned value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  const bool leading_zero = text.size() > 1 && text.front() == '0';
  if (error != std::errc{} || stop != end || value > most || leading_zero) return std::nullopt;
  return static_cast<std::uint8_t>(value);
}

/// ::/0 and every other network around ::ffff:0:0/96.
bool holds_all_ipv4(const IpNetwork& network) noexcept {
  if (network.prefix >= mapped_bits) return false;
  IpNetwork around{{}, network.prefix};
  std::ranges::copy(mapped_prefix, around.address.bytes.begin());
  return without_host_bits(around) == network;
}

}  // namespace

std::optional<IpAddress> parse_ip(std::string_view text) {
  // inet_pton wants a terminated text; INET6_ADDRSTRLEN holds the longest that it accepts.
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.empty() || text.size() >= terminated.size()) return std::nullopt;
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  std::ranges::copy(text, terminated.begin());

  IpAddress address;
  if (inet_pton(AF_INET6, terminated.data(), address.bytes.data()) == 1) return address;
  std::ranges::copy(mapped_prefix, address.bytes.begin());
  if (inet_pton(AF_INET, terminated.data(), address.bytes.data() + mapped_prefix.size()) == 1) {
    return address;
  }
  return std::nullopt;
}

bool is_ipv4(const IpAddress& address) noexcept {
  return std::equal(mapped_prefix.begin(), mapped_prefix.end(), address.bytes.begin());
}

std::string to_text(const IpAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool v4 = is_ipv4(address);
  const void* const bytes = v4 ? address.bytes.data() + mapped_prefix.size() : address.bytes.data();
  inet_ntop(v4 ? AF_INET : AF_INET6, bytes, text.data(), text.size());
  return text.data();
}

std::string to_text(const IpNetwork& network) {
  if (network.prefix >= 128) return to_text(network.address);
  const bool v4 = is_ipv4(network.address) && network.prefix >= mapped_bits;
  return fmt::format("{}/{}", to_text(network.address),
                     v4 ? network.prefix - mapped_bits : network.prefix);
}

IpNetwork without_host_bits(IpNetwork network) noexcept {
  for (std::size_t i = 0; i < network.address.bytes.size(); ++i) {
    const std::size_t first_bit = 8 * i;
    if (first_bit >= network.prefix) {
      network.address.bytes[i] = 0;
    } else if (first_bit + 8 > network.prefix) {
      const auto kept = network.prefix - first_bit;
      network.address.bytes[i] &= static_cast<std::uint8_t>(0xFF00U >> kept);
    }
  }
  return network;
}

std::optional<IpNetwork> parse_any_network(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_ip(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return IpNetwork{*address, 128};
  // Whether the text or the value is IPv4 makes a difference for ::ffff:10.0.0.0/104.
  const bool v4_text = text.substr(0, slash).find(':') == std::string_view::npos;
  const auto prefix = parse_prefix(text.substr(slash + 1), v4_text ? 32 : 128);
  if (!prefix) return std::nullopt;
  return IpNetwork{*address, static_cast<std::uint8_t>(*prefix + (v4_text ? mapped_bits : 0))};
}

Result<IpNetwork, NetworkTextError> parse_network(std::string_view text) {
  if (!parse_ip(text.substr(0, text.find('/')))) return Failure{NetworkTextError::address};
  const auto network = parse_any_network(text);
  if (!network) return Failure{NetworkTextError::prefix};
  if (without_host_bits(*network) != *network) return Failure{NetworkTextError::host_bits};
  if (holds_all_ipv4(*network)) return Failure{NetworkTextError::both_families};
  return *network;
}

}  // namespace shaken302::config
