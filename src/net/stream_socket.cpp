// SPDX-License-Identifier: MIT
#include "stream_socket.hpp"

#include <fcntl.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

#include "inherited_sockets.hpp"

namespace shaken302::net {
namespace {

bool set_option(int fd, int level, int name, int value) noexcept {
  return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

/// Of replies that wait in the kernel for their reader; it takes twice that, with its bookkeeping.
/// Left alone it grows to 4 MB for each connection whose client reads nothing. To a client 0.1 s
/// away that reads, it is still a thousand replies a second by one connection.
constexpr int send_buffer_bytes = 128 * 1024;

bool configure(int fd, const StreamSocketOptions& options) noexcept {
  const int traffic_class = options.dscp << 2;  // the two bits below are ECN's (RFC 3168 5)
  const bool is_ipv4 = options.family == Family::ipv4;
  return set_option(fd, is_ipv4 ? IPPROTO_IP : IPPROTO_IPV6, is_ipv4 ? IP_TOS : IPV6_TCLASS,
                    traffic_class) &&
         // A reply is a whole message: waiting for more to send with it is waiting for nothing.
         set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1) &&
         set_option(fd, SOL_SOCKET, SO_SNDBUF, send_buffer_bytes);
}

Failure<SocketError> failed(SocketError::Step step) noexcept {
  return Failure{SocketError{step, errno}};
}

}  // namespace

Result<FileDescriptor, SocketError> open_stream_socket(
    const StreamSocketOptions& options) noexcept {
  const bool is_ipv4 = options.family == Family::ipv4;
  FileDescriptor socket(::socket(is_ipv4 ? AF_INET : AF_INET6,
                                 SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
  if (!socket.is_open()) return failed(SocketError::Step::create);
  const int fd = socket.number();
  if (!set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) ||
      (!is_ipv4 && !set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)) || !configure(fd, options)) {
    return failed(SocketError::Step::configure);
  }
  const SocketAddress address = to_socket_address(options.local, options.family);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0) {
    return failed(SocketError::Step::bind);
  }
  if (::listen(fd, SOMAXCONN) != 0) return failed(SocketError::Step::listen);
  return socket;
}

Result<FileDescriptor, SocketError> adopt_stream_socket(
    FileDescriptor socket, const StreamSocketOptions& options) noexcept {
  const int fd = socket.number();
  const auto unfit = examine(fd, {SocketKind::stream, options.family, options.local});
  if (unfit) return Failure{SocketError{*unfit, EINVAL}};
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
      ::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || !configure(fd, options)) {
    return failed(SocketError::Step::configure);
  }
  return socket;
}

sip::Endpoint local_endpoint(int socket) noexcept {
  SocketAddress own;
  own.size = sizeof own.storage;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&own.storage), &own.size) != 0) return {};
  return to_endpoint(own.storage);
}

}  // namespace shaken302::net
