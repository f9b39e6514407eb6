// SPDX-License-Identifier: MIT
//
// Says which accounts have made the calls that they may make in a day, or nearly: one line at 80 %
// and one at 100 %, each once a day and account. Nobody's calls are refused by it. Control thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "monitor_event.hpp"
#include "shaken302/account.hpp"
#include "shaken302/rate_limit.hpp"

namespace shaken302::app {

/// An account that is near its ceiling, or beyond.
struct CeilingFacts {
  std::string account;
  std::uint32_t calls = 0;  ///< today, those of the accounts below it included
  std::uint32_t most = 0;   ///< calls_per_day
};

class CeilingMonitor {
 public:
  /// Cheap enough for many times a second: looks at accounts with a limit, once a second.
  std::vector<MonitorEvent> look(const AccountTable& accounts, const UsageTable& usage,
                                 UnixTime now);

  /// Those at 80 % and more, the first twenty.
  static std::vector<CeilingFacts> facts(const AccountTable& accounts, const UsageTable& usage,
                                         UnixTime now);

 private:
  enum class Stage : std::uint8_t { none, near, reached };
  struct Told {
    std::int64_t day = 0;
    Stage stage = Stage::none;
  };
  static Stage stage_of(std::uint32_t calls, std::uint32_t most) noexcept;

  UnixTime looked_at_{};
  std::map<std::uint32_t, Told> told_;  ///< by usage slot, so that no reload says it again
};

}  // namespace shaken302::app
