// SPDX-License-Identifier: MIT
//
// One run from the first request to the last answer, on the calling thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "call_book.hpp"
#include "load_options.hpp"
#include "pace.hpp"
#include "verdicts.hpp"
#include "wire.hpp"

namespace sip_load {

struct RunResult {
  double seconds = 0;           ///< from the first to the last request
  std::uint64_t scheduled = 0;  ///< open loop: requests that were due in that time
  std::uint64_t sent = 0;       ///< of every kind, each once
  std::vector<Pace::StepFacts> steps;
  std::uint64_t late = 0;      ///< sent more than 1 ms after they were due
  std::int64_t latest_ns = 0;  ///< the most that one was late
  bool has_given_up = false;   ///< the server was silent, or nothing could be sent any more
  BookCounts book;
  StepAnswers answers;
  std::vector<StepAnswers> step_answers;  ///< by step
  std::vector<Window> windows;
  VerdictCounts verdicts;
  std::uint64_t wrong = 0;
  WireCounts wire;
};

/// Throws std::runtime_error when it cannot begin.
[[nodiscard]] RunResult run_load(const LoadOptions& options);

/// One line, and one more for what was wrong first.
[[nodiscard]] std::string to_text(const LoadOptions& options, const RunResult& result);
[[nodiscard]] std::string to_json(const LoadOptions& options, const RunResult& result);

}  // namespace sip_load
