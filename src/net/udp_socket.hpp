// SPDX-License-Identifier: MIT
//
// A bound UDP socket: one per listener, shared by its workers, blocking with a timeout. It knows
// the address that each datagram was sent to (IP_PKTINFO), so that replies leave from there, which
// RFC 3261 18.2.2 and every NAT and firewall on the way expect, also on a wildcard socket of a host
// with several addresses. No SO_REUSEPORT: a second instance on the same port must fail, and a
// closing member of a group loses what is queued on it. It may be inherited, and shared with the
// process that served before. Any number of threads may receive and send on it.
#pragma once

#include <chrono>
#include <cstdint>

#include "file_descriptor.hpp"
#include "shaken302/result.hpp"
#include "sip/endpoint.hpp"
#include "socket_address.hpp"
#include "socket_error.hpp"

namespace shaken302::net {

struct UdpSocketOptions {
  sip::Endpoint local;
  Family family = Family::ipv4;
  std::uint8_t dscp = 0;                   ///< 0..63
  std::uint32_t receive_buffer_bytes = 0;  ///< 0: what the kernel gives by default
};

/// How long a blocked worker sleeps before it looks at the stop flag and the snapshot's generation.
inline constexpr std::chrono::milliseconds receive_timeout{100};

class UdpSocket {
 public:
  static Result<UdpSocket, SocketError> open(const UdpSocketOptions& options) noexcept;
  /// A socket that somebody else has bound, with what is queued on it: from now on it is as `open`
  /// would have made it, but that its buffer never becomes smaller. Others may hold it too.
  static Result<UdpSocket, SocketError> adopt(FileDescriptor fd,
                                              const UdpSocketOptions& options) noexcept;

  [[nodiscard]] int number() const noexcept { return fd_.number(); }
  [[nodiscard]] bool is_open() const noexcept { return fd_.is_open(); }
  [[nodiscard]] Family family() const noexcept { return family_; }
  /// As it was asked for: port 0 stays 0.
  [[nodiscard]] const Listener& listener() const noexcept { return listener_; }
  /// Bound to every IPv4 address: what is sent must say from which. One of a single address leaves
  /// no choice; IPv6 sockets are asked always, for the sake of link-local addresses.
  [[nodiscard]] bool needs_source() const noexcept { return needs_source_; }
  /// The port really bound (tests bind port 0).
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// What the kernel granted, which net.core.rmem_max limits.
  [[nodiscard]] std::uint32_t receive_buffer_bytes() const noexcept {
    return receive_buffer_bytes_;
  }
  /// Datagrams that the kernel dropped because the buffer was full, since the socket was opened.
  [[nodiscard]] std::uint32_t kernel_drops() const noexcept;

  /// From now on the kernel queues nothing more here and tells senders that the port is closed;
  /// what is queued can still be received, and answered. Without it something could arrive between
  /// the last empty read and `close`. By one thread, when no other uses the socket.
  void refuse_more() noexcept;
  void close() noexcept { fd_ = FileDescriptor(); }

 private:
  UdpSocket(FileDescriptor fd, Family family) noexcept : fd_(std::move(fd)), family_(family) {}
  bool configure(const UdpSocketOptions& options) noexcept;
  bool bind(const sip::Endpoint& local) noexcept;
  bool learn_binding() noexcept;

  FileDescriptor fd_;
  Family family_;
  Listener listener_;
  std::uint16_t port_ = 0;
  bool needs_source_ = true;
  std::uint32_t receive_buffer_bytes_ = 0;
};

}  // namespace shaken302::net
