// SPDX-License-Identifier: MIT
#include "udp_socket.hpp"

#include <fcntl.h>
#include <linux/sock_diag.h>
#include <netinet/ip.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <optional>

#include "inherited_sockets.hpp"

namespace shaken302::net {
namespace {

template <class T>
bool set_option(int fd, int level, int name, const T& value) noexcept {
  return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

int int_option(int fd, int level, int name) noexcept {
  int value = 0;
  socklen_t size = sizeof value;
  ::getsockopt(fd, level, name, &value, &size);
  return value;
}

// The kernel doubles what is asked for its own book-keeping.
std::uint32_t receive_buffer(int fd) noexcept {
  return static_cast<std::uint32_t>(int_option(fd, SOL_SOCKET, SO_RCVBUF)) / 2;
}

// SO_RCVBUFFORCE passes net.core.rmem_max but needs CAP_NET_ADMIN, which the hardened unit does not
// have: then the limit holds.
std::uint32_t set_receive_buffer(int fd, std::uint32_t bytes) noexcept {
  const int asked = static_cast<int>(bytes);
  if (bytes != 0 && !set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, asked)) {
    set_option(fd, SOL_SOCKET, SO_RCVBUF, asked);
  }
  return receive_buffer(fd);
}

// A service manager may have had the privilege to pass the limit: asking for as much again would
// take that away. What this process would be granted is tried on another socket.
std::uint32_t raise_receive_buffer(int fd, std::uint32_t bytes) noexcept {
  if (bytes <= receive_buffer(fd)) return receive_buffer(fd);
  const FileDescriptor trial(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP));
  if (!trial.is_open() || set_receive_buffer(trial.number(), bytes) <= receive_buffer(fd)) {
    return receive_buffer(fd);
  }
  return set_receive_buffer(fd, bytes);
}

bool configure_ipv4(int fd, int traffic_class) noexcept {
  // IP_PMTUDISC_OMIT leaves DF unset: a reply over the path's MTU arrives in fragments instead of
  // being lost until the path is learned, and a forged ICMP cannot shrink our datagrams.
  return set_option(fd, IPPROTO_IP, IP_PKTINFO, 1) &&
         set_option(fd, IPPROTO_IP, IP_TOS, traffic_class) &&
         set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, int{IP_PMTUDISC_OMIT});
}

bool configure_ipv6(int fd, int traffic_class) noexcept {
  return set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) &&
         set_option(fd, IPPROTO_IPV6, IPV6_TCLASS, traffic_class);
}

/// As workers wait in it. And systemd sets SO_REUSEADDR, by which a second socket could be bound to
/// the port and take its datagrams.
bool block(int fd) noexcept {
  const int flags = ::fcntl(fd, F_GETFL);
  return flags >= 0 && ::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == 0 &&
         set_option(fd, SOL_SOCKET, SO_REUSEADDR, 0);
}

}  // namespace

Result<UdpSocket, SocketError> UdpSocket::open(const UdpSocketOptions& options) noexcept {
  const int domain = options.family == Family::ipv4 ? AF_INET : AF_INET6;
  UdpSocket socket(FileDescriptor(::socket(domain, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP)),
                   options.family);
  if (!socket.fd_.is_open()) return Failure{SocketError{SocketError::Step::create, errno}};
  // Later than at its binding nothing can change that.
  const bool is_single =
      options.family == Family::ipv4 || set_option(socket.number(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  if (!is_single || !socket.configure(options)) {
    return Failure{SocketError{SocketError::Step::configure, errno}};
  }
  socket.receive_buffer_bytes_ = set_receive_buffer(socket.number(), options.receive_buffer_bytes);
  if (!socket.bind(options.local)) return Failure{SocketError{SocketError::Step::bind, errno}};
  socket.listener_ = {Transport::udp, options.local.address, options.local.port};
  return socket;
}

Result<UdpSocket, SocketError> UdpSocket::adopt(FileDescriptor fd,
                                                const UdpSocketOptions& options) noexcept {
  const auto unfit = examine(fd.number(), {SocketKind::datagram, options.family, options.local});
  if (unfit) return Failure{SocketError{*unfit, EINVAL}};
  UdpSocket socket(std::move(fd), options.family);
  if (!block(socket.number()) || !socket.configure(options) || !socket.learn_binding()) {
    return Failure{SocketError{SocketError::Step::configure, errno}};
  }
  socket.receive_buffer_bytes_ =
      raise_receive_buffer(socket.number(), options.receive_buffer_bytes);
  socket.listener_ = {Transport::udp, options.local.address, options.local.port};
  return socket;
}

bool UdpSocket::configure(const UdpSocketOptions& options) noexcept {
  const int traffic_class = options.dscp << 2;  // the two bits below are ECN's (RFC 3168 5)
  const bool done = family_ == Family::ipv4 ? configure_ipv4(number(), traffic_class)
                                            : configure_ipv6(number(), traffic_class);
  if (!done) return false;
  // When each datagram came. Costs about 90 ns a datagram, reading it and the clock included
  // (loopback, batches of eight, 800 bytes: 572 ns without, 664 ns with it).
  if (!set_option(number(), SOL_SOCKET, SO_TIMESTAMPNS, 1)) return false;
  const timeval timeout{0, std::chrono::microseconds(receive_timeout).count()};
  return set_option(number(), SOL_SOCKET, SO_RCVTIMEO, timeout);
}

bool UdpSocket::bind(const sip::Endpoint& local) noexcept {
  const SocketAddress address = to_socket_address(local, family_);
  if (::bind(number(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0) {
    return false;
  }
  return learn_binding();
}

bool UdpSocket::learn_binding() noexcept {
  SocketAddress bound;
  bound.size = sizeof bound.storage;
  if (::getsockname(number(), reinterpret_cast<sockaddr*>(&bound.storage), &bound.size) != 0) {
    return false;
  }
  const sip::Endpoint own = to_endpoint(bound.storage);
  port_ = own.port;
  needs_source_ = family_ == Family::ipv6 || !is_usable_source(own.address);
  return true;
}

std::uint32_t UdpSocket::kernel_drops() const noexcept {
  std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
  socklen_t size = sizeof memory;
  ::getsockopt(number(), SOL_SOCKET, SO_MEMINFO, memory.data(), &size);
  return memory[SK_MEMINFO_DROPS];
}

// A connected UDP socket gets datagrams from its peer alone, and this one is its own peer. Where
// that fails the socket stays as it is.
void UdpSocket::refuse_more() noexcept {
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  if (::getsockname(number(), reinterpret_cast<sockaddr*>(&own), &size) != 0) return;
  static_cast<void>(::connect(number(), reinterpret_cast<const sockaddr*>(&own), size));
}

}  // namespace shaken302::net
