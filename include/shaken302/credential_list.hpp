// SPDX-License-Identifier: MIT
//
// The credentials that may sign for one account, or for a peer's calls of nobody.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "shaken302/table_index.hpp"

namespace shaken302 {

/// Indices into the CredentialTable of the same snapshot, in the order in which they were named. A
/// fixed size, inside the account: a call follows no pointer for it.
class CredentialList {
 public:
  /// An old one, a new one, and two in reserve.
  static constexpr std::size_t size_max = 4;

  CredentialList() noexcept { indices_.fill(no_index); }
  /// Of one; none for no_index. Implicit, as most lists hold one.
  CredentialList(std::uint32_t index) noexcept : CredentialList() { indices_.front() = index; }

  /// False when it is full.
  bool add(std::uint32_t index) noexcept {
    const auto free = std::ranges::find(indices_, no_index);
    if (free == indices_.end()) return false;
    *free = index;
    return true;
  }
  [[nodiscard]] bool empty() const noexcept { return indices_.front() == no_index; }
  [[nodiscard]] std::span<const std::uint32_t> indices() const noexcept {
    const auto end = std::ranges::find(indices_, no_index);
    return {indices_.begin(), end};
  }

  friend bool operator==(const CredentialList&, const CredentialList&) = default;

 private:
  std::array<std::uint32_t, size_max> indices_;
};

}  // namespace shaken302
