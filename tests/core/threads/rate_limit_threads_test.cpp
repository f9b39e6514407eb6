// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <atomic>
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

TEST_CASE("rate_limit threads: over time the rate, and what was overdrawn is paid back") {
  constexpr int threads = 4;
  constexpr std::uint32_t rate = 1'000;
  RateBucket bucket;
  std::atomic<SteadyNs> now{begin};
  std::atomic<std::uint32_t> admitted{0};
  on_threads(threads, [&] {
    for (SteadyNs t = begin; t < begin + 3'000'000'000; t = now.fetch_add(10'000)) {
      if (bucket.take(rate, t)) ++admitted;
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
