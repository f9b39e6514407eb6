// SPDX-License-Identifier: MIT
//
// The two halves of a number table: claims of one number and claims of ranges.
#pragma once

#include <stop_token>

#include "core/number_table_rows.hpp"

namespace shaken302 {

class NumberTable::Terms {
 public:
  explicit Terms(std::vector<NumberTerm> list) noexcept : list_(std::move(list)) {}
  [[nodiscard]] const NumberTerm& operator[](std::uint32_t term) const noexcept {
    return list_[term];
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return list_.capacity() * sizeof(NumberTerm); }

 private:
  std::vector<NumberTerm> list_;
};

/// Claims of one number in lines of the cache, sorted by the mixed number. Its first bits choose
/// its home line. One that finds it full is in the next that is not, at most `reach_` lines
/// further; the few that would be further are in `spilled_`:
///
///   line   | tag tag tag ... | more account term line, more account term line, ... |
///
/// Tag and more are the rest: the low bits of a mixed number, enough to tell apart, and to compare
/// as differences, all that can be in the same line. The tag is 32 of them, so that a line's tags
/// are compared at once; where there are many lines, that is all. The slots that are left hold a
/// rest that is larger than all of these: the number that would be the first of the next line's
/// own. So a line is scanned without asking which slots are used, and where its last rest is
/// larger, there is nothing further on.
class NumberTable::Exact {
 public:
  struct Entry {
    std::uint32_t account = no_index;
    std::uint32_t term = 0;
    std::uint32_t line = 0;
  };
  static constexpr std::size_t none = SIZE_MAX;

  /// Takes the rows. Conflicts go to `conflicts`; after one of these, or a stop, it is of no use.
  Exact(ExactRows rows, std::size_t terms, ConflictList& conflicts, const std::stop_token& stop);

  /// The entry of a number, or none.
  [[nodiscard]] std::size_t find(std::uint64_t value) const noexcept;
  [[nodiscard]] Entry at(std::size_t entry) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t bytes() const noexcept {
    return lines_.bytes() + spilled_.capacity() * sizeof(Spilled);
  }
  /// Calls see(value, entry) for each.
  template <class See>
  void each(See see) const {
    for (std::uint64_t line = 0; line < homes_ + reach_; ++line) {
      for (unsigned slot = 0; slot < slots_; ++slot) {
        const std::uint64_t before_end = (end_of(line) - rest_at(lines_.at(line), slot)) & mask_;
        if (before_end == 0) break;
        see(NumberMix::unmix(end_of(line) - before_end), line << slot_bits | slot);
      }
    }
    for (std::size_t i = 0; i < spilled_.size(); ++i) {
      see(NumberMix::unmix(spilled_[i].mixed), spilled_flag | i);
    }
  }

 private:
  struct Spilled {
    std::uint64_t mixed = 0;
    Entry entry;  ///< with one more than the account, as in a line
  };
  static constexpr unsigned slot_bits = 3;
  static constexpr unsigned tag_bits = 32;
  static constexpr std::size_t spilled_flag = std::size_t{1} << 62U;

  void choose_layout(std::size_t rows, std::size_t terms, const ExactRows& widths);
  [[nodiscard]] unsigned reach_for(unsigned rest_bits) const noexcept;
  void place(std::uint64_t mixed, const Entry& entry);
  void end_line() noexcept;
  [[nodiscard]] std::size_t find_spilled(std::uint64_t mixed) const noexcept;

  /// A bit for each slot that has the tag.
  [[nodiscard]] unsigned slots_with(const std::byte* line, std::uint32_t tag) const noexcept;

  // 32 bits of the mixed number choose among the lines: what they multiply to fits in 64.
  static constexpr unsigned unused_bits = number_bits - 32;
  [[nodiscard]] std::uint64_t home_of(std::uint64_t mixed) const noexcept {
    return (mixed >> unused_bits) * homes_ >> 32U;
  }
  /// The smallest mixed number whose home is behind the line.
  [[nodiscard]] std::uint64_t end_of(std::uint64_t line) const noexcept {
    const std::uint64_t next = std::min(line + 1, homes_) << 32U;
    return (next + homes_ - 1) / homes_ << unused_bits;
  }
  [[nodiscard]] unsigned position_of(unsigned slot) const noexcept {
    return entries_begin_ + slot * entry_bits_;
  }
  [[nodiscard]] std::uint64_t rest_at(const std::byte* line, unsigned slot) const noexcept {
    std::uint32_t tag = 0;
    std::memcpy(&tag, line + slot * sizeof tag, sizeof tag);
    return PackedLines::read(line, position_of(slot), more_mask_) << tag_bits | tag;
  }
  void write_rest(std::byte* line, unsigned slot, std::uint64_t rest) const noexcept {
    const auto tag = static_cast<std::uint32_t>(rest);
    std::memcpy(line + slot * sizeof tag, &tag, sizeof tag);
    PackedLines::write(line, position_of(slot), rest >> tag_bits);
  }

  unsigned slots_ = 0;  ///< in a line
  unsigned rest_bits_ = 0;
  unsigned more_bits_ = 0;
  unsigned account_bits_ = 0;
  unsigned term_bits_ = 0;
  unsigned line_bits_ = 0;
  unsigned entry_bits_ = 0;     ///< the sum of these four
  unsigned entries_begin_ = 0;  ///< behind the tags
  unsigned reach_ = 0;
  std::uint64_t mask_ = 0;  ///< of a rest
  std::uint64_t more_mask_ = 0;
  std::uint64_t homes_ = 0;  ///< behind these lines are `reach_` that are nobody's home
  PackedLines lines_;
  std::vector<Spilled> spilled_;  ///< sorted by the mixed number
  std::size_t size_ = 0;
  std::uint64_t line_ = 0;  ///< while building
  unsigned used_ = 0;       ///< while building: slots of that line
};

/// Ranges either nest or do not touch, so they form a forest. Sorted by first number, outer before
/// inner, the range that a number belongs to is the last one that begins at or before the number,
/// or, when that one ends too early, the innermost of those around it that does not:
///
///   200........................299      outer          find(215) -> 210..219
///      210......219                     inner          find(230) -> last begun is 220..225,
///                  220..225             inner                       its parent is 200..299
///
/// For the search, every eighth first number is listed once more, every eighth of these again, and
/// so on: eight that lie side by side are compared at once.
class NumberTable::Ranges {
 public:
  /// Conflicts go to `conflicts`; after one of these it is of no use.
  Ranges(std::vector<RangeRow> rows, ConflictList& conflicts);

  /// The innermost range around a number, or no_index.
  [[nodiscard]] std::uint32_t find(std::uint64_t value) const noexcept;
  [[nodiscard]] std::uint32_t parent(std::uint32_t range) const noexcept {
    return rows_[range].parent;
  }
  [[nodiscard]] RangeRow at(std::uint32_t range) const noexcept {
    const Row& row = rows_[range];
    return {first_of(range), row.last, row.account, row.term, row.line};
  }
  [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
  [[nodiscard]] std::size_t bytes() const noexcept {
    return firsts_.size() + rows_.capacity() * sizeof(Row);
  }

 private:
  struct Row {
    std::uint64_t last = 0;
    std::uint32_t account = no_index;
    std::uint32_t term = 0;
    std::uint32_t line = 0;
    std::uint32_t parent = no_index;  ///< the innermost range around it
  };
  static constexpr std::size_t fan = 8;  ///< numbers in a line of the cache
  static constexpr std::size_t levels_max = 12;

  void list_firsts(const std::vector<std::uint64_t>& firsts);
  [[nodiscard]] const std::uint64_t* level(std::size_t depth) const noexcept {
    return reinterpret_cast<const std::uint64_t*>(firsts_.data()) + level_begins_[depth];
  }
  [[nodiscard]] std::uint64_t first_of(std::uint32_t range) const noexcept {
    return level(levels_ - 1)[range];
  }

  /// The highest level first, with at most `fan` numbers; the lowest is that of all. Each is filled
  /// up to a multiple of `fan` with numbers larger than all.
  ZeroedMemory firsts_;
  std::array<std::size_t, levels_max> level_begins_{};
  std::size_t levels_ = 0;
  std::vector<Row> rows_;
};

}  // namespace shaken302
