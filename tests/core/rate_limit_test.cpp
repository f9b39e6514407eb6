// SPDX-License-Identifier: MIT
#include "shaken302/rate_limit.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "shaken302/account.hpp"

using namespace shaken302;

namespace {

constexpr SteadyNs second = 1'000'000'000;
constexpr SteadyNs begin = 5'000 * second;

std::uint32_t burst_of(std::uint32_t rate) { return std::max(rate, 10U); }

/// How many of `calls` at that instant are admitted.
std::uint32_t take(RateBucket& bucket, std::uint32_t rate, SteadyNs at, std::uint32_t calls) {
  std::uint32_t admitted = 0;
  for (std::uint32_t i = 0; i < calls; ++i) admitted += bucket.take(rate, at) ? 1U : 0U;
  return admitted;
}

UnixTime at_noon_of(int day) { return UnixTime{std::chrono::hours(24 * day + 12)}; }

}  // namespace

TEST_CASE("rate_limit: a burst, then the rate, for every rate") {
  for (const std::uint32_t rate : {1U, 2U, 3U, 7U, 10U, 11U, 50U, 999U, 30'000U, 1'000'000U}) {
    CAPTURE(rate);
    RateBucket bucket;
    const std::uint32_t burst = burst_of(rate);
    CHECK(take(bucket, rate, begin, burst + 100) == burst);
    // One interval later there is one more.
    const SteadyNs interval = second / rate;
    CHECK_FALSE(bucket.take(rate, begin + interval - 1));
    CHECK(take(bucket, rate, begin + interval, 5) == 1);
    // A long silence gives the burst again, and no more.
    CHECK(take(bucket, rate, begin + 1'000 * second, burst + 100) == burst);
  }
}

TEST_CASE(
    "rate_limit: over any time no more than the burst and the rate, and whoever keeps to the rate "
    "passes") {
  std::mt19937_64 random(302);
  for (int round = 0; round < 200; ++round) {
    const auto rate = static_cast<std::uint32_t>(1 + random() % 5'000);
    CAPTURE(rate);
    RateBucket bucket;
    // Floods and pauses; after each a window is looked at.
    SteadyNs now = begin;
    std::vector<SteadyNs> admitted;
    for (int i = 0; i < 2'000; ++i) {
      now += static_cast<SteadyNs>(random() % (random() % 8 == 0 ? second : second / 10'000));
      if (bucket.take(rate, now)) admitted.push_back(now);
    }
    for (std::size_t first = 0; first < admitted.size(); first += 37) {
      for (std::size_t last = first; last < admitted.size(); last += 41) {
        const double time = static_cast<double>(admitted[last] - admitted[first]) / 1e9;
        // An interval is a whole number of nanoseconds: a millionth of the rate more.
        const double most = burst_of(rate) + time * rate * 1.000'01 + 1;
        REQUIRE(static_cast<double>(last - first + 1) <= most);
      }
    }
    RateBucket polite;
    for (int i = 0; i < 2'000; ++i) REQUIRE(polite.take(rate, begin + (second / rate + 1) * i));
  }
}

TEST_CASE("rate_limit: a refused call costs nothing") {
  RateBucket bucket;
  CHECK(take(bucket, 10, begin, 10) == 10);
  CHECK(take(bucket, 10, begin, 1'000'000) == 0);
  CHECK(take(bucket, 10, begin + second, 20) == 10);
}

TEST_CASE(
    "rate_limit: a clock that goes back holds nobody up for longer than a burst and a second") {
  struct Row {
    const char* why;
    SteadyNs back;
  };
  for (const Row& row : {Row{"a moment", 400'000}, Row{"half a second", second / 2},
                         Row{"a minute", 60 * second}, Row{"to the beginning", begin}}) {
    CAPTURE(std::string(row.why));
    for (const std::uint32_t rate : {1U, 10U, 1'000U}) {
      CAPTURE(rate);
      RateBucket bucket;
      take(bucket, rate, begin, burst_of(rate));
      const SteadyNs now = begin - row.back;
      CHECK(take(bucket, rate, now, 1'000) == 0);  // and it is no way to a second burst
      const SteadyNs most = second / rate * burst_of(rate) + second;
      CHECK(bucket.take(rate, now + most));
    }
  }
}

TEST_CASE("rate_limit: workers whose time differs a little get no more together") {
  RateBucket bucket;
  std::uint32_t admitted = 0;
  for (SteadyNs t = 0; t < 2 * second; t += 100'000) {
    admitted += take(bucket, 100, begin + t, 3);
    admitted += take(bucket, 100, begin + t - 50'000'000, 3);
  }
  CHECK(admitted <= 100 + 200);
  CHECK(admitted >= 295);
}

TEST_CASE("rate_limit: a limit that a reload has changed holds at once") {
  RateBucket bucket;
  CHECK(take(bucket, 1, begin, 100) == 10);  // full for ten seconds
  CHECK(take(bucket, 1'000, begin, 100) == 0);
  CHECK(take(bucket, 1'000, begin + second / 10, 1'000) == 100);  // not ten seconds later
  CHECK(take(bucket, 1, begin + second / 10, 100) ==
        9);  // a tenth of a second counts as one of ten
  RateBucket lowered;
  CHECK(take(lowered, 1'000, begin, 2'000) == 1'000);
  CHECK(take(lowered, 1, begin, 100) == 9);  // as much as the second that it is ahead leaves
  CHECK(take(lowered, 1, begin + 3 * second, 100) == 3);
}

TEST_CASE("rate_limit: calls of a day") {
  DayCounter counter;
  CHECK(counter.calls(at_noon_of(20'000)) == 0);
  for (int i = 0; i < 7; ++i) counter.count(at_noon_of(20'000));
  CHECK(counter.calls(at_noon_of(20'000)) == 7);
  // Midnight: a worker that is a second behind counts for the new day, and ends nothing.
  const UnixTime midnight{std::chrono::days(20'001)};
  CHECK(counter.calls(midnight) == 0);
  counter.count(midnight);
  counter.count(midnight - std::chrono::seconds(1));
  CHECK(counter.calls(midnight) == 2);
  // A clock that is set back by days begins anew, and so does it when it is put right.
  counter.count(at_noon_of(19'000));
  CHECK(counter.calls(at_noon_of(19'000)) == 1);
  CHECK(counter.calls(midnight) == 0);
  counter.count(midnight);
  CHECK(counter.calls(midnight) == 1);
  CHECK(counter.calls(UnixTime{std::chrono::hours(-48)}) == 0);
}

TEST_CASE("rate_limit: a worker that is seconds behind gives the others one burst more") {
  constexpr std::uint32_t rate = 100;
  RateBucket bucket;
  const SteadyNs now = begin + 5'000'000'000;
  const auto admitted = [&] {
    std::uint32_t calls = 0;
    while (bucket.take(rate, now)) ++calls;
    return calls;
  };
  CHECK(admitted() == rate);
  for (int i = 0; i < 50; ++i) CHECK_FALSE(bucket.take(rate, begin));
  CHECK(admitted() == rate);
  CHECK_FALSE(bucket.take(rate, now - 900'000'000));
  CHECK(admitted() == 0);
}

TEST_CASE("rate_limit: a table counts for slots, and for nobody without one") {
  using Source = UsageTable::Source;
  UsageTable usage;
  const CallLimits none;
  const CallLimits no_slot{1, 1, no_index};
  const CallLimits first{10, 5, 0};
  const CallLimits last{10, 5, usage_slots_max - 1};
  for (int i = 0; i < 100; ++i) {
    CHECK(usage.take(none, begin));
    CHECK(usage.take(no_slot, begin));
    usage.count(no_slot, at_noon_of(1), Source::proven);
  }
  for (int i = 0; i < 10; ++i) CHECK(usage.take(first, begin));
  CHECK_FALSE(usage.take(first, begin));
  CHECK(usage.take(last, begin));
  for (int i = 0; i < 5; ++i) {
    CHECK_FALSE(usage.is_over_day(last, at_noon_of(1)));
    usage.count(last, at_noon_of(1), Source::proven);
  }
  CHECK(usage.is_over_day(last, at_noon_of(1)));
  CHECK_FALSE(usage.is_over_day(last, at_noon_of(2)));
  CHECK_FALSE(usage.is_over_day(first, at_noon_of(1)));
  CHECK_FALSE(usage.is_over_day(no_slot, at_noon_of(1)));
  for (int i = 0; i < 5; ++i) usage.count(first, at_noon_of(1), Source::unproven);
  CHECK(usage.calls_today(first, at_noon_of(1)) == 5);
  CHECK_FALSE(usage.is_over_day(first, at_noon_of(1)));
}

TEST_CASE("rate_limit: an account finds every limit above it, in any order of the file") {
  const auto account = [](std::string id, std::string parent, std::uint32_t rate) {
    Account made;
    made.id = std::move(id);
    made.parent = std::move(parent);
    made.limits.calls_per_second = rate;
    return made;
  };
  const auto table = AccountTable::make({account("leaf", "middle", 0), account("middle", "low", 0),
                                         account("top", "", 5), account("low", "top", 7),
                                         account("alone", "", 0)});
  REQUIRE(table);
  const auto& all = table->accounts();
  const auto chain_of = [&](std::string_view id) {
    std::vector<std::string> ids;
    for (std::uint32_t i = all[table->find(id)].limited_by; i != no_index; i = all[i].limited_above)
      ids.push_back(all[i].id);
    return ids;
  };
  using Ids = std::vector<std::string>;
  CHECK(chain_of("leaf") == Ids{"low", "top"});
  CHECK(chain_of("middle") == Ids{"low", "top"});
  CHECK(chain_of("low") == Ids{"low", "top"});
  CHECK(chain_of("top") == Ids{"top"});
  CHECK(chain_of("alone").empty());
  CHECK(table->limited().size() == 2);
}
