// SPDX-License-Identifier: MIT
//
// Owned file descriptors, addresses and readiness, for both kinds of wire. Errors are
// std::runtime_error.
#pragma once

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace sip_load {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { close(); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  [[nodiscard]] int number() const { return fd_; }

 private:
  int fd_ = -1;
};

/// A socket of `type` (SOCK_DGRAM, SOCK_STREAM) from `source` (empty: any) to `address` and `port`;
/// blocking.
[[nodiscard]] Descriptor connected_socket(int type, const std::string& source,
                                          const std::string& address, std::uint16_t port);
void make_nonblocking(const Descriptor& socket);
/// "127.0.0.1:5090" or "[::1]:5090".
[[nodiscard]] std::string local_name(const Descriptor& socket);

class Readiness {
 public:
  Readiness();
  void watch(const Descriptor& socket, std::uint32_t index, bool for_writing = false);
  void rewatch(const Descriptor& socket, std::uint32_t index, bool for_writing);
  /// Waits up to `nanoseconds`; what is ready stays valid until the next call.
  std::span<const epoll_event> wait(std::int64_t nanoseconds);

 private:
  Descriptor epoll_;
  std::array<epoll_event, 256> events_{};
};

}  // namespace sip_load
