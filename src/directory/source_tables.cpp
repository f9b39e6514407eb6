// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "config/entry_row.hpp"
#include "database.hpp"
#include "database_issue.hpp"
#include "number_load.hpp"
#include "source.hpp"

namespace shaken302::directory {
namespace {

using config::Section;

constexpr std::size_t issues_max = 20;

std::uint32_t row_number(std::string_view id) noexcept {
  std::uint64_t value = 0;
  std::from_chars(id.data(), id.data() + id.size(), value);
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(value, std::numeric_limits<std::uint32_t>::max()));
}

/// "12155550100" or "12155550100-12155550199", in a buffer that is used again.
std::string_view number_text(std::string& buffer, std::string_view first,
                             const std::optional<std::string_view>& last) {
  if (!last || *last == first) return first;
  buffer.assign(first);
  buffer += '-';
  buffer += *last;
  return buffer;
}

class TablesSource final : public Source {
 public:
  TablesSource(const config::DirectorySource& source, std::stop_token stop)
      : source_(source), stop_(std::move(stop)) {}

  DatabaseStatus open() {
    auto opened = open_database(source_, DatabaseUse::read, stop_);
    if (!opened) return Failure{opened.error()};
    database_ = std::move(*opened);
    if (auto begun = database_->begin_reading(); !begun) return begun;
    const auto revisions = read_revisions(*database_);
    if (!revisions) return Failure{revisions.error()};
    const auto& [peer, account, number, never_call] = *revisions;
    const std::string database = source_.name + ' ' + database_->identity();
    states_.entries = fmt::format("{} {} {}", database, peer, account);
    states_.numbers = fmt::format("{} {}", database, number);
    states_.never_calls = fmt::format("{} {}", database, never_call);
    return {};
  }

  void read_entries(config::DirectorySource& into, Findings& findings) override {
    config::IssueSink issues(source_.name);
    into.peers.clear();
    into.accounts.clear();
    const bool is_read =
        read_table(Section::account, findings,
                   [&](const config::EntryRow& row, std::size_t position) {
                     into.accounts.push_back(config::read_account_row(row, position, issues));
                   }) &&
        read_table(Section::peer, findings, [&](const config::EntryRow& row, std::size_t position) {
          into.peers.push_back(config::read_peer_row(row, position, issues));
        });
    if (!is_read) return;
    if (into.peers.empty()) {
      issues.add(0, "peer", "there is none: nobody would get an answer",
                 "insert a peer with its name and sources");
    }
    for (config::ConfigIssue& warning : issues.take_warnings()) {
      findings.warnings.push_back(std::move(warning));
    }
    auto found = issues.take();
    if (found.size() > issues_max) {
      const std::size_t more = found.size() - issues_max;
      found.resize(issues_max);
      found.push_back(
          {source_.name, 0, "", fmt::format("and {} more", more), "correct those above first"});
    }
    findings.issues.insert(findings.issues.end(), found.begin(), found.end());
  }

  std::optional<NumberTable> read_numbers(const AccountIds& accounts, Findings& findings) override {
    if (is_broken_) return std::nullopt;
    NumberLoad load(source_.name + " number", accounts, stop_);
    std::string buffer;
    const auto status = database_->read(
        R"(SELECT "id", "first", "last", "account", "valid_from", "valid_until", "basis" FROM "number")",
        [&](DatabaseRow row) {
          return load.add({.number = number_text(buffer, row[1].value_or(""), row[2]),
                           .account = row[3].value_or(""),
                           .valid_from = row[4].value_or(""),
                           .valid_until = row[5].value_or(""),
                           .basis = row[6].value_or("")},
                          row_number(row[0].value_or("")));
        });
    return finish(std::move(load), status, findings);
  }

  std::optional<NumberTable> read_never_calls(Findings& findings) override {
    if (is_broken_) return std::nullopt;
    NumberLoad load = NumberLoad::never_calls(source_.name + " never_call", stop_);
    std::string buffer;
    const auto status = database_->read(
        R"(SELECT "id", "first", "last", "valid_from", "valid_until" FROM "never_call")",
        [&](DatabaseRow row) {
          return load.add({.number = number_text(buffer, row[1].value_or(""), row[2]),
                           .account = {},
                           .valid_from = row[3].value_or(""),
                           .valid_until = row[4].value_or("")},
                          row_number(row[0].value_or("")));
        });
    return finish(std::move(load), status, findings);
  }

 private:
  /// After an error nothing of this read is good any more, and one issue says why.
  void break_off(const DatabaseError& error, Findings& findings) {
    is_broken_ = true;
    findings.issues.push_back(to_issue(source_.name, error));
  }

  std::optional<NumberTable> finish(NumberLoad load, const DatabaseStatus& status,
                                    Findings& findings) {
    if (!status) {
      break_off(status.error(), findings);
      return std::nullopt;
    }
    auto table = std::move(load).finish();
    if (table) return std::move(*table);
    findings.issues.insert(findings.issues.end(), table.error().begin(), table.error().end());
    return std::nullopt;
  }

  template <class Take>
  bool read_table(Section section, Findings& findings, Take take) {
    const std::string table(config::section_row(section).name);
    const auto columns = database_->columns_of(table);
    auto status = columns ? DatabaseStatus() : Failure{columns.error()};
    if (columns && columns->empty()) {
      status = Failure{DatabaseError{DatabaseError::Kind::missing, "no table " + table}};
    }
    if (status) status = read_rows(table, *columns, take);
    if (status) return true;
    break_off(status.error(), findings);
    return false;
  }

  /// In the order of their names, which is the same for every state of the table.
  template <class Take>
  DatabaseStatus read_rows(const std::string& table, const std::vector<std::string>& columns,
                           Take& take) {
    std::string names;
    config::EntryRow cells;
    for (const std::string& column : columns) {
      names += (names.empty() ? "" : ", ") + quote_identifier(column);
      cells.push_back({column, std::nullopt});
    }
    std::size_t position = 0;
    return database_->read(
        fmt::format("SELECT {} FROM {} ORDER BY {}", names, quote_identifier(table),
                    quote_identifier(table == "account" ? "id" : "name")),
        [&](DatabaseRow row) {
          for (std::size_t i = 0; i < cells.size() && i < row.size(); ++i) {
            cells[i].text.reset();
            if (row[i]) cells[i].text.emplace(*row[i]);
          }
          take(cells, position++);
          return true;
        });
  }

  const config::DirectorySource& source_;
  std::stop_token stop_;
  std::unique_ptr<Database> database_;
  bool is_broken_ = false;
};

}  // namespace

std::optional<std::string> read_reference(const config::DirectorySource& source,
                                          const NumberClaim& claim) {
  const auto database = open_database(source, DatabaseUse::read, {});
  if (!database) return std::nullopt;
  std::optional<std::string> reference;
  // The row as it is now: whoever has the number now.
  const auto status = (*database)->read(
      fmt::format(R"(SELECT "reference" FROM "number" WHERE "id" = {} AND "first" = '{}')",
                  claim.line, claim.first),
      [&](DatabaseRow row) {
        if (row[0] && !row[0]->empty()) reference.emplace(*row[0]);
        return true;
      });
  return status ? reference : std::nullopt;
}

config::ConfigIssue to_issue(const std::string& name, const DatabaseError& error) {
  using Kind = DatabaseError::Kind;
  const auto issue = [&](std::string problem, std::string remedy, bool is_temporary) {
    return config::ConfigIssue{name, 0, "", std::move(problem), std::move(remedy), is_temporary};
  };
  if (!error.remedy.empty()) {
    return issue(error.message, error.remedy, error.kind == Kind::unreachable);
  }
  switch (error.kind) {
    case Kind::unreachable:
      return issue("cannot be reached: " + error.message,
                   "see that it runs and that this user may read it", true);
    case Kind::busy:
      return issue("does not answer: " + error.message,
                   "see what holds its tables or keeps it busy", true);
    case Kind::missing:
      return issue("lacks what is needed: " + error.message,
                   "correct [directory] source, or make the tables with shaken302 db init", false);
    case Kind::refused:
      return issue("refused: " + error.message, "correct that; shaken302 check tries again", false);
    case Kind::stopped:
      return stopped_load(name).front();
  }
  return {};
}

std::unique_ptr<Source> open_tables(const config::Configuration& configuration, Findings& findings,
                                    const std::stop_token& stop) {
  auto source = std::make_unique<TablesSource>(configuration.directory, stop);
  if (auto opened = source->open(); !opened) {
    findings.issues.push_back(to_issue(configuration.directory.name, opened.error()));
    return nullptr;
  }
  return source;
}

}  // namespace shaken302::directory
