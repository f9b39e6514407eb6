// SPDX-License-Identifier: MIT
//
// Decisions as log lines, at most so many a second: journald drops floods without a word, so above
// the limit a summary with the counts of that second stands for the lines that are left out. Also
// warns once a peer when answers grow too large for its network or proxy. Control thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "config/configuration.hpp"
#include "shaken302/decision_record.hpp"

namespace shaken302::app {

class DecisionLog {
 public:
  /// Where lines go.
  struct Output {
    std::function<void(std::string_view)> info;
    std::function<void(std::string_view)> warning;
  };
  DecisionLog(const config::LogSettings& settings, Output output);

  /// `second`: of any clock that does not run backwards.
  void add(const DecisionRecord& record, std::int64_t second);
  /// Ends a second that has passed; call it also when there is nothing to add.
  void advance(std::int64_t second);
  /// Ends the current second.
  void finish();

 private:
  /// What happened in one second.
  struct Counts {
    std::uint64_t decisions = 0;
    std::uint64_t written = 0;
    std::array<std::uint64_t, 3> levels{};  ///< of signed calls, by Attestation
    std::uint64_t not_signed = 0;
    std::uint64_t passed = 0;
    std::uint64_t blocked = 0;
    std::uint32_t shadow_lines = 0;
  };
  void warn_about_sizes(const DecisionRecord& record);
  void sample_shadow(const DecisionRecord& record);

  config::LogSettings settings_;
  Output output_;
  std::int64_t second_ = 0;
  Counts counts_;
  std::set<std::string, std::less<>> warned_reply_;
  std::set<std::string, std::less<>> warned_contact_;
  std::set<std::string, std::less<>> warned_ratio_;
};

}  // namespace shaken302::app
