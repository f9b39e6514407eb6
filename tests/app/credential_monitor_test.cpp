// SPDX-License-Identifier: MIT
#include "app/credential_monitor.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

#include "core/test_credentials.hpp"

namespace shaken302::app {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;
using Severity = MonitorEvent::Severity;
using Table = CredentialMonitor::Table;

constexpr UnixTime start = test::noon;

struct Dates {
  std::string name;
  UnixTime not_before;
  UnixTime not_after;
};

Table table_of(const std::vector<Dates>& list) {
  CredentialTable table;
  for (const Dates& one : list) {
    table.entries.push_back(
        {test::make_test_credential(one.name, "1234", one.not_before, one.not_after).credential});
  }
  return std::make_shared<const CredentialTable>(std::move(table));
}

/// A monitor whose tests all pass, and a clock that both times are read from.
class Scene {
 public:
  CredentialMonitor monitor{[this](const Credential& credential) {
    tested.push_back(credential.name());
    return !failing.contains(credential.name());
  }};
  std::vector<std::string> tested;
  std::set<std::string> failing;
  CredentialMonitor::SteadyTime steady{};

  CredentialMonitor::Look look(const Table& table, UnixTime now) {
    return monitor.look(table, now, steady);
  }
  /// After so long.
  CredentialMonitor::Look look_after(seconds time, const Table& table, UnixTime now) {
    steady += time;
    return look(table, now);
  }
};

std::string severities(const CredentialMonitor::Look& look) {
  std::string text;
  for (const MonitorEvent& event : look.events) {
    text += event.severity == Severity::alarm     ? 'A'
            : event.severity == Severity::warning ? 'W'
                                                  : 'i';
  }
  return text;
}

TEST_CASE("credential_monitor: warns 30, 14, 7, 3 and 1 days before the end, once each") {
  const auto table = table_of({{"house", start - days{300}, start + days{60}}});
  Scene scene;
  std::string told;
  std::vector<std::int64_t> days_left;
  for (hours passed{0}; passed < days{60}; passed += hours{1}) {
    const auto look = scene.look_after(hours{1}, table, start + passed);
    told += severities(look);
    if (!look.events.empty()) days_left.push_back((days{60} - passed) / days{1});
  }
  CHECK(told == "WWWWW");
  CHECK(days_left == std::vector<std::int64_t>{30, 14, 7, 3, 1});
}

TEST_CASE("credential_monitor: warns in proportion of one that lives six days") {
  const auto table = table_of({{"short", start, start + days{6}}});
  Scene scene;
  std::vector<std::int64_t> hours_left;
  for (hours passed{0}; passed < days{6}; passed += hours{1}) {
    const auto look = scene.look_after(hours{1}, table, start + passed);
    if (!look.events.empty()) hours_left.push_back((days{6} - passed) / hours{1});
  }
  // A tenth of 30, 14, 7, 3 and 1 days: 72, 33.6, 16.8, 7.2 and 2.4 hours.
  CHECK(hours_left == std::vector<std::int64_t>{72, 33, 16, 7, 2});
}

TEST_CASE("credential_monitor: of thresholds that were passed before it looked one is told") {
  const auto table = table_of({{"house", start - days{300}, start + days{2}}});
  Scene scene;
  const auto look = scene.look(table, start);
  REQUIRE(severities(look) == "W");
  CHECK(look.events[0].text ==
        "credential house: its certificate ends in 2 days, at 2030-01-03 00:00:00 UTC: renew it");
}

TEST_CASE("credential_monitor: an alarm when it is over, and word when time was put back") {
  const auto table = table_of({{"house", start - days{100}, start}});
  Scene scene;
  CHECK(severities(scene.look(table, start)) == "W");
  CHECK(severities(scene.look_after(seconds{1}, table, start + seconds{1})) == "A");
  CHECK(severities(scene.look_after(seconds{1}, table, start + seconds{2})).empty());
  CHECK(severities(scene.look_after(seconds{1}, table, start - days{50})) == "i");
  CHECK(severities(scene.look_after(seconds{1}, table, start - days{101})) == "A");
}

TEST_CASE("credential_monitor: a renewed one is another one, and what is gone is forgotten") {
  const auto old = table_of({{"house", start - days{100}, start}});
  const auto renewed = table_of({{"house", start - days{1}, start + days{100}}});
  Scene scene;
  CHECK(severities(scene.look(old, start + seconds{1})) == "A");
  CHECK(severities(scene.look(renewed, start + seconds{1})) == "i");
  CHECK(severities(scene.look(old, start + seconds{1})) == "A");
  CHECK(severities(scene.look(table_of({}), start + seconds{1})).empty());
  CHECK(severities(scene.look(old, start + seconds{1})) == "A");
}

TEST_CASE("credential_monitor: dates are compared once a second, or when the table is another") {
  const auto table = table_of({{"house", start - days{100}, start}});
  Scene scene;
  CHECK(severities(scene.look(table, start)) == "W");
  CHECK(severities(scene.look(table, start + seconds{1})).empty());
  CHECK(severities(scene.look_after(seconds{1}, table, start + seconds{1})) == "A");
}

TEST_CASE("credential_monitor: tests each credential once a minute, never all at once") {
  std::vector<Dates> dates;
  for (int i = 0; i < 30; ++i) dates.push_back({"c" + std::to_string(i), start, start + days{90}});
  const auto table = table_of(dates);
  Scene scene;
  std::size_t most = 0;
  for (int i = 0; i < 1200 * 2 + 1; ++i) {
    const std::size_t before = scene.tested.size();
    scene.steady += std::chrono::milliseconds{50};
    static_cast<void>(scene.look(table, start));
    most = std::max(most, scene.tested.size() - before);
  }
  CHECK(most == 1);
  CHECK(scene.tested.size() >= 59);
  CHECK(scene.tested.size() <= 60);
  CHECK(std::set<std::string>(scene.tested.begin(), scene.tested.end()).size() == 30);
  // The machine has slept.
  scene.tested.clear();
  static_cast<void>(scene.look_after(hours{5}, table, start));
  CHECK(scene.tested.size() == 16);
}

TEST_CASE("credential_monitor: one that fails is in quarantine until it passes, all others go on") {
  auto table = table_of({{"good", start, start + days{90}}, {"bad", start, start + days{90}}});
  Scene scene;
  static_cast<void>(scene.look(table, start));
  scene.failing = {"bad"};
  auto look = scene.look_after(seconds{60}, table, start);
  CHECK(severities(look) == "A");
  REQUIRE(look.changed);
  CHECK(look.changed->entries[0].usable());
  CHECK_FALSE(look.changed->entries[1].usable());
  CHECK(table->entries[1].usable());
  table = look.changed;
  look = scene.look_after(seconds{60}, table, start);
  CHECK(look.events.empty());
  CHECK_FALSE(look.changed);
  scene.failing = {};
  look = scene.look_after(seconds{60}, table, start);
  CHECK(severities(look) == "i");
  REQUIRE(look.changed);
  CHECK(look.changed->entries[1].usable());
}

TEST_CASE("credential_monitor: a load's own tests are told like those of a minute") {
  const auto table_with = [](bool usable) {
    CredentialTable entries = *table_of({{"house", start, start + days{90}}});
    entries.entries[0].quarantined = !usable;
    return std::make_shared<const CredentialTable>(std::move(entries));
  };
  Scene scene;
  CHECK(severities(scene.look(table_with(false), start)) == "A");
  CHECK(severities(scene.look(table_with(false), start)).empty());
  CHECK(severities(scene.look(table_with(true), start)) == "i");
}

TEST_CASE("credential_monitor: a chain ends with the first of its certificates") {
  const auto leaf = test::make_test_pem("1234", start, start + days{300});
  const auto sooner = test::make_test_pem("1234", start, start + days{5});
  const auto chain = CertificateChain::parse_pem(leaf.leaf_certificate + sooner.root_certificate);
  REQUIRE(chain);
  REQUIRE(chain->not_after() > chain->valid_until());
  auto credential =
      Credential::make({"house", leaf.leaf_key, *chain, "https://cert.example.com/house.pem"});
  REQUIRE(credential);
  CredentialTable entries;
  entries.entries.push_back({*credential});
  const auto table = std::make_shared<const CredentialTable>(std::move(entries));
  const UnixTime end = chain->valid_until();
  Scene scene;
  CHECK(severities(scene.look(table, end - seconds{1})) == "W");
  CHECK(severities(scene.look_after(seconds{1}, table, end + seconds{1})) == "A");
  CHECK(CredentialMonitor::facts(*table, end + seconds{1}).faults.at(0).valid_until == end);
}

TEST_CASE("credential_monitor: without a test of ours the credential's own counts") {
  CredentialTable entries;
  entries.entries.push_back({test::make_test_credential("good").credential});
  entries.entries.push_back({test::make_treacherous_credential("bad").credential});
  const auto table = std::make_shared<const CredentialTable>(std::move(entries));
  CredentialMonitor monitor;
  static_cast<void>(monitor.look(table, start, {}));
  const auto look = monitor.look(table, start, CredentialMonitor::SteadyTime{seconds{60}});
  REQUIRE(look.changed);
  CHECK(look.changed->entries[0].usable());
  CHECK_FALSE(look.changed->entries[1].usable());
}

TEST_CASE("credential_monitor: facts count all, list what is not good and name the next to end") {
  auto table =
      std::make_shared<CredentialTable>(*table_of({{"later", start, start + days{9}},
                                                   {"sooner", start, start + days{8}},
                                                   {"over", start - days{9}, start - days{1}},
                                                   {"early", start + days{1}, start + days{2}},
                                                   {"quarantined", start, start + days{1}}}));
  table->entries[4].quarantined = true;
  const auto facts = CredentialMonitor::facts(*table, start);
  CHECK(facts.count == 5);
  CHECK(facts.good == 2);
  CHECK(facts.next_to_end == "sooner");
  REQUIRE(facts.faults.size() == 3);
  CHECK(facts.faults[0].state == "expired");
  CHECK(facts.faults[1].state == "not yet valid");
  CHECK(facts.faults[2].state == "quarantined");
  for (int i = 0; i < 30; ++i) table->entries.push_back(table->entries[4]);
  CHECK(CredentialMonitor::facts(*table, start).faults.size() == CredentialFacts::faults_max);
}

}  // namespace
}  // namespace shaken302::app
