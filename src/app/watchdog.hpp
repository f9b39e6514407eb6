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
    wait,   ///< fed recently
    feed,   ///< all is well and it is time
    stuck,  ///< a worker has not come round for too long; said once each time
  };
  /// `limit`: WatchdogSec, after which the manager kills.
  explicit Watchdog(std::chrono::nanoseconds limit) : limit_ns_(limit.count()) {}

  /// Both times of the same steady clock.
  Advice look(std::int64_t now_ns, std::int64_t oldest_heartbeat_ns) noexcept {
    if (now_ns - oldest_heartbeat_ns > limit_ns_ / 2) {
      const bool was_stuck = is_stuck_;
      is_stuck_ = true;
      return was_stuck ? Advice::wait : Advice::stuck;
    }
    is_stuck_ = false;
    if (now_ns - fed_ns_ < limit_ns_ / 4) return Advice::wait;
    fed_ns_ = now_ns;
    return Advice::feed;
  }

 private:
  std::int64_t limit_ns_;
  std::int64_t fed_ns_ = 0;
  bool is_stuck_ = false;
};

}  // namespace shaken302::app
