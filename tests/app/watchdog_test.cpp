// SPDX-License-Identifier: MIT
#include "app/watchdog.hpp"

#include <doctest/doctest.h>

namespace shaken302::app {
namespace {

using Advice = Watchdog::Advice;

constexpr std::int64_t second = 1'000'000'000;

TEST_CASE("watchdog: fed four times within its limit while every worker comes round") {
  Watchdog watchdog(std::chrono::seconds(8));
  int fed = 0;
  for (std::int64_t now = 100; now < 116; ++now) {
    if (watchdog.look(now * second, now * second) == Advice::feed) ++fed;
  }
  CHECK(fed == 8);
}

TEST_CASE("watchdog: one worker that does not come round is enough to starve it") {
  Watchdog watchdog(std::chrono::seconds(8));
  struct Row {
    const char* why;
    std::int64_t now;
    std::int64_t oldest;
    Advice advice;
  };
  for (const Row& row : {Row{"all well", 100, 100, Advice::feed},
                         Row{"a heartbeat of half the limit is still good", 104, 100, Advice::feed},
                         Row{"older: stuck, and said", 105, 100, Advice::stuck},
                         Row{"said once", 106, 100, Advice::wait},
                         Row{"a quarter of the limit later: given up", 107, 100, Advice::give_up},
                         Row{"that is said once, too", 108, 100, Advice::wait},
                         Row{"however long it lasts", 140, 100, Advice::wait},
                         Row{"it came round after all", 141, 141, Advice::feed},
                         Row{"stuck again, said again", 150, 141, Advice::stuck},
                         Row{"given up again", 152, 141, Advice::give_up}}) {
    CAPTURE(row.why);
    CHECK(watchdog.look(row.now * second, row.oldest * second) == row.advice);
  }
}

TEST_CASE("watchdog: a process that was stopped gives its workers the time to come round") {
  Watchdog watchdog(std::chrono::seconds(8));
  CHECK(watchdog.look(100 * second, 100 * second) == Advice::feed);
  CHECK(watchdog.look(160 * second, 100 * second) == Advice::stuck);
  CHECK(watchdog.look(161 * second, 161 * second) == Advice::feed);
}

}  // namespace
}  // namespace shaken302::app
