// SPDX-License-Identifier: MIT
//
// The rows of stage_bench. What a name begins with says what stage_budget.py does with it:
//
//   stage/   one part of a signed sip::answer; together they are to be the whole
//   part/    a part of the stage before it, for whoever looks closer
//   whole/   sip::answer, measured as one; each holds one `bench/request`
//   bench/   what only the bench does
//   server/  what a worker does around sip::answer, and its whole loop
//   load/    once a reload
#pragma once

#include <benchmark/benchmark.h>
#include <time.h>

#include <cstdint>
#include <string>
#include <utility>

#include "call_world.hpp"

namespace shaken302::bench {

void add_reading_stages(CallWorld& world);  ///< from bytes to a decision
void add_signing_stages(CallWorld& world);  ///< from a decision to a reply
void add_wholes(CallWorld& world);
void add_server_rows(CallWorld& world);

/// A row of which each round is one `work(n)`; n counts on from run to run.
template <class Work>
void add_row(const std::string& name, Work work) {
  benchmark::RegisterBenchmark(name.c_str(), [work, n = std::size_t{0}](auto& state) mutable {
    for ([[maybe_unused]] auto round : state) work(n++);
  });
}

/// Of this thread: others may share its core.
inline double processor_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// A round takes `measured()`, in seconds, for `items` of what the row is about; stage_budget.py
/// divides one by the other.
template <class Measured>
void add_timed_row(const std::string& name, double items, Measured measured) {
  benchmark::RegisterBenchmark(name.c_str(), [measured, items](auto& state) mutable {
    for ([[maybe_unused]] auto round : state) state.SetIterationTime(measured());
    state.counters["items"] = items;
  })->UseManualTime();
}

}  // namespace shaken302::bench
