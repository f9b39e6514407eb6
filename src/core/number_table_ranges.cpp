// SPDX-License-Identifier: MIT
#include "core/number_table_ranges.hpp"

#include <bit>

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
  std::vector<Row> kept;
  firsts.reserve(rows.size());
  kept.reserve(rows.size());
  std::vector<std::uint32_t> around;  // the ranges that hold the current one, outermost first
  for (const RangeRow& row : rows) {
    bool is_good = true;
    while (!around.empty()) {
      const std::uint32_t outer = around.back();
      const bool is_inside = row.first <= kept[outer].last;
      const bool is_same = firsts[outer] == row.first && kept[outer].last == row.last;
      if (is_inside && !is_same && row.last <= kept[outer].last) break;
      if (is_inside) conflicts.add(kept[outer].line, row.line);
      // The later of two lines is the one that is told to go: what is behind it is judged without.
      is_good = !is_inside || row.line < kept[outer].line;
      if (!is_good) break;
      around.pop_back();
    }
    if (!is_good) continue;
    const std::uint32_t parent = around.empty() ? no_index : around.back();
    around.push_back(static_cast<std::uint32_t>(firsts.size()));
    firsts.push_back(row.first);
    kept.push_back({row.last, row.account, row.term, row.line, parent});
  }
  pack(firsts, kept);
}

void NumberTable::Ranges::pack(const std::vector<std::uint64_t>& firsts,
                               const std::vector<Row>& rows) {
  if (rows.empty()) return;
  size_ = rows.size();
  smallest_ = firsts.front();
  const std::size_t count = (rows.size() + 3) / 4;
  fours_ = ZeroedMemory(count * sizeof(Four));
  fours_.prefer_huge_pages();
  auto* const all = reinterpret_cast<Four*>(fours_.data());
  for (std::size_t i = 0; i < count; ++i) all[i].firsts.fill(UINT64_MAX);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    all[i / 4].firsts[i % 4] = firsts[i];
    all[i / 4].rows[i % 4] = rows[i];
  }
  list_firsts(count);
}

void NumberTable::Ranges::list_firsts(std::size_t count) {
  firsts_.reserve(count + side_by_side);
  for (std::size_t i = 0; i < count; ++i) firsts_.push_back(fours()[i].firsts[0]);
  const std::uint64_t span = firsts_.back() - smallest_;
  firsts_.insert(firsts_.end(), side_by_side, UINT64_MAX);

  const auto bucket_bits = static_cast<unsigned>(std::bit_width(count / 2));
  const auto span_bits = static_cast<unsigned>(std::bit_width(span));
  shift_ = span_bits - std::min(span_bits, bucket_bits);
  const std::size_t buckets = (span >> shift_) + 1;
  starts_.reserve(buckets + 1);
  for (std::size_t bucket = 0, four = 0; bucket < buckets; ++bucket) {
    while ((firsts_[four] - smallest_) >> shift_ < bucket) ++four;
    starts_.push_back(static_cast<std::uint32_t>(four));
  }
  starts_.push_back(static_cast<std::uint32_t>(count));
}

}  // namespace shaken302
