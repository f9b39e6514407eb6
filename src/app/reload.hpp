// SPDX-License-Identifier: MIT
//
// Reading everything that an operator may change, and doing so again beside the running server: a
// thread of its own reads and checks, the control thread gets a whole result or a list of issues.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "config/configuration.hpp"
#include "directory/load_snapshot.hpp"

namespace shaken302::app {

/// A configuration and the snapshot that was made of it.
struct Loaded {
  config::Configuration configuration;
  directory::LoadedSnapshot snapshot;
  directory::MetricsSlots slots;  ///< with the new peers in it
};
using LoadResult = Result<Loaded, config::ConfigIssues>;

/// What a load is to read.
struct LoadOrder {
  std::filesystem::path file;
  /// Taken by value, so that a refused load leaves no trace.
  directory::MetricsSlots slots{};
  /// What serves now, of which may be kept what has not changed; null: nothing serves yet.
  std::shared_ptr<const directory::LoadedSnapshot> before{};
  /// When only a database has changed: the configuration as it was read; its file may be half
  /// edited.
  std::optional<config::Configuration> configuration{};
  /// When only files of credentials have changed: their names. All else of `before` is kept, and
  /// `configuration` is there.
  std::set<std::string> renewals{};
};

/// Reads everything. Whoever publishes the snapshot gives it its generation. When `stop` is
/// requested it ends soon, with an issue.
LoadResult load_everything(const LoadOrder& order, const std::stop_token& stop = {});

/// Whether nobody has to correct anything: a database did not answer.
[[nodiscard]] bool is_temporary(const config::ConfigIssues& issues) noexcept;

/// "rebuilt peers and accounts in 12 ms, numbers in 3400 ms; the rest is kept"
std::string describe(const std::vector<directory::BuiltPart>& built);

/// The keys of sealed settings that differ: they take a restart.
std::vector<std::string> sealed_changes(const config::Settings& running,
                                        const config::Settings& read);

/// Runs one reload at a time; requests that come meanwhile become one more. Control thread.
class Reloader {
 public:
  using Job = std::function<LoadResult(const std::stop_token&)>;
  struct Steps {
    /// On the control thread; the job runs on another. No job: there is nothing to do.
    std::function<Job()> begin;
    std::function<void(LoadResult)> finish;  ///< on the control thread
  };
  Reloader(boost::asio::io_context& control, Steps steps);
  /// Stops a job that is running and waits for it; its result is not heard of any more.
  ~Reloader();
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;

  void request();
  /// Tells a job that is running, and every later one, to stop; its result is still heard.
  void stop() noexcept { stop_.request_stop(); }

 private:
  void begin();
  void end(LoadResult result);

  boost::asio::io_context& control_;
  Steps steps_;
  bool is_running_ = false;
  bool is_requested_again_ = false;
  std::stop_source stop_;
  std::optional<boost::asio::thread_pool> thread_;
};

}  // namespace shaken302::app
