// SPDX-License-Identifier: MIT
//
// One thread that answers calls: it blocks in the kernel, decides, signs, sends and comes back.
// Workers share their listener's socket and the current snapshot, nothing else; a call costs no
// lock and no allocation of ours. What happened leaves through a bounded queue that the control
// thread empties.
#pragma once

#include <atomic>
#include <boost/lockfree/spsc_queue.hpp>
#include <cstdint>
#include <functional>
#include <thread>

#include "datagram_batch.hpp"
#include "shaken302/decision_record.hpp"
#include "shaken302/keyed_hash.hpp"
#include "shaken302/metrics.hpp"
#include "shaken302/snapshot.hpp"
#include "sip/answer.hpp"
#include "udp_socket.hpp"

namespace shaken302::net {

/// Wall clock, nanoseconds since 1970; tests bring their own.
using WallClock = std::int64_t (*)() noexcept;
std::int64_t wall_clock_ns() noexcept;
/// A clock that never jumps, for heartbeats.
std::int64_t steady_clock_ns() noexcept;

/// Between two looks of the control thread a worker can make about this many decisions.
using RecordQueue = boost::lockfree::spsc_queue<DecisionRecord, boost::lockfree::capacity<2048>>;

/// What the control thread tells all workers.
struct WorkerOrders {
  std::atomic<bool> draining{false};  ///< OPTIONS get 503, so that upstreams turn elsewhere
  std::atomic<bool> stop{false};      ///< answer what is queued, then end
};

class UdpWorker {
 public:
  /// All of it outlives the worker.
  struct Parts {
    const UdpSocket& socket;
    const SnapshotHolder& snapshots;
    const sip::AnswerSettings& settings;
    const Secret& secret;
    const WorkerOrders& orders;
    WorkerMetrics& metrics;
    WallClock clock = wall_clock_ns;
    std::size_t datagram_bytes_max = 65536 + 1;
    /// Called by the worker's thread when its loop has ended; throws nothing.
    std::function<void()> ended = [] {};
  };
  explicit UdpWorker(const Parts& parts);
  /// The orders must say stop by then, or this waits for it.
  ~UdpWorker();
  UdpWorker(const UdpWorker&) = delete;
  UdpWorker& operator=(const UdpWorker&) = delete;

  /// Starts the thread, with all signals blocked in it. Throws std::system_error. Call it once.
  void start();

  /// By any thread: when the loop last came round (steady_clock_ns).
  [[nodiscard]] std::int64_t heartbeat_ns() const noexcept {
    return heartbeat_ns_.load(std::memory_order_relaxed);
  }
  /// By any thread: whether the loop has ended after the order to stop.
  [[nodiscard]] bool has_ended() const noexcept { return ended_.load(std::memory_order_acquire); }

  /// By one thread, when no worker of the socket runs any more: answers what is queued on it.
  void sweep() noexcept;

  /// By one thread at a time: calls `take(const DecisionRecord&)` for all that is queued.
  template <class Take>
  void consume_records(Take&& take) {
    records_.consume_all(take);
  }

 private:
  void run() noexcept;
  void serve(std::size_t count) noexcept;
  void serve_one(const Datagram& datagram, const Snapshot& snapshot, std::int64_t now_ns) noexcept;
  void send(const sip::Answer& answer, const Datagram& datagram) noexcept;
  [[nodiscard]] bool is_answerable(const sip::Endpoint& source) const noexcept;

  const UdpSocket& socket_;
  const WorkerOrders& orders_;
  WorkerMetrics& metrics_;
  WallClock clock_;
  std::function<void()> on_end_;
  SnapshotView view_;
  sip::WorkerState state_;
  DatagramBatch batch_;
  RecordQueue records_;
  std::atomic<std::int64_t> heartbeat_ns_;
  std::atomic<bool> ended_{false};
  bool has_old_keys_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace shaken302::net
