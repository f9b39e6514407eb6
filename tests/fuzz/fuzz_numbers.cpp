// SPDX-License-Identifier: MIT
//
// A file of numbers: refused as a whole, or every row is a claim that says what its line says, and
// look-ups find what a search through all claims finds. Once as the table of numbers, once as the
// list of numbers that never call, and once in pieces.
#include <array>
#include <charconv>
#include <optional>
#include <tuple>
#include <vector>

#include "config/whole_configuration.hpp"
#include "directory/numbers_csv.hpp"
#include "fuzz_target.hpp"

namespace shaken302::fuzz {
namespace {

using directory::AccountIds;
using Table = Result<NumberTable, config::ConfigIssues>;

constexpr std::string_view long_name = "an-account-with-a-name-of-more-than-27-letters";
const AccountIds accounts{{"acme", 0}, {"acme-store", 1}, {"globex", 2}, {long_name, 3}};

std::vector<std::string_view> lines_of(std::string_view csv) {
  std::vector<std::string_view> lines;
  if (csv.starts_with("\xEF\xBB\xBF")) csv.remove_prefix(3);
  while (!csv.empty()) {
    const auto end = std::min(csv.find('\n'), csv.size());
    std::string_view line = csv.substr(0, end);
    if (end < csv.size() && line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    csv.remove_prefix(std::min(end + 1, csv.size()));
  }
  return lines;
}

bool is_row(std::string_view line) {
  return !line.starts_with('#') && line.find_first_not_of(" \t") != line.npos;
}

/// Quotes may stand around a whole field; what is in them does not matter here, but for commas.
std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields(1);
  bool is_quoted = false;
  for (const char c : line) {
    if (c == '"') {
      is_quoted = !is_quoted;
    } else if (c == ',' && !is_quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

std::optional<std::uint64_t> canonical(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::uint64_t value = 0;
  const auto end = text.data() + text.size();
  if (!parse_canonical_number(text) || std::from_chars(text.data(), end, value).ptr != end) {
    return std::nullopt;
  }
  return value;
}

/// Nothing where the text is no day between 1900 and 9999.
std::optional<std::chrono::sys_days> day(const std::string& text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const std::string digits = text.substr(0, 4) + text.substr(5, 2) + text.substr(8);
  if (!consists_of(digits, "0123456789")) return std::nullopt;
  const std::chrono::year_month_day date(
      std::chrono::year(std::stoi(digits.substr(0, 4))),
      std::chrono::month(static_cast<unsigned>(std::stoi(digits.substr(4, 2)))),
      std::chrono::day(static_cast<unsigned>(std::stoi(digits.substr(6)))));
  if (!date.ok() || date.year() < std::chrono::year(1900)) return std::nullopt;
  return std::chrono::sys_days(date);
}

std::optional<NumberBasis> basis_of(const std::string& text) {
  if (text.empty() || text == "assigned") return NumberBasis::assigned;
  if (text == "verified") return NumberBasis::verified;
  if (text == "loa") return NumberBasis::letter_of_authorisation;
  if (text == "delegated") return NumberBasis::delegated;
  return std::nullopt;
}

/// What the line says, read by hand; nothing where it says nothing of that kind.
std::optional<NumberClaim> read_by_hand(std::string_view line, bool never_calls) {
  auto fields = fields_of(line);
  if (never_calls) fields.insert(fields.begin() + 1, "");
  fields.resize(6);
  if (never_calls) fields[4].clear();
  NumberClaim claim;
  const auto dash = fields[0].find('-');
  const auto first = canonical(fields[0].substr(0, dash));
  const auto last = dash == std::string::npos ? first : canonical(fields[0].substr(dash + 1));
  if (!first || !last) return std::nullopt;
  const auto account = accounts.find(fields[1]);
  if (!never_calls && account == accounts.end()) return std::nullopt;
  const auto from = fields[2].empty() ? std::chrono::sys_days{} : day(fields[2]);
  const auto until = fields[3].empty() ? std::chrono::sys_days::max() : day(fields[3]);
  const auto basis = basis_of(fields[4]);
  if (!from || !until || !basis) return std::nullopt;
  claim.first = *first;
  claim.last = *last;
  claim.account = never_calls ? no_index : account->second;
  claim.valid_from = *from;
  claim.valid_until = *until;
  claim.basis = *basis;
  return claim;
}

/// Every claim that a number falls under, the narrowest first, by looking at all of them.
std::vector<NumberClaim> search(const std::vector<NumberClaim>& claims, std::uint64_t number) {
  std::vector<NumberClaim> found;
  for (const NumberClaim& claim : claims) {
    if (claim.first <= number && number <= claim.last) found.push_back(claim);
  }
  std::sort(found.begin(), found.end(), [](const NumberClaim& a, const NumberClaim& b) {
    return a.last - a.first < b.last - b.first;
  });
  return found;
}

std::string wrong_lookups(const NumberTable& table, const std::vector<NumberClaim>& claims) {
  for (const NumberClaim& claim : claims) {
    for (const std::uint64_t number : {claim.first, claim.last, claim.first - 1, claim.last + 1,
                                       claim.first + (claim.last - claim.first) / 2}) {
      const std::string digits = std::to_string(number);
      if (digits.size() > phone_number_digits_max) continue;
      const PhoneNumber wanted(digits, NumberKind::global);
      const auto expected = search(claims, number);
      const auto found = table.find(wanted);
      if (found.has_value() == expected.empty()) return "a look-up of " + digits;
      if (found && *found != expected.front()) return "another claim of " + digits;
      if (table.find_all(wanted) != expected) return "other claims of " + digits;
    }
  }
  return {};
}

std::string wrong_conflicts(const std::vector<NumberClaim>& claims) {
  for (std::size_t i = 0; i < claims.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const NumberClaim& a = claims[i];
      const NumberClaim& b = claims[j];
      if (a.first == b.first && a.last == b.last) return "the same numbers twice";
      const bool is_apart = a.last < b.first || b.last < a.first;
      const bool is_inside =
          (a.first <= b.first && b.last <= a.last) || (b.first <= a.first && a.last <= b.last);
      if (!is_apart && !is_inside) return "ranges that overlap";
    }
  }
  return {};
}

std::string wrong_table(const NumberTable& table, std::string_view csv, bool never_calls) {
  const auto lines = lines_of(csv);
  const auto rows = std::count_if(lines.begin(), lines.end(), is_row);
  const auto claims = table.claims();
  if (table.size() + 1 != static_cast<std::size_t>(rows)) return "a row that is no claim";
  if (claims.size() != table.size()) return "the size of the table";
  for (const NumberClaim& claim : claims) {
    if (claim.line == 0 || claim.line > lines.size()) return "a claim of no line";
    auto expected = read_by_hand(lines[claim.line - 1], never_calls);
    if (!expected) return "a claim of a line that says nothing of it";
    expected->line = claim.line;
    if (*expected != claim) return "a claim that its line does not say";
    if (claim.first > claim.last || claim.valid_from > claim.valid_until) return "an empty claim";
  }
  if (auto wrong = wrong_conflicts(claims); !wrong.empty()) return wrong;
  return wrong_lookups(table, claims);
}

std::string all_of(const Table& table) {
  std::string out;
  if (!table) {
    for (const auto& issue : table.error()) out += to_text(issue) + '\n';
    return out;
  }
  for (const NumberClaim& claim : table->claims()) out += std::to_string(claim.line) + ' ';
  return out;
}

std::string wrong_outcome(const Table& table, std::string_view csv, bool never_calls) {
  if (table) return wrong_table(*table, csv, never_calls);
  const auto& issues = table.error();
  if (issues.empty()) return "refused without an issue";
  if (issues.size() > directory::RowIssues::named_max + 1) return "issues without end";
  for (config::ConfigIssue issue : issues) {
    if (issue.line == 0 && issue.key.empty()) issue.key = "the file";
    auto wrong = config::test::wrong_issue(issue, "n.csv", config::test::lines_of(csv));
    if (!wrong.empty()) return wrong + ": " + to_text(issue);
  }
  return {};
}

/// The same file, read in pieces of a few bytes.
Table read_in_pieces(std::string_view csv) {
  std::size_t at = 0;
  directory::CsvLines lines([&](char* to, std::size_t bytes_max) {
    const std::size_t piece = 1 + (at * 7 + csv.size()) % 13;
    const std::size_t size = std::min({piece, bytes_max, csv.size() - at});
    std::copy_n(csv.data() + at, size, to);
    at += size;
    return size;
  });
  directory::NumberLoad load("n.csv", accounts);
  directory::read_numbers_csv(lines, load);
  return std::move(load).finish();
}

}  // namespace

std::string broken_by(std::string_view input) {
  const auto table = directory::make_number_table(input, "n.csv", accounts);
  if (auto wrong = wrong_outcome(table, input, false); !wrong.empty()) return wrong;
  const auto list = directory::make_never_call_table(input, "n.csv");
  if (auto wrong = wrong_outcome(list, input, true); !wrong.empty()) return "never: " + wrong;
  if (table && list && table->size() + list->size() > 0) return "both kinds of file at once";
  const auto pieces = read_in_pieces(input);
  if (pieces.has_value() != table.has_value() || all_of(pieces) != all_of(table)) {
    return "another table in pieces";
  }
  return {};
}

}  // namespace shaken302::fuzz
