// SPDX-License-Identifier: MIT
//
// When requests are due. Open loop: request i is due at begin + i / rate, whatever comes back and
// however late this program is. Closed loop: as soon as an answer makes room. Pure: time comes in.
// Not thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "load_options.hpp"

namespace sip_load {

class Pace {
 public:
  Pace(const LoadOptions& options, std::int64_t begin_ns)
      : rate_(options.rate),
        outstanding_(options.outstanding),
        burst_(options.burst),
        calls_(options.calls == 0 ? std::numeric_limits<std::uint64_t>::max() : options.calls),
        begin_ns_(begin_ns),
        end_ns_(options.duration.count() > 0 ? begin_ns + options.duration.count()
                                             : std::numeric_limits<std::int64_t>::max()) {}

  /// How many requests are due of which none has been sent, in whole bursts.
  [[nodiscard]] std::uint64_t due(std::int64_t now_ns, std::uint64_t sent,
                                  std::uint64_t waiting) const {
    std::uint64_t room = 0;
    if (is_open_loop()) {
      room = scheduled(now_ns) - std::min(scheduled(now_ns), sent);
    } else {
      room = outstanding_ - std::min(outstanding_, waiting);
    }
    const std::uint64_t left = calls_ - std::min(calls_, sent);
    if (room >= left) return left;
    return room - room % burst_;
  }

  [[nodiscard]] std::int64_t due_ns(std::uint64_t serial, std::int64_t now_ns) const {
    if (!is_open_loop()) return now_ns;
    return begin_ns_ + static_cast<std::int64_t>(static_cast<double>(serial) * 1e9 / rate_);
  }

  /// When due() may change by time alone.
  [[nodiscard]] std::int64_t next_ns(std::uint64_t sent) const {
    if (!is_open_loop() || sent >= calls_) return end_ns_;
    return std::min(end_ns_, due_ns(std::min(calls_, sent + burst_) - 1, 0));
  }

  [[nodiscard]] bool is_over(std::int64_t now_ns, std::uint64_t sent) const {
    return sent >= calls_ || now_ns >= end_ns_;
  }

  /// Open loop: how many should have been sent by `now_ns`, or at the end.
  [[nodiscard]] std::uint64_t scheduled(std::int64_t now_ns) const {
    const double seconds = static_cast<double>(std::min(now_ns, end_ns_) - begin_ns_) * 1e-9;
    return std::min(calls_, static_cast<std::uint64_t>(std::max(0.0, seconds * rate_)) + 1);
  }

  [[nodiscard]] bool is_open_loop() const { return rate_ > 0; }

 private:
  double rate_;
  std::uint64_t outstanding_;
  std::uint64_t burst_;
  std::uint64_t calls_;
  std::int64_t begin_ns_;
  std::int64_t end_ns_;
};

}  // namespace sip_load
