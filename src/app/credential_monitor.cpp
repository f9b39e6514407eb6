// SPDX-License-Identifier: MIT
#include "credential_monitor.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace shaken302::app {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;
using Severity = MonitorEvent::Severity;

/// Time left at which somebody should know, of a certificate that lives at least `long_lived`; of
/// others the same share of their life.
constexpr std::array<seconds, 5> thresholds{days{30}, days{14}, days{7}, days{3}, days{1}};
constexpr seconds long_lived = days{60};

/// A look that comes late, after the machine has slept, does not test everything at once.
constexpr std::size_t tests_per_look_max(std::size_t credentials) {
  return std::max<std::size_t>(16, credentials / 500);
}

/// How many of the thresholds are behind.
std::size_t passed_thresholds(const CertificateChain& chain, UnixTime now) {
  const seconds life =
      std::clamp(seconds(chain.valid_until() - chain.valid_from()), seconds{0}, long_lived);
  const seconds left = chain.valid_until() - now;
  return static_cast<std::size_t>(std::ranges::count_if(thresholds, [&](seconds threshold) {
    return left.count() * long_lived.count() <= threshold.count() * life.count();
  }));
}

std::string time_left(seconds left) {
  if (left >= days{2}) return fmt::format("{} days", left / days{1});
  if (left >= hours{2}) return fmt::format("{} hours", left / hours{1});
  return fmt::format("{} minutes", left / std::chrono::minutes{1});
}

bool is_early(const CertificateChain& chain, UnixTime now) { return now < chain.valid_from(); }

MonitorEvent event_of_test(const Credential& credential, bool passes) {
  if (passes) {
    return {Severity::info, fmt::format("credential {}: its test signature verifies again, it is "
                                        "out of quarantine",
                                        credential.name())};
  }
  return {Severity::alarm, fmt::format("credential {}: its test signature does not verify: in "
                                       "quarantine, its calls are not signed",
                                       credential.name())};
}

}  // namespace

CredentialMonitor::CredentialMonitor(SelfTest test) : test_(std::move(test)) {}

CredentialMonitor::Look CredentialMonitor::look(const Table& table, UnixTime now, SteadyTime at) {
  Look look;
  if (!table) return look;
  const bool is_other = seen_.lock() != table;
  if (is_other) {
    seen_ = table;
    meet(*table, look);
  }
  if (is_other || !dates_at_ || at - *dates_at_ >= seconds{1}) {
    dates_at_ = at;
    compare_dates(*table, now, look);
  }
  test_some(table, at, look);
  if (look.changed) seen_ = look.changed;
  return look;
}

/// Another table: what is gone is forgotten, and a load has tested all that is there.
void CredentialMonitor::meet(const CredentialTable& table, Look& look) {
  for (auto& [name, state] : states_) state.is_there = false;
  for (const CredentialTable::Entry& entry : table.entries) {
    State& state = states_[entry.credential.name()];
    state.is_there = true;
    if (std::exchange(state.is_quarantined, entry.quarantined) == entry.quarantined) continue;
    look.events.push_back(event_of_test(entry.credential, !entry.quarantined));
  }
  std::erase_if(states_, [](const auto& state) { return !state.second.is_there; });
}

void CredentialMonitor::compare_dates(const CredentialTable& table, UnixTime now, Look& look) {
  for (const CredentialTable::Entry& entry : table.entries) {
    const CertificateChain& chain = entry.credential.chain();
    if (entry.faulty) continue;  // whoever read its files has said so
    State& state = states_[entry.credential.name()];
    if (state.until != chain.valid_until()) state.warned = 0;
    state.until = chain.valid_until();
    if (!chain.is_valid_at(now)) {
      enter(state, is_early(chain, now) ? Phase::early : Phase::over, entry.credential, look);
      continue;
    }
    enter(state, Phase::good, entry.credential, look);
    const std::size_t passed = passed_thresholds(chain, now);
    if (passed > state.warned) {
      look.events.push_back(
          {Severity::warning,
           fmt::format("credential {}: its certificate ends in {}, at {:%F %T} UTC: renew it",
                       entry.credential.name(), time_left(chain.valid_until() - now),
                       chain.valid_until())});
    }
    state.warned = passed;  // less again when the clock was put back
  }
}

void CredentialMonitor::enter(State& state, Phase phase, const Credential& credential, Look& look) {
  const Phase before = std::exchange(state.phase, phase);
  if (before == phase) return;
  const CertificateChain& chain = credential.chain();
  switch (phase) {
    case Phase::early:
      look.events.push_back(
          {Severity::alarm,
           fmt::format("credential {}: not valid before {:%F %T} UTC: its calls are not signed",
                       credential.name(), chain.valid_from())});
      break;
    case Phase::over:
      look.events.push_back(
          {Severity::alarm,
           fmt::format(
               "credential {}: its certificate, or one behind it, has ended at {:%F %T} UTC: its "
               "calls are not signed; renew it",
               credential.name(), chain.valid_until())});
      break;
    case Phase::good:
      if (before == Phase::unknown) break;
      look.events.push_back(
          {Severity::info,
           fmt::format("credential {}: valid, its calls are signed again", credential.name())});
      break;
    case Phase::unknown:
      break;
  }
}

void CredentialMonitor::test_some(const Table& table, SteadyTime at, Look& look) {
  const std::size_t count = table->entries.size();
  const auto elapsed = std::clamp<std::chrono::duration<double>>(at - tests_at_.value_or(at),
                                                                 seconds{0}, test_interval);
  tests_at_ = at;
  if (count == 0) return;
  due_ += static_cast<double>(count) * elapsed / test_interval;
  auto tests = std::min(static_cast<std::size_t>(due_), std::min(count, tests_per_look_max(count)));
  due_ -= static_cast<double>(tests);
  due_ = std::min(due_, static_cast<double>(count));
  std::shared_ptr<CredentialTable> changed;
  const auto test = [&](std::size_t index) {
    const CredentialTable::Entry& entry = (changed ? *changed : *table).entries[index];
    if (entry.faulty) return;
    const bool passes = test_(entry.credential);
    if (passes != entry.quarantined) return;
    if (!changed) changed = std::make_shared<CredentialTable>(*table);
    changed->entries[index].quarantined = !passes;
    states_[entry.credential.name()].is_quarantined = !passes;
    look.events.push_back(event_of_test(entry.credential, passes));
  };
  for (; tests > 0; --tests) {
    if (next_ >= count) next_ = 0;
    test(next_++);
  }
  // A token that was silent for a moment is not worth a minute without signatures.
  if (!retests_at_) retests_at_ = at;
  if (at - *retests_at_ >= retest_interval) {
    retests_at_ = at;
    std::size_t left = retests_max;
    for (std::size_t i = 0; i < count && left > 0; ++i) {
      if (!table->entries[i].quarantined) continue;
      --left;
      test(i);
    }
  }
  look.changed = std::move(changed);
}

CredentialFacts CredentialMonitor::facts(const CredentialTable& table, UnixTime now) {
  CredentialFacts facts;
  facts.count = table.entries.size();
  for (const CredentialTable::Entry& entry : table.entries) {
    const CertificateChain& chain = entry.credential.chain();
    const bool is_valid = chain.is_valid_at(now);
    if (entry.usable() && is_valid) {
      ++facts.good;
      if (chain.valid_until() < facts.ends_at) {
        facts.ends_at = chain.valid_until();
        facts.next_to_end = entry.credential.name();
      }
      continue;
    }
    if (facts.faults.size() == CredentialFacts::faults_max) continue;
    const std::string_view state = entry.faulty           ? "faulty"
                                   : entry.quarantined    ? "quarantined"
                                   : entry.unpublished    ? "unpublished"
                                   : is_early(chain, now) ? "not yet valid"
                                                          : "expired";
    facts.faults.push_back(
        {entry.credential.name(), state, chain.valid_from(), chain.valid_until(), {}});
  }
  return facts;
}

}  // namespace shaken302::app
