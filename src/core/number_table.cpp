// SPDX-License-Identifier: MIT
//
// A number that has a claim of its own is found by its hash; only one that has none is looked for
// among the ranges. So a row that names a number hides every range around it.
#include "shaken302/number_table.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "core/number_table_exact.hpp"
#include "core/number_table_ranges.hpp"
#include "core/number_table_terms.hpp"

namespace shaken302 {
namespace {

/// Eight characters, the first in the lowest byte, less '0' each.
std::uint64_t eight_at(const char* digits) noexcept {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t eight = 0;
  std::memcpy(&eight, digits, sizeof eight);
  return eight ^ 0x3030303030303030;
}

bool are_digits(std::uint64_t eight) noexcept {
  return ((eight | (eight + 0x7676767676767676)) & 0x8080808080808080) == 0;
}

/// Eight digits as a number: as two, then four, then eight of them.
std::uint64_t value_of(std::uint64_t eight) noexcept {
  eight = eight * 10 + (eight >> 8U);
  constexpr std::uint64_t pairs = 0x000000FF000000FF;
  const std::uint64_t odd = (eight & pairs) * 0x000F424000000064;
  const std::uint64_t even = (eight >> 16U & pairs) * 0x0000271000000001;
  return (odd + even) >> 32U;
}

std::uint64_t short_value_of(std::string_view digits) noexcept {
  std::uint64_t value = 0;
  for (const char c : digits) {
    const auto digit = static_cast<unsigned>(static_cast<unsigned char>(c)) - '0';
    if (digit > 9) return 0;
    value = value * 10 + digit;
  }
  return value;
}

/// The digits as a number; 0 for what is not a canonical global number. No leading zero, so that
/// two numbers of different length are never equal.
std::uint64_t value_of(const PhoneNumber& number) noexcept {
  static constexpr std::array<std::uint64_t, 8> tens{1,     10,     100,     1000,
                                                     10000, 100000, 1000000, 10000000};
  const std::string_view digits = number.digits();
  if (number.kind() != NumberKind::global || digits.empty() || digits.front() == '0') return 0;
  if (digits.size() < 8) return short_value_of(digits);
  // The first eight, then the last eight without those that were among the first.
  const std::size_t behind = digits.size() - 8;
  const std::uint64_t first = eight_at(digits.data());
  const std::uint64_t last = eight_at(digits.data() + behind);
  if (!are_digits(first) || !are_digits(last)) return 0;
  const std::uint64_t rest = behind == 0 ? 0 : last >> (64 - 8 * behind) << (64 - 8 * behind);
  return value_of(first) * tens[behind] + value_of(rest);
}

}  // namespace

bool NumberClaim::is_valid_at(UnixTime now) const noexcept {
  // Days are compared with days: the end of sys_days::max, in seconds, is beyond what seconds hold.
  const auto today = std::chrono::floor<std::chrono::days>(now);
  return valid_from <= today && today <= valid_until;
}

NumberTable::NumberTable() noexcept = default;
NumberTable::NumberTable(NumberTable&&) noexcept = default;
NumberTable& NumberTable::operator=(NumberTable&&) noexcept = default;
NumberTable::~NumberTable() = default;

Result<NumberTable, NumberTable::Conflict> NumberTable::make(
    const std::vector<NumberClaim>& claims) {
  NumberTableBuilder builder;
  for (const NumberClaim& claim : claims) {
    // There are fewer claims than it takes to have too many different terms.
    static_cast<void>(builder.add(claim));
  }
  auto table = std::move(builder).build({});
  if (table) return std::move(*table);
  return Failure{table.error().conflicts.front()};
}

// Each field goes straight to where it is wanted: of a row that was put together and copied from
// there, the copy would wait until the parts have reached the cache, and all that follows with it.
void NumberTable::fill_exact(NumberClaim& claim, std::uint64_t value,
                             std::size_t entry) const noexcept {
  const Exact::Entry found = exact_->at(entry);
  const NumberTerm& term = (*terms_)[found.term];
  claim.first = value;
  claim.last = value;
  claim.account = found.account;
  claim.line = found.line;
  claim.basis = term.basis;
  claim.valid_from = term.from;
  claim.valid_until = term.until;
}

void NumberTable::fill_range(NumberClaim& claim, std::uint32_t range) const noexcept {
  const RangeRow row = ranges_->at(range);
  const NumberTerm& term = (*terms_)[row.term];
  claim.first = row.first;
  claim.last = row.last;
  claim.account = row.account;
  claim.line = row.line;
  claim.basis = term.basis;
  claim.valid_from = term.from;
  claim.valid_until = term.until;
}

std::optional<NumberClaim> NumberTable::find(const PhoneNumber& number) const noexcept {
  std::optional<NumberClaim> found;
  const std::uint64_t value = value_of(number);
  if (value == 0 || exact_ == nullptr) return found;
  const std::size_t entry = exact_->find(value);
  if (entry != Exact::none) {
    fill_exact(found.emplace(), value, entry);
    return found;
  }
  const std::uint32_t range = ranges_->find(value);
  if (range != no_index) fill_range(found.emplace(), range);
  return found;
}

void NumberTable::prefetch(const PhoneNumber& number) const noexcept {
  const std::uint64_t value = value_of(number);
  if (value != 0 && exact_ != nullptr) exact_->prefetch(value);
}

std::vector<NumberClaim> NumberTable::find_all(const PhoneNumber& number) const {
  std::vector<NumberClaim> found;
  const std::uint64_t value = value_of(number);
  if (value == 0 || exact_ == nullptr) return found;
  const std::size_t entry = exact_->find(value);
  if (entry != Exact::none) fill_exact(found.emplace_back(), value, entry);
  for (auto range = ranges_->find(value); range != no_index; range = ranges_->parent(range)) {
    fill_range(found.emplace_back(), range);
  }
  return found;
}

std::vector<NumberClaim> NumberTable::claims() const {
  std::vector<NumberClaim> all;
  all.reserve(size());
  if (exact_ != nullptr) {
    exact_->each([&](std::uint64_t value, std::size_t entry) {
      fill_exact(all.emplace_back(), value, entry);
    });
  }
  for (std::uint32_t range = 0; range < ranges(); ++range) {
    fill_range(all.emplace_back(), range);
  }
  std::sort(all.begin(), all.end(),
            [](const NumberClaim& a, const NumberClaim& b) { return a.line < b.line; });
  return all;
}

std::size_t NumberTable::size() const noexcept {
  return exact_ == nullptr ? 0 : exact_->size() + ranges_->size();
}

std::size_t NumberTable::ranges() const noexcept {
  return ranges_ == nullptr ? 0 : ranges_->size();
}

std::size_t NumberTable::memory_bytes() const noexcept {
  if (exact_ == nullptr) return sizeof *this;
  return sizeof *this + sizeof *terms_ + sizeof *exact_ + sizeof *ranges_ + source_.capacity() +
         terms_->bytes() + exact_->bytes() + ranges_->bytes();
}

}  // namespace shaken302
