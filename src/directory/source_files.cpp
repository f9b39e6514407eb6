// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <sys/stat.h>

#include <chrono>

#include "numbers_csv.hpp"
#include "source.hpp"

namespace shaken302::directory {
namespace {

using std::chrono::nanoseconds;

/// A file that was written this shortly ago may be written again within the same tick of the file
/// system's clock, with the same size: nobody would see it.
constexpr nanoseconds settled_after = std::chrono::milliseconds(50);

nanoseconds to_duration(const timespec& time) {
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

/// Device, inode, size and both times; empty when the file is not there or was just written.
std::string state_of(const std::filesystem::path& path) {
  if (path.empty()) return "none";
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  const auto changed = std::max(to_duration(status.st_mtim), to_duration(status.st_ctim));
  if (std::chrono::system_clock::now().time_since_epoch() < changed + settled_after) return {};
  return fmt::format("{} {}:{} {} {} {}", path.string(), status.st_dev, status.st_ino,
                     status.st_size, to_duration(status.st_mtim).count(),
                     to_duration(status.st_ctim).count());
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
