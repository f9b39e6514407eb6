// SPDX-License-Identifier: MIT
//
// How many calls a peer or an account may make: a rate a second, kept by a token bucket, and a
// ceiling a day. The counts lie outside the snapshot, so that they survive every reload; one table
// is shared by all workers without a lock. Whoever has no limit costs nothing.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "shaken302/table_index.hpp"
#include "shaken302/unix_time.hpp"

namespace shaken302 {

/// Steady clock, nanoseconds: what rates are measured by. The wall clock may step.
using SteadyNs = std::int64_t;

/// The limits of one peer or account, and where it is counted. Part of the snapshot.
struct CallLimits {
  std::uint32_t calls_per_second = 0;  ///< 0: no limit; at most calls_per_second_max
  std::uint32_t calls_per_day = 0;     ///< 0: no ceiling; a UTC day
  std::uint32_t slot = no_index;       ///< in the UsageTable, the same across reloads
  [[nodiscard]] bool any() const noexcept { return calls_per_second != 0 || calls_per_day != 0; }
};
inline constexpr std::uint32_t calls_per_second_max = 1'000'000;
/// OPTIONS of a limited peer that cost none of its calls: an upstream that gets no answer to its
/// probes takes the server out of its rotation, with all calls.
inline constexpr std::uint32_t free_probes_per_second = 10;
inline constexpr std::uint32_t calls_per_day_max = 1'000'000'000;
/// Peers and accounts with a limit, over the life of a process.
inline constexpr std::uint32_t usage_slots_max = 65536;

/// A token bucket as one number, the time at which the next call would be due if all so far had
/// come evenly spaced (the generic cell rate algorithm, ITU-T I.371). It holds one second's worth
/// of calls, and at least ten. Any number of threads.
class RateBucket {
 public:
  /// Whether one more call may be made now; it is then counted. A call that is refused costs
  /// nothing. Who loses the race for the number several times is admitted, and pays: the bucket can
  /// be overdrawn by one call a thread. A rate that has been raised counts at once; after a clock
  /// that went back, or a rate that was lowered, nobody waits longer than the bucket's burst and a
  /// second. Precondition: calls_per_second is not 0.
  bool take(std::uint32_t calls_per_second, SteadyNs now) noexcept;

 private:
  std::atomic<SteadyNs> due_{0};
};

/// Calls of one UTC day, of which it forgets the one before. Any number of threads.
class DayCounter {
 public:
  void count(UnixTime now) noexcept;
  [[nodiscard]] std::uint32_t calls(UnixTime now) const noexcept;

 private:
  /// The day (days since 1970) in the upper half, its calls in the lower.
  std::atomic<std::uint64_t> day_and_calls_{0};
};

/// The buckets, of calls and of free probes, and the counts of a day for each slot. Any number of
/// threads.
class UsageTable {
 public:
  /// Whether the sender has shown that it receives at its address, as every connection does. A
  /// datagram may have been forged.
  enum class Source : std::uint8_t { proven, unproven };

  UsageTable();

  /// Without a rate or a slot: always.
  bool take(const CallLimits& limits, SteadyNs now) noexcept {
    if (limits.calls_per_second == 0 || limits.slot >= usage_slots_max) return true;
    return slots_[limits.slot].bucket.take(limits.calls_per_second, now);
  }
  /// The same for a probe: beyond free_probes_per_second it counts as a call.
  bool take_probe(const CallLimits& limits, SteadyNs now) noexcept {
    if (limits.calls_per_second == 0 || limits.slot >= usage_slots_max) return true;
    return slots_[limits.slot].probes.take(free_probes_per_second, now) || take(limits, now);
  }
  void count(const CallLimits& limits, UnixTime now, Source source) noexcept {
    if (limits.calls_per_day == 0 || limits.slot >= usage_slots_max) return;
    Slot& slot = slots_[limits.slot];
    slot.all.count(now);
    if (source == Source::proven) slot.proven.count(now);
  }
  /// From any source: what an operator is told.
  [[nodiscard]] std::uint32_t calls_today(const CallLimits& limits, UnixTime now) const noexcept {
    return limits.slot < usage_slots_max ? slots_[limits.slot].all.calls(now) : 0;
  }
  /// By the calls from proven sources alone: whoever forges a source brings nobody to the ceiling.
  [[nodiscard]] bool is_over_day(const CallLimits& limits, UnixTime now) const noexcept {
    return limits.calls_per_day != 0 && limits.slot < usage_slots_max &&
           slots_[limits.slot].proven.calls(now) >= limits.calls_per_day;
  }

 private:
  /// A cache line of its own: neighbours are other people's.
  struct alignas(64) Slot {
    RateBucket bucket;
    RateBucket probes;
    DayCounter all;
    DayCounter proven;
  };
  std::unique_ptr<std::array<Slot, usage_slots_max>> owned_;
  Slot* slots_;
};

}  // namespace shaken302
