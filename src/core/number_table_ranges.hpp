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
/// Four of them lie together in two lines of the cache, and the first numbers of the fours in a
/// list of their own. That list is entered by the leading bits of a number: buckets of equal width,
/// each with few fours where ranges are spread evenly; what is left of a bucket with many is halved
/// until eight that lie side by side can be compared at once.
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
  [[nodiscard]] std::size_t bytes() const noexcept {
    return firsts_.capacity() * sizeof(std::uint64_t) + starts_.capacity() * sizeof(std::uint32_t) +
           fours_.size();
  }

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
  static constexpr std::size_t side_by_side = 8;  ///< numbers in a line of the cache

  void pack(const std::vector<std::uint64_t>& firsts, const std::vector<Row>& rows);
  void list_firsts(std::size_t count);
  [[nodiscard]] const Four* fours() const noexcept {
    return reinterpret_cast<const Four*>(fours_.data());
  }
  [[nodiscard]] const Row& row(std::uint32_t range) const noexcept {
    return fours()[range / 4].rows[range % 4];
  }
  [[nodiscard]] std::uint64_t first_of(std::uint32_t range) const noexcept {
    return fours()[range / 4].firsts[range % 4];
  }
  /// How many of some numbers in order are not larger. Written out, without a branch for the
  /// processor to guess.
  template <std::size_t... all>
  [[nodiscard]] static std::size_t begun(const std::uint64_t* numbers, std::uint64_t value,
                                         std::index_sequence<all...>) noexcept {
    return sizeof...(all) - (std::size_t{0} + ... + (value < numbers[all] ? 1U : 0U));
  }
  /// The last four that begins at or before the value. Precondition: there is one.
  [[nodiscard]] std::size_t find_four(std::uint64_t value) const noexcept;

  std::vector<std::uint64_t> firsts_;  ///< of the fours; filled up with numbers larger than all
  std::vector<std::uint32_t> starts_;  ///< the first four of each bucket, and their count
  unsigned shift_ = 0;                 ///< of a number less the smallest: leaves its bucket
  ZeroedMemory fours_;
  std::size_t size_ = 0;
  std::uint64_t smallest_ = UINT64_MAX;
};

inline std::size_t NumberTable::Ranges::find_four(std::uint64_t value) const noexcept {
  const std::uint64_t* const firsts = firsts_.data();
  const std::uint32_t* const starts = starts_.data();
  const std::size_t bucket =
      std::min<std::size_t>((value - smallest_) >> shift_, starts_.size() - 2);
  std::size_t low = starts[bucket];  // all before it begin earlier, all from `high` on too late
  std::size_t high = starts[bucket + 1];
  while (high - low > side_by_side) {
    const std::size_t middle = low + (high - low) / 2;
    const bool is_begun = firsts[middle] <= value;
    low = is_begun ? middle + 1 : low;
    high = is_begun ? high : middle;
  }
  return low + begun(firsts + low, value, std::make_index_sequence<side_by_side>()) - 1;
}

inline std::uint32_t NumberTable::Ranges::find(std::uint64_t value) const noexcept {
  if (value < smallest_) return no_index;
  const std::size_t at = find_four(value);
  const Four& four = fours()[at];
  __builtin_prefetch(four.rows.end() - 1);  // the other line of the two, at the same time
  const std::size_t in_four = begun(four.firsts.data(), value, std::make_index_sequence<4>()) - 1;
  auto range = static_cast<std::uint32_t>(at * 4 + in_four);
  while (range != no_index && row(range).last < value) range = row(range).parent;
  return range;
}

}  // namespace shaken302
