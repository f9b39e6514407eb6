// SPDX-License-Identifier: MIT
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iostream>
#include <queue>

#include "fault_socket.hpp"

namespace fault {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t t1_ns = second_ns / 2;       // RFC 3261 17.1.1.1
constexpr std::int64_t timer_b_ns = 64 * t1_ns;     // 17.1.1.2: the call is given up
constexpr std::int64_t answer_late_ns = second_ns;  // what still may come of a call twice answered

struct Call {
  std::int64_t sent_ns = 0;
  std::int64_t answered_ns = 0;
  std::uint32_t phase = 0;
  std::uint16_t packets = 0;
  std::uint16_t answers = 0;
};

/// Timer A of a call (RFC 3261 17.1.1.2).
struct Timer {
  std::int64_t due_ns;
  std::int64_t next_ns;  ///< after that
  std::uint64_t serial;
  bool operator>(const Timer& other) const { return due_ns > other.due_ns; }
};

std::int64_t part_of(const std::vector<std::int64_t>& sorted, double part) {
  if (sorted.empty()) return 0;
  const auto at = static_cast<std::size_t>(part * static_cast<double>(sorted.size()));
  return sorted[std::min(at, sorted.size() - 1)] / 1000;
}

/// Open loop: every call begins at its time, whatever comes back, and is retransmitted like any
/// client's until it is answered or Timer B ends it.
class Load {
 public:
  explicit Load(Arguments arguments)
      : server_(static_cast<std::uint16_t>(e2e::number_of(arguments[0]))),
        rate_(static_cast<std::int64_t>(e2e::number_of(arguments[1]))),
        callers_(read_callers(arguments[2])),
        file_(std::string(arguments[3])) {}

  void run() {
    rate_since_ = wall_ns();
    while (wait()) {
      begin_due_calls();
      retransmit(wall_ns());
      receive();
    }
    finish();
  }

  void report() const {
    for (std::uint32_t phase = 0; phase < phases_.size(); ++phase) report(phase);
    std::cout << "done strange=" << strange_ << " unsent=" << unsent_
              << " late_us=" << late_ns_ / 1000 << std::endl;
  }

 private:
  /// Until something is due or there; false when standard input has ended.
  bool wait() {
    std::array<pollfd, 2> files{pollfd{socket_.descriptor(), POLLIN, 0},
                                pollfd{STDIN_FILENO, POLLIN, 0}};
    const timespec quarter_millisecond{0, 250'000};
    ::ppoll(files.data(), files.size(), &quarter_millisecond, nullptr);
    return files[1].revents == 0 || read_orders();
  }

  bool read_orders() {
    std::array<char, 4096> bytes;
    const ssize_t size = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (size <= 0) return false;
    orders_.append(bytes.data(), static_cast<std::size_t>(size));
    for (auto end = orders_.find('\n'); end != std::string::npos; end = orders_.find('\n')) {
      obey(std::string_view(orders_).substr(0, end));
      orders_.erase(0, end + 1);
    }
    return true;
  }

  void obey(std::string_view order) {
    if (order.starts_with("phase ")) {
      phases_.emplace_back(order.substr(6));
      phase_begins_.push_back(wall_ns());
    } else if (order.starts_with("rate ")) {
      rate_ = static_cast<std::int64_t>(e2e::number_of(order.substr(5)));
      rate_since_ = wall_ns();
      begun_at_rate_ = 0;
    }
  }

  void begin_due_calls() {
    for (int at_once = 0;; ++at_once) {
      const std::int64_t now = wall_ns();
      const std::int64_t due_ns =
          rate_since_ + begun_at_rate_ * second_ns / std::max(rate_, std::int64_t{1});
      if (rate_ == 0 || due_ns > now) return;
      late_ns_ = std::max(late_ns_, now - due_ns);
      const std::uint64_t serial = calls_.size();
      calls_.push_back({.phase = static_cast<std::uint32_t>(phases_.size() - 1)});
      send(serial);
      timers_.push({calls_[serial].sent_ns + t1_ns, 2 * t1_ns, serial});
      ++begun_at_rate_;
      if (at_once % 8 == 7) receive();
    }
  }

  void send(std::uint64_t serial) {
    const std::string request = invite(serial, callers_[serial % callers_.size()]);
    Call& call = calls_[serial];
    if (call.packets == 0) call.sent_ns = wall_ns();
    ++call.packets;
    if (!socket_.send(request, server_)) ++unsent_;
  }

  void retransmit(std::int64_t now) {
    while (!timers_.empty() && timers_.top().due_ns <= now) {
      const Timer timer = timers_.top();
      timers_.pop();
      const Call& call = calls_[timer.serial];
      if (call.answers != 0 || now - call.sent_ns >= timer_b_ns) continue;
      send(timer.serial);
      timers_.push({now + timer.next_ns, 2 * timer.next_ns, timer.serial});
    }
  }

  void receive() {
    while (const auto datagram = socket_.receive()) note(*datagram);
  }

  void note(const Socket::Received& datagram) {
    const auto serial = serial_of(datagram.bytes);
    if (!serial || *serial >= calls_.size() || datagram.port != server_) {
      ++strange_;
      return;
    }
    Call& call = calls_[*serial];
    if (call.answers == 0) {
      call.answered_ns = datagram.when_ns;
      ++answered_;
    }
    ++call.answers;
    const std::string_view identity = e2e::header(datagram.bytes, "Identity");
    file_ << datagram.when_ns << ' ' << *serial << ' ' << datagram.bytes.substr(8, 3) << ' '
          << (identity.empty() ? std::string_view("-") : identity) << '\n';
  }

  /// What is under way is waited for, as long as a client would.
  void finish() {
    const std::int64_t end = wall_ns() + timer_b_ns;
    while (wall_ns() < end && answered_ < calls_.size()) pause();
    const std::int64_t late_end = wall_ns() + answer_late_ns / 2;
    while (wall_ns() < late_end) pause();
  }

  void pause() {
    ::usleep(500);
    receive();
    retransmit(wall_ns());
  }

  /// `raw_lost`: without an answer before the first retransmission. `lost`: without any. `twice`:
  /// more answers than packets. `gap`: the longest time without an answer.
  void report(std::uint32_t phase) const {
    std::uint64_t sent = 0, answered = 0, raw_lost = 0, packets = 0, twice = 0;
    std::vector<std::int64_t> times;
    std::vector<std::int64_t> answers;
    for (const Call& call : calls_) {
      if (call.phase != phase) continue;
      ++sent;
      packets += call.packets;
      answered += call.answers != 0 ? 1U : 0U;
      twice += call.answers > call.packets ? 1U : 0U;
      raw_lost += call.packets > 1 || call.answers == 0 ? 1U : 0U;
      if (call.answers == 0) continue;
      times.push_back(call.answered_ns - call.sent_ns);
      answers.push_back(call.answered_ns);
    }
    std::sort(times.begin(), times.end());
    std::sort(answers.begin(), answers.end());
    std::int64_t gap = 0;
    for (std::size_t i = 1; i < answers.size(); ++i) {
      gap = std::max(gap, answers[i] - answers[i - 1]);
    }
    const std::int64_t end = phase + 1 < phases_.size() ? phase_begins_[phase + 1] : wall_ns();
    std::cout << "phase " << phases_[phase] << " sent=" << sent << " packets=" << packets
              << " answered=" << answered << " lost=" << sent - answered << " raw_lost=" << raw_lost
              << " twice=" << twice << " p50_us=" << part_of(times, 0.5)
              << " p99_us=" << part_of(times, 0.99) << " slowest_us=" << part_of(times, 1)
              << " gap_us=" << gap / 1000
              << " seconds=" << static_cast<double>(end - phase_begins_[phase]) / second_ns
              << std::endl;
  }

  Socket socket_;
  std::uint16_t server_;
  std::int64_t rate_;
  std::vector<Caller> callers_;
  std::ofstream file_;
  std::string orders_;  ///< what has been read of them
  std::vector<std::string> phases_{"begin"};
  std::vector<std::int64_t> phase_begins_{wall_ns()};
  std::vector<Call> calls_;  ///< by serial
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  std::int64_t rate_since_ = 0;
  std::int64_t begun_at_rate_ = 0;
  std::uint64_t answered_ = 0;
  std::uint64_t strange_ = 0;
  std::uint64_t unsent_ = 0;
  std::int64_t late_ns_ = 0;  ///< how far behind its time a call began at most
};

}  // namespace

std::vector<Caller> read_callers(std::string_view path) {
  std::ifstream file{std::string(path)};
  std::vector<Caller> callers;
  Caller caller;
  while (file >> caller.number >> caller.level) callers.push_back(caller);
  e2e::need(!callers.empty(), "no callers");
  return callers;
}

void send_calls(Arguments arguments) {
  Load load(arguments);
  load.run();
  load.report();
}

void find_maximum(Arguments arguments) {
  constexpr std::uint64_t under_way = 64;
  const auto server = static_cast<std::uint16_t>(e2e::number_of(arguments[0]));
  const auto seconds = static_cast<std::int64_t>(e2e::number_of(arguments[1]));
  const auto callers = read_callers(arguments[2]);
  Socket socket;
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  const std::int64_t begin = wall_ns();
  std::int64_t refill = begin;
  while (wall_ns() < begin + seconds * second_ns) {
    // One that was lost must not take its place for ever.
    if (wall_ns() - refill > t1_ns) sent = answered, refill = wall_ns();
    for (; sent < answered + under_way; ++sent) {
      socket.send(invite(sent, callers[sent % callers.size()]), server);
    }
    pollfd file{socket.descriptor(), POLLIN, 0};
    ::poll(&file, 1, 100);
    while (socket.receive()) ++answered, refill = wall_ns();
  }
  std::cout << "maximum calls_per_second=" << answered / static_cast<std::uint64_t>(seconds)
            << std::endl;
}

}  // namespace fault
