// SPDX-License-Identifier: MIT
//
// All TCP and TLS listeners with the workers that they share: opened before anything is answered,
// started and stopped together. Belongs to the control thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "stream_acceptor.hpp"
#include "stream_socket.hpp"
#include "stream_worker.hpp"

namespace shaken302::net {

class StreamServer {
 public:
  /// All of it outlives the server.
  struct Parts {
    const SnapshotHolder& snapshots;
    const sip::AnswerSettings& settings;
    const Secret& secret;
    StreamLimits limits{};
    std::uint32_t workers = 1;
    WallClock clock = wall_clock_ns;
    /// Called when the last thread has ended, by that thread; throws nothing.
    std::function<void()> ended = [] {};
  };
  explicit StreamServer(Parts parts);
  /// Stops, and waits.
  ~StreamServer();
  StreamServer(const StreamServer&) = delete;
  StreamServer& operator=(const StreamServer&) = delete;

  /// Binds and listens; `transport` is tcp or tls. Returns the port that was bound.
  Result<std::uint16_t, SocketError> add_listener(Transport transport,
                                                  const StreamSocketOptions& options);
  /// One that listens already. Its number stays the same.
  Result<std::uint16_t, SocketError> add_listener(Transport transport, FileDescriptor socket,
                                                  const StreamSocketOptions& options);
  /// Calls `take(int)` with each socket that listens.
  template <class Take>
  void for_each_socket(Take&& take) const {
    acceptor_.for_each_socket(take);
  }
  /// How the next TLS connections begin; those that are there stay as they are.
  void set_tls(std::shared_ptr<const TlsContext> tls) { acceptor_.set_tls(std::move(tls)); }
  [[nodiscard]] bool has_listeners() const noexcept { return has_listeners_; }
  /// Does nothing without a listener.
  void start();

  /// Before `stop`: somebody else holds the listening sockets too, or will.
  void share() noexcept { acceptor_.share(); }
  /// From now on OPTIONS get 503.
  void drain() noexcept { orders_.draining.store(true, std::memory_order_release); }
  /// Takes no more connections, answers what has come on those that are there, and ends them.
  void stop() noexcept;
  [[nodiscard]] bool has_ended() const noexcept;

  /// When the thread that is worst off last came round (steady_clock_ns).
  [[nodiscard]] std::int64_t oldest_heartbeat_ns() const noexcept;
  [[nodiscard]] std::span<const std::unique_ptr<WorkerMetrics>> metrics() const noexcept {
    return metrics_;
  }
  [[nodiscard]] std::size_t connections() const noexcept { return acceptor_.connections(); }

  /// One of the connections that were turned away since the last time: of those of peers that are
  /// beyond a limit, and of those whose TLS did not come about. Each thread's has its turn, so that
  /// a flood at the door does not hide whose handshake failed.
  std::optional<TurnedAway> take_turned_away() noexcept;
  /// Calls `take(const DecisionRecord&)` for all decisions since the last time.
  template <class Take>
  void consume_records(Take&& take) {
    for (const auto& worker : workers_) worker->consume_records(take);
  }

 private:
  void make_worker();
  void tell_ended() noexcept;

  Parts parts_;
  WorkerOrders orders_;
  std::atomic<std::size_t> running_{0};  // threads
  bool has_listeners_ = false;
  std::size_t turned_away_slot_ = 0;  // whose turn it was last: 0 is the acceptor's
  std::vector<std::unique_ptr<WorkerMetrics>> metrics_;  // the first is the acceptor's
  StreamAcceptor acceptor_;
  std::vector<std::unique_ptr<StreamWorker>> workers_;  // last: they use all of the above
};

}  // namespace shaken302::net
