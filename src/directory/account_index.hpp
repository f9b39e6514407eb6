// SPDX-License-Identifier: MIT
//
// Account id -> index for millions of look-ups in a row. What a look-up needs lies in half a cache
// line, where a node of a map is three lines away.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "shaken302/table_index.hpp"

namespace shaken302::directory {

/// Account id -> index. The texts must outlive the map.
using AccountIds = std::unordered_map<std::string_view, std::uint32_t>;

class AccountIndex {
 public:
  /// `ids` must outlive this.
  explicit AccountIndex(const AccountIds& ids)
      : ids_(ids), slots_(std::bit_ceil(ids.size() + ids.size() / 4 + 1)) {
    for (const auto& [id, index] : ids) {
      if (id.empty() || id.size() > short_max) continue;
      Slot slot = slot_of(id);
      std::size_t at = place_of(slot);
      while (!is_free(slots_[at])) at = (at + 1) & (slots_.size() - 1);
      slot[3] |= std::uint64_t{index} << 32U;
      slots_[at] = slot;
    }
  }

  /// no_index when there is none.
  [[nodiscard]] std::uint32_t find(std::string_view id) const noexcept {
    if (id.empty() || id.size() > short_max) {
      const auto found = ids_.find(id);
      return found == ids_.end() ? no_index : found->second;
    }
    const Slot wanted = slot_of(id);
    std::size_t at = place_of(wanted);
    for (; !is_free(slots_[at]); at = (at + 1) & (slots_.size() - 1)) {
      const Slot& slot = slots_[at];
      if (slot[0] == wanted[0] && slot[1] == wanted[1] && slot[2] == wanted[2] &&
          static_cast<std::uint32_t>(slot[3]) == wanted[3]) {
        return static_cast<std::uint32_t>(slot[3] >> 32U);
      }
    }
    return no_index;
  }
  [[nodiscard]] const AccountIds& ids() const noexcept { return ids_; }

 private:
  static constexpr std::size_t short_max = 27;
  /// 27 characters, how many there are, and the index. All zero: free.
  using Slot = std::array<std::uint64_t, 4>;

  static bool is_free(const Slot& slot) noexcept { return slot[3] == 0; }
  static Slot slot_of(std::string_view id) noexcept {
    Slot slot{};
    std::memcpy(slot.data(), id.data(), id.size());
    slot[3] = (slot[3] & 0xFFFFFF) | std::uint64_t{id.size()} << 24U;
    return slot;
  }
  [[nodiscard]] std::size_t place_of(const Slot& slot) const noexcept {
    constexpr std::uint64_t odd = 0x9E3779B97F4A7C15;
    std::uint64_t hash = slot[0] * odd;
    hash = (hash ^ hash >> 32U ^ slot[1]) * odd;
    hash = (hash ^ hash >> 32U ^ slot[2] ^ slot[3] << 32U) * odd;
    return static_cast<std::size_t>(hash ^ hash >> 32U) & (slots_.size() - 1);
  }

  const AccountIds& ids_;
  std::vector<Slot> slots_;
};

}  // namespace shaken302::directory
