// SPDX-License-Identifier: MIT
//
// Says which peers send more than they may, or more than is answered in time: nobody else would
// hear of what gets silence. One line a minute, peer and reason. Control thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "monitor_event.hpp"
#include "shaken302/metrics.hpp"

namespace shaken302::app {

class ExcessMonitor {
 public:
  /// Nobody sets it back.
  using Time = std::chrono::steady_clock::time_point;

  /// Cheap enough for many times a second: reads the counters once in one. `peer_names` by metrics
  /// slot. Of peers that share a slot one line is written.
  std::vector<MonitorEvent> look(const std::vector<const WorkerMetrics*>& workers,
                                 std::span<const std::string> peer_names, Time now);

 private:
  /// What is known of one counter of a peer.
  struct Told {
    std::uint64_t count = 0;
    std::optional<Time> at;
  };
  struct OfPeer {
    Told over_limit;
    Told too_late;
  };
  /// How many there are since the last line; 0: none, or the line is not a minute old.
  static std::uint64_t take_new(Told& told, std::uint64_t count, Time now) noexcept;

  std::optional<Time> looked_at_;
  std::vector<OfPeer> told_;  ///< by metrics slot
};

}  // namespace shaken302::app
