// SPDX-License-Identifier: MIT
#include "app/publication_schedule.hpp"

#include <doctest/doctest.h>

#include "core/test_credentials.hpp"

using namespace shaken302;
using namespace shaken302::app;
using namespace std::chrono_literals;
using Schedule = PublicationSchedule;

namespace {

constexpr Schedule::Time start{};
constexpr Schedule::Pace steady{.first_retry = 1s, .longest_retry = 60s, .again = 1h, .jitter = 0};

Publication publication(const std::string& name) {
  static const auto chain = CertificateChain::parse_pem(test::make_test_pem().leaf_certificate);
  return {"https://cert.example.com/" + name, *chain};
}

/// The last part of the x5u of what is taken; "" for nothing.
std::string take(Schedule& schedule, Schedule::Time now) {
  const auto due = schedule.take(now);
  return due ? due->publication->x5u.substr(due->publication->x5u.rfind('/') + 1) : "";
}

std::string id(const std::string& name) { return publication_id(publication(name)); }

}  // namespace

TEST_CASE("publication_schedule: new ones are due at once, each once") {
  Schedule schedule(steady, 1);
  CHECK_FALSE(schedule.next());
  CHECK(schedule.follow({publication("a"), publication("b"), publication("a")}, start).empty());
  CHECK(schedule.next() == start);
  const std::set<std::string> taken{take(schedule, start), take(schedule, start)};
  CHECK(taken == std::set<std::string>{"a", "b"});
  CHECK(take(schedule, start).empty());
  CHECK_FALSE(schedule.next());  // both run
}

TEST_CASE("publication_schedule: a failure is tried again after 1, 2, 4 s and so on up to 60 s") {
  Schedule schedule(steady, 1);
  schedule.follow({publication("a")}, start);
  auto now = start;
  std::vector<std::int64_t> pauses;
  for (int i = 0; i < 30; ++i) {
    REQUIRE(take(schedule, now) == "a");
    schedule.end(id("a"), false, now);
    REQUIRE(schedule.next());
    pauses.push_back((*schedule.next() - now) / 1s);
    CHECK(take(schedule, *schedule.next() - 1ms).empty());
    now = *schedule.next();
  }
  CHECK(std::vector<std::int64_t>(pauses.begin(), pauses.begin() + 8) ==
        std::vector<std::int64_t>{1, 2, 4, 8, 16, 32, 60, 60});
  CHECK(pauses.back() == 60);
  // Once good, an hour; and the next failure is the first again.
  REQUIRE(take(schedule, now) == "a");
  schedule.end(id("a"), true, now);
  CHECK(schedule.next() == now + 1h);
  REQUIRE(take(schedule, now + 1h) == "a");
  schedule.end(id("a"), false, now + 1h);
  CHECK(schedule.next() == now + 1h + 1s);
}

TEST_CASE("publication_schedule: the known keep their time when others come and go") {
  Schedule schedule(steady, 1);
  schedule.follow({publication("a"), publication("b")}, start);
  take(schedule, start);
  take(schedule, start);
  schedule.end(id("a"), true, start);
  schedule.end(id("b"), false, start);
  CHECK(schedule.follow({publication("a"), publication("c")}, start + 10min).empty());
  CHECK(schedule.find(id("b")) == nullptr);
  CHECK(schedule.find(id("a")) != nullptr);
  CHECK(take(schedule, start + 10min) == "c");
  CHECK(take(schedule, start + 59min).empty());
  CHECK(take(schedule, start + 1h) == "a");
}

TEST_CASE("publication_schedule: one that ran and is gone is told, so that it is dropped") {
  Schedule schedule(steady, 1);
  schedule.follow({publication("a"), publication("b")}, start);
  take(schedule, start);
  take(schedule, start);
  schedule.end(id("b"), true, start);
  CHECK(schedule.follow({}, start) == std::vector<std::string>{id("a")});
  CHECK_FALSE(schedule.next());
  // One that was due and did not run yet.
  schedule.follow({publication("c"), publication("d")}, start);
  take(schedule, start);
  CHECK(schedule.follow({}, start).size() == 1);
  CHECK(take(schedule, start + 24h).empty());
}

TEST_CASE("publication_schedule: those that fail let the others go first") {
  Schedule schedule(steady, 1);
  schedule.follow({publication("bad")}, start);
  for (auto now = start; now < start + 1s; now += 1s) {
    REQUIRE(take(schedule, now) == "bad");
    schedule.end(id("bad"), false, now);
  }
  schedule.follow({publication("bad"), publication("new")}, start + 1min);
  CHECK(schedule.next() == start + 1s);  // overdue
  CHECK(take(schedule, start + 1min) == "new");
  CHECK(take(schedule, start + 1min) == "bad");
}

TEST_CASE("publication_schedule: thousands do not come back at the same time") {
  Schedule schedule({.first_retry = 1s, .longest_retry = 60s, .again = 1h, .jitter = 0.1}, 1);
  std::vector<Publication> all;
  for (int i = 0; i < 500; ++i) all.push_back(publication(std::to_string(i)));
  schedule.follow(all, start);
  while (const auto due = schedule.take(start)) schedule.end(due->id, true, start);
  std::set<Schedule::Time> times;
  while (const auto next = schedule.next()) {
    times.insert(*next);
    REQUIRE(schedule.take(*next));
  }
  CHECK(times.size() > 400);
  CHECK(*times.begin() >= start + 54min);
  CHECK(*times.begin() < start + 55min);
  CHECK(*times.rbegin() <= start + 1h);
  CHECK(*times.rbegin() > start + 59min);
}
