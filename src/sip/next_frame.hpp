// SPDX-License-Identifier: MIT
//
// Where one message of a stream ends (RFC 3261 18.3), and the one reader of Content-Length: whoever
// frames by another reading of it than his neighbour lets a message be smuggled. Pure; thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "prescan.hpp"

namespace shaken302::sip {

struct ContentLength {
  enum class State : std::uint8_t {
    absent,
    present,
    malformed,  ///< not a decimal number, two different ones, or more than message_bytes_max
  };
  State state = State::absent;
  std::size_t bytes = 0;  ///< 0 unless present
};
ContentLength read_content_length(const HeaderIndex& index) noexcept;

/// What the unread bytes of a stream begin with.
struct Frame {
  enum class State : std::uint8_t {
    complete,   ///< a message of `bytes` bytes; whether it is a good one is the request reader's to
                ///< say
    need_more,  ///< `bytes` is how long the message will be, or 0 while nothing can be said yet
    keep_alive,  ///< `bytes` line ends to skip; 4 of them are a ping that wants CRLF back (RFC
                 ///< 5626 3.5.1)
    refuse,      ///< the stream cannot be framed any more: close it
  };
  State state = State::need_more;
  std::size_t bytes = 0;
};
Frame next_frame(std::string_view unread) noexcept;

/// Frames one stream. It remembers what it knows of a message that is not whole yet, so that one
/// which comes byte by byte is scanned at most once a line. One per connection; not thread-safe.
class FrameReader {
 public:
  /// `unread`: every byte behind the last frame that was given; the caller drops a frame's bytes
  /// before it asks again. How the bytes were cut makes no difference to the frames.
  Frame next(std::string_view unread) noexcept;

 private:
  std::size_t seen_ = 0;   ///< bytes that cannot end a header section
  std::size_t whole_ = 0;  ///< of the message that has begun; 0: not known yet
};

}  // namespace shaken302::sip
