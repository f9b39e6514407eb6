// SPDX-License-Identifier: MIT
#include "numbers_csv.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/value_text.hpp"
#include "number_row.hpp"

namespace shaken302::directory {
namespace {

using config::ConfigIssues;

constexpr std::size_t issues_max = 20;
/// Up to this many rows it costs nothing worth mentioning to look for all overlaps, not only the
/// first.
constexpr std::size_t overlap_search_rows_max = 200000;
/// A few milliseconds of them.
constexpr std::uint32_t rows_between_looks = 4096;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view header_remedy =
    "make the first line: number,account,valid_from,valid_until,basis,reference";

/// The first twenty issues, and how many there were.
class RowIssues {
 public:
  explicit RowIssues(const std::string& file) : file_(file) {}
  void add(std::uint32_t line, std::string_view column, std::string problem, std::string remedy) {
    ++count_;
    if (is_full()) return;
    issues_.push_back({file_, line, std::string(column), std::move(problem), std::move(remedy)});
  }
  [[nodiscard]] bool is_full() const noexcept { return issues_.size() == issues_max; }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  ConfigIssues take() {
    if (count_ > issues_.size()) {
      issues_.push_back({file_, 0, "", fmt::format("and {} more", count_ - issues_.size()),
                         "correct those above first"});
    }
    return std::move(issues_);
  }

 private:
  const std::string& file_;
  ConfigIssues issues_;
  std::size_t count_ = 0;
};

/// The lines of a text, one at a time, without their ends.
class Lines {
 public:
  explicit Lines(std::string_view text) noexcept : rest_(text) {
    if (rest_.starts_with(byte_order_mark)) rest_.remove_prefix(byte_order_mark.size());
  }
  bool next() noexcept {
    if (rest_.empty()) return false;
    const auto end = rest_.find('\n');
    is_ended_ = end != std::string_view::npos;
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(is_ended_ ? end + 1 : rest_.size());
    if (is_ended_ && line_.ends_with('\r')) line_.remove_suffix(1);
    ++number_;
    return true;
  }
  [[nodiscard]] std::string_view line() const noexcept { return line_; }
  [[nodiscard]] std::uint32_t number() const noexcept { return number_; }
  [[nodiscard]] bool is_ended() const noexcept { return is_ended_; }
  [[nodiscard]] bool is_content() const noexcept {
    return !line_.starts_with('#') && line_.find_first_not_of(" \t") != std::string_view::npos;
  }

 private:
  std::string_view rest_;
  std::string_view line_;
  std::uint32_t number_ = 0;
  bool is_ended_ = true;
};

/// What no line may hold, whatever stands in it.
std::optional<RowProblem> check_bytes(const Lines& lines) {
  if (!lines.is_ended()) {
    return RowProblem{"",
                      "has no line end: the file may have been cut off",
                      "complete the row and end it with a line end",
                      {}};
  }
  bool has_high = false;
  for (const char c : lines.line()) {
    const auto byte = static_cast<unsigned char>(c);
    has_high = has_high || byte >= 0x80;
    if ((byte >= 0x20 && byte != 0x7F) || byte == '\t') continue;
    return RowProblem{
        "", fmt::format("holds the byte {:02X}", byte), "save it as plain text, UTF-8", {}};
  }
  if (has_high && !is_utf8(lines.line())) {
    return RowProblem{"", "is not UTF-8", "save it as plain text, UTF-8", {}};
  }
  return std::nullopt;
}

RowProblem describe(CsvError error) {
  switch (error) {
    case CsvError::open_quote:
      return {"", "has a quote that is not closed", "close it on the same line", {}};
    case CsvError::stray_quote:
      return {"",
              "has a quote inside a field",
              "put the whole field in quotes, and double the inner one",
              {}};
    case CsvError::behind_quote:
      return {"", "has text behind a closing quote", "put a comma there, or double the quote", {}};
  }
  return {};
}

/// How many columns the header names, or 0 when it is none.
std::size_t read_header(std::string_view line) noexcept {
  const auto fields = split_csv_line(line);
  if (!fields || fields->count < 2 || fields->count > number_columns.size()) return 0;
  const auto* const names = fields->fields.data();
  return std::equal(names, names + fields->count, number_columns.begin()) ? fields->count : 0;
}

Result<NumberClaim, RowProblem> read_line(const Lines& lines, std::size_t columns,
                                          const AccountIds& accounts) {
  if (auto problem = check_bytes(lines)) return Failure{std::move(*problem)};
  const auto fields = split_csv_line(lines.line());
  if (!fields) return Failure{describe(fields.error())};
  auto claim = read_number_row(*fields, columns, accounts);
  if (claim) claim->line = lines.number();
  return claim;
}

/// Reads past comments to the header. 0 and an issue when there is none.
std::size_t find_header(Lines& lines, RowIssues& issues) {
  while (lines.next()) {
    if (!lines.is_content()) continue;
    const std::size_t columns = check_bytes(lines) ? 0 : read_header(lines.line());
    if (columns == 0) {
      issues.add(lines.number(), "",
                 fmt::format("{} is not the header", config::in_quotes(lines.line())),
                 std::string(header_remedy));
    }
    return columns;
  }
  issues.add(0, "", "has no header", std::string(header_remedy));
  return 0;
}

std::string conflict_problem(const NumberTable::Conflict& conflict) {
  return fmt::format("claims numbers of line {} again", conflict.first_line);
}

/// Every overlap up to the limit, by leaving out the second of each pair and trying again.
ConfigIssues list_overlaps(std::vector<NumberClaim> claims, const std::string& file) {
  RowIssues issues(file);
  for (std::size_t found = 0; found < issues_max; ++found) {
    const auto table = NumberTable::make(claims);
    if (table) break;
    issues.add(table.error().second_line, "number", conflict_problem(table.error()),
               "remove one of the two, or make one range hold the other whole");
    if (claims.size() > overlap_search_rows_max) break;
    std::erase_if(
        claims, [&](const NumberClaim& claim) { return claim.line == table.error().second_line; });
  }
  auto list = issues.take();
  std::ranges::stable_sort(list, {}, &config::ConfigIssue::line);
  return list;
}

}  // namespace

ConfigIssues stopped_load(const std::string& file) {
  return {{file, 0, "", "was not read to its end", "nothing: the server was told to stop"}};
}

Result<std::vector<NumberClaim>, ConfigIssues> parse_numbers(std::string_view csv,
                                                             const std::string& file,
                                                             const AccountIds& accounts,
                                                             const std::stop_token& stop) {
  RowIssues issues(file);
  std::vector<NumberClaim> claims;
  Lines lines(csv);
  const std::size_t columns = find_header(lines, issues);
  if (columns == 0) return Failure{issues.take()};

  claims.reserve(static_cast<std::size_t>(std::ranges::count(csv, '\n')));
  while (lines.next()) {
    if (lines.number() % rows_between_looks == 0 && stop.stop_requested()) {
      return Failure{stopped_load(file)};
    }
    if (!lines.is_content()) {
      if (auto problem = check_bytes(lines)) {
        issues.add(lines.number(), "", std::move(problem->problem), std::move(problem->remedy));
      }
      continue;
    }
    auto claim = read_line(lines, columns, accounts);
    if (claim) {
      claims.push_back(*claim);
    } else {
      const RowProblem& problem = claim.error();
      const bool is_name = problem.unknown_account.has_value() && !issues.is_full();
      issues.add(lines.number(), problem.column, problem.problem,
                 is_name ? suggest_account(*problem.unknown_account, accounts) : problem.remedy);
    }
  }
  if (!issues.empty()) return Failure{issues.take()};
  return claims;
}

Result<NumberTable, ConfigIssues> make_number_table(std::string_view csv, const std::string& file,
                                                    const AccountIds& accounts,
                                                    const std::stop_token& stop) {
  auto claims = parse_numbers(csv, file, accounts, stop);
  if (stop.stop_requested()) return Failure{stopped_load(file)};
  if (!claims) return Failure{claims.error()};
  auto table = NumberTable::make(std::move(*claims));
  if (table) return std::move(*table);
  // The claims are gone into the table that did not come about; a file that is wrong is read again.
  return Failure{list_overlaps(*parse_numbers(csv, file, accounts), file)};
}

}  // namespace shaken302::directory
