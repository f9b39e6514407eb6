// SPDX-License-Identifier: MIT
#include "numbers_csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <utility>

#include "config/value_text.hpp"
#include "csv_fields.hpp"

namespace shaken302::directory {
namespace {

using config::ConfigIssues;

constexpr std::uint32_t rows_between_reports = 65536;

constexpr std::array<std::string_view, 6> number_columns{"number",      "account", "valid_from",
                                                         "valid_until", "basis",   "reference"};
constexpr std::array<std::string_view, 4> never_call_columns{"number", "valid_from", "valid_until",
                                                             "reference"};

/// The columns of one of the two kinds of file.
struct Columns {
  std::span<const std::string_view> names;
  std::size_t needed;
};

Columns columns_of(bool is_for_never_calls) noexcept {
  return is_for_never_calls ? Columns{never_call_columns, 1} : Columns{number_columns, 2};
}

NumberFields fields_of(const CsvFields& row, bool is_for_never_calls) noexcept {
  const auto& f = row.fields;
  return is_for_never_calls ? NumberFields{f[0], {}, f[1], f[2], {}}
                            : NumberFields{f[0], f[1], f[2], f[3], f[4]};
}

/// Whether each of eight characters is an ordinary one: 20..7E.
bool is_plain(std::uint64_t eight) noexcept {
  constexpr std::uint64_t each = 0x0101010101010101;
  const std::uint64_t del = eight ^ (each * 0x7F);
  const std::uint64_t odd = eight | (eight - each * 0x20) | (del - each);
  return (odd & each * 0x80) == 0;
}

/// Nearly every line is; the few that are not are looked at byte by byte.
bool is_plain(std::string_view line) noexcept {
  std::uint64_t eight = 0;
  for (; line.size() >= sizeof eight; line.remove_prefix(sizeof eight)) {
    std::memcpy(&eight, line.data(), sizeof eight);
    if (!is_plain(eight)) return false;
  }
  return std::all_of(line.begin(), line.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

/// What no line may hold, whatever stands in it.
std::optional<RowProblem> check_bytes(const CsvLines& lines) {
  constexpr const char* remedy = "save it as plain text, UTF-8";
  if (lines.is_too_long()) {
    return RowProblem{"",
                      fmt::format("is longer than {} bytes", CsvLines::line_bytes_max),
                      "keep the reference short, and end each row with a line end",
                      {}};
  }
  if (!lines.is_ended()) {
    return RowProblem{"",
                      "has no line end: the file may have been cut off",
                      "complete the row and end it with a line end",
                      {}};
  }
  if (is_plain(lines.line())) return std::nullopt;
  for (const char c : lines.line()) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte >= 0x20 && byte != 0x7F) || byte == '\t') continue;
    return RowProblem{"", fmt::format("holds the byte {:02X}", byte), remedy, {}};
  }
  if (!is_utf8(lines.line())) return RowProblem{"", "is not UTF-8", remedy, {}};
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

RowProblem describe_count(std::size_t count, std::size_t columns, const Columns& known) {
  std::string remedy;
  if (columns == known.needed) {
    remedy = columns == 1 ? "write the number alone" : "write number and account";
  } else {
    remedy = fmt::format("write {} to {}: {}, {}, ...", known.needed, columns, known.names[0],
                         known.names[1]);
  }
  return {"", fmt::format("has {} field{}", count, count == 1 ? "" : "s"), std::move(remedy), {}};
}

/// One file on its way into a load.
class Reader {
 public:
  Reader(CsvLines& lines, NumberLoad& load) noexcept
      : lines_(lines), load_(load), known_(columns_of(load.is_for_never_calls())) {}

  /// Reads past comments to the header. False, and an issue, when there is none.
  bool find_header() {
    while (lines_.next()) {
      if (!lines_.is_content()) continue;
      columns_ = check_bytes(lines_) ? 0 : read_header(lines_.line());
      if (columns_ == 0) {
        load_.refuse(lines_.number(), "", describe_header(lines_.line()), header_remedy());
      }
      return columns_ != 0;
    }
    if (!lines_.failure()) load_.refuse(0, "", "has no header", header_remedy());
    return false;
  }

  /// Takes the line that was read. False: no more are wanted.
  bool take_line() {
    if (auto problem = check_bytes(lines_)) return refuse(std::move(*problem));
    if (!lines_.is_content()) return true;
    const auto fields = split_csv_line(lines_.line());
    if (!fields) return refuse(describe(fields.error()));
    if (fields->count < known_.needed || fields->count > columns_) {
      return refuse(describe_count(fields->count, columns_, known_));
    }
    return load_.add(fields_of(*fields, load_.is_for_never_calls()), lines_.number());
  }

 private:
  bool refuse(RowProblem problem) {
    load_.refuse(lines_.number(), problem.column, std::move(problem.problem),
                 std::move(problem.remedy));
    return true;
  }
  [[nodiscard]] std::string header_remedy() const {
    return fmt::format("make the first line: {}", fmt::join(known_.names, ","));
  }
  /// Not word for word where it looks like nothing of a table: it may be a passphrase or a key
  /// whose file was named by mistake.
  [[nodiscard]] std::string describe_header(std::string_view line) const {
    const auto fields = split_csv_line(line);
    if (!fields) return "is not the header";
    const auto kept =
        std::span(fields->fields).first(std::min(fields->count, fields->fields.size()));
    const bool has_name = std::ranges::find_first_of(kept, known_.names) != kept.end();
    const bool is_row =
        kept.size() > 1 && !kept[0].empty() && kept[0].find_first_not_of("+0123456789") != 0;
    return has_name || is_row ? config::in_quotes(line) + " is not the header"
                              : "is not the header";
  }
  /// How many columns the header names, or 0 when it is none.
  [[nodiscard]] std::size_t read_header(std::string_view line) const noexcept {
    const auto fields = split_csv_line(line);
    if (!fields || fields->count < known_.needed || fields->count > known_.names.size()) return 0;
    const auto* const names = fields->fields.data();
    return std::equal(names, names + fields->count, known_.names.begin()) ? fields->count : 0;
  }

  CsvLines& lines_;
  NumberLoad& load_;
  Columns known_;
  std::size_t columns_ = 0;
};

Result<NumberTable, ConfigIssues> load_file(config::RegularFile file, NumberLoad load,
                                            const ProgressSink& progress) {
  CsvLines lines([&file](char* to, std::size_t bytes_max) { return file.read(to, bytes_max); });
  read_numbers_csv(lines, load, progress, file.size());
  return std::move(load).finish();
}

Result<NumberTable, ConfigIssues> load_text(std::string_view csv, NumberLoad load) {
  CsvLines lines(read_from(csv));
  read_numbers_csv(lines, load);
  return std::move(load).finish();
}

}  // namespace

void read_numbers_csv(CsvLines& lines, NumberLoad& load, const ProgressSink& progress,
                      std::uint64_t bytes_total) {
  Reader reader(lines, load);
  bool goes_on = reader.find_header();
  while (goes_on && lines.next()) {
    goes_on = reader.take_line();
    if (progress && lines.number() % rows_between_reports == 0) {
      progress({lines.bytes_read(), bytes_total, load.rows()});
    }
  }
  if (lines.failure()) load.refuse(0, "", lines.failure()->problem, lines.failure()->remedy);
}

Result<NumberTable, ConfigIssues> load_numbers_csv(config::RegularFile file,
                                                   const AccountIds& accounts,
                                                   const std::stop_token& stop,
                                                   const ProgressSink& progress,
                                                   RowIssues* warnings) {
  NumberLoad load(file.path().string(), accounts, stop);
  if (warnings != nullptr) load.warn_into(*warnings);
  return load_file(std::move(file), std::move(load), progress);
}

Result<NumberTable, ConfigIssues> load_never_calls_csv(config::RegularFile file,
                                                       const std::stop_token& stop,
                                                       const ProgressSink& progress,
                                                       RowIssues* warnings) {
  NumberLoad load = NumberLoad::never_calls(file.path().string(), stop);
  if (warnings != nullptr) load.warn_into(*warnings);
  return load_file(std::move(file), std::move(load), progress);
}

Result<NumberTable, ConfigIssues> make_number_table(std::string_view csv, const std::string& file,
                                                    const AccountIds& accounts,
                                                    const std::stop_token& stop) {
  return load_text(csv, NumberLoad(file, accounts, stop));
}

Result<NumberTable, ConfigIssues> make_never_call_table(std::string_view csv,
                                                        const std::string& file,
                                                        const std::stop_token& stop) {
  return load_text(csv, NumberLoad::never_calls(file, stop));
}

std::optional<std::string> read_reference(config::RegularFile file, const NumberClaim& claim) {
  CsvLines lines([&file](char* to, std::size_t bytes_max) { return file.read(to, bytes_max); });
  while (lines.number() < claim.line && lines.next()) {
  }
  const auto fields = split_csv_line(lines.line());
  if (lines.number() != claim.line || !fields) return std::nullopt;
  // The row as it would be read now, whoever has the number now.
  const auto now = read_number_row({fields->fields[0], {}}, nullptr);
  if (!now || now->first != claim.first || now->last != claim.last) return std::nullopt;
  const std::string_view raw = fields->fields[number_columns.size() - 1];
  if (raw.empty()) return std::nullopt;
  std::string reference;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    reference += raw[i];
    if (raw[i] == '"') ++i;  // inside a field a quote is doubled
  }
  return reference;
}

}  // namespace shaken302::directory
