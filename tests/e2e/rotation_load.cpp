// SPDX-License-Identifier: MIT
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>
#include <set>
#include <string>
#include <vector>

#include "rotation_parts.hpp"

namespace rotation {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

int connected_socket(std::uint64_t port) {
  const int made = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  need(made >= 0, "socket");
  // An answer that waits here while this program is not run must not be lost.
  const int bytes = 1 << 24;
  ::setsockopt(made, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(static_cast<std::uint16_t>(port));
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // The sockets API takes every kind of address by one pointer type.
  const auto* address = static_cast<const sockaddr*>(static_cast<const void*>(&server));
  need(::connect(made, address, sizeof server) == 0, "connect");
  return made;
}

std::string_view info_of(std::string_view identity) {
  constexpr std::string_view mark = ";info=<";
  const auto at = identity.find(mark);
  if (at == std::string_view::npos) return {};
  identity.remove_prefix(at + mark.size());
  return identity.substr(0, identity.find('>'));
}

/// Open loop: every INVITE is sent once, at its time, whatever comes back.
class Load {
 public:
  explicit Load(Arguments arguments)
      : socket_(connected_socket(number_of(arguments[0]))),
        rate_(static_cast<std::int64_t>(number_of(arguments[1]))),
        seen_(number_of(arguments[2])),
        file_(std::string(arguments[3])) {}
  ~Load() { ::close(socket_); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  void run() {
    const std::int64_t begin = now_ns();
    while (wait()) {
      const std::int64_t due = (now_ns() - begin) * rate_ / second_ns;
      while (static_cast<std::int64_t>(sent_.size()) < due) {
        send_next();
        receive();
      }
    }
    seconds_ = static_cast<double>(now_ns() - begin) / static_cast<double>(second_ns);
    const std::int64_t end = now_ns() + 2 * second_ns;
    while (now_ns() < end && answered() < sent_.size()) {
      ::usleep(1000);
      receive();
    }
  }

  void report() const {
    std::uint64_t twice = 0;
    for (const std::uint8_t count : answers_) twice += count > 1 ? 1U : 0U;
    std::cout << "done sent=" << sent_.size() << " answered=" << answered() << " twice=" << twice
              << " strange=" << strange_ << " unsent=" << unsent_
              << " slowest_us=" << slowest_ns_ / 1000 << " seconds=" << seconds_ << std::endl;
  }

 private:
  /// Until a call is due or an answer is there; false when standard input has ended.
  bool wait() {
    std::array<pollfd, 2> files{pollfd{socket_, POLLIN, 0}, pollfd{STDIN_FILENO, POLLIN, 0}};
    const timespec half_millisecond{0, 500'000};
    ::ppoll(files.data(), files.size(), &half_millisecond, nullptr);
    if (files[0].revents != 0) receive();
    if (files[1].revents == 0) return true;
    char byte = 0;
    return ::read(STDIN_FILENO, &byte, 1) == 1;
  }

  void send_next() {
    const std::uint64_t serial = sent_.size();
    const std::string id = std::to_string(serial);
    const std::string calling = number_of_account(serial % seen_.size());
    const std::string request =
        "INVITE sip:+12155559999@127.0.0.1 SIP/2.0\r\n"
        "Via: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bKr" +
        id +
        "\r\nMax-Forwards: 70\r\n"
        "From: <sip:+" +
        calling +
        "@example.com>;tag=1\r\nTo: <sip:+12155559999@example.com>\r\n"
        "Call-ID: r" +
        id + "\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n";
    sent_.push_back(now_ns());
    answers_.push_back(0);
    if (::send(socket_, request.data(), request.size(), 0) < 0) ++unsent_;
  }

  void receive() {
    std::array<char, 65536> buffer;
    for (;;) {
      const ssize_t size = ::recv(socket_, buffer.data(), buffer.size(), 0);
      if (size < 0) return;
      note({buffer.data(), static_cast<std::size_t>(size)});
    }
  }

  /// One line: when, which call, its status, its Identity or "-".
  void note(std::string_view answer) {
    const std::int64_t when = now_ns();
    const std::string_view call_id = header(answer, "Call-ID");
    if (!call_id.starts_with('r') || answer.size() < 12) {
      ++strange_;
      return;
    }
    const std::uint64_t serial = number_of(call_id.substr(1));
    if (serial >= sent_.size()) {
      ++strange_;
      return;
    }
    answered_ += answers_[serial] == 0 ? 1U : 0U;
    if (answers_[serial] < 2) ++answers_[serial];
    slowest_ns_ = std::max(slowest_ns_, when - sent_[serial]);
    const std::string_view identity = header(answer, "Identity");
    file_ << when << ' ' << serial << ' ' << answer.substr(8, 3) << ' '
          << (identity.empty() ? std::string_view("-") : identity) << '\n';
    tell_first(when, serial % seen_.size(), name_in(info_of(identity)));
  }

  /// Tells the test when an account is signed for with a certificate for the first time.
  void tell_first(std::int64_t when, std::uint64_t account, std::string_view name) {
    if (name.empty() || !seen_[account].insert(std::string(name)).second) return;
    std::cout << "seen " << when << ' ' << account << ' ' << name << std::endl;
  }

  [[nodiscard]] std::uint64_t answered() const { return answered_; }

  int socket_;
  std::int64_t rate_;
  std::vector<std::set<std::string>> seen_;  ///< by account
  std::ofstream file_;
  std::vector<std::int64_t> sent_;     ///< by serial: when
  std::vector<std::uint8_t> answers_;  ///< by serial: how many, 2 for more
  std::uint64_t answered_ = 0;
  std::uint64_t strange_ = 0;
  std::uint64_t unsent_ = 0;
  std::int64_t slowest_ns_ = 0;
  double seconds_ = 0;
};

}  // namespace

void send_calls(Arguments arguments) {
  Load load(arguments);
  load.run();
  load.report();
}

}  // namespace rotation
