// SPDX-License-Identifier: MIT
#include "pace.hpp"

#include <doctest/doctest.h>

using namespace sip_load;

namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t second = 1000 * ms;

LoadOptions options(double rate, std::uint64_t outstanding, std::uint64_t calls,
                    std::int64_t duration, std::size_t burst = 1) {
  LoadOptions made;
  made.rate = rate;
  made.outstanding = outstanding;
  made.calls = calls;
  made.duration = nanoseconds(duration);
  made.burst = burst;
  return made;
}

}  // namespace

TEST_CASE("pace: in open loop a program that was held up owes all that was due meanwhile") {
  const Pace pace(options(1000, 0, 0, 10 * second), second);
  CHECK(pace.due(second, 0, 0) == 1);
  CHECK(pace.due(second, 1, 999) == 0);
  CHECK(pace.next_ns(1) == second + ms);
  CHECK(pace.due(second + 500 * ms, 1, 999) == 500);
  CHECK(pace.due_ns(300, 2 * second) == second + 300 * ms);
  CHECK_FALSE(pace.is_over(11 * second - 1, 9999));
  CHECK(pace.is_over(11 * second, 9999));
  CHECK(pace.scheduled(20 * second) == 10001);
}

TEST_CASE("pace: a count ends it as well") {
  const Pace pace(options(1000, 0, 100, 0), 0);
  CHECK(pace.due(second, 90, 0) == 10);
  CHECK(pace.is_over(0, 100));
  CHECK_FALSE(pace.is_over(second, 99));
}

TEST_CASE("pace: in closed loop an answer makes room") {
  const Pace pace(options(0, 8, 0, second), 0);
  CHECK(pace.due(0, 0, 0) == 8);
  CHECK(pace.due(0, 8, 8) == 0);
  CHECK(pace.due(0, 8, 5) == 3);
  CHECK(pace.due_ns(8, 77) == 77);
}

TEST_CASE("pace: bursts go out whole, but for the last one") {
  const Pace pace(options(1000, 0, 25, 0, 10), 0);
  CHECK(pace.due(8 * ms, 0, 0) == 0);
  CHECK(pace.due(9 * ms, 0, 0) == 10);
  CHECK(pace.next_ns(0) == 9 * ms);
  CHECK(pace.due(second, 20, 0) == 5);
}
