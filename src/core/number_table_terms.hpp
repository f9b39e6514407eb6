// SPDX-License-Identifier: MIT
//
// What many claims of a number table have in common, kept once: from when until when, and why.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "shaken302/number_table.hpp"

namespace shaken302 {

/// Few in number: rows refer to them.
struct NumberTerm {
  std::chrono::sys_days from;
  std::chrono::sys_days until;  ///< inclusive
  NumberBasis basis = NumberBasis::assigned;
  friend bool operator==(const NumberTerm&, const NumberTerm&) noexcept = default;
};

/// Terms -> their number.
class TermIndex {
 public:
  /// Nothing when it would be one too many.
  std::optional<std::uint32_t> index_of(const NumberClaim& claim) {
    const NumberTerm term{claim.valid_from, claim.valid_until, claim.basis};
    if (!list_.empty() && list_[last_] == term) return last_;
    const auto next = static_cast<std::uint32_t>(list_.size());
    const auto [at, is_new] = index_.try_emplace(term, next);
    if (is_new && next == NumberTableBuilder::terms_max) {
      index_.erase(at);
      return std::nullopt;
    }
    if (is_new) list_.push_back(term);
    last_ = at->second;
    return last_;
  }
  [[nodiscard]] std::vector<NumberTerm> take() {
    index_ = {};
    return std::move(list_);
  }

 private:
  struct Hash {
    std::size_t operator()(const NumberTerm& term) const noexcept {
      const auto from = static_cast<std::uint64_t>(term.from.time_since_epoch().count());
      const auto until = static_cast<std::uint64_t>(term.until.time_since_epoch().count());
      const std::uint64_t both = until << 32U ^ from;
      return static_cast<std::size_t>(
          (both * 4 + static_cast<std::uint64_t>(term.basis)) * 0x9E3779B97F4A7C15 >> 20U);
    }
  };
  std::vector<NumberTerm> list_;
  std::unordered_map<NumberTerm, std::uint32_t, Hash> index_;
  std::uint32_t last_ = 0;  ///< rows that follow each other often agree
};

class NumberTable::Terms {
 public:
  explicit Terms(const std::vector<NumberTerm>& list)
      : list_(std::make_unique<NumberTerm[]>(list.size())), size_(list.size()) {
    std::copy(list.begin(), list.end(), list_.get());
  }
  /// Precondition: one of the list. Without the library's check, which would divide.
  [[nodiscard]] const NumberTerm& operator[](std::uint32_t term) const noexcept {
    return list_[term];
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return size_ * sizeof(NumberTerm); }

 private:
  std::unique_ptr<NumberTerm[]> list_;
  std::size_t size_;
};

}  // namespace shaken302
