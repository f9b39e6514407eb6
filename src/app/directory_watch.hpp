// SPDX-License-Identifier: MIT
//
// Hears when a database that the directory is kept in has changed. A thread of its own waits for
// notifications (PostgreSQL) or looks a few times a second (SQLite); what it knows are the
// revisions of the tables, so that nothing is lost while the database, or the way to it, is down.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "directory/database.hpp"
#include "served_snapshots.hpp"

namespace shaken302::app {

class DirectoryWatch {
 public:
  struct Pace {
    std::chrono::milliseconds poll{250};     ///< between two looks at SQLite
    std::chrono::milliseconds check{1000};   ///< between two looks at PostgreSQL: a notification
                                             ///< may get lost, and a standby sends none
    std::chrono::milliseconds retry{500};    ///< before the next try when it is down
    std::chrono::milliseconds quiet{100};    ///< after the last notification of a burst
    std::chrono::milliseconds longest{400};  ///< after the first one
  };
  /// All are called on the watch's thread.
  struct Steps {
    std::function<directory::OpenedDatabase(const std::stop_token&)> open;
    /// Also once at the start. With all accounts: a revocation does not wait for a load.
    std::function<void(std::vector<AccountNews>)> changed;
    /// Nothing: it has answered.
    std::function<void(std::optional<directory::DatabaseError>)> heard;
  };
  DirectoryWatch(Steps steps, const Pace& pace);
  explicit DirectoryWatch(Steps steps) : DirectoryWatch(std::move(steps), Pace{}) {}
  /// Ends the thread, within a blink also when the database hangs.
  ~DirectoryWatch() = default;
  DirectoryWatch(const DirectoryWatch&) = delete;
  DirectoryWatch& operator=(const DirectoryWatch&) = delete;

 private:
  void run(const std::stop_token& stop);
  directory::DatabaseStatus attempt(const std::stop_token& stop);
  directory::DatabaseStatus watch(directory::Database& database);
  directory::DatabaseStatus look(directory::Database& database);
  directory::DatabaseStatus wait(directory::Database& database) const;

  Steps steps_;
  Pace pace_;
  /// What was told of last; of the thread alone.
  std::string identity_;
  directory::Revisions seen_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace shaken302::app
