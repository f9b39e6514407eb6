// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "config/entry_row.hpp"
#include "csv_fields.hpp"
#include "csv_lines.hpp"
#include "database_copy.hpp"
#include "database_issue.hpp"
#include "database_schema.hpp"
#include "numbers_csv.hpp"

namespace shaken302::directory {
namespace {

using config::ConfigIssue;
using config::ConfigIssues;
using config::Section;
using Cells = std::vector<std::optional<std::string>>;

/// An inner quote is doubled in the file.
std::optional<std::string> cell_of(std::string_view field) {
  if (field.empty()) return std::nullopt;
  std::string text(field);
  for (auto at = text.find("\"\""); at != std::string::npos; at = text.find("\"\"", at + 1)) {
    text.erase(at, 1);
  }
  return text;
}

/// "12155550100-12155550199" as first and last; a single number has no last.
void split_number(std::string_view text, Cells& cells) {
  const auto digits = [](std::string_view number) {
    return std::string(number.substr(number.starts_with('+') ? 1 : 0));
  };
  const auto dash = text.find('-');
  cells[0] = digits(text.substr(0, dash));
  cells[1].reset();
  if (dash != std::string_view::npos) cells[1] = digits(text.substr(dash + 1));
  if (cells[1] == cells[0]) cells[1].reset();
}

/// The rows of a CSV file, one at a time.
class CsvRows {
 public:
  explicit CsvRows(config::RegularFile file)
      : file_(std::move(file)),
        lines_([this](char* to, std::size_t bytes_max) { return file_.read(to, bytes_max); }) {
    const auto header = next_fields();
    if (!failure_ && (!header || header->fields[0] != "number")) fail("has another header");
  }

  /// `cells`: first, last, then the columns behind `number`.
  bool next(Cells& cells) {
    const auto fields = failure_ ? std::nullopt : next_fields();
    if (!fields) return false;
    split_number(fields->fields[0], cells);
    for (std::size_t i = 2; i < cells.size(); ++i) cells[i] = cell_of(fields->fields[i - 1]);
    ++count_;
    return true;
  }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  /// Why there was no further row before the end.
  [[nodiscard]] const std::optional<ConfigIssue>& failure() const noexcept { return failure_; }

 private:
  std::optional<CsvFields> next_fields() {
    while (lines_.next()) {
      if (!lines_.is_content()) continue;
      const auto fields = split_csv_line(lines_.line());
      if (fields && !lines_.is_too_long() && lines_.is_ended()) return *fields;
      fail("is no row any more");
      return std::nullopt;
    }
    if (lines_.failure()) failure_ = lines_.failure();
    return std::nullopt;
  }

  /// It was found good a moment ago.
  void fail(std::string problem) {
    failure_ = {file_.path().string(), lines_.number(), "", std::move(problem),
                "leave the file alone until the import has ended"};
  }

  config::RegularFile file_;
  CsvLines lines_;
  std::size_t count_ = 0;
  std::optional<ConfigIssue> failure_;
};

class Import {
 public:
  Import(const config::Configuration& files, const config::DirectorySource& target,
         Database& database)
      : files_(files), target_(target), database_(database) {}

  Result<CopiedRows, ConfigIssues> run(bool replace, const std::optional<CopiedRows>& checked) {
    const bool is_done = prepare(replace) && copy_entries(Section::account, rows_.accounts) &&
                         copy_entries(Section::peer, rows_.peers) &&
                         copy_numbers(files_.directory.numbers, "number",
                                      {"first", "last", "account", "valid_from", "valid_until",
                                       "basis", "reference"},
                                      rows_.numbers) &&
                         copy_numbers(files_.directory.do_not_originate, "never_call",
                                      {"first", "last", "valid_from", "valid_until", "reference"},
                                      rows_.never_calls) &&
                         are_as_checked(checked) && finish();
    if (is_done) return rows_;
    return Failure{std::move(issues_)};
  }

 private:
  bool check(const DatabaseStatus& status) {
    if (status) return true;
    issues_.push_back(to_issue(target_.name, status.error()));
    return false;
  }
  [[nodiscard]] bool is_sqlite() const noexcept {
    return database_.dialect() == SqlDialect::sqlite;
  }

  /// What there is to import into, or what to do about it.
  bool find_tables() {
    for (const std::string_view table : {"peer", "account", "number", "never_call", "revision"}) {
      const auto columns = database_.columns_of(std::string(table));
      if (!columns) return check(Failure{columns.error()});
      if (!columns->empty()) continue;
      return check(
          Failure{DatabaseError{DatabaseError::Kind::missing, fmt::format("no table {}", table)}});
    }
    return true;
  }

  /// The rows that come count from 1 again. On PostgreSQL that takes the owner of the tables; for
  /// others they count on, which only looks less tidy.
  bool restart_ids() {
    if (is_sqlite()) return true;
    if (!check(database_.run("SAVEPOINT \"ids\""))) return false;
    const auto restarted = database_.run(
        "ALTER SEQUENCE \"number_id_seq\" RESTART; ALTER SEQUENCE \"never_call_id_seq\" RESTART");
    return check(database_.run(restarted ? "RELEASE \"ids\"" : "ROLLBACK TO \"ids\""));
  }

  bool are_as_checked(const std::optional<CopiedRows>& checked) {
    if (!checked || *checked == rows_) return true;
    issues_.push_back({files_.file.string(), 0, "", "was changed while it was imported",
                       "nothing was imported; import again"});
    return false;
  }

  bool prepare(bool replace) {
    if (!check(database_.begin_writing()) || !find_tables()) return false;
    if (replace && !restart_ids()) return false;
    if (is_sqlite() && !check(database_.run(sqlite_without_triggers_text()))) return false;
    for (const std::string_view table : {"number", "never_call", "peer", "account"}) {
      if (replace && !check(database_.run("DELETE FROM " + quote_identifier(table)))) return false;
      bool is_empty = true;
      const auto sink = [&is_empty](DatabaseRow) { return is_empty = false; };
      if (!check(database_.read(fmt::format("SELECT 1 FROM {} LIMIT 1", quote_identifier(table)),
                                sink))) {
        return false;
      }
      if (is_empty) continue;
      issues_.push_back({target_.name, 0, "", fmt::format("the table {} holds rows already", table),
                         "import into empty tables, or give --replace, which empties them"});
      return false;
    }
    return true;
  }

  bool finish() {
    if (is_sqlite() && !check(database_.run(sqlite_triggers_text()))) return false;
    return check(database_.commit());
  }

  bool copy_entries(Section section, std::size_t& count) {
    const auto rows = config::read_entry_rows(files_.file, section);
    if (!rows) {
      issues_ = rows.error();
      return false;
    }
    std::vector<std::string> columns;
    for (const std::string_view key : config::key_names(section)) columns.emplace_back(key);
    const auto next = [&](Cells& cells) {
      if (count == rows->size()) return false;
      fill(cells, columns, (*rows)[count++]);
      return true;
    };
    return check(database_.insert(std::string(config::section_row(section).name), columns, next));
  }

  /// An empty name is none, which a reference to another table must say as NULL.
  void fill(Cells& cells, const std::vector<std::string>& columns,
            const config::EntryRow& row) const {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto cell = std::ranges::find(row, columns[i], &config::EntryCell::column);
      cells[i] = cell == row.end() ? std::nullopt : cell->text;
      if (columns[i] == "parent" && cells[i] == "") cells[i].reset();
      // SQLite has no true and false of its own in a strict table.
      if (is_sqlite() && (cells[i] == "true" || cells[i] == "false")) {
        const auto* key =
            config::find_key(columns[0] == "id" ? Section::account : Section::peer, columns[i]);
        if (key->type == config::KeyType::flag) cells[i] = cells[i] == "true" ? "1" : "0";
      }
    }
  }

  bool copy_numbers(const std::filesystem::path& path, const std::string& table,
                    const std::vector<std::string>& columns, std::size_t& count) {
    if (path.empty()) return true;
    auto file = config::RegularFile::open(path, number_file_rules);
    if (!file) {
      issues_.push_back(file.error());
      return false;
    }
    CsvRows rows(std::move(*file));
    const auto next = [&rows](Cells& cells) { return rows.next(cells); };
    const auto inserted = database_.insert(table, columns, next);
    if (rows.failure()) issues_.push_back(*rows.failure());
    count = rows.count();
    return !rows.failure() && check(inserted);
  }

  const config::Configuration& files_;
  const config::DirectorySource& target_;
  Database& database_;
  CopiedRows rows_;
  ConfigIssues issues_;
};

/// Checking millions of references takes a while.
constexpr Patience patient{.answer = std::chrono::minutes(30)};

}  // namespace

Result<void, ConfigIssues> init_database(const config::DirectorySource& source) {
  const auto refuse = [&source](const DatabaseError& error) {
    return Failure{ConfigIssues{to_issue(source.name, error)}};
  };
  auto database = open_database(source, DatabaseUse::create);
  if (!database) return refuse(database.error());
  if (auto begun = (*database)->begin_writing(); !begun) return refuse(begun.error());
  for (const std::string_view table : {"peer", "account", "number", "never_call", "revision"}) {
    const auto columns = (*database)->columns_of(std::string(table));
    if (!columns) return refuse(columns.error());
    if (columns->empty()) continue;
    return Failure{ConfigIssues{{source.name, 0, "", fmt::format("has a table {} already", table),
                                 "nothing was changed; use it, or name a database without"}}};
  }
  if (auto made = (*database)->run(schema_text((*database)->dialect())); !made) {
    return refuse(made.error());
  }
  if (auto done = (*database)->commit(); !done) return refuse(done.error());
  return {};
}

Result<CopiedRows, ConfigIssues> import_files(const config::Configuration& files,
                                              const config::DirectorySource& source, bool replace,
                                              const std::optional<CopiedRows>& checked) {
  auto database = open_database(source, DatabaseUse::write, {}, patient);
  if (!database) return Failure{ConfigIssues{to_issue(source.name, database.error())}};
  return Import(files, source, **database).run(replace, checked);
}

}  // namespace shaken302::directory
