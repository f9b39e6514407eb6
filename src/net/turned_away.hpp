// SPDX-License-Identifier: MIT
//
// Whose connection was turned away, and why: what an operator is asked when a customer cannot
// connect. Kept for the log, one at a time; how many there were is counted elsewhere.
#pragma once

#include <atomic>
#include <optional>

#include "shaken302/origin.hpp"
#include "sip/endpoint.hpp"

namespace shaken302::net {

struct TurnedAway {
  sip::Endpoint source;
  Listener listener;
  const char* reason = "";  ///< for people; lives as long as the process
};

/// From one thread to one other, without a lock.
class TurnedAwaySlot {
 public:
  /// While the last one has not been taken, this one is not kept.
  void put(const TurnedAway& one) noexcept {
    if (is_full_.load(std::memory_order_acquire)) return;
    one_ = one;
    is_full_.store(true, std::memory_order_release);
  }
  std::optional<TurnedAway> take() noexcept {
    if (!is_full_.load(std::memory_order_acquire)) return std::nullopt;
    const TurnedAway taken = one_;
    is_full_.store(false, std::memory_order_release);
    return taken;
  }

 private:
  TurnedAway one_;
  std::atomic<bool> is_full_{false};
};

}  // namespace shaken302::net
