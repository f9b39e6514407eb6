// SPDX-License-Identifier: MIT
//
// When requests are due. Open loop: at constant intervals, whatever comes back and however late
// this program is; what was not sent when a step of the rate ends is never sent, and missing in
// what was offered. Closed loop: as soon as an answer makes room. Pure: time comes in. Not
// thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "load_options.hpp"

namespace sip_load {

class Pace {
 public:
  Pace(const LoadOptions& options, std::int64_t begin_ns);

  /// Ends the steps that are over; true when the run is.
  bool is_over(std::int64_t now_ns);
  /// How many requests are due of which none has been sent, in whole bursts; `waiting` calls have
  /// no answer yet.
  [[nodiscard]] std::uint64_t due(std::int64_t now_ns, std::uint64_t waiting) const;
  /// When the next request is or was due.
  [[nodiscard]] std::int64_t due_ns(std::int64_t now_ns) const;
  void note_sent();
  /// When due() or is_over() may change by time alone.
  [[nodiscard]] std::int64_t next_ns() const;

  /// The index of the step that is under way.
  [[nodiscard]] std::size_t step() const { return at_; }
  [[nodiscard]] std::uint64_t sent() const { return sent_; }

  struct StepFacts {
    double wanted_per_s = 0;      ///< 0: closed loop
    double seconds = 0;           ///< that it lasted, until `now_ns` where it has not ended
    std::uint64_t scheduled = 0;  ///< due in that time
    std::uint64_t sent = 0;
  };
  [[nodiscard]] std::vector<StepFacts> facts(std::int64_t now_ns) const;

 private:
  struct Step {
    double rate = 0;
    std::int64_t begin_ns = 0;
    std::int64_t end_ns = 0;
    std::uint64_t sent = 0;
  };
  [[nodiscard]] std::uint64_t scheduled(const Step& step, std::int64_t now_ns) const;
  [[nodiscard]] static std::int64_t due_ns_of(const Step& step, std::uint64_t number);

  std::uint64_t outstanding_;
  std::uint64_t burst_;
  std::uint64_t calls_;
  std::vector<Step> steps_;
  std::size_t at_ = 0;
  std::uint64_t sent_ = 0;
};

}  // namespace sip_load
