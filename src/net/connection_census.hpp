// SPDX-License-Identifier: MIT
//
// How many connections there are and whose: what the limits are measured against. By one thread.
// Bounded: a source is remembered while it has a connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "shaken302/origin.hpp"
#include "sip/endpoint.hpp"
#include "stream_limits.hpp"

namespace shaken302::net {

class ConnectionCensus {
 public:
  explicit ConnectionCensus(const StreamLimits& limits) : limits_(limits) {}

  /// Counts one more, or says that there are enough. Of the unproven, who may be anybody, there are
  /// at most half of all, and from one source a quarter of all that it may have, so that they never
  /// keep peers out. One source is an IPv4 address or a /64 of IPv6. Throws std::bad_alloc.
  bool admit(const IpAddress& source, bool is_unproven);
  /// One of its unproven is a peer's: it does not count among them any more.
  void prove(const IpAddress& source) noexcept;
  void release(const IpAddress& source, bool is_unproven) noexcept;

  /// Counts a handshake that is about to begin, or says that this second has had enough of them:
  /// of the unproven half as many.
  bool begin_handshake(std::int64_t now_ns, bool is_unproven) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  const StreamLimits& limits_;
  struct Count {
    std::size_t all = 0;
    std::size_t unproven = 0;  ///< of them
  };
  std::map<IpAddress, Count> by_source_;  // a tree: nobody can choose a bad address
  std::size_t size_ = 0;
  std::size_t unproven_ = 0;
  std::int64_t second_ = 0;
  std::uint32_t handshakes_ = 0;  // of that second
  std::uint32_t unproven_handshakes_ = 0;
};

}  // namespace shaken302::net
