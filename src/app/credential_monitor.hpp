// SPDX-License-Identifier: MIT
//
// Looks after the credentials that serve: says in time which ones end, raises an alarm about those
// whose time is over or has not come, and puts each to the test once a minute. One that fails signs
// nothing until it passes again; all others go on. Knows no clock, no log and no snapshot: whoever
// calls brings the time and carries out what is answered. Control thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "monitor_event.hpp"
#include "shaken302/credential.hpp"

namespace shaken302::app {

/// For whoever asks how things are.
struct CredentialFacts {
  struct Fault {
    std::string name;
    std::string_view state;  ///< "faulty", "quarantined", "unpublished", "expired", "not yet valid"
    UnixTime valid_from;
    UnixTime valid_until;
    std::string why{};  ///< what is wrong with its files
  };
  /// One that signs as it was, while what its files hold does not.
  struct Held {
    std::string name;
    std::string_view state;  ///< "refused" or "unpublished"
    std::string why{};
  };
  /// Faults that are listed; all are counted.
  static constexpr std::size_t faults_max = 20;
  std::size_t count = 0;
  std::size_t good = 0;
  std::vector<Fault> faults{};
  std::vector<Held> held{};   ///< at most faults_max
  std::string next_to_end{};  ///< of the good ones; empty: there is none
  UnixTime ends_at = UnixTime::max();
};

class CredentialMonitor {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;
  using SelfTest = std::function<bool(const Credential&)>;
  using Table = std::shared_ptr<const CredentialTable>;

  static constexpr std::chrono::seconds test_interval{60};
  static constexpr std::chrono::seconds retest_interval{5};  ///< of those in quarantine
  static constexpr std::size_t retests_max = 8;              ///< at once

  explicit CredentialMonitor(SelfTest test = [](const Credential& credential) {
    return credential.passes_self_test();
  });

  struct Look {
    std::vector<MonitorEvent> events;
    /// The table that is to serve in place of the one that was looked at; null: that one.
    Table changed;
  };
  /// To be called many times a second with the table that serves: tests as many as are due, and
  /// compares dates once a second. Never throws for what is in the table; allocation apart.
  Look look(const Table& table, UnixTime now, SteadyTime at);

  [[nodiscard]] static CredentialFacts facts(const CredentialTable& table, UnixTime now);

 private:
  enum class Phase : std::uint8_t { unknown, early, good, over };
  struct State {
    UnixTime until;  ///< tells a renewed one from the one before
    Phase phase = Phase::unknown;
    bool is_quarantined = false;  ///< as was said
    std::size_t warned = 0;       ///< thresholds that were passed
    bool is_there = true;         ///< in the table
  };

  void meet(const CredentialTable& table, Look& look);
  void compare_dates(const CredentialTable& table, UnixTime now, Look& look);
  void enter(State& state, Phase phase, const Credential& credential, Look& look);
  void test_some(const Table& table, SteadyTime at, Look& look);

  SelfTest test_;
  std::map<std::string, State, std::less<>> states_;  ///< by name
  std::weak_ptr<const CredentialTable> seen_;
  std::optional<SteadyTime> dates_at_;
  std::optional<SteadyTime> tests_at_;
  std::optional<SteadyTime> retests_at_;
  double due_ = 0;        ///< tests, with the fraction that is left from before
  std::size_t next_ = 0;  ///< entry
};

}  // namespace shaken302::app
