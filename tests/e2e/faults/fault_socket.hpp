// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fault_parts.hpp"

namespace fault {

/// The wall clock, which is that of the kernel's receive timestamps.
std::int64_t wall_ns();

/// A UDP socket on 127.0.0.1 with a deep buffer, not connected: the kernel tells it of no closed
/// port.
class Socket {
 public:
  explicit Socket(std::uint16_t port = 0);
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  struct Received {
    std::int64_t when_ns;  ///< wall clock, when the datagram was there for us
    std::string_view bytes;
    std::uint16_t port;  ///< its source
  };
  bool send(std::string_view bytes, std::uint16_t port) const;
  /// Nothing when none waits. Valid until the next call.
  std::optional<Received> receive();
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
  std::vector<char> buffer_;
};

/// The INVITE of call `serial`: the same bytes each time, as a retransmission is.
std::string invite(std::uint64_t serial, const Caller& caller);
/// The call that an answer is for, if it is one of ours.
std::optional<std::uint64_t> serial_of(std::string_view answer);

}  // namespace fault
