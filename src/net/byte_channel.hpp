// SPDX-License-Identifier: MIT
//
// The bytes of one connection, plain or encrypted, over a socket that never blocks. By one thread
// at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace shaken302::net {

/// How far an operation came.
struct Progress {
  enum class State : std::uint8_t {
    done,         ///< `bytes` were moved
    wants_read,   ///< nothing more until the socket can be read
    wants_write,  ///< nothing more until the socket can be written
    ended,        ///< the other side has sent everything
    failed,       ///< the connection is of no use any more
  };
  State state = State::done;
  std::size_t bytes = 0;
};

class ByteChannel {
 public:
  ByteChannel() = default;
  ByteChannel(const ByteChannel&) = delete;
  ByteChannel& operator=(const ByteChannel&) = delete;
  virtual ~ByteChannel() = default;

  /// What comes before the first byte; done when nothing does.
  virtual Progress handshake() noexcept = 0;
  virtual Progress read(char* to, std::size_t size) noexcept = 0;
  virtual Progress write(std::string_view bytes) noexcept = 0;
  /// Whether bytes were received that a `read` would give without a look at the socket.
  [[nodiscard]] virtual bool has_buffered() const noexcept { return false; }
  /// Why `handshake` failed, for people; lives as long as the process.
  [[nodiscard]] virtual const char* failure() const noexcept { return ""; }
  /// Says that nothing more will be written.
  virtual void end() noexcept = 0;

  /// After the handshake: whom a verified certificate of the other side names (RFC 5922 7.1), lower
  /// case.
  [[nodiscard]] const std::vector<std::string>& client_names() const noexcept {
    return client_names_;
  }

 protected:
  std::vector<std::string> client_names_;
};

/// TCP as it is. Does not own the socket.
class PlainChannel final : public ByteChannel {
 public:
  explicit PlainChannel(int socket) noexcept : socket_(socket) {}
  Progress handshake() noexcept override { return {}; }
  Progress read(char* to, std::size_t size) noexcept override;
  Progress write(std::string_view bytes) noexcept override;
  void end() noexcept override;

 private:
  int socket_;
};

}  // namespace shaken302::net
