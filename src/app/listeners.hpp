// SPDX-License-Identifier: MIT
//
// Every listener with its workers, whatever its transport: opened as the configuration says,
// started, drained and stopped together. Control thread.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "config/configuration.hpp"
#include "log.hpp"
#include "net/udp_server.hpp"

namespace shaken302::app {

class Listeners {
 public:
  /// All of it outlives the listeners.
  struct Parts {
    const SnapshotHolder& snapshots;
    const sip::AnswerSettings& answers;
    const Secret& secret;
    const config::Settings& settings;
    Log& log;
    /// Called when the last worker has ended, by its thread; throws nothing. Then `close` at once.
    std::function<void()> ended;
  };
  explicit Listeners(Parts parts);

  /// Binds every listener of the settings; false when one cannot be, which is logged.
  bool open();
  void start() { udp_.start(); }
  /// From now on OPTIONS get 503.
  void drain() noexcept { udp_.drain(); }
  /// Workers answer what is queued and end.
  void stop() noexcept { udp_.stop(); }
  [[nodiscard]] bool has_ended() const noexcept { return udp_.has_ended(); }
  /// When all have ended: answers what came since, and closes the sockets.
  void close() noexcept { udp_.close(); }

  /// When the worker that is worst off last came round (steady_clock_ns).
  [[nodiscard]] std::int64_t oldest_heartbeat_ns() const noexcept {
    return udp_.oldest_heartbeat_ns();
  }
  /// Of all workers; they live as long as this.
  [[nodiscard]] std::vector<const WorkerMetrics*> metrics() const;
  /// Datagrams that the kernel dropped, over all listeners.
  [[nodiscard]] std::uint64_t kernel_drops() const noexcept { return udp_.kernel_drops(); }

  /// Calls `take(const DecisionRecord&)` for all decisions since the last time.
  template <class Take>
  void consume_records(Take&& take) {
    udp_.consume_records(take);
  }

 private:
  bool open_udp(const config::ListenAddress& listen);

  Parts parts_;
  net::UdpServer udp_;
};

}  // namespace shaken302::app
