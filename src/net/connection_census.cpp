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
  const std::size_t most = limits_.connections_per_source;
  const std::size_t unproven_most = std::max<std::size_t>(most / 4, 1);
  const IpAddress key = source_of(source);
  const auto found = by_source_.find(key);
  if (found != by_source_.end()) {
    if (found->second.all >= most) return false;
    if (is_unproven && found->second.unproven >= unproven_most) return false;
  }
  Count& count = by_source_[key];
  ++count.all;
  ++size_;
  if (!is_unproven) return true;
  ++count.unproven;
  ++unproven_;
  return true;
}

void ConnectionCensus::prove(const IpAddress& source) noexcept {
  const auto found = by_source_.find(source_of(source));
  if (found == by_source_.end()) return;
  --found->second.unproven;
  --unproven_;
}

void ConnectionCensus::release(const IpAddress& source, bool is_unproven) noexcept {
  const auto found = by_source_.find(source_of(source));
  if (found == by_source_.end()) return;
  --size_;
  if (is_unproven) {
    --found->second.unproven;
    --unproven_;
  }
  if (--found->second.all == 0) by_source_.erase(found);
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
