// SPDX-License-Identifier: MIT
#include "excess_monitor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "logfmt.hpp"

namespace shaken302::app {
namespace {

constexpr std::chrono::seconds silence{60};

}  // namespace

std::uint64_t ExcessMonitor::take_new(Told& told, std::uint64_t count, Time now) noexcept {
  const std::uint64_t more = count - told.count;
  if (more == 0 || (told.at && now - *told.at < silence)) return 0;
  told = {count, now};
  return more;
}

std::vector<MonitorEvent> ExcessMonitor::look(const std::vector<const WorkerMetrics*>& workers,
                                              std::span<const std::string> peer_names, Time now) {
  std::vector<MonitorEvent> events;
  if (looked_at_ && now - *looked_at_ < std::chrono::seconds(1)) return events;
  looked_at_ = now;
  const auto slots = std::min(peer_names.size(), metrics_peer_slots);
  told_.resize(std::max(told_.size(), slots));
  const auto add = [&](std::uint32_t slot, std::uint64_t count, std::string_view what) {
    if (count == 0) return;
    const bool is_shared = slot + 1 == metrics_peer_slots && peer_names.size() > slots;
    events.push_back(
        {MonitorEvent::Severity::warning,
         fmt::format("peer {}: {} {}; said once a minute",
                     is_shared ? "(others)" : to_one_line(peer_names[slot]), count, what)});
  };
  for (std::uint32_t slot = 0; slot < slots; ++slot) {
    OfPeer& told = told_[slot];
    add(slot, take_new(told.over_limit, total(workers, slot, PeerCounter::over_limit), now),
        "of its messages came beyond its calls_per_second, and got silence or 503 (over_limit); "
        "find out who calls so much, or raise calls_per_second");
    add(slot, take_new(told.too_late, total(workers, slot, PeerCounter::too_late), now),
        "of its messages had waited longer than queue_deadline, and got silence or 503 (too_late); "
        "more comes than is answered, or the machine is busy with something else");
  }
  return events;
}

}  // namespace shaken302::app
