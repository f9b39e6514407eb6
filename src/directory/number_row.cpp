// SPDX-License-Identifier: MIT
#include "number_row.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "config/nearest_name.hpp"
#include "config/value_text.hpp"

namespace shaken302::directory {
namespace {

using config::in_quotes;

Failure<RowProblem> refuse(std::string_view column, std::string problem, std::string remedy) {
  return Failure{RowProblem{column, std::move(problem), std::move(remedy), {}}};
}

std::optional<std::uint64_t> parse_digits(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

/// Canonical digits, with or without `+`.
std::optional<std::uint64_t> parse_number_value(std::string_view text) noexcept {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (!parse_canonical_number(text)) return std::nullopt;
  return parse_digits(text);
}

std::size_t digits_of(std::string_view number) noexcept {
  return number.size() - (number.starts_with('+') ? 1 : 0);
}

Result<void, RowProblem> read_numbers(std::string_view text, NumberClaim& claim) {
  const auto dash = text.find('-');
  const auto first_text = text.substr(0, dash);
  const auto last_text = dash == std::string_view::npos ? first_text : text.substr(dash + 1);
  const auto first = parse_number_value(first_text);
  const auto last = parse_number_value(last_text);
  if (!first || !last) {
    return refuse("number",
                  fmt::format("{} is not a number", in_quotes(!first ? first_text : last_text)),
                  "write 7 to 15 digits with the country code first, as in 12155550100, or a range "
                  "12155550100-12155550199");
  }
  if (digits_of(first_text) != digits_of(last_text) || *first > *last) {
    return refuse("number", fmt::format("{} is not a range", in_quotes(text)),
                  "write FIRST-LAST with as many digits on both sides, the smaller one first");
  }
  claim.first = *first;
  claim.last = *last;
  return {};
}

Result<void, RowProblem> read_account(std::string_view text, const AccountIndex* accounts,
                                      NumberClaim& claim) {
  if (accounts == nullptr) return {};
  claim.account = accounts->find(text);
  if (claim.account != no_index) return {};
  return Failure{RowProblem{"account", fmt::format("{} is no account", in_quotes(text)), "", text}};
}

/// An empty text leaves `day` as it is: no limit.
Result<void, RowProblem> read_day(std::string_view column, std::string_view text,
                                  std::chrono::sys_days& day) {
  if (text.empty()) return {};
  const auto read = parse_day(text);
  if (!read) {
    return refuse(column, fmt::format("{} is not a date", in_quotes(text)),
                  "write YYYY-MM-DD, or nothing for no limit");
  }
  day = *read;
  return {};
}

Result<void, RowProblem> read_days(const NumberFields& row, NumberClaim& claim) {
  if (auto read = read_day("valid_from", row.valid_from, claim.valid_from); !read) return read;
  if (auto read = read_day("valid_until", row.valid_until, claim.valid_until); !read) return read;
  if (claim.valid_from <= claim.valid_until) return {};
  return refuse("valid_until", fmt::format("{} is before valid_from", row.valid_until),
                "exchange the two dates");
}

Result<void, RowProblem> read_basis(std::string_view text, NumberClaim& claim) {
  if (text.empty() || text == "assigned") {
    claim.basis = NumberBasis::assigned;
  } else if (text == "verified") {
    claim.basis = NumberBasis::verified;
  } else if (text == "loa") {
    claim.basis = NumberBasis::letter_of_authorisation;
  } else if (text == "delegated") {
    claim.basis = NumberBasis::delegated;
  } else {
    return refuse("basis", fmt::format("{} is not a basis", in_quotes(text)),
                  "write assigned, verified, loa, delegated, or nothing for assigned");
  }
  return {};
}

}  // namespace

std::string suggest_account(std::string_view unknown, const AccountIds& accounts) {
  std::vector<std::string_view> ids;
  ids.reserve(accounts.size());
  for (const auto& [id, index] : accounts) ids.push_back(id);
  // The map's order is nobody's; the one mistake is to be described in one way.
  std::sort(ids.begin(), ids.end());
  return config::suggest(unknown, ids, "accounts");
}

std::optional<std::chrono::sys_days> parse_day(std::string_view text) noexcept {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = parse_digits(text.substr(0, 4));
  const auto month = parse_digits(text.substr(5, 2));
  const auto day = parse_digits(text.substr(8, 2));
  if (!year || !month || !day || *year < 1900) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

Result<NumberClaim, RowProblem> read_number_row(const NumberFields& row,
                                                const AccountIndex* accounts) {
  NumberClaim claim;
  if (auto read = read_numbers(row.number, claim); !read) return Failure{read.error()};
  if (auto read = read_account(row.account, accounts, claim); !read) return Failure{read.error()};
  if (auto read = read_days(row, claim); !read) return Failure{read.error()};
  if (auto read = read_basis(row.basis, claim); !read) return Failure{read.error()};
  return claim;
}

}  // namespace shaken302::directory
