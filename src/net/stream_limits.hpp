// SPDX-License-Identifier: MIT
//
// What a TCP or TLS connection may cost us, in bytes and in time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "sip/next_frame.hpp"

namespace shaken302::net {

/// Sealed at start.
struct StreamLimits {
  std::size_t connections_max = 1024;        ///< over all listeners
  std::size_t connections_per_source = 256;  ///< from one address
  /// Nothing has come for so long; a keep-alive counts as something.
  std::chrono::nanoseconds idle{std::chrono::seconds(600)};
  /// From the accept to the end of the TLS handshake.
  std::chrono::nanoseconds handshake{std::chrono::seconds(5)};
  /// From the accept, or the end of the handshake, to the first byte.
  std::chrono::nanoseconds first_byte{std::chrono::seconds(30)};
  /// From the first byte of a message to its last: whoever sends a byte a minute holds nothing.
  std::chrono::nanoseconds message{std::chrono::seconds(30)};
  /// From the first reply that its reader does not take to the last: RFC 3261 has given the call
  /// up by then.
  std::chrono::nanoseconds write{std::chrono::seconds(25)};
  /// After our end of the stream, for the other one.
  std::chrono::nanoseconds close{std::chrono::seconds(2)};
  /// TLS handshakes that begin in a second, over all listeners. One costs as much as several calls.
  std::uint32_t handshakes_per_second = 1000;
};

/// Received and not answered yet: the largest message.
inline constexpr std::size_t stream_input_max = sip::message_bytes_max;
/// What is read at once, unless a larger message has begun.
inline constexpr std::size_t stream_read_max = 16384;
/// Replies that wait for their reader. No further message is answered from half of it on (so that
/// one reply of any size still fits twice over), and none is read while any waits.
inline constexpr std::size_t stream_output_max = 65536;

}  // namespace shaken302::net
