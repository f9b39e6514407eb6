// SPDX-License-Identifier: MIT
#include "clock_monitor.hpp"

#include <sys/timex.h>

#include <utility>

namespace shaken302::app {

ClockState kernel_clock_state() noexcept {
  timex answer{};
  const int result = ::adjtimex(&answer);
  if (result < 0) return ClockState::unknown;
  // TIME_ERROR stands for other things as well, a lost pulse per second among them.
  const bool is_unset = (static_cast<unsigned>(answer.status) & unsigned{STA_UNSYNC}) != 0;
  return is_unset ? ClockState::unsynchronised : ClockState::synchronised;
}

std::string_view to_text(ClockState state) noexcept {
  switch (state) {
    case ClockState::synchronised:
      return "synchronised";
    case ClockState::unsynchronised:
      return "unsynchronised";
    case ClockState::unknown:
      break;
  }
  return "unknown";
}

std::optional<MonitorEvent> ClockMonitor::look(SteadyTime at) {
  if (read_at_ && at - *read_at_ < interval) return std::nullopt;
  read_at_ = at;
  state_ = read_();
  if (state_ == ClockState::unsynchronised && !std::exchange(is_alarm_raised_, true)) {
    return MonitorEvent{MonitorEvent::Severity::alarm,
                        "the kernel says that nothing synchronises the clock: verifiers refuse "
                        "signatures that are a minute off; run chrony or systemd-timesyncd"};
  }
  if (state_ == ClockState::synchronised && std::exchange(is_alarm_raised_, false)) {
    return MonitorEvent{MonitorEvent::Severity::info, "the clock is synchronised again"};
  }
  return std::nullopt;
}

}  // namespace shaken302::app
