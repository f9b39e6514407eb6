// SPDX-License-Identifier: MIT
//
// What the server has done so far, in lines for an operator: printed on SIGUSR1 and at exit. Pure:
// it reads counters and returns text.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "shaken302/metrics.hpp"

namespace shaken302::app {

struct StatusFacts {
  std::uint64_t generation = 0;
  std::span<const std::unique_ptr<WorkerMetrics>> workers{};
  std::span<const std::string> peer_names{};  ///< by metrics slot
  std::uint64_t kernel_drops = 0;
  std::uint64_t log_lines_dropped = 0;
};

/// "status generation=3 workers=2", then "status received=120" and so on for every counter that is
/// not zero, then "status peer=edge invites=100 level_a=90" for every peer that called.
std::vector<std::string> make_status_report(const StatusFacts& facts);

}  // namespace shaken302::app
