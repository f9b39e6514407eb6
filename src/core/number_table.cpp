// SPDX-License-Identifier: MIT
//
// Claims either nest or do not touch, so they form a forest. Sorted by first number, outer before
// inner, the claim that a number belongs to is the last one that begins at or before the number,
// or, when that one ends too early, the innermost of those around it that does not:
//
//   200........................299      outer          find(225) -> 225       the exact number
//      210......219                     inner          find(215) -> 210..219
//                    225                exact          find(230) -> last begun is 225, its parent
//                    is 200..299
#include "shaken302/number_table.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace shaken302 {
namespace {

/// The digits as a number; nothing for what is not a canonical global number. No leading zero, so
/// that two numbers of different length are never equal.
std::optional<std::uint64_t> value_of(const PhoneNumber& number) noexcept {
  const std::string_view digits = number.digits();
  if (number.kind() != NumberKind::global || digits.empty() || digits.front() == '0') {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (end.ec != std::errc{} || end.ptr != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// Outer before inner; of two equal claims the one that was read first.
bool comes_before(const NumberClaim& a, const NumberClaim& b) noexcept {
  if (a.first != b.first) return a.first < b.first;
  if (a.last != b.last) return a.last > b.last;
  return a.line < b.line;
}

NumberTable::Conflict conflict_of(const NumberClaim& a, const NumberClaim& b) noexcept {
  return {std::min(a.line, b.line), std::max(a.line, b.line)};
}

}  // namespace

bool NumberClaim::is_valid_at(UnixTime now) const noexcept {
  // Days are compared with days: the end of sys_days::max, in seconds, is beyond what seconds hold.
  const auto today = std::chrono::floor<std::chrono::days>(now);
  return valid_from <= today && today <= valid_until;
}

Result<NumberTable, NumberTable::Conflict> NumberTable::make(std::vector<NumberClaim> claims) {
  std::sort(claims.begin(), claims.end(), comes_before);
  std::vector<std::uint32_t> parents(claims.size(), no_index);
  std::vector<std::uint32_t> around;  // the claims that hold the current one, outermost first
  for (std::uint32_t i = 0; i < claims.size(); ++i) {
    const NumberClaim& claim = claims[i];
    while (!around.empty() && claims[around.back()].last < claim.first) around.pop_back();
    if (!around.empty()) {
      const NumberClaim& outer = claims[around.back()];
      const bool is_same = outer.first == claim.first && outer.last == claim.last;
      if (is_same || outer.last < claim.last) return Failure{conflict_of(outer, claim)};
      parents[i] = around.back();
    }
    around.push_back(i);
  }
  NumberTable table;
  table.claims_ = std::move(claims);
  table.parent_ = std::move(parents);
  return table;
}

std::optional<NumberClaim> NumberTable::find(const PhoneNumber& number) const noexcept {
  const auto value = value_of(number);
  if (!value) return std::nullopt;
  const auto after = std::upper_bound(
      claims_.begin(), claims_.end(), *value,
      [](std::uint64_t key, const NumberClaim& claim) { return key < claim.first; });
  if (after == claims_.begin()) return std::nullopt;
  auto at = static_cast<std::uint32_t>(after - claims_.begin() - 1);
  while (at != no_index && claims_[at].last < *value) at = parent_[at];
  if (at == no_index) return std::nullopt;
  return claims_[at];
}

}  // namespace shaken302
