// SPDX-License-Identifier: MIT
#include "live_directory.hpp"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <utility>

namespace shaken302::app {
namespace {

/// After a load that a database kept waiting.
constexpr std::chrono::milliseconds retry_after{1000};

/// Peers and accounts are in the snapshot; there may be many.
config::Configuration without_entries(config::Configuration configuration) {
  configuration.directory.peers = {};
  configuration.directory.accounts = {};
  return configuration;
}

bool is_same_source(const config::DirectorySource& one, const config::DirectorySource& other) {
  return one.kind == other.kind && one.database == other.database;
}

std::uint64_t seconds_since(std::chrono::steady_clock::time_point then) {
  const auto age = std::chrono::steady_clock::now() - then;
  return static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(age).count());
}

}  // namespace

LiveDirectory::LiveDirectory(boost::asio::io_context& control, Log& log, std::filesystem::path file,
                             Loaded loaded, Steps steps)
    : control_(control),
      log_(log),
      retry_timer_(control),
      file_(std::move(file)),
      sealed_(loaded.configuration.settings),
      configuration_(without_entries(std::move(loaded.configuration))),
      slots_(std::move(loaded.slots)),
      loaded_(std::make_shared<const directory::LoadedSnapshot>(std::move(loaded.snapshot))),
      served_(loaded_->snapshot),
      steps_(std::move(steps)),
      reloader_(control, {[this] { return begin(); },
                          [this](LoadResult result) { finish(std::move(result)); }}) {
  log_warnings(loaded_->warnings);
}

void LiveDirectory::reload() {
  if (is_stopping_) return;
  is_whole_wanted_ = true;
  reloader_.request();
}

void LiveDirectory::follow() {
  watch_.reset();
  if (is_stopping_ || configuration_.directory.kind == config::SourceKind::files) return;
  heard_at_ = Clock::now();
  watch_ = std::make_unique<DirectoryWatch>(DirectoryWatch::Steps{
      [source = configuration_.directory](const std::stop_token& stop) {
        return directory::open_database(source, directory::DatabaseUse::read, stop);
      },
      [this](std::vector<std::string> suspended) {
        boost::asio::post(control_, [this, suspended = std::move(suspended)]() mutable {
          if (is_stopping_) return;
          suspend(std::move(suspended));
          reloader_.request();
        });
      },
      [this](const std::optional<directory::DatabaseError>& error) {
        boost::asio::post(control_, [this, error] { hear(error); });
      }});
}

void LiveDirectory::stop() noexcept {
  is_stopping_ = true;
  reloader_.stop();
}

Reloader::Job LiveDirectory::begin() {
  is_whole_ = std::exchange(is_whole_wanted_, false);
  if (is_whole_) steps_.reloading();
  served_.begin_load();
  LoadOrder order{file_, slots_, loaded_, std::nullopt};
  if (!is_whole_) order.configuration = configuration_;
  return [order = std::move(order)](const std::stop_token& stop) {
    return load_everything(order, stop);
  };
}

void LiveDirectory::finish(LoadResult result) {
  if (is_stopping_) return;  // whoever watches the server has been told that it stops
  const bool was_refused = !refusal_.empty();
  if (result) {
    adopt(std::move(*result));
    if (is_whole_ || was_refused) steps_.reloaded(describe());
    return;
  }
  refuse(result.error());
  steps_.reloaded("the last reload was refused; " + describe());
  if (configuration_.directory.kind == config::SourceKind::files) return;
  if (is_refusal_temporary_) {
    retry_soon();
  } else if (is_whole_) {
    reloader_.request();  // the database may have changed beside what was wrong
  }
}

void LiveDirectory::adopt(Loaded loaded) {
  if (is_whole_) {
    for (const std::string& key : sealed_changes(sealed_, loaded.configuration.settings)) {
      log_.warning(fmt::format(
          "reload: {} has changed, which takes a restart; the value of the start stays", key));
    }
    warnings_.clear();
  }
  const bool is_other_source =
      !is_same_source(configuration_.directory, loaded.configuration.directory);
  configuration_ = without_entries(std::move(loaded.configuration));
  log_warnings(loaded.snapshot.warnings);
  refusal_.clear();
  made_at_ = Clock::now();
  const bool is_another = !loaded.snapshot.built.empty();
  const bool is_published = served_.end_load(*loaded.snapshot.snapshot, is_another);
  if (is_another) {
    slots_ = std::move(loaded.slots);
    log_.info(fmt::format("reload: {}; {}", describe(), app::describe(loaded.snapshot.built)));
  } else if (is_published) {
    log_.info(fmt::format("generation {}: accounts are again as they were loaded",
                          served_.holder().generation()));
  }
  loaded_ = std::make_shared<const directory::LoadedSnapshot>(std::move(loaded.snapshot));
  if (is_other_source) follow();
}

/// A load takes a while with many accounts, and longer when it comes behind one of many numbers.
void LiveDirectory::suspend(std::vector<std::string> accounts) {
  if (!served_.suspend(std::move(accounts))) return;
  log_.info(fmt::format("generation {}: suspended accounts sign nothing from now on",
                        served_.holder().generation()));
}

void LiveDirectory::refuse(const config::ConfigIssues& issues) {
  std::string refusal;
  for (const config::ConfigIssue& issue : issues) refusal += config::to_text(issue) + '\n';
  is_refusal_temporary_ = is_temporary(issues);
  // A database that hangs is asked again and again, and its operator told once.
  const bool is_known = !is_whole_ && is_refusal_temporary_ && refusal == refusal_;
  refusal_ = std::move(refusal);
  if (is_known) return;
  for (const config::ConfigIssue& issue : issues) log_.error(config::to_text(issue));
  log_.error(fmt::format("reload refused, generation {} stays", served_.holder().generation()));
}

void LiveDirectory::log_warnings(const config::ConfigIssues& warnings) {
  for (const config::ConfigIssue& issue : warnings) {
    const std::string text = config::to_text(issue);
    if (warnings_.insert(text).second) log_.warning(text);
  }
}

void LiveDirectory::retry_soon() {
  retry_timer_.expires_after(retry_after);
  retry_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !is_stopping_) reloader_.request();
  });
}

void LiveDirectory::hear(const std::optional<directory::DatabaseError>& error) {
  if (is_stopping_) return;
  const std::string& name = configuration_.directory.name;
  if (!error) {
    heard_at_ = Clock::now();
    if (std::exchange(is_down_, false)) log_.info(fmt::format("{} answers again", name));
  } else if (!std::exchange(is_down_, true)) {
    log_.warning(fmt::format("{} cannot be followed: {}; generation {} stays", name, error->message,
                             served_.holder().generation()));
  }
}

SourceFacts LiveDirectory::source() const {
  SourceFacts facts;
  facts.name = configuration_.directory.name;
  const bool is_waited_for = is_down_ || (!refusal_.empty() && is_refusal_temporary_);
  facts.state = is_waited_for ? "unreachable" : (refusal_.empty() ? "good" : "refused");
  facts.snapshot_age = seconds_since(made_at_);
  if (configuration_.directory.kind != config::SourceKind::files) {
    facts.unheard = seconds_since(heard_at_);
  }
  return facts;
}

std::string LiveDirectory::describe() const {
  const auto snapshot = served_.holder().current();
  std::size_t usable = 0;
  for (const auto& entry : snapshot->credentials->entries) usable += entry.usable ? 1 : 0;
  std::size_t accounts = 0;
  for (const Account& account : snapshot->accounts->accounts()) accounts += account.removed ? 0 : 1;
  return fmt::format(
      "generation {}: {} peers, {} accounts, {} number rows, {} credentials of which {} usable",
      snapshot->generation, snapshot->peers->peers().size(), accounts, snapshot->numbers->size(),
      snapshot->credentials->entries.size(), usable);
}

}  // namespace shaken302::app
