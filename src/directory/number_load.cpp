// SPDX-License-Identifier: MIT
#include "number_load.hpp"

#include <fmt/format.h>

#include <utility>

namespace shaken302::directory {
namespace {

/// A few milliseconds of them.
constexpr std::uint64_t rows_between_looks = 4096;

}  // namespace

config::ConfigIssues stopped_load(const std::string& source) {
  return {{source, 0, "", "was not read to its end", "nothing: the server was told to stop"}};
}

void RowIssues::add(std::uint32_t row, std::string_view column, std::string problem,
                    std::string remedy) {
  ++count_;
  if (is_full()) return;
  issues_.push_back({source_, row, std::string(column), std::move(problem), std::move(remedy)});
}

config::ConfigIssues RowIssues::take() {
  if (count_ > issues_.size()) {
    issues_.push_back({source_, 0, "", fmt::format("and {} more", count_ - issues_.size()),
                       "correct those above first"});
  }
  return std::move(issues_);
}

NumberLoad::NumberLoad(std::string source, std::unique_ptr<const AccountIndex> accounts,
                       std::stop_token stop)
    : issues_(std::move(source)), accounts_(std::move(accounts)), stop_(std::move(stop)) {}

NumberLoad::NumberLoad(std::string source, const AccountIds& accounts, std::stop_token stop)
    : NumberLoad(std::move(source), std::make_unique<const AccountIndex>(accounts),
                 std::move(stop)) {}

NumberLoad NumberLoad::never_calls(std::string source, std::stop_token stop) {
  return {std::move(source), std::unique_ptr<const AccountIndex>(), std::move(stop)};
}

bool NumberLoad::add(const NumberFields& fields, std::uint32_t row) {
  if (++seen_ % rows_between_looks == 0 && stop_.stop_requested()) return false;
  auto claim = read_number_row(fields, accounts_.get());
  if (!claim) {
    const RowProblem& problem = claim.error();
    const bool is_name = problem.unknown_account.has_value() && !issues_.is_full();
    issues_.add(
        row, problem.column, problem.problem,
        is_name ? suggest_account(*problem.unknown_account, accounts_->ids()) : problem.remedy);
    return true;
  }
  if (warnings_ != nullptr) warn_about(*claim, row);
  // Once a row is wrong there will be no table: the rest is only checked.
  if (!issues_.empty()) return true;
  claim->line = row;
  if (!builder_.add(*claim)) {
    issues_.add(row, "valid_from",
                fmt::format("is one of more than {} different periods of validity",
                            NumberTableBuilder::terms_max),
                "let numbers share their dates");
  }
  return true;
}

void NumberLoad::warn_about(const NumberClaim& claim, std::uint32_t row) {
  for (const std::uint64_t digits : {claim.first, claim.last}) {
    const auto number = parse_canonical_number(std::to_string(digits));
    if (!number || is_possible(*number)) continue;
    warnings_->add(row, "number", fmt::format("{} is a number that no plan has", digits),
                   "see that it begins with its country code, as in 12155550100");
    return;
  }
}

void NumberLoad::refuse(std::uint32_t row, std::string_view column, std::string problem,
                        std::string remedy) {
  issues_.add(row, column, std::move(problem), std::move(remedy));
}

Result<NumberTable, config::ConfigIssues> NumberLoad::finish() && {
  if (stop_.stop_requested()) return Failure{stopped_load(issues_.source())};
  if (!issues_.empty()) return Failure{issues_.take()};
  auto table = std::move(builder_).build(issues_.source(), stop_);
  if (table) return std::move(*table);
  const NumberTableBuilder::Refusal& refusal = table.error();
  if (refusal.stopped) return Failure{stopped_load(issues_.source())};
  for (const NumberConflict& conflict : refusal.conflicts) {
    issues_.add(conflict.second_line, "number",
                fmt::format("claims numbers of line {} again", conflict.first_line),
                "remove one of the two, or make one range hold the other whole");
  }
  issues_.add_unnamed(refusal.count - refusal.conflicts.size());
  return Failure{issues_.take()};
}

}  // namespace shaken302::directory
