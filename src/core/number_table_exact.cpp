// SPDX-License-Identifier: MIT
#include "core/number_table_exact.hpp"

#include <bit>

namespace shaken302 {
namespace {

/// How full the lines are on average: fuller ones send more look-ups on to the next line.
constexpr std::uint64_t full_numerator = 3;
constexpr std::uint64_t full_denominator = 4;
constexpr unsigned slots_max = 8;
constexpr unsigned slots_min = 3;  ///< as many fit when every field is as wide as it can be
constexpr unsigned reach_wanted = 3;
constexpr unsigned reach_max = 15;
/// Differences of any two mixed numbers with their sign, and of the end of all.
constexpr unsigned rest_bits_max = number_bits + 2;

/// At least one: no field is empty.
unsigned bits_for(std::size_t largest) noexcept {
  return static_cast<unsigned>(std::max<std::size_t>(std::bit_width(largest), 1));
}

/// Conflicts of neighbours with the same number: each with the one that was read first.
void find_conflicts(const std::vector<ExactRow>& rows, ConflictList& conflicts) {
  std::size_t first = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const bool is_same =
        rows[i].key >> ExactRows::term_bits == rows[first].key >> ExactRows::term_bits;
    if (is_same) {
      conflicts.add(rows[first].line, rows[i].line);
    } else {
      first = i;
    }
  }
}

}  // namespace

void ExactRows::take(std::size_t part, std::vector<ExactRow>& rows) {
  Part& from = parts_[part];
  rows.clear();
  rows.reserve(from.size);
  for (const std::uint32_t chunk : from.chunks) {
    const std::size_t count = std::min<std::size_t>(chunk_rows, from.size - rows.size());
    rows.insert(rows.end(), at(chunk), at(chunk) + count);
    slabs_[chunk / chunks_per_slab].release(chunk % chunks_per_slab * chunk_bytes, chunk_bytes);
  }
  from = {};
  std::sort(rows.begin(), rows.end(), [](const ExactRow& a, const ExactRow& b) {
    const std::uint64_t a_rest = a.key >> term_bits;
    const std::uint64_t b_rest = b.key >> term_bits;
    return a_rest != b_rest ? a_rest < b_rest : a.line < b.line;
  });
}

NumberTable::Exact::Exact(ExactRows rows, std::size_t terms, ConflictList& conflicts,
                          const std::stop_token& stop) {
  choose_layout(rows.size(), terms, rows);
  lines_ = PackedLines(homes_ + reach_);
  std::vector<ExactRow> part_rows;
  for (std::size_t part = 0; part < ExactRows::parts; ++part) {
    if (stop.stop_requested()) return;
    rows.take(part, part_rows);
    find_conflicts(part_rows, conflicts);
    if (!conflicts.empty()) continue;
    for (const ExactRow& row : part_rows) {
      place(ExactRows::mixed_of(part, row), {row.account, ExactRows::term_of(row), row.line});
    }
  }
  while (line_ < homes_ + reach_) end_line();
  spilled_.shrink_to_fit();
}

/// As many slots in a line as leave bits enough to reach a few lines further.
void NumberTable::Exact::choose_layout(std::size_t rows, std::size_t terms,
                                       const ExactRows& widths) {
  account_bits_ = bits_for(widths.account_max());
  term_bits_ = bits_for(terms == 0 ? 0 : terms - 1);
  line_bits_ = bits_for(widths.line_max());
  const unsigned claim_bits = account_bits_ + term_bits_ + line_bits_;
  for (slots_ = slots_max; slots_ >= slots_min; --slots_) {
    const unsigned slot_width = PackedLines::line_bits / slots_;
    if (slot_width <= claim_bits + tag_bits) continue;
    rest_bits_ = std::min(slot_width - claim_bits, rest_bits_max);
    const std::uint64_t filled = slots_ * full_numerator;
    homes_ = (rows * full_denominator + filled - 1) / filled;
    homes_ = std::max<std::uint64_t>(homes_, 1);
    reach_ = reach_for(rest_bits_);
    if (reach_ >= reach_wanted) break;
  }
  mask_ = PackedLines::mask(rest_bits_);
  more_bits_ = rest_bits_ - tag_bits;
  entry_bits_ = more_bits_ + claim_bits;
  entries_begin_ = slots_ * tag_bits;
}

/// How far from home a rest of so many bits can be told from the others and compared with them.
unsigned NumberTable::Exact::reach_for(unsigned rest_bits) const noexcept {
  if (rest_bits == rest_bits_max) return reach_max;
  const std::uint64_t half = std::uint64_t{1} << (rest_bits - 1);
  const std::uint64_t per_line = (std::uint64_t{1} << 32U) / homes_ + 2;
  const std::uint64_t lines = (half >> unused_bits) / per_line;
  return static_cast<unsigned>(std::clamp<std::uint64_t>(lines, 1, reach_max + 1)) - 1;
}

/// Numbers come in their order, so that each goes behind those before it.
void NumberTable::Exact::place(std::uint64_t mixed, const Entry& entry) {
  const std::uint64_t home = home_of(mixed);
  while (line_ < home || (used_ == slots_ && line_ <= home + reach_)) end_line();
  ++size_;
  if (line_ > home + reach_) {
    spilled_.push_back({mixed, entry});
    return;
  }
  std::byte* const line = lines_.at(line_);
  write_rest(line, used_, mixed & mask_);
  unsigned at = position_of(used_) + more_bits_;
  PackedLines::write(line, at, account_bits_, entry.account);
  PackedLines::write(line, at += account_bits_, term_bits_, entry.term);
  PackedLines::write(line, at += term_bits_, line_bits_, entry.line);
  ++used_;
}

void NumberTable::Exact::end_line() noexcept {
  if (used_ < slots_) {
    const std::uint64_t end = end_of(line_) & mask_;
    while (used_ < slots_) write_rest(lines_.at(line_), used_++, end);
  }
  ++line_;
  used_ = 0;
}

std::size_t NumberTable::Exact::find_spilled(std::uint64_t mixed) const noexcept {
  const auto at =
      std::lower_bound(spilled_.begin(), spilled_.end(), mixed,
                       [](const Spilled& one, std::uint64_t wanted) { return one.mixed < wanted; });
  if (at == spilled_.end() || at->mixed != mixed) return none;
  return spilled_flag | static_cast<std::size_t>(at - spilled_.begin());
}

}  // namespace shaken302
