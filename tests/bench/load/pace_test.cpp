// SPDX-License-Identifier: MIT
#include "pace.hpp"

#include <doctest/doctest.h>

using namespace sip_load;

namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t second = 1000 * ms;

LoadOptions options(std::vector<RateStep> steps, std::uint64_t outstanding = 0,
                    std::uint64_t calls = 0, std::size_t burst = 1) {
  LoadOptions made;
  made.steps = std::move(steps);
  made.outstanding = outstanding;
  made.calls = calls;
  made.burst = burst;
  return made;
}

void send(Pace& pace, int count) {
  for (int i = 0; i < count; ++i) pace.note_sent();
}

}  // namespace

TEST_CASE("pace: in open loop a program that was held up owes all that was due meanwhile") {
  Pace pace(options({{1000, nanoseconds(10 * second)}}), second);
  CHECK(pace.due(second, 0) == 1);
  send(pace, 1);
  CHECK(pace.due(second, 999) == 0);
  CHECK(pace.next_ns() == second + ms);
  CHECK(pace.due(second + 500 * ms, 999) == 500);
  send(pace, 299);
  CHECK(pace.due_ns(2 * second) == second + 300 * ms);
  CHECK_FALSE(pace.is_over(11 * second - 1));
  CHECK(pace.is_over(11 * second));
  CHECK(pace.facts(20 * second)[0].scheduled == 10000);
  CHECK(pace.facts(20 * second)[0].sent == 300);
  CHECK(pace.facts(20 * second)[0].seconds == doctest::Approx(10));
}

TEST_CASE("pace: what a step did not send in its time is not owed by the next one") {
  Pace pace(options({{1000, nanoseconds(second)}, {10, nanoseconds(second)}}), 0);
  send(pace, 100);
  CHECK_FALSE(pace.is_over(second));
  CHECK(pace.step() == 1);
  CHECK(pace.due(second, 0) == 1);
  CHECK(pace.due_ns(second) == second);
  send(pace, 1);
  CHECK(pace.next_ns() == second + 100 * ms);
  CHECK(pace.is_over(2 * second));
  const auto facts = pace.facts(3 * second);
  REQUIRE(facts.size() == 2);
  CHECK(facts[0].scheduled == 1000);
  CHECK(facts[0].sent == 100);
  CHECK(facts[1].scheduled == 10);
  CHECK(facts[1].sent == 1);
}

TEST_CASE("pace: a count ends it as well") {
  Pace pace(options({{1000, nanoseconds(0)}}, 0, 100), 0);
  send(pace, 90);
  CHECK(pace.due(second, 0) == 10);
  CHECK_FALSE(pace.is_over(second));
  send(pace, 10);
  CHECK(pace.is_over(0));
}

TEST_CASE("pace: in closed loop an answer makes room") {
  Pace pace(options({{0, nanoseconds(second)}}, 8), 0);
  CHECK(pace.due(0, 0) == 8);
  CHECK(pace.due(0, 8) == 0);
  CHECK(pace.due(0, 5) == 3);
  CHECK(pace.due_ns(77) == 77);
  CHECK(pace.next_ns() == second);
}

TEST_CASE("pace: bursts go out whole, but for the last one") {
  Pace pace(options({{1000, nanoseconds(0)}}, 0, 25, 10), 0);
  CHECK(pace.due(8 * ms, 0) == 0);
  CHECK(pace.due(9 * ms, 0) == 10);
  CHECK(pace.next_ns() == 9 * ms);
  send(pace, 20);
  CHECK(pace.due(second, 0) == 5);
}
