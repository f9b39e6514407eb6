// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "config/entry_row.hpp"
#include "csv_fields.hpp"
#include "csv_lines.hpp"
#include "database_copy.hpp"
#include "database_file.hpp"
#include "database_issue.hpp"

namespace shaken302::directory {
namespace {

using config::ConfigIssues;
using config::Section;
namespace fs = std::filesystem;

/// RFC 4180.
std::string to_csv_field(std::string_view text) {
  if (text.find_first_of("\",") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

/// What no line of a file of ours may hold.
std::optional<std::string> find_unfit(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && byte != '\t') || byte == 0x7F) {
      return fmt::format("holds the byte {:02X}, which no file may hold", byte);
    }
  }
  if (!is_utf8(text)) return "is not UTF-8";
  return std::nullopt;
}

/// The sections beside the directory, with paths that are good from everywhere.
Result<std::string, ConfigIssues> other_sections(const config::Configuration& configuration) {
  std::string out;
  const fs::path folder = fs::absolute(configuration.file).parent_path();
  for (const config::SectionRow& section : config::section_table()) {
    if (section.section == Section::peer || section.section == Section::account ||
        section.section == Section::directory) {
      continue;
    }
    auto rows = config::read_entry_rows(configuration.file, section.section);
    if (!rows) return Failure{rows.error()};
    if (section.section == Section::server && rows->empty()) rows->emplace_back();
    for (config::EntryRow& row : *rows) {
      if (section.section == Section::server) {
        std::erase_if(row, [](const auto& cell) { return cell.column == "secret_file"; });
        row.push_back({"secret_file", fs::absolute(configuration.settings.secret_file).string()});
      }
      for (config::EntryCell& cell : row) {
        const bool is_path = section.section == Section::credential &&
                             (cell.column == "key" || cell.column == "certificate");
        const bool is_shadow = section.section == Section::shadow && cell.column == "configuration";
        if ((is_path || is_shadow) && cell.text.value_or("") != "") {
          cell.text = (folder / *cell.text).lexically_normal().string();
        }
      }
      out += config::to_section_text(row, section.section) + '\n';
    }
  }
  return out;
}

class Export {
 public:
  Export(const config::Configuration& configuration, const fs::path& folder, Database& database)
      : configuration_(configuration),
        database_(database),
        toml_(folder / "shaken302.toml"),
        numbers_(folder / "numbers.csv"),
        never_calls_(folder / "never.csv") {}

  Result<CopiedRows, ConfigIssues> run() {
    const bool is_done =
        is_good(toml_.open()) && is_good(numbers_.open()) && is_good(never_calls_.open()) &&
        check(database_.begin_reading()) && write_configuration() &&
        write_numbers(numbers_, "number",
                      {"account", "valid_from", "valid_until", "basis", "reference"},
                      rows_.numbers) &&
        write_numbers(never_calls_, "never_call", {"valid_from", "valid_until", "reference"},
                      rows_.never_calls) &&
        publish();
    if (is_done) return rows_;
    return Failure{std::move(issues_)};
  }

 private:
  bool check(const DatabaseStatus& status) {
    if (status) return true;
    issues_.push_back(to_issue(configuration_.directory.name, status.error()));
    return false;
  }
  bool is_good(NewFile::Issue issue) {
    if (issue) issues_.push_back(std::move(*issue));
    return issues_.empty();
  }
  /// Of a row, which must be put right where it is.
  bool refuse(std::string key, std::string problem) {
    issues_.push_back({configuration_.directory.name, 0, std::move(key), std::move(problem),
                       "correct the row, and export again"});
    return false;
  }

  /// The configuration last: where it is, the others are.
  bool publish() {
    if (is_good(numbers_.publish()) && is_good(never_calls_.publish()) && is_good(toml_.publish()))
      return true;
    numbers_.withdraw();
    never_calls_.withdraw();
    return false;
  }

  bool write_configuration() {
    const auto others = other_sections(configuration_);
    if (!others) {
      issues_ = others.error();
      return false;
    }
    toml_.write(*others);
    toml_.write("[directory]\nnumbers = \"numbers.csv\"\ndo_not_originate = \"never.csv\"\n");
    return write_entries(Section::peer, rows_.peers) &&
           write_entries(Section::account, rows_.accounts) && is_good(toml_.finish());
  }

  bool write_entries(Section section, std::size_t& count) {
    const std::string table(config::section_row(section).name);
    const auto columns = database_.columns_of(table);
    if (!columns) return check(Failure{columns.error()});
    config::EntryRow cells;
    std::string names;
    for (const std::string& column : *columns) {
      names += (names.empty() ? "" : ", ") + quote_identifier(column);
      cells.push_back({column, std::nullopt});
    }
    const auto status =
        database_.read(fmt::format("SELECT {} FROM {} ORDER BY {}", names, quote_identifier(table),
                                   quote_identifier(section == Section::account ? "id" : "name")),
                       [&](DatabaseRow row) {
                         for (std::size_t i = 0; i < cells.size() && i < row.size(); ++i) {
                           cells[i].text.reset();
                           if (row[i]) cells[i].text.emplace(*row[i]);
                         }
                         ++count;
                         if (!is_fit(table, cells, count)) return false;
                         toml_.write('\n' + config::to_section_text(cells, section));
                         return true;
                       });
    return check(status) && issues_.empty();
  }

  bool is_fit(const std::string& table, const config::EntryRow& cells, std::size_t position) {
    for (const config::EntryCell& cell : cells) {
      auto unfit = find_unfit(cell.text.value_or(""));
      if (!unfit) continue;
      const std::string name = cells.front().text.value_or("");
      const std::string who =
          name.empty() || find_unfit(name) ? fmt::format("#{}", position) : name;
      return refuse(fmt::format("{}[{}].{}", table, who, cell.column), std::move(*unfit));
    }
    return true;
  }

  bool write_numbers(NewFile& file, const std::string& table,
                     const std::vector<std::string>& columns, std::size_t& count) {
    std::string names;
    std::string line = "number";
    for (const std::string& column : columns) {
      names += ", " + quote_identifier(column);
      line += ',' + column;
    }
    file.write(line + '\n');
    const auto status =
        database_.read(fmt::format(R"(SELECT "id", "first", "last"{} FROM {} ORDER BY "id")", names,
                                   quote_identifier(table)),
                       [&](DatabaseRow row) {
                         ++count;
                         line.assign(row[1].value_or(""));
                         if (row[2]) line.append("-").append(*row[2]);
                         for (std::size_t i = 0; i < columns.size(); ++i) {
                           line += ',' + to_csv_field(row[i + 3].value_or(""));
                         }
                         line += '\n';
                         if (!is_fit(table, columns, row, line.size())) return false;
                         file.write(line);
                         return true;
                       });
    return check(status) && issues_.empty() && is_good(file.finish());
  }

  bool is_fit(const std::string& table, const std::vector<std::string>& columns, DatabaseRow row,
              std::size_t line_bytes) {
    const std::string where = fmt::format("{}[{}]", table, row[0].value_or(""));
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (auto unfit = find_unfit(row[i + 3].value_or(""))) {
        return refuse(fmt::format("{}.{}", where, columns[i]), std::move(*unfit));
      }
    }
    if (line_bytes <= CsvLines::line_bytes_max) return true;
    return refuse(where,
                  fmt::format("is longer than the {} bytes of a line", CsvLines::line_bytes_max));
  }

  const config::Configuration& configuration_;
  Database& database_;
  NewFile toml_;
  NewFile numbers_;
  NewFile never_calls_;
  CopiedRows rows_;
  ConfigIssues issues_;
};

/// Millions of rows go to a disk meanwhile.
constexpr Patience patient{.total = std::chrono::hours(2)};

}  // namespace

Result<CopiedRows, ConfigIssues> export_files(const config::Configuration& configuration,
                                              const fs::path& folder) {
  auto database = open_database(configuration.directory, DatabaseUse::read, {}, patient);
  if (!database) {
    return Failure{ConfigIssues{to_issue(configuration.directory.name, database.error())}};
  }
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    return Failure{ConfigIssues{{folder.string(), 0, "", "cannot be made: " + error.message(),
                                 "name a folder that you may write to"}}};
  }
  return Export(configuration, folder, **database).run();
}

}  // namespace shaken302::directory
