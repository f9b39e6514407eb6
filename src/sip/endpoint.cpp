// SPDX-License-Identifier: MIT
#include "endpoint.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace shaken302::sip {
namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

}  // namespace

bool is_ipv4_mapped(const IpAddress& address) noexcept {
  return std::equal(mapped_prefix.begin(), mapped_prefix.end(), address.bytes.begin());
}

// IPv4 is in every reply, and inet_ntop writes it with sprintf.
void append_address(BoundedText& out, const IpAddress& address) noexcept {
  if (is_ipv4_mapped(address)) {
    const auto* const bytes = address.bytes.data() + mapped_prefix.size();
    out.append_number(bytes[0]).append('.').append_number(bytes[1]).append('.');
    out.append_number(bytes[2]).append('.').append_number(bytes[3]);
    return;
  }
  char text[INET6_ADDRSTRLEN];
  // It fails for an unknown family or a short buffer only, neither of which is possible here.
  if (::inet_ntop(AF_INET6, address.bytes.data(), text, sizeof text) != nullptr) {
    out.append(std::string_view(text));
  }
}

void append_host(BoundedText& out, const IpAddress& address) noexcept {
  if (is_ipv4_mapped(address)) {
    append_address(out, address);
    return;
  }
  out.append('[');
  append_address(out, address);
  out.append(']');
}

std::optional<IpAddress> parse_address(std::string_view text) noexcept {
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
  }
  char terminated[INET6_ADDRSTRLEN];
  if (text.empty() || text.size() >= sizeof terminated) return std::nullopt;
  // inet_pton takes a NUL for the end.
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  std::memcpy(terminated, text.data(), text.size());
  terminated[text.size()] = '\0';
  IpAddress address;
  if (::inet_pton(AF_INET6, terminated, address.bytes.data()) == 1) return address;
  std::copy(mapped_prefix.begin(), mapped_prefix.end(), address.bytes.begin());
  if (::inet_pton(AF_INET, terminated, address.bytes.data() + mapped_prefix.size()) == 1) {
    return address;
  }
  return std::nullopt;
}

}  // namespace shaken302::sip
