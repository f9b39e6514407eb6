// SPDX-License-Identifier: MIT
//
// The half of a number table that has the claims of one number. Look-ups are here, to be compiled
// into their caller: what a call waits for is one line of the cache, and the fewer instructions
// stand behind it, the earlier the processor begins with what follows.
#pragma once

#include <bit>
#include <stop_token>

#include "core/number_table_rows.hpp"

namespace shaken302 {

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
  /// Fetches the line where `find` begins.
  void prefetch(std::uint64_t value) const noexcept {
    __builtin_prefetch(lines_.at(home_of(NumberMix::mix(value))));
  }
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
    return PackedLines::read(line, position_of(slot), more_bits_) << tag_bits | tag;
  }
  void write_rest(std::byte* line, unsigned slot, std::uint64_t rest) const noexcept {
    const auto tag = static_cast<std::uint32_t>(rest);
    std::memcpy(line + slot * sizeof tag, &tag, sizeof tag);
    PackedLines::write(line, position_of(slot), more_bits_, rest >> tag_bits);
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
  std::uint64_t mask_ = 0;   ///< of a rest
  std::uint64_t homes_ = 0;  ///< behind these lines are `reach_` that are nobody's home
  PackedLines lines_;
  std::vector<Spilled> spilled_;  ///< sorted by the mixed number
  std::size_t size_ = 0;
  std::uint64_t line_ = 0;  ///< while building
  unsigned used_ = 0;       ///< while building: slots of that line
};

// Without a branch for the processor to guess: the next look-up need not wait for this one.
inline unsigned NumberTable::Exact::slots_with(const std::byte* line,
                                               std::uint32_t tag) const noexcept {
  using Four [[gnu::vector_size(16)]] = std::uint32_t;
  Four low{};
  Four high{};
  std::memcpy(&low, line, sizeof low);
  std::memcpy(&high, line + sizeof low, sizeof high);
  const Four same_low = static_cast<Four>(low == tag) & Four{1, 2, 4, 8};
  const Four same_high = static_cast<Four>(high == tag) & Four{16, 32, 64, 128};
  const auto halves = std::bit_cast<std::array<std::uint64_t, 2>>(same_low | same_high);
  const std::uint64_t both = halves[0] | halves[1];
  const auto found = static_cast<unsigned>((both >> 32U | both) & 0xFFU);
  return found & ((1U << slots_) - 1);
}

inline std::size_t NumberTable::Exact::find(std::uint64_t value) const noexcept {
  const std::uint64_t mixed = NumberMix::mix(value);
  const std::uint64_t wanted = mixed & mask_;
  const std::uint64_t home = home_of(mixed);
  for (std::uint64_t at = home; at <= home + reach_; ++at) {
    const std::byte* const line = lines_.at(at);
    unsigned found = slots_with(line, static_cast<std::uint32_t>(wanted));
    for (; found != 0; found &= found - 1) {
      const auto slot = static_cast<unsigned>(std::countr_zero(found));
      if (rest_at(line, slot) == wanted) return at << slot_bits | slot;
    }
    const std::uint64_t ahead = rest_at(line, slots_ - 1) - wanted;
    const bool last_is_smaller = (ahead >> (rest_bits_ - 1) & 1U) != 0;
    if (!last_is_smaller) return none;
  }
  return find_spilled(mixed);
}

inline NumberTable::Exact::Entry NumberTable::Exact::at(std::size_t entry) const noexcept {
  if ((entry & spilled_flag) != 0) {
    const Entry& spilled = spilled_[entry & ~spilled_flag].entry;
    return {spilled.account - 1, spilled.term, spilled.line};
  }
  const std::byte* const line = lines_.at(entry >> slot_bits);
  const auto slot = static_cast<unsigned>(entry & PackedLines::mask(slot_bits));
  unsigned at = position_of(slot) + more_bits_;
  const std::uint64_t account = PackedLines::read(line, at, account_bits_);
  const std::uint64_t term = PackedLines::read(line, at += account_bits_, term_bits_);
  const std::uint64_t row = PackedLines::read(line, at += term_bits_, line_bits_);
  return {static_cast<std::uint32_t>(account) - 1, static_cast<std::uint32_t>(term),
          static_cast<std::uint32_t>(row)};
}

}  // namespace shaken302
