// SPDX-License-Identifier: MIT
//
// As much of a PostgreSQL server as it takes to send rows for ever, one every few milliseconds
// (the messages: chapter 55.7 of the PostgreSQL manual).
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <string_view>
#include <thread>

#include "net/loopback_listener.hpp"

namespace shaken302::directory::test {

class TricklingServer {
 public:
  TricklingServer() : thread_([this](const std::stop_token& stop) { serve(stop); }) {}
  [[nodiscard]] std::string uri() const {
    return "postgresql://signer@127.0.0.1:" + std::to_string(listener_.port()) +
           "/db?sslmode=disable&gssencmode=disable";
  }

 private:
  static std::string message(char type, std::string_view body) {
    const std::size_t size = body.size() + 4;
    std::string out(1, type);
    out += {'\0', '\0', static_cast<char>(size >> 8U), static_cast<char>(size & 0xFFU)};
    return out.append(body);
  }
  static bool send(int fd, const std::string& text) {
    return ::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }
  static bool is_readable(int fd, const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd entry{fd, POLLIN, 0};
      if (::poll(&entry, 1, 20) > 0) return true;
    }
    return false;
  }

  void serve(const std::stop_token& stop) const {
    if (!is_readable(listener_.fd(), stop)) return;
    const int fd = ::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC);
    answer(fd, stop);
    ::close(fd);
  }

  /// What it is sent comes in one piece each, on loopback.
  static void answer(int fd, const std::stop_token& stop) {
    using std::string_view_literals::operator""sv;
    char request[4096];
    const std::string ready = message('Z', "I");
    const std::string done = message('C', "SET\0"sv) + ready;
    for (const std::string& reply :
         {message('R', "\0\0\0\0"sv) + ready, done, done, message('H', "\0\0\1\0\0"sv)}) {
      if (!is_readable(fd, stop) || ::recv(fd, request, sizeof request, 0) <= 0) return;
      if (!send(fd, reply)) return;
    }
    while (!stop.stop_requested() && send(fd, message('d', "row\n"))) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }

  shaken302::test::SilentListener listener_;
  std::jthread thread_;
};

}  // namespace shaken302::directory::test
