// SPDX-License-Identifier: MIT
//
// Whether the kernel trusts the clock. A signature says when it was made (RFC 8225 5.1.1), and
// verifiers refuse one that is a minute off (RFC 8224 6.2): a clock that nothing sets is found out
// here and not by them. Control thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "monitor_event.hpp"

namespace shaken302::app {

enum class ClockState : std::uint8_t {
  synchronised,
  unsynchronised,  ///< nothing sets it, or not any more
  unknown,         ///< the kernel does not tell
};

/// What the kernel says (adjtimex(2)); asks, and changes nothing.
[[nodiscard]] ClockState kernel_clock_state() noexcept;
[[nodiscard]] std::string_view to_text(ClockState state) noexcept;

class ClockMonitor {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;
  using Read = std::function<ClockState()>;
  static constexpr std::chrono::seconds interval{10};

  explicit ClockMonitor(Read read = kernel_clock_state) : read_(std::move(read)) {}

  /// To be called as often as one likes: reads when it is time, and tells what has changed. The
  /// first look tells of a clock that is not synchronised.
  std::optional<MonitorEvent> look(SteadyTime at);
  [[nodiscard]] ClockState state() const noexcept { return state_; }

 private:
  Read read_;
  ClockState state_ = ClockState::unknown;
  bool is_alarm_raised_ = false;  // and not taken back
  std::optional<SteadyTime> read_at_;
};

}  // namespace shaken302::app
