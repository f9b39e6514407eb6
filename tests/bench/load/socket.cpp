// SPDX-License-Identifier: MIT
#include "socket.hpp"

#include <fcntl.h>
#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <stdexcept>
#include <system_error>

namespace sip_load {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Addresses numeric(const std::string& address, std::uint16_t port, int type) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = type;
  addrinfo* list = nullptr;
  if (::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &list) != 0)
    throw std::runtime_error("not an address: '" + address + "'");
  return Addresses(list);
}

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

Descriptor connected_socket(int type, const std::string& source, const std::string& address,
                            std::uint16_t port) {
  const Addresses to = numeric(address, port, type);
  Descriptor made(::socket(to->ai_family, type | SOCK_CLOEXEC, 0));
  if (made.number() < 0) fail("socket");
  if (!source.empty()) {
    const Addresses from = numeric(source, 0, type);
    if (::bind(made.number(), from->ai_addr, from->ai_addrlen) != 0) fail("bind to " + source);
  }
  if (::connect(made.number(), to->ai_addr, to->ai_addrlen) != 0)
    fail("connect to " + address + " port " + std::to_string(port));
  return made;
}

void make_nonblocking(const Descriptor& socket) {
  const int flags = ::fcntl(socket.number(), F_GETFL);
  if (flags < 0 || ::fcntl(socket.number(), F_SETFL, flags | O_NONBLOCK) != 0) fail("O_NONBLOCK");
}

std::string local_name(const Descriptor& socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  // The sockets API takes every kind of address by one pointer type.
  auto* address = static_cast<sockaddr*>(static_cast<void*>(&storage));
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (::getsockname(socket.number(), address, &size) != 0 ||
      ::getnameinfo(address, size, host.data(), host.size(), port.data(), port.size(),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    throw std::runtime_error("no local address");
  const std::string name = host.data();
  return (name.find(':') == std::string::npos ? name : "[" + name + "]") + ":" + port.data();
}

Readiness::Readiness() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_.number() < 0) fail("epoll");
}

void Readiness::watch(const Descriptor& socket, std::uint32_t index, bool for_writing) {
  epoll_event event{};
  event.events = for_writing ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.u32 = index;
  if (::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, socket.number(), &event) != 0) fail("epoll");
}

void Readiness::rewatch(const Descriptor& socket, std::uint32_t index, bool for_writing) {
  epoll_event event{};
  event.events = for_writing ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.u32 = index;
  if (::epoll_ctl(epoll_.number(), EPOLL_CTL_MOD, socket.number(), &event) != 0) fail("epoll");
}

std::span<const epoll_event> Readiness::wait(std::int64_t nanoseconds) {
  const std::int64_t bounded = std::clamp<std::int64_t>(nanoseconds, 0, 1'000'000'000);
  const timespec time{bounded / 1'000'000'000, bounded % 1'000'000'000};
  const int count = ::epoll_pwait2(epoll_.number(), events_.data(),
                                   static_cast<int>(events_.size()), &time, nullptr);
  if (count < 0 && errno != EINTR) fail("epoll_pwait2");
  return {events_.data(), static_cast<std::size_t>(std::max(count, 0))};
}

}  // namespace sip_load
