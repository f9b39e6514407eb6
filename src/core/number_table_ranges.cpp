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
  firsts_.reserve(rows.size());
  rows_.reserve(rows.size());
  std::vector<std::uint32_t> around;  // the ranges that hold the current one, outermost first
  std::vector<std::uint32_t> lines;   // of those
  for (const RangeRow& row : rows) {
    bool is_good = true;
    while (!around.empty()) {
      const std::uint32_t outer = around.back();
      const bool is_inside = row.first <= rows_[outer].last;
      const bool is_same = firsts_[outer] == row.first && rows_[outer].last == row.last;
      if (is_inside && !is_same && row.last <= rows_[outer].last) break;
      if (is_inside) conflicts.add(rows_[outer].line, row.line);
      // The later of two lines is the one that is told to go: what is behind it is judged without.
      is_good = !is_inside || row.line < rows_[outer].line;
      if (!is_good) break;
      around.pop_back();
    }
    if (!is_good) continue;
    const std::uint32_t parent = around.empty() ? no_index : around.back();
    around.push_back(static_cast<std::uint32_t>(firsts_.size()));
    firsts_.push_back(row.first);
    rows_.push_back({row.last, row.account, row.term, row.line, parent});
  }
}

std::uint32_t NumberTable::Ranges::find(std::uint64_t value) const noexcept {
  // The last that begins at or before the value, without a branch for the processor to guess.
  std::size_t count = firsts_.size();
  if (count == 0 || firsts_.front() > value) return no_index;
  const std::uint64_t* base = firsts_.data();
  while (count > 1) {
    const std::size_t half = count / 2;
    base = base[half] <= value ? base + half : base;
    count -= half;
  }
  auto range = static_cast<std::uint32_t>(base - firsts_.data());
  while (range != no_index && rows_[range].last < value) range = rows_[range].parent;
  return range;
}

}  // namespace shaken302
