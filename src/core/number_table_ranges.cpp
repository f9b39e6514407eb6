// SPDX-License-Identifier: MIT
#include "core/number_table_parts.hpp"

namespace shaken302 {
namespace {

/// Outer before inner; of two equal claims the one that was read first.
bool comes_before(const RangeRow& a, const RangeRow& b) noexcept {
  if (a.first != b.first) return a.first < b.first;
  if (a.last != b.last) return a.last > b.last;
  return a.line < b.line;
}

}  // namespace

NumberTable::Ranges::Ranges(std::vector<RangeRow> rows, ConflictList& conflicts) {
  std::sort(rows.begin(), rows.end(), comes_before);
  std::vector<std::uint64_t> firsts;
  firsts.reserve(rows.size());
  rows_.reserve(rows.size());
  std::vector<std::uint32_t> around;  // the ranges that hold the current one, outermost first
  std::vector<std::uint32_t> lines;   // of those
  for (const RangeRow& row : rows) {
    bool is_good = true;
    while (!around.empty()) {
      const std::uint32_t outer = around.back();
      const bool is_inside = row.first <= rows_[outer].last;
      const bool is_same = firsts[outer] == row.first && rows_[outer].last == row.last;
      if (is_inside && !is_same && row.last <= rows_[outer].last) break;
      if (is_inside) conflicts.add(rows_[outer].line, row.line);
      // The later of two lines is the one that is told to go: what is behind it is judged without.
      is_good = !is_inside || row.line < rows_[outer].line;
      if (!is_good) break;
      around.pop_back();
    }
    if (!is_good) continue;
    const std::uint32_t parent = around.empty() ? no_index : around.back();
    around.push_back(static_cast<std::uint32_t>(firsts.size()));
    firsts.push_back(row.first);
    rows_.push_back({row.last, row.account, row.term, row.line, parent});
  }
  list_firsts(firsts);
}

void NumberTable::Ranges::list_firsts(const std::vector<std::uint64_t>& firsts) {
  if (firsts.empty()) return;
  std::array<std::size_t, levels_max> sizes{};  // the lowest level first, filled up
  std::size_t total = 0;
  for (std::size_t count = firsts.size(); levels_ == 0 || sizes[levels_ - 1] > fan;) {
    sizes[levels_] = (count + fan - 1) / fan * fan;
    total += sizes[levels_++];
    count = (count + fan - 1) / fan;
  }
  firsts_ = ZeroedMemory(total * sizeof(std::uint64_t));
  auto* const all = reinterpret_cast<std::uint64_t*>(firsts_.data());
  std::fill_n(all, total, UINT64_MAX);
  for (std::size_t height = 0, begin = total, step = 1; height < levels_; ++height, step *= fan) {
    begin -= sizes[height];
    level_begins_[levels_ - 1 - height] = begin;
    for (std::size_t i = 0; i * step < firsts.size(); ++i) all[begin + i] = firsts[i * step];
  }
}

std::uint32_t NumberTable::Ranges::find(std::uint64_t value) const noexcept {
  // The last that begins at or before the value, without a branch for the processor to guess.
  if (levels_ == 0 || *level(0) > value) return no_index;
  std::size_t at = 0;
  for (std::size_t depth = 0; depth < levels_; ++depth) {
    const std::uint64_t* const eight = level(depth) + at * fan;
    std::size_t smaller = 0;
    for (std::size_t i = 1; i < fan; ++i) smaller += eight[i] <= value ? 1U : 0U;
    at = at * fan + smaller;
  }
  auto range = static_cast<std::uint32_t>(at);
  while (range != no_index && rows_[range].last < value) range = rows_[range].parent;
  return range;
}

}  // namespace shaken302
