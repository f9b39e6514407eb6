// SPDX-License-Identifier: MIT
//
// A directory of files and the same one in an SQLite database, changed by SQL as an operator does.
#pragma once

#include <sqlite3.h>

#include <algorithm>

#include "config/configuration_text.hpp"
#include "directory/database_copy.hpp"
#include "directory_scene.hpp"

namespace shaken302::directory::test {

class TablesScene : public DirectoryScene {
 public:
  TablesScene() {
    folder.write("t.toml", good_toml);
    files = configuration(good_toml);
    database = configuration(database_toml());
  }

  static std::string database_toml() {
    const auto first_peer = good_toml.find("[[peer]]");
    return std::string(good_toml.substr(0, first_peer)) + "[directory]\nsource = \"sqlite:db\"\n";
  }

  /// The tables, filled with what the files say.
  void fill() {
    expect(init_database(database.directory));
    expect(import_files(files, database.directory, false));
  }
  template <class T>
  void expect(const Result<T, config::ConfigIssues>& result) const {
    if (!result) FAIL(lines(result.error()));
  }

  void sql(const std::string& text) const {
    sqlite3* raw = nullptr;
    REQUIRE(sqlite3_open((folder.path() / "db").c_str(), &raw) == SQLITE_OK);
    sqlite3_busy_timeout(raw, 10000);  // a reader may have the file
    const int code = sqlite3_exec(raw, text.c_str(), nullptr, nullptr, nullptr);
    const std::string message = sqlite3_errmsg(raw);
    sqlite3_close(raw);
    CAPTURE(text);
    CAPTURE(message);
    REQUIRE(code == SQLITE_OK);
  }

  /// The same configuration, of whose parts only those are read that have changed.
  [[nodiscard]] Result<LoadedSnapshot, config::ConfigIssues> refresh(
      const LoadedSnapshot& before, const config::Configuration& configuration) {
    return load_snapshot(configuration, before.snapshot->generation + 1, shaken302::test::noon,
                         slots, {}, {&before, true});
  }

  /// Peers and accounts as they are read, each on its lines, accounts by id.
  [[nodiscard]] static std::string entries(const config::Configuration& configuration) {
    config::Configuration read = configuration;
    Findings findings;
    const auto source = open_source(configuration, findings, {});
    if (source) source->read_entries(read.directory, findings);
    CHECK(findings.issues.empty());
    std::ranges::sort(read.directory.accounts, {},
                      [](const config::AccountEntry& entry) { return entry.account.id; });
    std::string out;
    for (const auto& peer : read.directory.peers) out += config::test::text_of(peer);
    for (const auto& account : read.directory.accounts) out += config::test::text_of(account);
    return out;
  }

  /// Every claim with its account's id, sorted.
  [[nodiscard]] static std::string numbers(const Snapshot& snapshot, const NumberTable& table) {
    std::vector<std::string> claims;
    for (const NumberClaim& claim : table.claims()) {
      claims.push_back(fmt::format(
          "{}-{} {} {} {} {}\n", claim.first, claim.last,
          claim.account == no_index ? "" : snapshot.accounts->accounts().at(claim.account).id,
          static_cast<int>(claim.basis), claim.valid_from.time_since_epoch().count(),
          claim.valid_until.time_since_epoch().count()));
    }
    std::ranges::sort(claims);
    std::string out;
    for (const std::string& claim : claims) out += claim;
    return out;
  }

  config::Configuration files;
  config::Configuration database;
};

}  // namespace shaken302::directory::test
