// SPDX-License-Identifier: MIT
#include "app/debounce.hpp"

#include <doctest/doctest.h>

using shaken302::app::Debounce;
using namespace std::chrono_literals;

namespace {
const Debounce::Clock::time_point start{1h};
}  // namespace

TEST_CASE("debounce: nothing is due before there was a change") {
  Debounce changes(100ms, 400ms);
  CHECK_FALSE(changes.due());
  CHECK_FALSE(changes.take(start));
}

TEST_CASE("debounce: a burst is due once, a while after its last change") {
  Debounce changes(100ms, 400ms);
  changes.add(start);
  changes.add(start + 60ms);
  CHECK(changes.due() == start + 160ms);
  CHECK_FALSE(changes.take(start + 159ms));
  CHECK(changes.take(start + 160ms));
  CHECK_FALSE(changes.take(start + 161ms));
  CHECK_FALSE(changes.due());
}

TEST_CASE("debounce: a stream of changes holds none of them back for longer than the limit") {
  Debounce changes(100ms, 400ms);
  for (auto at = 0ms; at < 400ms; at += 50ms) {
    changes.add(start + at);
    CHECK_FALSE(changes.take(start + at));
  }
  CHECK(changes.due() == start + 400ms);
  CHECK(changes.take(start + 400ms));
  changes.add(start + 450ms);
  CHECK(changes.due() == start + 550ms);  // another burst, with a first one of its own
}
