// SPDX-License-Identifier: MIT
#include "connection_census.hpp"

namespace shaken302::net {

bool ConnectionCensus::admit(const IpAddress& source, bool is_unproven) {
  if (size_ >= limits_.connections_max) return false;
  if (is_unproven && unproven_ >= (limits_.connections_max + 1) / 2) return false;
  std::size_t& of_source = by_source_[source];
  if (of_source >= limits_.connections_per_source) return false;
  ++of_source;
  ++size_;
  if (is_unproven) ++unproven_;
  return true;
}

void ConnectionCensus::release(const IpAddress& source, bool is_unproven) noexcept {
  const auto found = by_source_.find(source);
  if (found == by_source_.end()) return;
  if (--found->second == 0) by_source_.erase(found);
  --size_;
  if (is_unproven) --unproven_;
}

bool ConnectionCensus::begin_handshake(std::int64_t now_ns) noexcept {
  constexpr std::int64_t second_ns = 1'000'000'000;
  if (now_ns / second_ns != second_) {
    second_ = now_ns / second_ns;
    handshakes_ = 0;
  }
  if (handshakes_ >= limits_.handshakes_per_second) return false;
  ++handshakes_;
  return true;
}

}  // namespace shaken302::net
