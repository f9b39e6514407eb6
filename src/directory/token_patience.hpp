// SPDX-License-Identifier: MIT
//
// How long one load waits for tokens: once, and not as often as there are credentials.
#pragma once

#include <algorithm>
#include <chrono>

namespace shaken302::directory {

class TokenPatience {
 public:
  using Time = std::chrono::milliseconds;

  /// What is left for the next one, which may be a good one in another token.
  static constexpr Time least{500};

  /// How long to wait for a key, where `whole` is the time for it.
  [[nodiscard]] Time left_of(Time whole) const noexcept {
    return std::max(whole - lost_, std::min(whole, least));
  }

  /// A credential that came to nothing took `time`.
  void lose(Time time) noexcept { lost_ += time; }

 private:
  Time lost_{};
};

}  // namespace shaken302::directory
