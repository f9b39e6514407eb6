// SPDX-License-Identifier: MIT
//
// What a number table is while it is being built: claims of one number in 16 bytes each, dealt out
// by the hash of the number, so that a part at a time can be sorted and packed in the cache.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "core/number_table_memory.hpp"
#include "shaken302/number_table.hpp"

namespace shaken302 {

/// Canonical numbers have up to 15 digits, which is less than 2^50.
inline constexpr unsigned number_bits = 50;

/// A bijection of the numbers below 2^50 onto themselves that leaves no pattern of number blocks.
class NumberMix {
 public:
  [[nodiscard]] static constexpr std::uint64_t mix(std::uint64_t value) noexcept {
    value = fold(value) * multiplier & mask;
    value = fold(value) * multiplier & mask;
    return fold(value);
  }
  [[nodiscard]] static constexpr std::uint64_t unmix(std::uint64_t mixed) noexcept {
    mixed = fold(mixed) * inverse() & mask;
    mixed = fold(mixed) * inverse() & mask;
    return fold(mixed);
  }

 private:
  static constexpr std::uint64_t mask = (std::uint64_t{1} << number_bits) - 1;
  /// The 64-bit fraction of the golden ratio; odd, so that multiplying can be undone.
  static constexpr std::uint64_t multiplier = 0x9E3779B97F4A7C15;
  static constexpr std::uint64_t fold(std::uint64_t value) noexcept {
    return value ^ (value >> (number_bits / 2));  // its own inverse
  }
  static constexpr std::uint64_t inverse() noexcept {
    std::uint64_t x = multiplier;  // right in its low three bits; each step doubles that
    for (int step = 0; step < 5; ++step) x *= 2 - multiplier * x;
    return x;
  }
};

/// A claim of one number.
struct ExactRow {
  std::uint64_t key = 0;      ///< what the part leaves of the mixed number, then the term
  std::uint32_t account = 0;  ///< one more than the index, so that no_index is the smallest
  std::uint32_t line = 0;
};

/// Rows in parts by the first bits of their mixed number.
class ExactRows {
 public:
  static constexpr unsigned part_bits = 8;
  static constexpr unsigned term_bits = 64 - (number_bits - part_bits);
  static constexpr std::size_t parts = std::size_t{1} << part_bits;
  static_assert(std::size_t{1} << term_bits == NumberTableBuilder::terms_max);

  void add(std::uint64_t value, std::uint32_t term, std::uint32_t account, std::uint32_t line) {
    const std::uint64_t mixed = NumberMix::mix(value);
    Part& part = parts_[mixed >> (number_bits - part_bits)];
    if (part.size % chunk_rows == 0) part.chunks.push_back(take_chunk());
    ExactRow* const chunk = at(part.chunks.back());
    chunk[part.size++ % chunk_rows] = {mixed << term_bits | term, account + 1, line};
    account_max_ = std::max(account_max_, account + 1);
    line_max_ = std::max(line_max_, line);
    ++size_;
  }
  /// The rows of a part, sorted by number, then line; their memory is given back.
  void take(std::size_t part, std::vector<ExactRow>& rows);
  [[nodiscard]] static std::uint64_t mixed_of(std::size_t part, const ExactRow& row) noexcept {
    return std::uint64_t{part} << (number_bits - part_bits) | row.key >> term_bits;
  }
  [[nodiscard]] static std::uint32_t term_of(const ExactRow& row) noexcept {
    return static_cast<std::uint32_t>(row.key & ((std::uint64_t{1} << term_bits) - 1));
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::uint32_t account_max() const noexcept { return account_max_; }
  [[nodiscard]] std::uint32_t line_max() const noexcept { return line_max_; }

 private:
  static constexpr std::size_t slab_bytes = std::size_t{1} << 20U;
  static constexpr std::size_t chunk_bytes = std::size_t{32} << 10U;
  static constexpr std::size_t chunks_per_slab = slab_bytes / chunk_bytes;
  static constexpr std::uint32_t chunk_rows = chunk_bytes / sizeof(ExactRow);
  struct Part {
    std::vector<std::uint32_t> chunks;
    std::uint32_t size = 0;
  };

  std::uint32_t take_chunk() {
    if (chunks_ % chunks_per_slab == 0) slabs_.emplace_back(slab_bytes);
    return chunks_++;
  }
  [[nodiscard]] ExactRow* at(std::uint32_t chunk) const noexcept {
    std::byte* const bytes = slabs_[chunk / chunks_per_slab].data();
    return reinterpret_cast<ExactRow*>(bytes + chunk % chunks_per_slab * chunk_bytes);
  }

  std::array<Part, parts> parts_;
  std::vector<ZeroedMemory> slabs_;
  std::uint32_t chunks_ = 0;
  std::size_t size_ = 0;
  std::uint32_t account_max_ = 0;
  std::uint32_t line_max_ = 0;
};

/// A claim of more than one number.
struct RangeRow {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint32_t account = no_index;
  std::uint32_t term = 0;
  std::uint32_t line = 0;
};

/// The first conflicts by their second line, and how many there are.
class ConflictList {
 public:
  void add(std::uint32_t a, std::uint32_t b) {
    ++count_;
    list_.push_back({std::min(a, b), std::max(a, b)});
    if (list_.size() >= 1024) trim();
  }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  std::vector<NumberConflict> take() {
    trim();
    return std::move(list_);
  }

 private:
  void trim() {
    std::sort(list_.begin(), list_.end(), [](const NumberConflict& a, const NumberConflict& b) {
      return a.second_line != b.second_line ? a.second_line < b.second_line
                                            : a.first_line < b.first_line;
    });
    list_.resize(std::min(list_.size(), NumberTableBuilder::conflicts_max));
  }
  std::vector<NumberConflict> list_;
  std::uint64_t count_ = 0;
};

}  // namespace shaken302
