// SPDX-License-Identifier: MIT
#include "load_snapshot.hpp"

#include <fmt/format.h>

#include "numbers_csv.hpp"
#include "resolve_names.hpp"

namespace shaken302::directory {
namespace {

void append(config::ConfigIssues& to, const config::ConfigIssues& issues) {
  to.insert(to.end(), issues.begin(), issues.end());
}

std::optional<NumberTable> load_numbers(const config::Configuration& configuration,
                                        const Names& names, Findings& findings,
                                        const std::stop_token& stop) {
  const std::filesystem::path& path = configuration.directory.numbers;
  if (path.empty()) return NumberTable();
  auto file = config::RegularFile::open(path, number_file_rules);
  if (!file) {
    findings.issues.push_back({configuration.file.string(), 0, "directory.numbers",
                               fmt::format("{} {}", path.string(), file.error().problem),
                               fmt::format("{}; numbers = \"\" means none", file.error().remedy)});
    return std::nullopt;
  }
  auto table = load_numbers_csv(std::move(*file), names.accounts, stop);
  if (table) return std::move(*table);
  append(findings.issues, table.error());
  return std::nullopt;
}

}  // namespace

Result<LoadedSnapshot, config::ConfigIssues> load_snapshot(
    const config::Configuration& configuration, std::uint64_t generation, UnixTime now,
    MetricsSlots& slots, const std::stop_token& stop) {
  Findings findings;
  const Names names(configuration.directory);
  auto credentials = load_credentials(configuration, now, findings, stop);
  if (stop.stop_requested()) return Failure{stopped_load(configuration.file.string())};
  auto accounts = make_account_table(configuration, names, findings);
  auto peers = resolve_peers(configuration, names, findings);
  auto numbers = load_numbers(configuration, names, findings, stop);
  const auto checked = make_peer_table(configuration, peers, findings);
  if (!findings.issues.empty() || !accounts || !numbers || !checked) {
    return Failure{std::move(findings.issues)};
  }
  // Slots are for as long as the process lives: a configuration that is refused must take none.
  for (Peer& peer : peers) peer.metrics_slot = slots.slot_of(peer.name);
  auto peer_table = PeerTable::make(std::move(peers));

  auto snapshot = std::make_shared<Snapshot>();
  snapshot->generation = generation;
  snapshot->peers = std::make_shared<const PeerTable>(std::move(*peer_table));
  snapshot->accounts = std::make_shared<const AccountTable>(std::move(*accounts));
  snapshot->numbers = std::make_shared<const NumberTable>(std::move(*numbers));
  snapshot->credentials = std::make_shared<const CredentialTable>(std::move(credentials));
  return LoadedSnapshot{std::move(snapshot), std::move(findings.warnings)};
}

}  // namespace shaken302::directory
