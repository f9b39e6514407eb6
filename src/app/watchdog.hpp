// SPDX-License-Identifier: MIT
//
// When to tell the service manager that the server lives: only while every worker comes round. One
// that hangs on a call counts as dead, whatever the others do. Pure; control thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace shaken302::app {

class Watchdog {
 public:
  enum class Advice : std::uint8_t {
    wait,     ///< fed recently
    feed,     ///< all is well and it is time
    stuck,    ///< a worker has not come round for too long; said once each time
    give_up,  ///< and still has not: the manager shall kill now; said once each time
  };
  /// `limit`: WatchdogSec, after which the manager kills.
  explicit Watchdog(std::chrono::nanoseconds limit) : limit_ns_(limit.count()) {}

  /// Both times of the same steady clock. A worker that hangs is given up after three quarters of
  /// the limit: the manager counts from the last time it was fed, which may be half the limit
  /// later. That is in two steps, for a process that was stopped for so long finds each of its
  /// workers late, and all of them well.
  Advice look(std::int64_t now_ns, std::int64_t oldest_heartbeat_ns) noexcept {
    if (now_ns - oldest_heartbeat_ns > limit_ns_ / 2) return look_at_stuck(now_ns);
    state_ = State::well;
    if (now_ns - fed_ns_ < limit_ns_ / 4) return Advice::wait;
    fed_ns_ = now_ns;
    return Advice::feed;
  }

 private:
  enum class State : std::uint8_t { well, stuck, given_up };

  Advice look_at_stuck(std::int64_t now_ns) noexcept {
    if (state_ == State::well) {
      state_ = State::stuck;
      stuck_since_ns_ = now_ns;
      return Advice::stuck;
    }
    if (state_ == State::given_up || now_ns - stuck_since_ns_ < limit_ns_ / 4) return Advice::wait;
    state_ = State::given_up;
    return Advice::give_up;
  }

  std::int64_t limit_ns_;
  std::int64_t fed_ns_ = 0;
  std::int64_t stuck_since_ns_ = 0;
  State state_ = State::well;
};

}  // namespace shaken302::app
