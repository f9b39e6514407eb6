// SPDX-License-Identifier: MIT
#include <poll.h>
#include <unistd.h>

#include <array>
#include <iostream>
#include <map>
#include <memory>
#include <random>

#include "fault_socket.hpp"

namespace fault {
namespace {

/// Loses, doubles and delays datagrams, each way. A datagram that is delayed is overtaken by those
/// that come meanwhile.
class Relay {
 public:
  explicit Relay(Arguments arguments)
      : front_(static_cast<std::uint16_t>(e2e::number_of(arguments[0]))),
        server_(static_cast<std::uint16_t>(e2e::number_of(arguments[1]))),
        lost_(part(arguments[2])),
        doubled_(part(arguments[3])),
        delayed_(part(arguments[4])),
        draw_(e2e::number_of(arguments[5])) {}

  void run() {
    while (wait()) {
      take(front_, true);
      take(back_, false);
      pass_delayed(e2e::now_ns());
    }
    std::cout << "relay passed=" << passed_ << " lost=" << counts_[0] << " doubled=" << counts_[1]
              << " reordered=" << counts_[2] << " from_server=" << from_server_
              << " to_server=" << to_server_ << std::endl;
  }

 private:
  static double part(std::string_view percent) {
    return static_cast<double>(e2e::number_of(percent)) / 100;
  }

  bool wait() {
    std::array<pollfd, 3> files{pollfd{front_.descriptor(), POLLIN, 0},
                                pollfd{back_.descriptor(), POLLIN, 0},
                                pollfd{STDIN_FILENO, POLLIN, 0}};
    const timespec quarter_millisecond{0, 250'000};
    ::ppoll(files.data(), files.size(), &quarter_millisecond, nullptr);
    return files[2].revents == 0;
  }

  void take(Socket& from, bool is_request) {
    while (const auto datagram = from.receive()) {
      if (is_request) {
        client_ = datagram->port;
      } else {
        ++from_server_;
      }
      if (is_drawn(lost_, 0)) continue;
      if (is_drawn(doubled_, 1)) pass(datagram->bytes, is_request);
      if (is_drawn(delayed_, 2)) {
        constexpr std::int64_t delay_max_ns = 20'000'000;
        const std::int64_t delay =
            std::uniform_int_distribution<std::int64_t>(delay_max_ns / 10, delay_max_ns)(draw_);
        held_.emplace(e2e::now_ns() + delay, Held{std::string(datagram->bytes), is_request});
      } else {
        pass(datagram->bytes, is_request);
      }
    }
  }

  bool is_drawn(double chance, std::size_t kind) {
    const bool is = std::bernoulli_distribution(chance)(draw_);
    counts_[kind] += is ? 1U : 0U;
    return is;
  }

  void pass(std::string_view bytes, bool is_request) {
    ++passed_;
    if (is_request) ++to_server_;
    if (is_request) {
      back_.send(bytes, server_);
    } else {
      front_.send(bytes, client_);
    }
  }

  void pass_delayed(std::int64_t now) {
    while (!held_.empty() && held_.begin()->first <= now) {
      pass(held_.begin()->second.bytes, held_.begin()->second.is_request);
      held_.erase(held_.begin());
    }
  }

  struct Held {
    std::string bytes;
    bool is_request;
  };

  Socket front_;
  Socket back_;
  std::uint16_t server_;
  std::uint16_t client_ = 0;  ///< the load has one socket
  double lost_;
  double doubled_;
  double delayed_;
  std::mt19937_64 draw_;
  std::multimap<std::int64_t, Held> held_;
  std::array<std::uint64_t, 3> counts_{};
  std::uint64_t passed_ = 0;
  std::uint64_t from_server_ = 0;
  std::uint64_t to_server_ = 0;
};

}  // namespace

void relay(Arguments arguments) { Relay(arguments).run(); }

}  // namespace fault
