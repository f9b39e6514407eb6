// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "file_state.hpp"
#include "numbers_csv.hpp"
#include "source.hpp"

namespace shaken302::directory {
namespace {

/// Empty when it is not there: then it is read, and missed.
std::string state_of(const std::filesystem::path& path) {
  if (path.empty()) return "none";
  std::error_code unknown;
  return std::filesystem::exists(path, unknown) ? settled_file_state(path) : "";
}

class FilesSource final : public Source {
 public:
  FilesSource(const config::Configuration& configuration, std::stop_token stop)
      : configuration_(configuration), stop_(std::move(stop)) {
    states_.numbers = state_of(configuration.directory.numbers);
    states_.never_calls = state_of(configuration.directory.do_not_originate);
  }

  void read_entries(config::DirectorySource&, Findings&) override {}

  std::optional<NumberTable> read_numbers(const AccountIds& accounts, Findings& findings) override {
    return read(configuration_.directory.numbers, "numbers", findings,
                [&](config::RegularFile file) {
                  return load_numbers_csv(std::move(file), accounts, stop_);
                });
  }
  std::optional<NumberTable> read_never_calls(Findings& findings) override {
    return read(
        configuration_.directory.do_not_originate, "do_not_originate", findings,
        [&](config::RegularFile file) { return load_never_calls_csv(std::move(file), stop_); });
  }

 private:
  template <class Load>
  std::optional<NumberTable> read(const std::filesystem::path& path, std::string_view key,
                                  Findings& findings, Load load) const {
    if (path.empty()) return NumberTable();
    auto file = config::RegularFile::open(path, number_file_rules);
    if (!file) {
      findings.issues.push_back(
          {configuration_.file.string(), configuration_.directory.lines.of(key),
           fmt::format("directory.{}", key),
           fmt::format("{} {}", path.string(), file.error().problem),
           fmt::format("{}; {} = \"\" means none", file.error().remedy, key)});
      return std::nullopt;
    }
    auto table = load(std::move(*file));
    if (table) return std::move(*table);
    findings.issues.insert(findings.issues.end(), table.error().begin(), table.error().end());
    return std::nullopt;
  }

  const config::Configuration& configuration_;
  std::stop_token stop_;
};

}  // namespace

std::unique_ptr<Source> open_source(const config::Configuration& configuration, Findings& findings,
                                    const std::stop_token& stop) {
  if (configuration.directory.kind == config::SourceKind::files) {
    return open_files(configuration, stop);
  }
  return open_tables(configuration, findings, stop);
}

std::unique_ptr<Source> open_files(const config::Configuration& configuration,
                                   const std::stop_token& stop) {
  return std::make_unique<FilesSource>(configuration, stop);
}

}  // namespace shaken302::directory
