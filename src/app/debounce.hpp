// SPDX-License-Identifier: MIT
//
// Turns a burst of changes into one: it is due a while after the last of them, so that a burst is
// read once, and soon after the first in any case, so that no stream of changes holds one back.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace shaken302::app {

class Debounce {
 public:
  using Clock = std::chrono::steady_clock;
  Debounce(Clock::duration quiet, Clock::duration longest) noexcept
      : quiet_(quiet), longest_(longest) {}

  void add(Clock::time_point now) noexcept {
    if (!is_waiting_) first_ = now;
    is_waiting_ = true;
    last_ = now;
  }
  /// Nothing: there was no change.
  [[nodiscard]] std::optional<Clock::time_point> due() const noexcept {
    if (!is_waiting_) return std::nullopt;
    return std::min(last_ + quiet_, first_ + longest_);
  }
  /// True once when it is due.
  bool take(Clock::time_point now) noexcept {
    if (!is_waiting_ || now < *due()) return false;
    is_waiting_ = false;
    return true;
  }

 private:
  Clock::duration quiet_;
  Clock::duration longest_;
  bool is_waiting_ = false;
  Clock::time_point first_{};
  Clock::time_point last_{};
};

}  // namespace shaken302::app
