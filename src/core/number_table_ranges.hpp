// SPDX-License-Identifier: MIT
//
// The half of a number table that has the claims of more than one number.
#pragma once

#include "core/number_table_rows.hpp"

namespace shaken302 {

/// Ranges either nest or do not touch, so they form a forest. Sorted by first number, outer before
/// inner, the range that a number belongs to is the last one that begins at or before the number,
/// or, when that one ends too early, the innermost of those around it that does not:
///
///   200........................299      outer          find(215) -> 210..219
///      210......219                     inner          find(230) -> last begun is 220..225,
///                  220..225             inner                       its parent is 200..299
///
/// Four of them lie together in two lines of the cache. For the search, the first number of each
/// four is listed once more, every eighth of these again, and so on: eight that lie side by side
/// are compared at once.
class NumberTable::Ranges {
 public:
  /// Conflicts go to `conflicts`; after one of these it is of no use.
  Ranges(std::vector<RangeRow> rows, ConflictList& conflicts);

  /// The innermost range around a number, or no_index.
  [[nodiscard]] std::uint32_t find(std::uint64_t value) const noexcept;
  [[nodiscard]] std::uint32_t parent(std::uint32_t range) const noexcept {
    return row(range).parent;
  }
  [[nodiscard]] RangeRow at(std::uint32_t range) const noexcept {
    const Row& found = row(range);
    return {first_of(range), found.last, found.account, found.term, found.line};
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return firsts_.size() + fours_.size(); }

 private:
  struct Row {
    std::uint64_t last = 0;
    std::uint32_t account = no_index;
    std::uint32_t term = 0;
    std::uint32_t line = 0;
    std::uint32_t parent = no_index;  ///< the innermost range around it
  };
  struct Four {
    std::array<std::uint64_t, 4> firsts{};  ///< larger than all numbers where there is no range
    std::array<Row, 4> rows{};
  };
  static_assert(sizeof(Four) == std::size_t{2} * PackedLines::line_bytes);
  static constexpr std::size_t fan = 8;  ///< numbers in a line of the cache
  static constexpr std::size_t levels_max = 12;

  void pack(const std::vector<std::uint64_t>& firsts, const std::vector<Row>& rows);
  void list_firsts(std::size_t fours);
  [[nodiscard]] const Four* fours() const noexcept {
    return reinterpret_cast<const Four*>(fours_.data());
  }
  [[nodiscard]] const Row& row(std::uint32_t range) const noexcept {
    return fours()[range / 4].rows[range % 4];
  }
  [[nodiscard]] std::uint64_t first_of(std::uint32_t range) const noexcept {
    return fours()[range / 4].firsts[range % 4];
  }
  /// Which of some numbers in order is the last that is not larger; the first one is not looked at.
  /// Written out, without a branch for the processor to guess.
  template <std::size_t... others>
  [[nodiscard]] static std::size_t last_begun(const std::uint64_t* numbers, std::uint64_t value,
                                              std::index_sequence<others...>) noexcept {
    return sizeof...(others) - (std::size_t{0} + ... + (value < numbers[others + 1] ? 1U : 0U));
  }

  /// The highest level first, with at most `fan` numbers; the lowest is that of all fours. Each is
  /// filled up to a multiple of `fan` with numbers larger than all.
  ZeroedMemory firsts_;
  std::array<std::uint32_t, levels_max> level_begins_{};
  std::size_t levels_ = 0;
  ZeroedMemory fours_;
  std::size_t size_ = 0;
  std::uint64_t smallest_ = UINT64_MAX;
};

inline std::uint32_t NumberTable::Ranges::find(std::uint64_t value) const noexcept {
  if (value < smallest_) return no_index;
  const auto* const firsts = reinterpret_cast<const std::uint64_t*>(firsts_.data());
  std::size_t at = 0;
  for (std::size_t depth = 0; depth < levels_; ++depth) {
    at = at * fan + last_begun(firsts + level_begins_[depth] + at * fan, value,
                               std::make_index_sequence<fan - 1>());
  }
  const Four& four = fours()[at];
  __builtin_prefetch(four.rows.end() - 1);  // the other line of the two, at the same time
  const std::size_t in_four = last_begun(four.firsts.data(), value, std::make_index_sequence<3>());
  auto range = static_cast<std::uint32_t>(at * 4 + in_four);
  while (range != no_index && row(range).last < value) range = row(range).parent;
  return range;
}

}  // namespace shaken302
