// SPDX-License-Identifier: MIT
#include "ceiling_monitor.hpp"

#include <fmt/format.h>

namespace shaken302::app {
namespace {

constexpr std::size_t facts_max = 20;

std::int64_t day_of(UnixTime now) {
  return std::chrono::floor<std::chrono::days>(now).time_since_epoch().count();
}

MonitorEvent event_of(const Account& account, std::uint32_t calls, bool is_reached) {
  const std::uint32_t most = account.limits.calls_per_day;
  if (!is_reached) {
    return {MonitorEvent::Severity::warning,
            fmt::format("account {}: {} of {} calls of this day have been signed", account.id,
                        calls, most)};
  }
  return {
      MonitorEvent::Severity::alarm,
      fmt::format("account {}: all {} calls of this day have been signed; once as many have come "
                  "by TCP and TLS, further ones stay unsigned there until 00:00 UTC, and those "
                  "by UDP are signed; see whose they are, and suspend the account or raise "
                  "calls_per_day",
                  account.id, most)};
}

}  // namespace

CeilingMonitor::Stage CeilingMonitor::stage_of(std::uint32_t calls, std::uint32_t most) noexcept {
  if (most == 0) return Stage::none;
  if (calls >= most) return Stage::reached;
  return std::uint64_t{calls} * 5 >= std::uint64_t{most} * 4 ? Stage::near : Stage::none;
}

std::vector<MonitorEvent> CeilingMonitor::look(const AccountTable& accounts,
                                               const UsageTable& usage, UnixTime now) {
  std::vector<MonitorEvent> events;
  if (now == looked_at_) return events;
  looked_at_ = now;
  for (const std::uint32_t index : accounts.limited()) {
    const Account& account = accounts.accounts()[index];
    const std::uint32_t calls = usage.calls_today(account.limits, now);
    const Stage stage = stage_of(calls, account.limits.calls_per_day);
    if (stage == Stage::none) continue;
    Told& told = told_[account.limits.slot];
    if (told.day != day_of(now)) told = {day_of(now), Stage::none};
    if (stage <= told.stage) continue;
    told.stage = stage;
    events.push_back(event_of(account, calls, stage == Stage::reached));
  }
  return events;
}

std::vector<CeilingFacts> CeilingMonitor::facts(const AccountTable& accounts,
                                                const UsageTable& usage, UnixTime now) {
  std::vector<CeilingFacts> found;
  for (const std::uint32_t index : accounts.limited()) {
    const Account& account = accounts.accounts()[index];
    const std::uint32_t calls = usage.calls_today(account.limits, now);
    if (stage_of(calls, account.limits.calls_per_day) == Stage::none) continue;
    found.push_back({account.id, calls, account.limits.calls_per_day});
    if (found.size() == facts_max) break;
  }
  return found;
}

}  // namespace shaken302::app
