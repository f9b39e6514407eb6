// SPDX-License-Identifier: MIT
//
// All UDP listeners with their workers: opened before anything is answered, started and stopped
// together. Belongs to the control thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "udp_worker.hpp"

namespace shaken302::net {

/// Who else has a listener's socket when this process leaves it, and so what becomes of the
/// datagrams that are queued on it by then.
enum class OtherHolder : std::uint8_t {
  nobody,    ///< they are answered, and the port is closed behind the last
  perhaps,   ///< a service manager was asked to keep it: they are answered, and it is left as it is
  somebody,  ///< they are left at once, where a successor finds them
};

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

  /// Binds one socket, or adopts an inherited one, and makes its workers (at least one). The socket
  /// lives as long as the server.
  Result<const UdpSocket*, SocketError> add_listener(const UdpSocketOptions& options,
                                                     std::uint32_t workers,
                                                     std::optional<FileDescriptor> inherited = {});
  void start();

  /// For each socket in turn: calls `take(const UdpSocket&)`.
  template <class Take>
  void for_each_socket(Take&& take) const {
    for (const Listener& listener : listeners_) take(*listener.socket);
  }
  /// Before `stop`: all sockets are also held by `holder`. What is known to be held by somebody
  /// stays so.
  void share(OtherHolder holder) noexcept;

  /// From now on OPTIONS get 503.
  void drain() noexcept { orders_.draining.store(true, std::memory_order_release); }
  /// Workers answer what is queued, or leave it to whoever holds the socket too, and end;
  /// `has_ended` tells when all of them have.
  void stop() noexcept;
  [[nodiscard]] bool has_ended() const noexcept;
  /// When all have ended: answers what came after a worker's last look, where nobody else holds the
  /// socket, and closes the sockets.
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
    OtherHolder holder = OtherHolder::nobody;
    std::vector<UdpWorker*> workers{};
  };
  std::atomic<std::size_t> ended_{0};  // workers
  std::uint64_t drops_of_closed_ = 0;
  std::vector<Listener> listeners_;
  std::vector<std::unique_ptr<WorkerMetrics>> metrics_;
  std::vector<std::unique_ptr<UdpWorker>> workers_;  // last: they use all of the above
};

}  // namespace shaken302::net
