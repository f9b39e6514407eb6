// SPDX-License-Identifier: MIT
//
// One thread that answers calls: it blocks in the kernel, decides, signs, sends and comes back.
// Workers share their listener's socket and the current snapshot, nothing else; a call costs no
// lock and no allocation of ours. What happened leaves through a bounded queue that the control
// thread empties.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <thread>
#include <utility>

#include "answering.hpp"
#include "datagram_batch.hpp"
#include "outgoing_batch.hpp"
#include "udp_socket.hpp"

namespace shaken302::net {

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
    /// How long a datagram may have waited in the socket; 0: any time.
    std::chrono::nanoseconds queue_deadline{0};
    /// The socket was another process's before: what came while nobody read is not late.
    bool is_inherited = false;
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

  /// Before the order to stop: somebody else serves what is queued then.
  void leave_queue() noexcept { leaves_queue_.store(true, std::memory_order_relaxed); }

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
    answering_.consume_records(std::forward<Take>(take));
  }

 private:
  void run() noexcept;
  void serve(std::size_t count) noexcept;
  void serve_one(const Datagram& datagram) noexcept;
  void queue(const sip::Answer& answer, const Datagram& datagram) noexcept;
  void send() noexcept;
  [[nodiscard]] bool is_answerable(const Datagram& datagram) const noexcept;
  [[nodiscard]] bool is_late(const Datagram& datagram) const noexcept;

  const UdpSocket& socket_;
  const WorkerOrders& orders_;
  const std::int64_t queue_deadline_ns_;
  const bool is_inherited_;
  std::int64_t began_ns_ = 0;  // wall clock
  WorkerMetrics& metrics_;
  std::function<void()> on_end_;
  Answering answering_;
  DatagramBatch batch_;
  OutgoingBatch replies_;
  std::atomic<std::int64_t> heartbeat_ns_;
  std::atomic<bool> ended_{false};
  std::atomic<bool> leaves_queue_{false};
  bool has_old_keys_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace shaken302::net
