// SPDX-License-Identifier: MIT
#include "connection_census.hpp"

#include <algorithm>

namespace shaken302::net {
namespace {

/// Whoever has one address of IPv6 mostly has its /64.
IpAddress source_of(IpAddress address) noexcept {
  if (!sip::is_ipv4_mapped(address)) {
    std::fill(address.bytes.begin() + 8, address.bytes.end(), std::uint8_t{0});
  }
  return address;
}

}  // namespace

bool ConnectionCensus::admit(const IpAddress& source, bool is_unproven) {
  if (size_ >= limits_.connections_max) return false;
  if (is_unproven && unproven_ >= (limits_.connections_max + 1) / 2) return false;
  const std::size_t most = is_unproven
                               ? std::max<std::size_t>(limits_.connections_per_source / 4, 1)
                               : limits_.connections_per_source;
  const IpAddress key = source_of(source);
  const auto found = by_source_.find(key);
  if (found != by_source_.end() && found->second >= most) return false;
  ++by_source_[key];
  ++size_;
  if (is_unproven) ++unproven_;
  return true;
}

void ConnectionCensus::release(const IpAddress& source, bool is_unproven) noexcept {
  const auto found = by_source_.find(source_of(source));
  if (found == by_source_.end()) return;
  if (--found->second == 0) by_source_.erase(found);
  --size_;
  if (is_unproven) --unproven_;
}

bool ConnectionCensus::begin_handshake(std::int64_t now_ns, bool is_unproven) noexcept {
  constexpr std::int64_t second_ns = 1'000'000'000;
  if (now_ns / second_ns != second_) {
    second_ = now_ns / second_ns;
    handshakes_ = unproven_handshakes_ = 0;
  }
  if (handshakes_ >= limits_.handshakes_per_second) return false;
  if (is_unproven && unproven_handshakes_ >= (limits_.handshakes_per_second + 1) / 2) return false;
  ++handshakes_;
  if (is_unproven) ++unproven_handshakes_;
  return true;
}

}  // namespace shaken302::net
