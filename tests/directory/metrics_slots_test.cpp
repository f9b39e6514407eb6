// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "directory/load_snapshot.hpp"

using namespace shaken302;
using namespace shaken302::directory;

namespace {

constexpr UnixTime start{std::chrono::hours(24) * 19'000};

std::uint32_t slot_in(MetricsSlots& slots, const std::string& name, UnixTime now) {
  slots.begin_usage(now);
  return slots.usage_slot_of_account(name);
}

}  // namespace

TEST_CASE("metrics_slots: a process may know any number of names with a limit, over its life") {
  MetricsSlots slots;
  for (std::uint32_t day = 0; day < 12; day += 2) {
    CAPTURE(day);
    slots.begin_usage(start + std::chrono::hours(24 * day));
    std::set<std::uint32_t> given;
    for (std::uint32_t i = 0; i < usage_slots_max / 2; ++i) {
      given.insert(slots.usage_slot_of_account(std::to_string(day) + " " + std::to_string(i)));
    }
    CHECK(given.size() == usage_slots_max / 2);
    CHECK(*given.rbegin() < usage_slots_max);
  }
}

TEST_CASE("metrics_slots: the slot of a name that is gone is nobody's for two days") {
  MetricsSlots slots;
  slots.begin_usage(start);
  for (std::uint32_t i = 0; i < usage_slots_max; ++i) {
    REQUIRE(slots.usage_slot_of_account(std::to_string(i)) == i);
  }
  // For as long as it has its slot a name keeps it, and so it does when it comes back in time.
  const UnixTime gone = start + std::chrono::hours(24 * 30);
  CHECK(slot_in(slots, "7", gone) == 7);
  CHECK(slots.usage_slot_of_account("new") == no_index);
  CHECK(slot_in(slots, "8", gone + std::chrono::hours(47)) == 8);
  CHECK(slots.usage_slot_of_account("new") == no_index);
  // Now all but "7", which was there until an hour ago, and "8".
  const UnixTime later = gone + std::chrono::hours(48);
  CHECK(slot_in(slots, "8", later) == 8);
  std::set<std::uint32_t> given;
  for (std::uint32_t i = 0; i < usage_slots_max - 2; ++i) {
    given.insert(slots.usage_slot_of_account("new " + std::to_string(i)));
  }
  CHECK(given.size() == usage_slots_max - 2);
  CHECK(given.count(7) + given.count(8) + given.count(no_index) == 0);
  CHECK(slots.usage_slot_of_account("one more") == no_index);
  CHECK(slots.usage_slot_of_account("7") == 7);
}
