// SPDX-License-Identifier: MIT
//
// One thread's way to answer messages, whatever they came in by: its view of the snapshot, the
// state that sip::answer reuses, its counters and its queue of decisions. A call costs no lock and
// no allocation of ours.
#pragma once

#include <atomic>
#include <boost/lockfree/spsc_queue.hpp>
#include <cstdint>
#include <optional>

#include "shaken302/decision_record.hpp"
#include "shaken302/keyed_hash.hpp"
#include "shaken302/metrics.hpp"
#include "shaken302/snapshot.hpp"
#include "sip/answer.hpp"

namespace shaken302::net {

/// Wall clock, nanoseconds since 1970; tests bring their own.
using WallClock = std::int64_t (*)() noexcept;
std::int64_t wall_clock_ns() noexcept;
/// A clock that never jumps, for heartbeats and deadlines.
std::int64_t steady_clock_ns() noexcept;

/// The control thread looks every 5 ms: it has time for a worker that makes 400,000 a second, twice
/// what one can.
using RecordQueue = boost::lockfree::spsc_queue<DecisionRecord, boost::lockfree::capacity<2048>>;

/// What the control thread tells all workers.
struct WorkerOrders {
  std::atomic<bool> draining{false};  ///< OPTIONS get 503, so that upstreams turn elsewhere
  std::atomic<bool> stop{false};      ///< answer what is queued, then end
};

/// One per worker; by its thread alone, but for `consume_records`.
class Answering {
 public:
  /// All of it outlives the worker.
  struct Parts {
    const SnapshotHolder& snapshots;
    const sip::AnswerSettings& settings;
    const Secret& secret;
    const WorkerOrders& orders;
    WorkerMetrics& metrics;
    WallClock clock = wall_clock_ns;
  };
  explicit Answering(const Parts& parts);

  /// Before each batch, and also without calls: takes the current snapshot and the time, and lets
  /// go of keys of an earlier one. True while there are more of those: come back soon.
  bool begin_batch() noexcept;
  /// Whether a signature may take as long as a token likes: nothing should wait for it that is
  /// done.
  [[nodiscard]] bool has_tokens() const noexcept { return has_tokens_; }
  /// Of the batch.
  [[nodiscard]] const Snapshot& snapshot() const noexcept { return *snapshot_; }

  [[nodiscard]] std::int64_t wall_clock() const noexcept { return clock_(); }
  /// Now, for deadlines: the time of the batch, which what the messages before cost is not worth
  /// asking the clock for, unless one of them may have waited for a token.
  [[nodiscard]] std::int64_t message_clock() const noexcept {
    return has_tokens_ ? clock_() : now_ns_;
  }

  /// Answers one message as of the batch's time. The reply lives until the next call.
  sip::Answer answer(sip::Request request) noexcept;

  [[nodiscard]] WorkerMetrics& metrics() noexcept { return metrics_; }
  [[nodiscard]] const sip::AnswerSettings& settings() const noexcept { return state_.settings; }

  /// By one thread at a time: calls `take(const DecisionRecord&)` for all that is queued.
  template <class Take>
  void consume_records(Take&& take) {
    records_.consume_all(take);
  }

 private:
  void look_for_tokens() noexcept;

  WorkerMetrics& metrics_;
  WallClock clock_;
  SnapshotView view_;
  const Snapshot* snapshot_ = nullptr;
  bool has_tokens_ = false;
  std::optional<std::uint64_t> tokens_of_;  // generation that has_tokens_ was read from
  std::int64_t now_ns_ = 0;
  std::int64_t steady_ns_ = 0;
  sip::WorkerState state_;
  RecordQueue records_;
};

}  // namespace shaken302::net
