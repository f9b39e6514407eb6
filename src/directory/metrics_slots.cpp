// SPDX-License-Identifier: MIT
#include "load_snapshot.hpp"

namespace shaken302::directory {

std::uint32_t MetricsSlots::slot_of(const std::string& peer_name) {
  const auto next = static_cast<std::uint32_t>(names_.size());
  const auto [at, is_new] = slots_.try_emplace(peer_name, next);
  if (is_new) names_.push_back(peer_name);
  return at->second;
}

std::uint32_t MetricsSlots::usage_slot(const std::string& owner) {
  const auto known = usage_slots_.find(owner);
  if (known != usage_slots_.end()) return known->second;
  const auto next = static_cast<std::uint32_t>(usage_slots_.size());
  if (next == usage_slots_max) return no_index;
  usage_slots_.emplace(owner, next);
  return next;
}

}  // namespace shaken302::directory
