// SPDX-License-Identifier: MIT
//
// What the server has done so far, in lines for an operator: printed on SIGUSR1 and at exit. Pure:
// it reads counters and returns text.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ceiling_monitor.hpp"
#include "clock_monitor.hpp"
#include "credential_monitor.hpp"
#include "shaken302/metrics.hpp"

namespace shaken302::app {

/// Where the directory comes from and how it is.
struct SourceFacts {
  std::string name;
  std::string state;                     ///< "good", "unreachable", "refused"
  std::uint64_t snapshot_age = 0;        ///< seconds since the snapshot was made
  std::optional<std::uint64_t> unheard;  ///< seconds since a database has last answered
};

struct StatusFacts {
  std::uint64_t generation = 0;
  std::vector<const WorkerMetrics*> workers{};
  std::span<const std::string> peer_names{};  ///< by metrics slot
  std::optional<std::size_t> connections{};   ///< TCP and TLS; nothing: no listener speaks it
  std::optional<UnixTime> tls_valid_until{};  ///< of the certificate of the TLS listeners
  bool are_tls_files_refused = false;         ///< and those before serve on
  std::uint64_t kernel_drops = 0;
  std::uint64_t log_lines_dropped = 0;
  std::optional<SourceFacts> source{};
  std::string_view shadow{};  ///< "off", "good", "refused"; empty: nothing is said
  std::optional<CredentialFacts> credentials{};
  std::optional<ClockState> clock{};
  std::vector<CeilingFacts> ceilings{};
};

/// "status generation=3 workers=2", "status source=/f state=good snapshot_age_s=12", "status
/// shadow=off", "status credentials=2 good=1 next_to_end=house ends_at=2026-12-01T00:00:00Z",
/// "status credential=old state=expired valid_from=… valid_until=…" for each that is not good,
/// "status clock=synchronised", "status connections=12 tls_ends_at=2027-01-01T00:00:00Z" (with
/// tls_new_files=refused where a reload did not take them), "status
/// account=acme calls_today=812 calls_per_day=1000" for those that have made four fifths of their
/// calls of the day, then "status received=120" and so on for every counter that is not zero, then
/// "status peer=edge invites=100 level_a=90" for every peer that called.
std::vector<std::string> make_status_report(const StatusFacts& facts);

}  // namespace shaken302::app
