// SPDX-License-Identifier: MIT
#include "shaken302/rate_limit.hpp"

#include <algorithm>

namespace shaken302 {
namespace {

constexpr SteadyNs second_ns = 1'000'000'000;
constexpr std::uint32_t burst_min = 10;
/// Who loses this often has at least as many others at the same bucket in the same moment.
constexpr int tries_max = 4;

constexpr std::uint64_t calls_mask = 0xFFFF'FFFF;

std::uint64_t day_of(UnixTime now) noexcept {
  const auto days = std::chrono::floor<std::chrono::days>(now).time_since_epoch().count();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(days, 0));
}

/// A worker that is a moment behind, at midnight, counts for the day that has begun; a clock that
/// was set back by more begins its day anew.
bool is_day_of(std::uint64_t stored, std::uint64_t day) noexcept {
  return stored == day || stored == day + 1;
}

}  // namespace

bool RateBucket::take(std::uint32_t calls_per_second, SteadyNs now) noexcept {
  const SteadyNs interval = second_ns / calls_per_second;
  const SteadyNs burst = interval * std::max(calls_per_second, burst_min);
  SteadyNs due = due_.load(std::memory_order_relaxed);
  for (int i = 0; i < tries_max; ++i) {
    // Further ahead than this bucket can be: it was filled by a lower rate, or by a clock that has
    // gone back. The second in between is for workers whose time is a little older.
    const bool is_stray = due > now + burst + second_ns;
    const SteadyNs from = is_stray ? now + burst : std::max(due, now);
    const bool is_full = from + interval > now + burst;
    if (is_full && !is_stray) return false;
    const SteadyNs next = is_full ? from : from + interval;
    if (due_.compare_exchange_weak(due, next, std::memory_order_relaxed)) return !is_full;
  }
  due_.fetch_add(interval, std::memory_order_relaxed);
  return true;
}

void DayCounter::count(UnixTime now) noexcept {
  const std::uint64_t day = day_of(now);
  std::uint64_t stored = day_and_calls_.load(std::memory_order_relaxed);
  for (int i = 0; i < tries_max; ++i) {
    if (is_day_of(stored >> 32U, day)) {
      if ((stored & calls_mask) != calls_mask) {
        day_and_calls_.fetch_add(1, std::memory_order_relaxed);
      }
      return;
    }
    const std::uint64_t first = (day << 32U) + 1;
    if (day_and_calls_.compare_exchange_weak(stored, first, std::memory_order_relaxed)) return;
  }
}

std::uint32_t DayCounter::calls(UnixTime now) const noexcept {
  const std::uint64_t stored = day_and_calls_.load(std::memory_order_relaxed);
  if (!is_day_of(stored >> 32U, day_of(now))) return 0;
  return static_cast<std::uint32_t>(stored & calls_mask);
}

UsageTable::UsageTable()
    : owned_(std::make_unique<std::array<Slot, usage_slots_max>>()), slots_(owned_->data()) {}

}  // namespace shaken302
