// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <atomic>
#include <barrier>
#include <thread>
#include <vector>

#include "shaken302/rate_limit.hpp"

using namespace shaken302;

namespace {

constexpr SteadyNs begin = 7'000'000'000'000;

template <class Work>
void on_threads(int count, Work work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

TEST_CASE("rate_limit threads: at one instant the burst, and at most one call a thread more") {
  constexpr int threads = 8;
  for (const std::uint32_t rate : {1U, 10U, 500U, 20'000U}) {
    CAPTURE(rate);
    RateBucket bucket;
    std::atomic<std::uint32_t> admitted{0};
    on_threads(threads, [&] {
      for (std::uint32_t i = 0; i < 2 * rate + 100; ++i) {
        if (bucket.take(rate, begin)) ++admitted;
      }
    });
    const std::uint32_t burst = std::max(rate, 10U);
    CHECK(admitted >= burst);
    CHECK(admitted <= burst + threads);
  }
}

// The bound: every admitted call moves the bucket's time on by at least an interval, from `begin`
// to a burst past the newest time, and beyond that by at most the one call of each thread that lost
// its races. It holds while nobody's time is a second older than another's, which the bucket takes
// for a clock that has gone back: so nobody begins a round before all have ended the one before.
TEST_CASE("rate_limit threads: over time the rate, and what was overdrawn is paid back") {
  constexpr int threads = 4;
  constexpr std::uint32_t rate = 1'000;
  constexpr int rounds = 300;
  constexpr SteadyNs round_ns = 10'000'000;
  constexpr SteadyNs step_ns = 20'000;
  RateBucket bucket;
  std::atomic<std::uint32_t> admitted{0};
  std::barrier round_end(threads);
  on_threads(threads, [&] {
    for (int round = 0; round < rounds; ++round) {
      const SteadyNs round_begin = begin + round * round_ns;
      for (SteadyNs t = round_begin; t < round_begin + round_ns; t += step_ns) {
        if (bucket.take(rate, t)) ++admitted;
      }
      round_end.arrive_and_wait();
    }
  });
  CHECK(admitted >= 3 * rate);
  CHECK(admitted <= rate + 3 * rate + threads);
}

TEST_CASE("rate_limit threads: no call of a day is lost, whoever begins it") {
  UsageTable usage;
  const CallLimits limits{0, 1'000'000, 9};
  constexpr int threads = 4;
  constexpr std::uint32_t calls = 20'000;
  for (int day = 1; day < 6; ++day) {
    const UnixTime noon{std::chrono::hours(24 * day * 3 + 12)};
    on_threads(threads, [&] {
      for (std::uint32_t i = 0; i < calls; ++i)
        usage.count(limits, noon, UsageTable::Source::proven);
    });
    CHECK(usage.calls_today(limits, noon) == threads * calls);
    CHECK_FALSE(usage.is_over_day({0, threads * calls + 1, limits.slot}, noon));
    CHECK(usage.is_over_day({0, threads * calls, limits.slot}, noon));
  }
}
