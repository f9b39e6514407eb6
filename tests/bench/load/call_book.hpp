// SPDX-License-Identifier: MIT
//
// What is known of every request of a run: when it was due, whether and how it was answered, when
// it is to be sent again, when it is lost. No clock and no socket: the time comes in, what to send
// goes out. Not thread-safe. A call costs 24 bytes for the length of the run.
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "latency_histogram.hpp"
#include "load_options.hpp"

namespace sip_load {

enum class Kind : std::uint8_t { call, refused, unknown, malformed };

/// By the times at which they were due: one window of the run.
struct Window {
  std::uint64_t due = 0;
  std::uint64_t answered = 0;
  std::int64_t slowest_ns = 0;
};

/// Of the calls that were sent in one step of the rate.
struct StepAnswers {
  std::uint64_t calls = 0;
  std::uint64_t answered = 0;
  LatencyHistogram latencies;      ///< from when a request was due
  LatencyHistogram service_times;  ///< from when it was sent first
};

struct BookCounts {
  std::uint64_t sent = 0;  ///< of calls (refused ones too), each once
  std::uint64_t answered = 0;
  std::uint64_t raw_lost = 0;  ///< no answer before the first retransmission, or none at all
  std::uint64_t lost = 0;      ///< no answer within the patience
  std::uint64_t retransmitted = 0;
  std::uint64_t twice = 0;     ///< answers above the number of times that a request was sent
  std::uint64_t too_late = 0;  ///< answers to calls that were lost already
  std::uint64_t repeats_sent = 0;
  std::uint64_t repeats_same = 0;  ///< answered by the very bytes of the first answer
  std::uint64_t repeats_different = 0;
  std::uint64_t unknown_sent = 0;
  std::uint64_t malformed_sent = 0;
};

class CallBook {
 public:
  struct Patience {
    bool retransmits = false;
    std::int64_t t1_ns = 0;
    std::int64_t patience_ns = 0;
    std::int64_t repeat_after_ns = 0;
    std::int64_t window_ns = 0;  ///< 0: no timeline
  };
  explicit CallBook(const Patience& patience) : patience_(patience) {}

  /// Request number size() has gone out; it was due at `due_ns`. With `is_repeated` it goes out
  /// once more later.
  struct Sent {
    Kind kind = Kind::call;
    std::int64_t due_ns = 0;
    std::int64_t now_ns = 0;
    bool is_repeated = false;
    std::size_t step = 0;  ///< of the rate
  };
  void sent(const Sent& request);

  /// An answer to a call came; false when no call of that number expects one at all.
  bool answered(std::uint64_t serial, std::int64_t now_ns, std::uint64_t hash_of_bytes);

  /// Declares lost what has waited too long, and gives the serials that are to be sent again now.
  void expire(std::int64_t now_ns, std::vector<std::uint64_t>& to_send);

  /// When expire() has something to do next; the largest value for never.
  [[nodiscard]] std::int64_t next_ns() const;

  [[nodiscard]] std::uint64_t size() const { return calls_.size(); }
  [[nodiscard]] Kind kind(std::uint64_t serial) const { return calls_[serial].kind; }
  [[nodiscard]] bool is_answered(std::uint64_t serial) const { return calls_[serial].answers > 0; }
  /// Calls that still may get an answer.
  [[nodiscard]] std::uint64_t outstanding() const { return outstanding_; }
  /// Repeats that are still to be sent.
  [[nodiscard]] std::uint64_t repeats_left() const { return repeats_.size(); }
  /// Repeats whose second answer may still come.
  [[nodiscard]] std::uint64_t repeats_open() const { return first_answers_.size(); }

  [[nodiscard]] const BookCounts& counts() const { return counts_; }
  /// Of the whole run.
  [[nodiscard]] const StepAnswers& all() const { return all_; }
  [[nodiscard]] const std::vector<StepAnswers>& steps() const { return steps_; }
  [[nodiscard]] const std::vector<Window>& windows() const { return windows_; }

 private:
  struct Call {
    std::int64_t due_ns = 0;
    std::int64_t sent_ns = 0;
    Kind kind = Kind::call;
    std::uint8_t times_sent = 1;
    std::uint8_t answers = 0;
    bool is_lost = false;
    std::uint8_t step = 0;
  };
  struct Timer {
    std::int64_t at_ns = 0;
    std::int64_t first_ns = 0;  ///< when the request was sent first
    std::uint64_t serial = 0;
  };

  Window* window_of(std::int64_t due_ns);
  void wait_for(Timer timer, std::size_t stage);
  void expire_stage(std::size_t stage, std::int64_t now_ns, std::vector<std::uint64_t>& to_send);
  void note_answer(const Call& call, std::int64_t now_ns);
  void compare_repeat(std::uint64_t serial, std::uint64_t hash_of_bytes);

  Patience patience_;
  std::deque<Call> calls_;
  // One queue for each number of retransmissions so far: all in it wait equally long, so that the
  // first is always the one that is due first. The last queue is of those that will not be sent
  // again.
  std::vector<std::deque<Timer>> stages_;
  std::deque<Timer> repeats_;
  std::unordered_map<std::uint64_t, std::uint64_t>
      first_answers_;  ///< of repeated ones: hash, 0 before
  std::uint64_t outstanding_ = 0;
  BookCounts counts_;
  StepAnswers all_;
  std::vector<StepAnswers> steps_;
  std::int64_t begin_ns_ = 0;
  std::vector<Window> windows_;
};

}  // namespace sip_load
