// SPDX-License-Identifier: MIT
#include "load_snapshot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "config/peer_listeners.hpp"
#include "load_shadow.hpp"
#include "number_load.hpp"
#include "resolve_names.hpp"

namespace shaken302::directory {
namespace {

/// One load on its way through the parts.
class SnapshotLoad {
 public:
  SnapshotLoad(const config::Configuration& configuration, UnixTime now, std::stop_token stop,
               const Earlier& earlier, MetricsSlots& slots)
      : configuration_(configuration),
        now_(now),
        stop_(std::move(stop)),
        earlier_(earlier),
        usage_slots_(slots) {}

  /// False: there are issues.
  bool run() {
    if (!earlier_.is_same_configuration) findings_.warnings = configuration_.warnings;
    load_credentials();
    if (stop_.stop_requested()) return refuse_stopped();
    source_ = open_source(configuration_, findings_, stop_);
    if (!source_) return false;
    if (load_entries()) {
      load_numbers();
      load_never_calls();
    }
    source_.reset();
    return stop_.stop_requested() ? refuse_stopped() : findings_.issues.empty();
  }

  config::ConfigIssues take_issues() { return std::move(findings_.issues); }

  LoadedSnapshot finish(std::uint64_t generation, MetricsSlots& slots) {
    // Slots are for as long as the process lives: a configuration that is refused must take none.
    slots = std::move(usage_slots_);
    if (!parts_.peers) {
      for (Peer& peer : peers_) peer.metrics_slot = slots.slot_of(peer.name);
      parts_.peers = std::make_shared<const PeerTable>(std::move(*PeerTable::make(peers_)));
    }
    parts_.generation = generation;
    auto shadow = load_shadow(generation);
    parts_.shadow = shadow == nullptr ? nullptr : shadow->loaded.snapshot;
    return {std::make_shared<const Snapshot>(std::move(parts_)),
            std::move(findings_.warnings),
            std::move(states_),
            std::move(built_),
            std::move(shadow),
            std::move(credentials_)};
  }

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] const Snapshot* before() const noexcept {
    return earlier_.loaded == nullptr ? nullptr : earlier_.loaded->snapshot.get();
  }

  bool refuse_stopped() {
    findings_.issues = stopped_load(configuration_.directory.name);
    return false;
  }

  void add_built(std::string_view name, Clock::time_point begin) {
    built_.push_back({name, std::chrono::round<std::chrono::milliseconds>(Clock::now() - begin)});
  }

  std::shared_ptr<const LoadedShadow> load_shadow(std::uint64_t generation) {
    const auto begin = Clock::now();
    ShadowOrder order{configuration_, generation, now_,
                      stop_,          nullptr,    earlier_.is_same_configuration};
    if (earlier_.loaded != nullptr) order.before = earlier_.loaded->shadow;
    auto shadow = directory::load_shadow(order, findings_.warnings);
    if (shadow != order.before) add_built("shadow", begin);
    return shadow;
  }

  /// Those of a file were checked when it was read.
  void check_listeners() {
    if (configuration_.directory.kind == config::SourceKind::files) return;
    config::IssueSink issues(configuration_.directory.name);
    for (const config::PeerEntry& peer : configuration_.directory.peers) {
      config::check_listeners(peer, configuration_.settings.listen, issues);
      config::check_clients(peer, configuration_.settings.tls, issues);
    }
    for (config::ConfigIssue& issue : issues.take()) findings_.issues.push_back(std::move(issue));
  }

  void load_credentials() {
    if (before() != nullptr && earlier_.is_same_configuration) {
      credentials_ = earlier_.loaded->credentials;
      parts_.credentials = credentials_.table;
      return;
    }
    const auto begin = Clock::now();
    CredentialOrder order{configuration_, now_, stop_, earlier_.rule};
    if (earlier_.loaded != nullptr) order.before = &earlier_.loaded->credentials;
    credentials_ = directory::load_credentials(order, findings_);
    parts_.credentials = credentials_.table;
    add_built("credentials", begin);
  }

  /// Peers and accounts name each other: they are read together. False: they cannot be read.
  bool load_entries() {
    states_.entries = source_->states().entries;
    const bool is_same = before() != nullptr && earlier_.is_same_configuration &&
                         !states_.entries.empty() &&
                         states_.entries == earlier_.loaded->states.entries;
    if (is_same) {
      parts_.peers = before()->peers;
      parts_.accounts = before()->accounts;
      return true;
    }
    const auto begin = Clock::now();
    const std::size_t issues = findings_.issues.size();
    source_->read_entries(configuration_.directory, findings_);
    if (findings_.issues.size() == issues) check_listeners();
    // Whatever refers to what could not be read would be called wrong too.
    if (findings_.issues.size() != issues) return false;
    if (before() != nullptr) {
      is_account_lost_ = keep_order(configuration_.directory.accounts, *before()->accounts);
    }
    give_usage_slots();
    const Names names(configuration_.directory);
    auto accounts = make_account_table(configuration_, names, findings_);
    peers_ = resolve_peers(configuration_, names, findings_);
    make_peer_table(configuration_, peers_, findings_);  // for its issues
    if (accounts) parts_.accounts = std::make_shared<const AccountTable>(std::move(*accounts));
    add_built("peers and accounts", begin);
    return true;
  }

  void give_usage_slots() {
    usage_slots_.begin_usage(now_);
    bool is_full = false;
    for (config::AccountEntry& entry : configuration_.directory.accounts) {
      if (!entry.account.limits.any()) continue;
      entry.account.limits.slot = usage_slots_.usage_slot_of_account(entry.account.id);
      is_full = is_full || entry.account.limits.slot == no_index;
    }
    for (config::PeerEntry& entry : configuration_.directory.peers) {
      if (!entry.peer.limits.any()) continue;
      entry.peer.limits.slot = usage_slots_.usage_slot_of_peer(entry.peer.name);
      is_full = is_full || entry.peer.limits.slot == no_index;
    }
    if (!is_full) return;
    findings_.issues.push_back(
        {configuration_.directory.name, 0, "calls_per_second",
         fmt::format("more than {} peers and accounts have had a limit in two days",
                     usage_slots_max),
         "give fewer of them a limit, or restart where others had one before"});
  }

  /// A table is kept when its source is what it was, and nobody that it may name is gone: a number
  /// of nobody is a mistake that must be found.
  void load_numbers() {
    states_.numbers = source_->states().numbers;
    if (before() != nullptr && !is_account_lost_ && !states_.numbers.empty() &&
        states_.numbers == earlier_.loaded->states.numbers) {
      parts_.numbers = before()->numbers;
      return;
    }
    const auto begin = Clock::now();
    const bool is_kept = before() != nullptr && parts_.accounts == before()->accounts;
    const Names names = is_kept ? Names(*parts_.accounts) : Names(configuration_.directory);
    if (auto table = source_->read_numbers(names.accounts, findings_)) {
      parts_.numbers = std::make_shared<const NumberTable>(std::move(*table));
    }
    add_built("numbers", begin);
  }

  void load_never_calls() {
    states_.never_calls = source_->states().never_calls;
    if (before() != nullptr && !states_.never_calls.empty() &&
        states_.never_calls == earlier_.loaded->states.never_calls) {
      parts_.never_calls = before()->never_calls;
      return;
    }
    const auto begin = Clock::now();
    if (auto table = source_->read_never_calls(findings_)) {
      parts_.never_calls = std::make_shared<const NumberTable>(std::move(*table));
    }
    add_built("never_calls", begin);
  }

  config::Configuration configuration_;  // with what a database holds
  UnixTime now_;
  std::stop_token stop_;
  const Earlier& earlier_;
  MetricsSlots usage_slots_;  // with those that this load gives away
  Findings findings_;
  std::unique_ptr<Source> source_;
  Snapshot parts_;
  PartStates states_;
  std::vector<BuiltPart> built_;
  std::vector<Peer> peers_;
  LoadedCredentials credentials_;
  bool is_account_lost_ = false;
};

}  // namespace

Result<LoadedSnapshot, config::ConfigIssues> load_snapshot(
    const config::Configuration& configuration, std::uint64_t generation, UnixTime now,
    MetricsSlots& slots, const std::stop_token& stop, const Earlier& earlier) {
  SnapshotLoad load(configuration, now, stop, earlier, slots);
  if (!load.run()) return Failure{load.take_issues()};
  return load.finish(generation, slots);
}

LoadedSnapshot renew_credentials(const config::Configuration& configuration,
                                 const LoadedSnapshot& before, const std::set<std::string>& names,
                                 UnixTime now) {
  const auto begin = std::chrono::steady_clock::now();
  Findings findings;
  const CredentialOrder order{configuration,       now,   {}, CredentialRule::each_alone,
                              &before.credentials, &names};
  LoadedSnapshot renewed = before;
  renewed.credentials = load_credentials(order, findings);
  renewed.warnings = std::move(findings.warnings);
  std::ranges::move(findings.issues, std::back_inserter(renewed.warnings));
  renewed.built.clear();
  auto snapshot = std::make_shared<Snapshot>(*before.snapshot);
  snapshot->credentials = renewed.credentials.table;
  renewed.snapshot = std::move(snapshot);
  const auto time = std::chrono::steady_clock::now() - begin;
  renewed.built.push_back({"credentials", std::chrono::round<std::chrono::milliseconds>(time)});
  return renewed;
}

}  // namespace shaken302::directory
