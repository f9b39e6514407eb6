// SPDX-License-Identifier: MIT
#include "live_directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "compare_credentials.hpp"
#include "log_event.hpp"

namespace shaken302::app {
namespace {

/// After a load that a database kept waiting.
constexpr std::chrono::seconds retry_after{1};
/// After a load of a database that was refused: what puts it right may be no change of a table.
constexpr std::chrono::seconds again_after{30};

/// Of credentials whose files are wrong, as long as these do not change.
constexpr std::chrono::seconds faults_again_after{60};

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
      publications_(control, [this](const auto& events) { hear_of_publications(events); }),
      steps_(std::move(steps)),
      reloader_(control, {[this] { return begin(); },
                          [this](LoadResult result) { finish(std::move(result)); }}) {
  served_.ask_publications(
      [this](const Credential& credential) { return publications_.state_of(credential); });
  log_warnings(loaded_->warnings);
  tell_of_credentials({}, false);
}

void LiveDirectory::reload() {
  if (is_stopping_) return;
  is_whole_wanted_ = true;
  is_asked_for_ = true;
  reloader_.request();
}

void LiveDirectory::follow() {
  watch_credentials();
  watch_publications();
  watch_.reset();
  ++epoch_;
  is_down_ = false;
  if (is_stopping_ || configuration_.directory.kind == config::SourceKind::files) return;
  heard_at_ = Clock::now();
  watch_ = std::make_unique<DirectoryWatch>(DirectoryWatch::Steps{
      [source = configuration_.directory](const std::stop_token& stop) {
        return directory::open_database(source, directory::DatabaseUse::read, stop);
      },
      [this, epoch = epoch_](std::vector<AccountNews> news) {
        boost::asio::post(control_, [this, epoch, news = std::move(news)]() mutable {
          if (is_stopping_ || epoch != epoch_) return;
          restrict_to(std::move(news));
          want_database();
        });
      },
      [this, epoch = epoch_](const std::optional<directory::DatabaseError>& error) {
        boost::asio::post(control_, [this, epoch, error] {
          if (epoch == epoch_) hear(error);
        });
      }});
}

void LiveDirectory::look_after_credentials(UnixTime now) {
  if (is_stopping_) return;
  read_faulty_again();
  auto look = monitor_.look(served_.holder().current()->credentials, now, Clock::now());
  for (const MonitorEvent& event : look.events) log_event(log_, event);
  if (!look.changed) return;
  served_.set_credentials(std::move(look.changed));
  log_.info("credentials have changed: " + describe());
  show_state();
}

CredentialFacts LiveDirectory::credentials(UnixTime now) const {
  auto facts = CredentialMonitor::facts(*served_.holder().current()->credentials, now);
  const auto& serving = served_.holder().current()->credentials->entries;
  const auto& loaded = loaded_->credentials;
  for (std::size_t i = 0; i < loaded.origins.size() && i < serving.size(); ++i) {
    const directory::CredentialOrigin& origin = loaded.origins[i];
    const std::string why = origin.faults.empty() ? "" : config::to_text(origin.faults.front());
    const auto fault = std::ranges::find(facts.faults, origin.name, &CredentialFacts::Fault::name);
    if (fault != facts.faults.end()) fault->why = why;
    if (facts.held.size() == CredentialFacts::faults_max) continue;
    if (origin.serves_on) {
      facts.held.push_back({origin.name, "refused", why});
    } else if (!serving[i].credential.is_same(loaded.table->entries[i].credential)) {
      facts.held.push_back({origin.name, "unpublished", ""});
    }
  }
  return facts;
}

void LiveDirectory::stop() noexcept {
  is_stopping_ = true;
  reloader_.stop();
}

void LiveDirectory::watch_credentials() {
  if (is_stopping_) return;
  if (!credential_watch_) try {
      credential_watch_ = std::make_unique<CredentialWatch>([this](std::set<std::string> names) {
        boost::asio::post(control_, [this, names = std::move(names)]() mutable {
          if (is_stopping_) return;
          renewals_wanted_.merge(std::move(names));
          reloader_.request();
        });
      });
    } catch (const std::exception& error) {
      log_.error(fmt::format(
          "files of credentials are not looked at: {}; reload (SIGHUP) when they change",
          error.what()));
      return;
    }
  std::vector<CredentialWatch::Watched> watched;
  for (const config::CredentialFiles& files : configuration_.directory.credentials) {
    const auto& origins = loaded_->credentials.origins;
    const auto origin = std::ranges::find(origins, files.name, &directory::CredentialOrigin::name);
    watched.push_back({files, origin == origins.end() ? "" : origin->files});
  }
  credential_watch_->follow(std::move(watched));
}

void LiveDirectory::watch_publications() {
  if (is_stopping_) return;
  // What cannot begin must not end the server: nothing is found to be published, that is all.
  try {
    publications_.follow(*loaded_->credentials.table, *served_.holder().current()->credentials,
                         configuration_.directory.publish_check_ca);
  } catch (const std::exception& error) {
    log_.error(fmt::format(
        "publish_check cannot begin: {}; credentials that are not known to be published stay out "
        "of use; reload to try again",
        error.what()));
  }
}

void LiveDirectory::hear_of_publications(const std::vector<MonitorEvent>& events) {
  if (is_stopping_) return;
  for (const MonitorEvent& event : events) log_event(log_, event);
  if (!served_.renew_credentials(loaded_->credentials.table)) return;
  watch_publications();  // who serves is another one
  log_.info("credentials have changed: " + describe());
  show_state();
}

void LiveDirectory::want_database() {
  is_database_wanted_ = true;
  reloader_.request();
}

Reloader::Job LiveDirectory::begin() {
  if (!is_whole_wanted_ && !is_database_wanted_ && renewals_wanted_.empty()) return {};
  // They take no time, and a table that is written to all day must not keep them waiting.
  const bool is_renewal_due = !renewals_wanted_.empty() && !is_renewal_;
  is_whole_ = !is_renewal_due && std::exchange(is_whole_wanted_, false);
  is_renewal_ = is_renewal_due || (!is_whole_ && !is_database_wanted_);
  is_operators_ = is_whole_ && std::exchange(is_asked_for_, false);
  LoadOrder order{file_, slots_, loaded_, std::nullopt};
  if (!is_whole_) order.configuration = configuration_;
  if (is_whole_ || is_renewal_) renewals_running_ = std::exchange(renewals_wanted_, {});
  if (is_renewal_) {
    order.renewals = renewals_running_;
  } else {
    is_database_wanted_ = false;
    served_.begin_load();
  }
  if (is_operators_) {
    is_reloading_ = true;
    steps_.reloading();
  }
  return [order = std::move(order)](const std::stop_token& stop) {
    return load_everything(order, stop);
  };
}

void LiveDirectory::finish(LoadResult result) {
  if (is_stopping_) return;  // whoever watches the server has been told that it stops
  const std::set<std::string> renewals = std::exchange(renewals_running_, {});
  if (is_operators_) is_reloading_ = false;
  if (is_renewal_ && result) {
    reloader_.request();  // for what else is wanted, if anything is
    return adopt_renewals(std::move(*result));
  }
  if (is_renewal_) {
    for (const config::ConfigIssue& issue : result.error()) log_.error(config::to_text(issue));
    renewals_wanted_.insert(renewals.begin(), renewals.end());
    return load_after(retry_after);
  }
  reloader_.request();
  if (result && result->snapshot.snapshot->peers->peers().empty()) {
    result = LoadResult(Failure{config::ConfigIssues{
        {file_.string(), 0, "peer", "there is none: nobody would get an answer", "add a peer"}}});
  }
  if (result) {
    const bool was_refused = is_refused();
    adopt(std::move(*result));
    if (is_operators_ || was_refused) show_state();
    return;
  }
  renewals_wanted_.insert(renewals.begin(), renewals.end());  // which a whole load would have read
  refuse(result.error());
  show_state();
  if (is_refusal_temporary_) {
    if (is_whole_) is_whole_wanted_ = true;  // what an operator asked for is not forgotten
    load_after(retry_after);
  } else if (configuration_.directory.kind != config::SourceKind::files) {
    if (is_whole_) want_database();  // it may have changed beside what was wrong
    load_after(again_after);
  }
}

std::string LiveDirectory::state() const {
  return is_refused() ? "the last reload was refused; " + describe() : describe();
}

void LiveDirectory::adopt(Loaded loaded) {
  const bool was_refused = is_refused();
  if (is_whole_) {
    for (const std::string& key : sealed_changes(sealed_, loaded.configuration.settings)) {
      log_.warning(fmt::format(
          "reload: {} has changed, which takes a restart; the value of the start stays", key));
    }
    warnings_.clear();
    whole_refusal_.clear();
  }
  retry_timer_.cancel();
  const bool is_other_source =
      !is_same_source(configuration_.directory, loaded.configuration.directory);
  configuration_ = without_entries(std::move(loaded.configuration));
  log_warnings(loaded.snapshot.warnings);
  refusal_.clear();
  const bool is_another = !loaded.snapshot.built.empty();
  if (is_another) made_at_ = Clock::now();
  if (is_other_source) served_.begin_load();  // what was heard of the other one says nothing here
  const bool is_published = served_.end_load(*loaded.snapshot.snapshot, is_another);
  if (is_another) {
    slots_ = std::move(loaded.slots);
    log_.info(fmt::format("reload: {}; {}", describe(), app::describe(loaded.snapshot.built)));
  } else if (is_published) {
    log_.info(fmt::format("generation {}: accounts are again as they were loaded",
                          served_.holder().generation()));
  } else if (was_refused && !is_refused()) {
    log_.info(fmt::format("reload: nothing is wrong any more, generation {} stays",
                          served_.holder().generation()));
  }
  const auto before = std::exchange(
      loaded_, std::make_shared<const directory::LoadedSnapshot>(std::move(loaded.snapshot)));
  if (!is_whole_) return;
  tell_of_credentials(before->credentials, is_operators_);
  watch_credentials();
  watch_publications();
  if (is_other_source) follow();
}

void LiveDirectory::adopt_renewals(Loaded loaded) {
  const auto before = std::exchange(
      loaded_, std::make_shared<const directory::LoadedSnapshot>(std::move(loaded.snapshot)));
  log_warnings(loaded_->warnings);
  served_.renew_credentials(loaded_->credentials.table);
  watch_publications();
  tell_of_credentials(before->credentials, false);
  show_state();
}

/// Whoever waits for a reload must not be told of an end that is another one's.
void LiveDirectory::show_state() {
  if (!is_stopping_ && !is_reloading_) steps_.reloaded(state());
}

/// What puts them right may be no change of their files: an anchor, a token, a clock.
void LiveDirectory::read_faulty_again() {
  if (Clock::now() - faults_read_at_ < faults_again_after) return;
  faults_read_at_ = Clock::now();
  for (const directory::CredentialOrigin& origin : loaded_->credentials.origins) {
    if (!origin.faults.empty()) renewals_wanted_.insert(origin.name);
  }
  reloader_.request();
}

/// What became of credentials whose files were read: renewed, refused, or good again.
void LiveDirectory::tell_of_credentials(const directory::LoadedCredentials& before, bool again) {
  for (const MonitorEvent& event : compare_credentials(before, loaded_->credentials, again)) {
    log_event(log_, event);
  }
}

/// A load takes a while with many accounts, longer when it comes behind one of many numbers, and is
/// refused for as long as any row is wrong.
void LiveDirectory::restrict_to(std::vector<AccountNews> news) {
  if (!served_.restrict_to(std::move(news))) return;
  log_.info(fmt::format("generation {}: what was taken from accounts is gone from now on",
                        served_.holder().generation()));
}

void LiveDirectory::refuse(const config::ConfigIssues& issues) {
  std::string refusal;
  for (const config::ConfigIssue& issue : issues) refusal += config::to_text(issue) + '\n';
  is_refusal_temporary_ = is_temporary(issues);
  // What is wrong is read again and again, and said once; whoever asks is told.
  const bool is_known = !is_operators_ && (refusal == refusal_ || refusal == whole_refusal_);
  if (is_whole_) whole_refusal_ = refusal;
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

void LiveDirectory::load_after(Clock::duration time) {
  retry_timer_.expires_after(time);
  retry_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || is_stopping_) return;
    if (configuration_.directory.kind != config::SourceKind::files) is_database_wanted_ = true;
    reloader_.request();
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
  facts.state = is_waited_for ? "unreachable" : (is_refused() ? "refused" : "good");
  facts.snapshot_age = seconds_since(made_at_);
  if (configuration_.directory.kind != config::SourceKind::files) {
    facts.unheard = seconds_since(heard_at_);
  }
  return facts;
}

std::string_view LiveDirectory::shadow_state() const noexcept {
  if (configuration_.shadow.empty()) return "off";
  return loaded_ && loaded_->shadow != nullptr ? "good" : "refused";
}

std::string LiveDirectory::describe() const {
  const auto snapshot = served_.holder().current();
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const CredentialFacts credentials = CredentialMonitor::facts(*snapshot->credentials, now);
  std::size_t accounts = 0;
  for (const Account& account : snapshot->accounts->accounts()) accounts += account.removed ? 0 : 1;
  return fmt::format(
      "generation {}: {} peers, {} accounts, {} number rows, {} credentials of which {} can sign",
      snapshot->generation, snapshot->peers->peers().size(), accounts, snapshot->numbers->size(),
      credentials.count, credentials.good);
}

}  // namespace shaken302::app
