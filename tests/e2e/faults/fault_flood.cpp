// SPDX-License-Identifier: MIT
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>
#include <random>

#include "fault_socket.hpp"

namespace fault {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::size_t datagram_max = 65'507;
constexpr std::size_t at_once = 32;

std::vector<std::string> read_messages(Arguments folders) {
  std::vector<std::string> messages;
  for (const std::string_view folder : folders) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file()) continue;
      messages.push_back(e2e::read_whole(entry.path()));
      if (messages.back().size() > datagram_max) messages.back().resize(datagram_max);
    }
  }
  std::sort(messages.begin(), messages.end());
  e2e::need(!messages.empty(), "no messages");
  return messages;
}

sockaddr_in address_of(std::uint32_t address, std::uint16_t port) {
  sockaddr_in made{};
  made.sin_family = AF_INET;
  made.sin_port = htons(port);
  made.sin_addr.s_addr = htonl(address);
  return made;
}

/// A socket at one address of 127.0.0.0/8.
class Source {
 public:
  explicit Source(std::uint32_t address)
      : descriptor_(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    e2e::need(descriptor_ >= 0, "socket");
    const sockaddr_in own = address_of(address, 0);
    // The sockets API takes every kind of address by one pointer type.
    const auto* bound = static_cast<const sockaddr*>(static_cast<const void*>(&own));
    e2e::need(::bind(descriptor_, bound, sizeof own) == 0, "bind");
  }
  ~Source() { ::close(descriptor_); }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  [[nodiscard]] std::size_t send(std::array<std::string, at_once>& messages, std::size_t count,
                                 sockaddr_in to) const {
    std::array<mmsghdr, at_once> headers{};
    std::array<iovec, at_once> parts{};
    for (std::size_t i = 0; i < count; ++i) {
      parts[i] = {messages[i].data(), messages[i].size()};
      headers[i].msg_hdr.msg_name = &to;
      headers[i].msg_hdr.msg_namelen = sizeof to;
      headers[i].msg_hdr.msg_iov = &parts[i];
      headers[i].msg_hdr.msg_iovlen = 1;
    }
    const int sent = ::sendmmsg(descriptor_, headers.data(), static_cast<unsigned>(count), 0);
    return sent < 0 ? 0 : static_cast<std::size_t>(sent);
  }

  /// Counts and forgets what came back.
  void drain(std::uint64_t& answers, std::uint64_t& bytes) const {
    std::array<char, 65536> buffer;
    for (;;) {
      const ssize_t size = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
      if (size < 0) return;
      ++answers;
      bytes += static_cast<std::uint64_t>(size);
    }
  }

 private:
  int descriptor_;
};

class Flood {
 public:
  explicit Flood(Arguments arguments)
      : server_(
            address_of(INADDR_LOOPBACK, static_cast<std::uint16_t>(e2e::number_of(arguments[0])))),
        rate_(e2e::number_of(arguments[1])),
        draw_(302),
        messages_(read_messages(arguments.subspan(3))) {
    const auto sources = e2e::number_of(arguments[2]);
    // 127.1.0.0 and above: nobody's peer. One source is the peer itself.
    std::uniform_int_distribution<std::uint32_t> address(0x7F010000U, 0x7FFFFFFEU);
    for (std::uint64_t i = 0; i < std::max<std::uint64_t>(sources, 1); ++i) {
      sources_.push_back(std::make_unique<Source>(sources == 0 ? INADDR_LOOPBACK : address(draw_)));
    }
  }

  void run() {
    const std::int64_t begin = e2e::now_ns();
    while (!has_ended()) {
      const auto passed = static_cast<std::uint64_t>(e2e::now_ns() - begin);
      const std::uint64_t due = rate_ == 0 ? tried_ + at_once : passed * rate_ / second_ns;
      if (tried_ >= due) ::usleep(200);
      while (tried_ < due) send(std::min<std::uint64_t>(due - tried_, at_once));
    }
    ::usleep(300'000);
    for (const auto& source : sources_) source->drain(answers_, bytes_);
    const double seconds = static_cast<double>(e2e::now_ns() - begin) / second_ns;
    std::cout << "flood sent=" << sent_ << " answers=" << answers_ << " answer_bytes=" << bytes_
              << " seconds=" << seconds << std::endl;
  }

 private:
  /// Looks at standard input now and then.
  bool has_ended() {
    constexpr unsigned every = 64;
    if (++looks_ % every != 0 && rate_ == 0) return false;
    fd_set files;
    FD_ZERO(&files);
    FD_SET(STDIN_FILENO, &files);
    timeval none{};
    return ::select(STDIN_FILENO + 1, &files, nullptr, nullptr, &none) > 0;
  }

  void send(std::size_t count) {
    std::array<std::string, at_once> batch;
    for (std::size_t i = 0; i < count; ++i) batch[i] = next_message();
    const auto& source =
        sources_[std::uniform_int_distribution<std::size_t>(0, sources_.size() - 1)(draw_)];
    sent_ += source->send(batch, count, server_);
    tried_ += count;
    source->drain(answers_, bytes_);
  }

  /// One of the files, half of them with up to four bytes changed.
  std::string next_message() {
    std::string message = messages_[draw_() % messages_.size()];
    if (message.empty()) return message;
    const auto changes = std::max<std::int64_t>(0, static_cast<std::int64_t>(draw_() % 9) - 4);
    for (std::int64_t i = 0; i < changes; ++i) {
      message[draw_() % message.size()] = static_cast<char>(draw_() & 0xFFU);
    }
    return message;
  }

  sockaddr_in server_;
  std::uint64_t rate_;
  std::mt19937_64 draw_;
  std::vector<std::string> messages_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::uint64_t tried_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t answers_ = 0;
  std::uint64_t bytes_ = 0;
  unsigned looks_ = 0;
};

}  // namespace

void flood(Arguments arguments) { Flood(arguments).run(); }

}  // namespace fault
