// SPDX-License-Identifier: MIT
#include <bit>

#include "core/number_table_parts.hpp"

namespace shaken302 {
namespace {

/// So that a bucket holds six to twelve entries on average.
constexpr std::size_t bucket_entries_min = 6;

unsigned bits_for(std::size_t largest) noexcept {
  return static_cast<unsigned>(std::bit_width(largest));
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
                          const std::stop_token& stop)
    : bucket_bits_(bits_for(rows.size() / bucket_entries_min)) {
  if (bucket_bits_ > 0) --bucket_bits_;
  rest_bits_ = number_bits - bucket_bits_;
  account_bits_ = bits_for(rows.account_max());
  term_bits_ = bits_for(terms == 0 ? 0 : terms - 1);
  line_bits_ = bits_for(rows.line_max());
  entry_bits_ = rest_bits_ + account_bits_ + term_bits_ + line_bits_;
  rest_mask_ = BitArray::mask(rest_bits_);
  buckets_ = ZeroedMemory(((std::size_t{1} << bucket_bits_) + 1) * sizeof(std::uint32_t));
  buckets_.prefer_huge_pages();
  entries_ = BitArray(std::uint64_t{rows.size()} * entry_bits_);
  std::vector<ExactRow> part_rows;
  for (std::size_t part = 0; part < ExactRows::parts; ++part) {
    if (stop.stop_requested()) return;
    rows.take(part, part_rows);
    find_conflicts(part_rows, conflicts);
    if (conflicts.empty()) pack(part, part_rows);
  }
  finish_buckets();
}

void NumberTable::Exact::pack(std::size_t part, const std::vector<ExactRow>& rows) {
  for (const ExactRow& row : rows) {
    const std::uint64_t mixed = ExactRows::mixed_of(part, row);
    for (const std::uint64_t bucket = mixed >> rest_bits_; buckets_begun_ <= bucket;) {
      set_begin_of(buckets_begun_++, static_cast<std::uint32_t>(size_));
    }
    std::uint64_t at = std::uint64_t{size_} * entry_bits_;
    entries_.write(at, mixed & rest_mask_);
    entries_.write(at += rest_bits_, row.account);
    entries_.write(at += account_bits_, ExactRows::term_of(row));
    entries_.write(at += term_bits_, row.line);
    ++size_;
  }
}

void NumberTable::Exact::finish_buckets() noexcept {
  while (buckets_begun_ <= std::uint64_t{1} << bucket_bits_) {
    set_begin_of(buckets_begun_++, static_cast<std::uint32_t>(size_));
  }
}

std::size_t NumberTable::Exact::find(std::uint64_t value) const noexcept {
  const std::uint64_t mixed = NumberMix::mix(value);
  const std::uint64_t bucket = mixed >> rest_bits_;
  const std::uint64_t wanted = mixed & rest_mask_;
  const std::size_t end = begin_of(bucket + 1);
  std::size_t entry = begin_of(bucket);
  for (std::uint64_t at = std::uint64_t{entry} * entry_bits_; entry < end; ++entry) {
    const std::uint64_t rest = entries_.read(at, rest_mask_);
    if (rest >= wanted) return rest == wanted ? entry : none;
    at += entry_bits_;
  }
  return none;
}

NumberTable::Exact::Entry NumberTable::Exact::at(std::size_t entry) const noexcept {
  std::uint64_t at = std::uint64_t{entry} * entry_bits_ + rest_bits_;
  const std::uint64_t account = entries_.read(at, BitArray::mask(account_bits_));
  const std::uint64_t term = entries_.read(at += account_bits_, BitArray::mask(term_bits_));
  const std::uint64_t line = entries_.read(at += term_bits_, BitArray::mask(line_bits_));
  return {static_cast<std::uint32_t>(account) - 1, static_cast<std::uint32_t>(term),
          static_cast<std::uint32_t>(line)};
}

}  // namespace shaken302
