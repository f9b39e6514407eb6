// SPDX-License-Identifier: MIT
//
// The snapshot that serves, and all that renews it: an operator's reload, and a database that has
// changed. Whatever fails, the last good snapshot serves on. Control thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "credential_monitor.hpp"
#include "credential_watch.hpp"
#include "directory_watch.hpp"
#include "log.hpp"
#include "publication_monitor.hpp"
#include "reload.hpp"
#include "served_snapshots.hpp"
#include "status_report.hpp"

namespace shaken302::app {

class LiveDirectory {
 public:
  struct Steps {
    std::function<void()> reloading;                   ///< an operator's reload begins
    std::function<void(const std::string&)> reloaded;  ///< what to show whoever watches the server
  };
  /// `file` is read again on a reload.
  LiveDirectory(boost::asio::io_context& control, Log& log, std::filesystem::path file,
                Loaded loaded, Steps steps);
  LiveDirectory(const LiveDirectory&) = delete;
  LiveDirectory& operator=(const LiveDirectory&) = delete;
  ~LiveDirectory() = default;

  [[nodiscard]] SnapshotHolder& snapshots() noexcept { return served_.holder(); }
  /// By metrics slot.
  [[nodiscard]] const std::vector<std::string>& peer_names() const noexcept {
    return slots_.names();
  }
  /// "generation 3: 2 peers, …"
  [[nodiscard]] std::string describe() const;
  [[nodiscard]] SourceFacts source() const;
  /// See StatusFacts.
  [[nodiscard]] std::string_view shadow_state() const noexcept;
  [[nodiscard]] CredentialFacts credentials(UnixTime now) const;

  /// Reads the configuration and what has changed of all that it names.
  void reload();
  /// To be called many times a second: tests credentials, and tells which ones end.
  void look_after_credentials(UnixTime now);
  /// From now on changes are heard: of the files of credentials, and of a database where the
  /// directory is kept in one.
  void follow();
  /// Nothing is read or published any more.
  void stop() noexcept;

 private:
  using Clock = std::chrono::steady_clock;

  Reloader::Job begin();
  void finish(LoadResult result);
  void adopt(Loaded loaded);
  void refuse(const config::ConfigIssues& issues);
  [[nodiscard]] bool is_refused() const noexcept {
    return !refusal_.empty() || !whole_refusal_.empty();
  }
  /// What to show whoever watches the server.
  [[nodiscard]] std::string state() const;
  void log_warnings(const config::ConfigIssues& warnings);
  void restrict_to(std::vector<AccountNews> news);
  void want_database();
  void read_faulty_again();
  void show_state();
  void adopt_renewals(Loaded loaded);
  void tell_of_credentials(const directory::LoadedCredentials& before, bool again);
  void watch_credentials();
  void watch_publications();
  void hear_of_publications(const std::vector<MonitorEvent>& events);
  void load_after(Clock::duration time);
  void hear(const std::optional<directory::DatabaseError>& error);

  boost::asio::io_context& control_;
  Log& log_;
  boost::asio::steady_timer retry_timer_;
  const std::filesystem::path file_;
  const config::Settings sealed_;        // as of the start
  config::Configuration configuration_;  // as it serves, without peers and accounts
  directory::MetricsSlots slots_;
  std::shared_ptr<const directory::LoadedSnapshot> loaded_;
  ServedSnapshots served_;
  CredentialMonitor monitor_;
  PublicationMonitor publications_;
  Steps steps_;

  std::set<std::string> warnings_;  // that were logged for what serves
  std::string refusal_;             // why the last load was refused; empty: it was not
  std::string whole_refusal_;       // why the last whole load was: a lesser one puts nothing right
  bool is_refusal_temporary_ = false;
  bool is_down_ = false;
  // What the next load is to read; the first of them that is wanted, then the others.
  bool is_whole_wanted_ = false;
  bool is_database_wanted_ = false;
  std::set<std::string> renewals_wanted_;
  std::set<std::string> renewals_running_;  // not lost when the load that runs is refused
  Clock::time_point faults_read_at_ = Clock::now();
  bool is_asked_for_ = false;  // by an operator, and not begun yet
  // Of the load that runs.
  bool is_whole_ = false;
  bool is_renewal_ = false;
  bool is_operators_ = false;
  bool is_reloading_ = false;  // an operator waits for its end
  bool is_stopping_ = false;
  Clock::time_point made_at_ = Clock::now();
  Clock::time_point heard_at_ = Clock::now();

  std::uint64_t epoch_ = 0;  // counts the sources: old news of an earlier one mean nothing
  Reloader reloader_;
  // Last: their threads post to this.
  std::unique_ptr<DirectoryWatch> watch_;
  std::unique_ptr<CredentialWatch> credential_watch_;
};

}  // namespace shaken302::app
