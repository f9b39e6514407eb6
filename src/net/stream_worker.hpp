// SPDX-License-Identifier: MIT
//
// One thread that serves connections: an event loop, a clock that ends what takes too long, and the
// same way to answer as a UDP worker.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "answering.hpp"
#include "stream_connection.hpp"
#include "stream_limits.hpp"

namespace shaken302::net {

class StreamWorker {
 public:
  /// All of it outlives the worker.
  struct Parts {
    const SnapshotHolder& snapshots;
    const sip::AnswerSettings& settings;
    const Secret& secret;
    const WorkerOrders& orders;
    const StreamLimits& limits;
    WorkerMetrics& metrics;
    WallClock clock = wall_clock_ns;
    /// By the worker's thread: an unproven connection has become a peer's.
    std::function<void(const IpAddress& source)> proven;
    /// By the worker's thread: a connection is over.
    std::function<void(const IpAddress& source, bool is_unproven)> released;
    /// By the worker's thread, when its loop has ended.
    std::function<void()> ended;
  };
  explicit StreamWorker(const Parts& parts);
  /// The orders must say stop by then, or this waits for it.
  ~StreamWorker();
  StreamWorker(const StreamWorker&) = delete;
  StreamWorker& operator=(const StreamWorker&) = delete;

  /// Starts the thread, with all signals blocked in it. Throws std::system_error. Call it once.
  void start();
  /// By any thread. Throws std::bad_alloc: then nothing has happened.
  void adopt(NewConnection connection);
  /// By any thread, after the order to stop: does not wait for the next tick.
  void hear_orders();

  [[nodiscard]] std::int64_t heartbeat_ns() const noexcept {
    return heartbeat_ns_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] bool has_ended() const noexcept { return ended_.load(std::memory_order_acquire); }

  /// By one thread at a time, the same as below: the last connection that was turned away.
  std::optional<TurnedAway> take_turned_away() noexcept { return turned_away_.take(); }
  /// By one thread at a time: calls `take(const DecisionRecord&)` for all that is queued.
  template <class Take>
  void consume_records(Take&& take) {
    answering_.consume_records(std::forward<Take>(take));
  }

 private:
  void run() noexcept;
  void begin(NewConnection made);
  void forget(StreamConnection& connection) noexcept;
  void wait_for_tick();
  void tick();
  void follow_orders();

  const Parts parts_;
  Answering answering_;
  StreamScratch scratch_;
  TurnedAwaySlot turned_away_;
  boost::asio::io_context context_{1};
  boost::asio::steady_timer timer_{context_};
  std::vector<std::shared_ptr<StreamConnection>> connections_;
  std::int64_t stop_seen_ns_ = 0;
  std::atomic<std::int64_t> heartbeat_ns_;
  std::atomic<bool> ended_{false};
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace shaken302::net
