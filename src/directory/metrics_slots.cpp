// SPDX-License-Identifier: MIT
#include <utility>

#include "load_snapshot.hpp"

namespace shaken302::directory {

std::uint32_t MetricsSlots::slot_of(const std::string& peer_name) {
  const auto next = static_cast<std::uint32_t>(names_.size());
  const auto [at, is_new] = slots_.try_emplace(peer_name, next);
  if (is_new) names_.push_back(peer_name);
  return at->second;
}

void MetricsSlots::begin_usage(UnixTime now) {
  // The counter of a day forgets the day before, and a bucket has filled long since: a slot need
  // not be cleared, which no worker could be sure to see at the right moment.
  constexpr std::chrono::hours forgotten_after{48};
  for (auto at = usage_slots_.begin(); at != usage_slots_.end();) {
    Usage& usage = at->second;
    if (std::exchange(usage.is_owned, false)) usage.owned_until = now;
    if (usage.owned_until + forgotten_after > now) {
      ++at;
      continue;
    }
    free_usage_slots_.push_back(usage.slot);
    at = usage_slots_.erase(at);
  }
}

std::uint32_t MetricsSlots::usage_slot(const std::string& owner) {
  const auto known = usage_slots_.find(owner);
  if (known != usage_slots_.end()) {
    known->second.is_owned = true;
    return known->second.slot;
  }
  Usage usage;
  if (!free_usage_slots_.empty()) {
    usage.slot = free_usage_slots_.back();
    free_usage_slots_.pop_back();
  } else if (next_usage_slot_ < usage_slots_max) {
    usage.slot = next_usage_slot_++;
  } else {
    return no_index;
  }
  usage_slots_.emplace(owner, usage);
  return usage.slot;
}

}  // namespace shaken302::directory
