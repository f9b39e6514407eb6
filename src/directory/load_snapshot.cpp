// SPDX-License-Identifier: MIT
#include "load_snapshot.hpp"

#include <fmt/format.h>

#include "numbers_csv.hpp"
#include "resolve_names.hpp"

namespace shaken302::directory {
namespace {

constexpr std::size_t numbers_bytes_max = std::size_t{2} << 30U;

void append(config::ConfigIssues& to, const config::ConfigIssues& issues) {
  to.insert(to.end(), issues.begin(), issues.end());
}

std::optional<NumberTable> load_numbers(const config::Configuration& configuration,
                                        const Names& names, Findings& findings,
                                        const std::stop_token& stop) {
  const std::filesystem::path& path = configuration.directory.numbers;
  std::string csv;
  if (!path.empty()) {
    auto content = read_file(path, numbers_bytes_max, false);
    if (!content) {
      findings.issues.push_back(
          {configuration.file.string(), 0, "directory.numbers",
           fmt::format("{} {}", path.string(), content.error().problem),
           fmt::format("{}; numbers = \"\" means none", content.error().remedy)});
      return std::nullopt;
    }
    csv = std::move(*content);
  }
  auto table = path.empty() ? Result<NumberTable, config::ConfigIssues>(NumberTable())
                            : make_number_table(csv, path.string(), names.accounts, stop);
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
