// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <fstream>

#include "config/entry_row.hpp"
#include "database_copy.hpp"
#include "database_issue.hpp"

namespace shaken302::directory {
namespace {

using config::ConfigIssues;
using config::Section;
namespace fs = std::filesystem;

/// RFC 4180; a row of ours is one line, so that a line end in a reference becomes a blank.
std::string to_csv_field(std::string_view text) {
  if (text.find_first_of("\",\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c == '\r' || c == '\n' ? ' ' : c;
  }
  return out + '"';
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
        if (is_path) cell.text = (folder / *cell.text).lexically_normal().string();
      }
      out += config::to_section_text(row, section.section) + '\n';
    }
  }
  return out;
}

class Export {
 public:
  Export(const config::Configuration& configuration, const fs::path& folder, Database& database)
      : configuration_(configuration), folder_(folder), database_(database) {}

  Result<CopiedRows, ConfigIssues> run() {
    const bool is_done =
        check(database_.begin_reading()) && write_configuration() &&
        write_numbers("numbers.csv", "number,account,valid_from,valid_until,basis,reference",
                      R"(SELECT "first", "last", "account", "valid_from", "valid_until", "basis", )"
                      R"("reference" FROM "number" ORDER BY "id")",
                      rows_.numbers) &&
        write_numbers("never.csv", "number,valid_from,valid_until,reference",
                      R"(SELECT "first", "last", "valid_from", "valid_until", "reference" )"
                      R"(FROM "never_call" ORDER BY "id")",
                      rows_.never_calls);
    if (is_done) return rows_;
    return Failure{std::move(issues_)};
  }

 private:
  bool check(const DatabaseStatus& status) {
    if (status) return true;
    issues_.push_back(to_issue(configuration_.directory.name, status.error()));
    return false;
  }

  bool refuse(const fs::path& path, std::string problem, std::string remedy) {
    issues_.push_back({path.string(), 0, "", std::move(problem), std::move(remedy)});
    return false;
  }

  /// Nothing is written over.
  bool open(const fs::path& path, std::ofstream& file) {
    if (fs::exists(path)) return refuse(path, "is there already", "name an empty folder");
    file.open(path, std::ios::binary);
    return file ? true : refuse(path, "cannot be written", "name a folder that you may write to");
  }
  bool close(const fs::path& path, std::ofstream& file) {
    file.close();
    return file ? true : refuse(path, "could not be written whole", "make room");
  }

  bool write_configuration() {
    const fs::path path = folder_ / "shaken302.toml";
    std::ofstream file;
    if (!open(path, file)) return false;
    const auto others = other_sections(configuration_);
    if (!others) {
      issues_ = others.error();
      return false;
    }
    file << *others << "[directory]\nnumbers = \"numbers.csv\"\ndo_not_originate = \"never.csv\"\n";
    return write_entries(Section::peer, file, rows_.peers) &&
           write_entries(Section::account, file, rows_.accounts) && close(path, file);
  }

  bool write_entries(Section section, std::ofstream& file, std::size_t& count) {
    const std::string table(config::section_row(section).name);
    const auto columns = database_.columns_of(table);
    if (!columns) return check(Failure{columns.error()});
    config::EntryRow cells;
    std::string names;
    for (const std::string& column : *columns) {
      names += (names.empty() ? "" : ", ") + quote_identifier(column);
      cells.push_back({column, std::nullopt});
    }
    return check(
        database_.read(fmt::format("SELECT {} FROM {} ORDER BY 1", names, quote_identifier(table)),
                       [&](DatabaseRow row) {
                         for (std::size_t i = 0; i < cells.size() && i < row.size(); ++i) {
                           cells[i].text.reset();
                           if (row[i]) cells[i].text.emplace(*row[i]);
                         }
                         file << '\n' << config::to_section_text(cells, section);
                         ++count;
                         return true;
                       }));
  }

  bool write_numbers(const char* name, std::string_view header, const std::string& select,
                     std::size_t& count) {
    const fs::path path = folder_ / name;
    std::ofstream file;
    if (!open(path, file)) return false;
    file << header << '\n';
    const bool is_read = check(database_.read(select, [&](DatabaseRow row) {
      file << row[0].value_or("");
      if (row[1]) file << '-' << *row[1];
      for (std::size_t i = 2; i < row.size(); ++i) file << ',' << to_csv_field(row[i].value_or(""));
      file << '\n';
      ++count;
      return true;
    }));
    return is_read && close(path, file);
  }

  const config::Configuration& configuration_;
  const fs::path& folder_;
  Database& database_;
  CopiedRows rows_;
  ConfigIssues issues_;
};

}  // namespace

Result<CopiedRows, ConfigIssues> export_files(const config::Configuration& configuration,
                                              const fs::path& folder) {
  auto database = open_database(configuration.directory, DatabaseUse::read);
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
