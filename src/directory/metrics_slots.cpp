// SPDX-License-Identifier: MIT
#include "load_snapshot.hpp"

namespace shaken302::directory {

std::uint32_t MetricsSlots::slot_of(const std::string& peer_name) {
  const auto next = static_cast<std::uint32_t>(names_.size());
  const auto [at, is_new] = slots_.try_emplace(peer_name, next);
  if (is_new) names_.push_back(peer_name);
  return at->second;
}

}  // namespace shaken302::directory
