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

/// Claims of one number, sorted by the mixed number and packed to the bit. Its first bits choose a
/// bucket of six to twelve entries; an entry holds the rest of them, account, term and line:
///
///   buckets_   | 0 | 7 | 18 | 26 | ...        where each bucket begins, and where the last ends
///   entries_   |rest,account,term,line|rest,account,term,line|...
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
  [[nodiscard]] std::size_t bytes() const noexcept { return buckets_.size() + entries_.bytes(); }
  /// Calls see(value, entry) for each.
  template <class See>
  void each(See see) const {
    for (std::uint64_t bucket = 0; bucket < std::uint64_t{1} << bucket_bits_; ++bucket) {
      for (std::size_t entry = begin_of(bucket); entry < begin_of(bucket + 1); ++entry) {
        const std::uint64_t rest = entries_.read(entry * entry_bits_, rest_mask_);
        see(NumberMix::unmix(bucket << rest_bits_ | rest), entry);
      }
    }
  }

 private:
  void pack(std::size_t part, const std::vector<ExactRow>& rows);
  void finish_buckets() noexcept;
  [[nodiscard]] std::uint32_t begin_of(std::uint64_t bucket) const noexcept {
    std::uint32_t begin = 0;
    std::memcpy(&begin, buckets_.data() + bucket * sizeof begin, sizeof begin);
    return begin;
  }
  void set_begin_of(std::uint64_t bucket, std::uint32_t begin) noexcept {
    std::memcpy(buckets_.data() + bucket * sizeof begin, &begin, sizeof begin);
  }

  unsigned bucket_bits_ = 0;
  unsigned rest_bits_ = 0;
  unsigned account_bits_ = 0;
  unsigned term_bits_ = 0;
  unsigned line_bits_ = 0;
  unsigned entry_bits_ = 0;
  std::uint64_t rest_mask_ = 0;
  ZeroedMemory buckets_;
  BitArray entries_;
  std::size_t size_ = 0;
  std::uint64_t buckets_begun_ = 0;  ///< while building
};

/// Ranges either nest or do not touch, so they form a forest. Sorted by first number, outer before
/// inner, the range that a number belongs to is the last one that begins at or before the number,
/// or, when that one ends too early, the innermost of those around it that does not:
///
///   200........................299      outer          find(215) -> 210..219
///      210......219                     inner          find(230) -> last begun is 220..225,
///                  220..225             inner                       its parent is 200..299
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
    return {firsts_[range], row.last, row.account, row.term, row.line};
  }
  [[nodiscard]] std::size_t size() const noexcept { return firsts_.size(); }
  [[nodiscard]] std::size_t bytes() const noexcept {
    return firsts_.capacity() * sizeof(std::uint64_t) + rows_.capacity() * sizeof(Row);
  }

 private:
  struct Row {
    std::uint64_t last = 0;
    std::uint32_t account = no_index;
    std::uint32_t term = 0;
    std::uint32_t line = 0;
    std::uint32_t parent = no_index;  ///< the innermost range around it
  };
  std::vector<std::uint64_t> firsts_;  ///< apart from the rest: it is what a search reads
  std::vector<Row> rows_;
};

}  // namespace shaken302
