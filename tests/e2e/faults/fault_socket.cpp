// SPDX-License-Identifier: MIT
#include "fault_socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <ctime>

namespace fault {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

std::int64_t wall_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * second_ns + now.tv_nsec;
}

Socket::Socket(std::uint16_t port)
    : descriptor_(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)), buffer_(65536) {
  e2e::need(descriptor_ >= 0, "socket");
  // An answer that waits here while this program is not run must not be lost.
  const int bytes = 1 << 24;
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
  // When this program is run has no part in what is measured.
  const int on = 1;
  ::setsockopt(descriptor_, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  const sockaddr_in own = loopback(port);
  // The sockets API takes every kind of address by one pointer type.
  const auto* address = static_cast<const sockaddr*>(static_cast<const void*>(&own));
  e2e::need(::bind(descriptor_, address, sizeof own) == 0, "bind");
}

Socket::~Socket() { ::close(descriptor_); }

bool Socket::send(std::string_view bytes, std::uint16_t port) const {
  const sockaddr_in to = loopback(port);
  const auto* address = static_cast<const sockaddr*>(static_cast<const void*>(&to));
  return ::sendto(descriptor_, bytes.data(), bytes.size(), 0, address, sizeof to) >= 0;
}

std::optional<Socket::Received> Socket::receive() {
  sockaddr_in from{};
  alignas(cmsghdr) std::array<char, 64> control;
  iovec place{buffer_.data(), buffer_.size()};
  msghdr message{};
  message.msg_name = &from;
  message.msg_namelen = sizeof from;
  message.msg_iov = &place;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t size = ::recvmsg(descriptor_, &message, 0);
  if (size < 0) return std::nullopt;
  std::int64_t when = 0;
  if (const cmsghdr* stamp = CMSG_FIRSTHDR(&message); stamp != nullptr) {
    timespec time{};
    std::memcpy(&time, CMSG_DATA(stamp), sizeof time);
    when = time.tv_sec * second_ns + time.tv_nsec;
  } else {
    when = wall_ns();
  }
  return Received{when, {buffer_.data(), static_cast<std::size_t>(size)}, ntohs(from.sin_port)};
}

std::string invite(std::uint64_t serial, const Caller& caller) {
  const std::string id = std::to_string(serial);
  return "INVITE sip:+12155559999@127.0.0.1 SIP/2.0\r\n"
         "Via: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bKf" +
         id +
         "\r\nMax-Forwards: 70\r\n"
         "From: <sip:+" +
         caller.number +
         "@example.com>;tag=1\r\nTo: <sip:+12155559999@example.com>\r\n"
         "Call-ID: f" +
         id + "\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n";
}

std::optional<std::uint64_t> serial_of(std::string_view answer) {
  const std::string_view call_id = e2e::header(answer, "Call-ID");
  if (!answer.starts_with("SIP/2.0 ") || answer.size() < 12 || !call_id.starts_with('f')) {
    return std::nullopt;
  }
  return e2e::number_of(call_id.substr(1));
}

}  // namespace fault
