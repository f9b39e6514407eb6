// SPDX-License-Identifier: MIT
#include <utility>

#include "core/number_table_exact.hpp"
#include "core/number_table_ranges.hpp"
#include "core/number_table_terms.hpp"

namespace shaken302 {

struct NumberTableBuilder::State {
  TermIndex terms;
  ExactRows exact;
  std::vector<RangeRow> ranges;
};

NumberTableBuilder::NumberTableBuilder() : state_(std::make_unique<State>()) {}
NumberTableBuilder::NumberTableBuilder(NumberTableBuilder&&) noexcept = default;
NumberTableBuilder& NumberTableBuilder::operator=(NumberTableBuilder&&) noexcept = default;
NumberTableBuilder::~NumberTableBuilder() = default;

bool NumberTableBuilder::add(const NumberClaim& claim) {
  const auto term = state_->terms.index_of(claim);
  if (!term) return false;
  if (claim.first == claim.last) {
    state_->exact.add(claim.first, *term, claim.account, claim.line);
  } else {
    state_->ranges.push_back({claim.first, claim.last, claim.account, *term, claim.line});
  }
  return true;
}

std::size_t NumberTableBuilder::size() const noexcept {
  return state_->exact.size() + state_->ranges.size();
}

Result<NumberTable, NumberTableBuilder::Refusal> NumberTableBuilder::build(
    std::string source, const std::stop_token& stop) && {
  NumberTable table;
  ConflictList conflicts;
  const auto terms = state_->terms.take();
  const std::size_t term_count = terms.size();
  table.source_ = std::move(source);
  table.terms_ = std::make_unique<const NumberTable::Terms>(terms);
  table.ranges_ = std::make_unique<const NumberTable::Ranges>(std::move(state_->ranges), conflicts);
  table.exact_ = std::make_unique<const NumberTable::Exact>(std::move(state_->exact), term_count,
                                                            conflicts, stop);
  state_.reset();
  if (stop.stop_requested()) return Failure{Refusal{true, {}, 0}};
  if (!conflicts.empty()) {
    const std::uint64_t count = conflicts.count();
    return Failure{Refusal{false, conflicts.take(), count}};
  }
  return table;
}

}  // namespace shaken302
