// SPDX-License-Identifier: MIT
//
// Says which peers send more than they may, or more than is answered in time: nobody else would hear
// of what gets silence. One line a minute, peer and reason. Control thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "monitor_event.hpp"
#include "shaken302/metrics.hpp"
#include "shaken302/unix_time.hpp"

namespace shaken302::app {

class ExcessMonitor {
 public:
  /// Cheap enough for many times a second: reads the counters once in one. `peer_names` by metrics
  /// slot. Of peers that share a slot one line is written.
  std::vector<MonitorEvent> look(const std::vector<const WorkerMetrics*>& workers,
                                 std::span<const std::string> peer_names, UnixTime now);

 private:
  /// What is known of one counter of a peer.
  struct Told {
    std::uint64_t count = 0;
    UnixTime at{};
  };
  struct OfPeer {
    Told over_limit;
    Told too_late;
  };
  /// How many there are since the last line; 0: none, or the line is not a minute old.
  static std::uint64_t take_new(Told& told, std::uint64_t count, UnixTime now) noexcept;

  UnixTime looked_at_{};
  std::vector<OfPeer> told_;  ///< by metrics slot
};

}  // namespace shaken302::app
