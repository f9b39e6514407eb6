// SPDX-License-Identifier: MIT
#include "app/clock_monitor.hpp"

#include <doctest/doctest.h>
#include <sys/timex.h>

#include <string>

namespace shaken302::app {
namespace {

using Severity = MonitorEvent::Severity;
using enum ClockState;

TEST_CASE("clock_monitor: tells what has changed, and raises an alarm about a clock that is lost") {
  struct Row {
    std::string why;
    ClockState before;
    ClockState after;
    int told;  ///< 0 nothing, 1 good news, 2 an alarm
  };
  const Row rows[] = {
      {"it is as it should be", synchronised, synchronised, 0},
      {"nothing sets it any more", synchronised, unsynchronised, 2},
      {"that was said", unsynchronised, unsynchronised, 0},
      {"it is set again", unsynchronised, synchronised, 1},
      {"a kernel that does not tell is no alarm", synchronised, unknown, 0},
      {"nor is it good news", unsynchronised, unknown, 0},
      {"it has begun to tell", unknown, unsynchronised, 2},
      {"it has begun to tell good things", unknown, synchronised, 0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    ClockState read = row.before;
    ClockMonitor monitor([&read] { return read; });
    const ClockMonitor::SteadyTime start{};
    static_cast<void>(monitor.look(start));
    CHECK(monitor.state() == row.before);
    read = row.after;
    CHECK_FALSE(monitor.look(start + ClockMonitor::interval - std::chrono::milliseconds{1}));
    const auto told = monitor.look(start + ClockMonitor::interval);
    CHECK(monitor.state() == row.after);
    CHECK((!told ? 0 : told->severity == Severity::alarm ? 2 : 1) == row.told);
  }
}

TEST_CASE("clock_monitor: a kernel that does not tell for a while neither ends nor repeats it") {
  for (const ClockState last : {synchronised, unsynchronised}) {
    ClockState read = unsynchronised;
    ClockMonitor monitor([&read] { return read; });
    ClockMonitor::SteadyTime at{};
    CHECK(monitor.look(at));
    read = unknown;
    CHECK_FALSE(monitor.look(at += ClockMonitor::interval));
    read = last;
    CHECK(monitor.look(at += ClockMonitor::interval).has_value() == (last == synchronised));
  }
}

TEST_CASE("clock_monitor: the first look raises the alarm") {
  ClockMonitor monitor([] { return unsynchronised; });
  const auto told = monitor.look({});
  REQUIRE(told);
  CHECK(told->severity == Severity::alarm);
}

TEST_CASE("clock_monitor: asks this kernel as adjtimex does") {
  timex answer{};
  const int result = ::adjtimex(&answer);
  const bool is_set = (static_cast<unsigned>(answer.status) & unsigned{STA_UNSYNC}) == 0;
  CHECK(kernel_clock_state() == (result < 0 ? unknown : is_set ? synchronised : unsynchronised));
}

}  // namespace
}  // namespace shaken302::app
