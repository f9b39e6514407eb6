// SPDX-License-Identifier: MIT
#include "app/ceiling_monitor.hpp"

#include <doctest/doctest.h>

using namespace shaken302;
using namespace shaken302::app;

namespace {

constexpr UnixTime noon{std::chrono::hours(24 * 20'000 + 12)};

AccountTable make_accounts(std::uint32_t acme_most, std::uint32_t other_most = 0) {
  Account acme;
  acme.id = "acme";
  acme.limits = {0, acme_most, 3};
  Account other;
  other.id = "other";
  other.limits = {50, other_most, 4};
  Account none;
  none.id = "none";
  return *AccountTable::make({acme, other, none});
}

void call(UsageTable& usage, const AccountTable& accounts, std::uint32_t account, int calls,
          UnixTime now) {
  // Calls that a limit does not look at are told all the same.
  for (int i = 0; i < calls; ++i) {
    usage.count(accounts.accounts()[account].limits, now, UsageTable::Source::unproven);
  }
}

std::string text_of(const std::vector<MonitorEvent>& events) {
  std::string text;
  for (const MonitorEvent& event : events) {
    text += event.severity == MonitorEvent::Severity::alarm ? "alarm " : "warning ";
    text += event.text.substr(0, event.text.find(';')) + '\n';
  }
  return text;
}

}  // namespace

TEST_CASE("ceiling_monitor: a line at 80 % and one at 100 %, each once a day and account") {
  UsageTable usage;
  CeilingMonitor monitor;
  const AccountTable accounts = make_accounts(10, 1'000);
  const std::string near = "warning account acme: 8 of 10 calls of this day have been signed\n";
  const std::string reached = "alarm account acme: all 10 calls of this day have been signed\n";
  UnixTime now = noon;
  const auto look = [&] {
    return text_of(monitor.look(accounts, usage, now += std::chrono::seconds(1)));
  };
  CHECK(look().empty());
  call(usage, accounts, 0, 7, now);
  CHECK(look().empty());
  call(usage, accounts, 0, 1, now);
  CHECK(look() == near);
  CHECK(look().empty());
  call(usage, accounts, 0, 1, now);
  CHECK(look().empty());
  call(usage, accounts, 0, 1, now);
  CHECK(look() == reached);
  call(usage, accounts, 0, 100, now);
  CHECK(look().empty());
  now += std::chrono::hours(24);
  CHECK(look().empty());
  call(usage, accounts, 0, 10, now);
  CHECK(look() == reached);  // past 80 % in one go: one line
}

TEST_CASE("ceiling_monitor: a reload says nothing again, a lower ceiling may") {
  UsageTable usage;
  CeilingMonitor monitor;
  const AccountTable before = make_accounts(10);
  call(usage, before, 0, 8, noon);
  CHECK(monitor.look(before, usage, noon).size() == 1);
  CHECK(monitor.look(make_accounts(10), usage, noon + std::chrono::seconds(1)).empty());
  const auto lowered = monitor.look(make_accounts(8), usage, noon + std::chrono::seconds(2));
  CHECK(text_of(lowered) == "alarm account acme: all 8 calls of this day have been signed\n");
  CHECK(monitor.look(make_accounts(1), usage, noon + std::chrono::seconds(3)).empty());
}

TEST_CASE("ceiling_monitor: it looks once a second") {
  UsageTable usage;
  CeilingMonitor monitor;
  const AccountTable accounts = make_accounts(1);
  CHECK(monitor.look(accounts, usage, noon).empty());
  call(usage, accounts, 0, 1, noon);
  CHECK(monitor.look(accounts, usage, noon).empty());
  CHECK(monitor.look(accounts, usage, noon + std::chrono::seconds(1)).size() == 1);
}

TEST_CASE("ceiling_monitor: the status report has those that are near") {
  UsageTable usage;
  const AccountTable accounts = make_accounts(10, 10);
  call(usage, accounts, 0, 9, noon);
  call(usage, accounts, 1, 7, noon);
  const auto facts = CeilingMonitor::facts(accounts, usage, noon);
  REQUIRE(facts.size() == 1);
  CHECK(facts[0].account == "acme");
  CHECK(facts[0].calls == 9);
  CHECK(facts[0].most == 10);
}
