// SPDX-License-Identifier: MIT
//
// Receives up to eight datagrams with one system call into buffers allocated once. Eight, because a
// larger batch would queue calls behind one worker while others sleep. One per worker; not
// thread-safe.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "shaken302/directory.hpp"
#include "sip/endpoint.hpp"
#include "udp_socket.hpp"

namespace shaken302::net {

/// One received datagram; `bytes` lives until the next `receive`.
struct Datagram {
  std::string_view bytes;
  sip::Endpoint source;
  IpAddress local;              ///< the address that it was sent to, or unspecified
  std::uint32_t interface = 0;  ///< where it came in
  std::int64_t queued_ns = 0;   ///< wall clock, when the kernel had it; 0: it does not say
  bool is_unicast = true;       ///< sent to us alone, not by broadcast or multicast
  bool is_truncated = false;    ///< larger than the buffer
};

class DatagramBatch {
 public:
  static constexpr std::size_t datagrams_max = 8;
  enum class Wait : std::uint8_t { until_timeout, no };

  /// One byte more than the largest message, so that a larger one shows.
  explicit DatagramBatch(std::size_t datagram_bytes_max = 65536 + 1);
  DatagramBatch(const DatagramBatch&) = delete;
  DatagramBatch& operator=(const DatagramBatch&) = delete;

  /// How many there are now; 0 after a timeout or an error, of which a UDP socket has none that
  /// last.
  std::size_t receive(const UdpSocket& socket, Wait wait) noexcept;
  [[nodiscard]] Datagram at(std::size_t index) const noexcept;

 private:
  struct Slot {
    sockaddr_storage source;
    iovec payload;
    // Room for either family's packet information and a time.
    alignas(cmsghdr) std::array<char, 128> control;
  };
  void prepare() noexcept;

  std::size_t datagram_bytes_max_;
  std::vector<char> bytes_;
  std::array<Slot, datagrams_max> slots_{};
  std::array<mmsghdr, datagrams_max> messages_{};
};

}  // namespace shaken302::net
