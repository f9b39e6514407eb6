// SPDX-License-Identifier: MIT
//
// All UDP listeners with their workers: opened before anything is answered, started and stopped
// together. Belongs to the control thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "udp_worker.hpp"

namespace shaken302::net {

class UdpServer {
 public:
  /// All of it outlives the server.
  struct Parts {
    const SnapshotHolder& snapshots;
    const sip::AnswerSettings& settings;
    const Secret& secret;
    std::chrono::nanoseconds queue_deadline{0};  ///< see UdpWorker::Parts
    WallClock clock = wall_clock_ns;
    /// Called when the last worker has ended, by its thread; throws nothing. Then `close` at once.
    std::function<void()> ended = [] {};
  };
  explicit UdpServer(Parts parts) : parts_(std::move(parts)) {}
  /// Stops, and waits until the workers have answered what is queued.
  ~UdpServer();
  UdpServer(const UdpServer&) = delete;
  UdpServer& operator=(const UdpServer&) = delete;

  /// Binds one socket and makes its workers (at least one). The socket lives as long as the server.
  Result<const UdpSocket*, SocketError> add_listener(const UdpSocketOptions& options,
                                                     std::uint32_t workers);
  void start();

  /// From now on OPTIONS get 503.
  void drain() noexcept { orders_.draining.store(true, std::memory_order_release); }
  /// Workers answer what is queued and end; `has_ended` tells when all of them have.
  void stop() noexcept { orders_.stop.store(true, std::memory_order_release); }
  [[nodiscard]] bool has_ended() const noexcept;
  /// When all have ended: answers what came after a worker's last look, and closes the sockets.
  void close() noexcept;

  /// When the worker that is worst off last came round (steady_clock_ns).
  [[nodiscard]] std::int64_t oldest_heartbeat_ns() const noexcept;

  [[nodiscard]] std::span<const std::unique_ptr<WorkerMetrics>> metrics() const noexcept {
    return metrics_;
  }
  /// Datagrams that the kernel dropped, over all listeners.
  [[nodiscard]] std::uint64_t kernel_drops() const noexcept;

  /// Calls `take(const DecisionRecord&)` for all decisions since the last time.
  template <class Take>
  void consume_records(Take&& take) {
    for (const auto& worker : workers_) worker->consume_records(take);
  }

 private:
  Parts parts_;
  WorkerOrders orders_;
  struct Listener {
    std::unique_ptr<UdpSocket> socket;
    UdpWorker* sweeper = nullptr;
  };
  std::atomic<std::size_t> ended_{0};  // workers
  std::uint64_t drops_of_closed_ = 0;
  std::vector<Listener> listeners_;
  std::vector<std::unique_ptr<WorkerMetrics>> metrics_;
  std::vector<std::unique_ptr<UdpWorker>> workers_;  // last: they use all of the above
};

}  // namespace shaken302::net
