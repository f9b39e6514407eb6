// SPDX-License-Identifier: MIT
#include "resolve_names.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/ip_text.hpp"
#include "config/nearest_name.hpp"
#include "config/value_text.hpp"

namespace shaken302::directory {
namespace {

using config::in_quotes;

/// Ambiguities listed before a file is sent back.
constexpr std::size_t ambiguities_max = 20;

/// One entry's issues: each at the line of its key, or of the entry where the key is not there.
class EntryIssues {
 public:
  template <class Entry>
  EntryIssues(const config::Configuration& configuration, std::string label, const Entry& entry)
      : file_(configuration.directory.name),
        label_(std::move(label)),
        line_(entry.line),
        lines_(entry.lines) {}

  void add(config::ConfigIssues& to, std::string_view key, std::string problem,
           std::string remedy) const {
    const std::uint32_t of_key = lines_.of(key);
    to.push_back({file_, of_key == 0 ? line_ : of_key, fmt::format("{}.{}", label_, key),
                  std::move(problem), std::move(remedy)});
  }

 private:
  std::string file_;
  std::string label_;
  std::uint32_t line_;
  const config::KeyLines& lines_;
};

using Index = std::unordered_map<std::string_view, std::uint32_t>;

/// The index of `name`, no_index for none; an unknown one is reported.
std::uint32_t resolve(const std::string& name, const Index& index, std::string_view noun,
                      std::string_view key, const EntryIssues& entry, Findings& findings) {
  if (name.empty()) return no_index;
  const auto found = index.find(name);
  if (found != index.end()) return found->second;
  std::vector<std::string_view> known;
  known.reserve(index.size());
  for (const auto& [text, position] : index) known.push_back(text);
  std::sort(known.begin(), known.end());
  entry.add(findings.issues, key, fmt::format("{} is no {}", in_quotes(name), noun),
            config::suggest(name, known, fmt::format("{}s", noun)));
  return no_index;
}

CredentialList resolve_credentials(const std::vector<std::string>& credentials, const Names& names,
                                   const EntryIssues& entry, Findings& findings) {
  CredentialList list;
  for (const std::string& name : credentials) {
    const std::uint32_t index =
        resolve(name, names.credentials, "credential", "credential", entry, findings);
    if (index != no_index) list.add(index);
  }
  return list;
}

EntryIssues entry_of(const config::Configuration& configuration,
                     const config::AccountEntry& entry) {
  return {configuration, fmt::format("account[{}]", entry.account.id), entry};
}

EntryIssues entry_of(const config::Configuration& configuration, const config::PeerEntry& entry) {
  return {configuration, fmt::format("peer[{}]", entry.peer.name), entry};
}

/// A name of client certificates that both have, and by which both want the same calls.
std::string_view shared_client_name(const config::PeerEntry& first,
                                    const config::PeerEntry& second) {
  const auto& others = first.peer.client_names;
  for (const std::string& name : second.peer.client_names) {
    if (std::ranges::find(others, name) != others.end()) return name;
  }
  return {};
}

void report(const config::Configuration& configuration, const AccountTable::Error& error,
            Findings& findings) {
  const config::AccountEntry& entry = configuration.directory.accounts[error.account];
  const EntryIssues issues = entry_of(configuration, entry);
  switch (error.problem) {
    case AccountTable::Problem::duplicate_id:
      return issues.add(findings.issues, "id", "is the id of an earlier account too",
                        "give each account its own");
    case AccountTable::Problem::unknown_parent:
      return issues.add(findings.issues, "parent",
                        fmt::format("{} is no account", in_quotes(entry.account.parent)),
                        "name an account, or leave it out");
    case AccountTable::Problem::parent_cycle:
      return issues.add(
          findings.issues, "parent",
          fmt::format("following the parents leads back to {}", in_quotes(entry.account.id)),
          "one account of that circle must have no parent");
  }
}

/// As the peer's own list has it.
std::string name_of(const Listener& listener, const config::PeerEntry& entry) {
  const auto named = std::find_if(
      entry.named_listeners.begin(), entry.named_listeners.end(),
      [&](const config::NamedListener& candidate) { return candidate.listener == listener; });
  return named == entry.named_listeners.end() ? "their listener" : in_quotes(named->text);
}

/// Which calls two peers claim: of what network, at what listener, for what host.
std::string claimed_calls(const PeerTable::Ambiguity& ambiguity, const config::PeerEntry& first,
                          const config::PeerEntry& second) {
  const bool is_first_named = !first.peer.listeners.empty();
  const std::string listener =
      ambiguity.listener ? name_of(*ambiguity.listener, is_first_named ? first : second) : "";
  const std::string host =
      ambiguity.host.empty() ? "" : fmt::format(" for host {}", in_quotes(ambiguity.host));
  if (second.peer.sources.empty()) return listener + host;
  return fmt::format("{}{}{}{}", config::to_text(ambiguity.network), listener.empty() ? "" : " at ",
                     listener, host);
}

void report(const config::Configuration& configuration, const PeerTable::Ambiguity& ambiguity,
            Findings& findings) {
  const config::PeerEntry& first = configuration.directory.peers[ambiguity.first];
  const config::PeerEntry& second = configuration.directory.peers[ambiguity.second];
  const bool by_listener = second.peer.sources.empty();
  const bool are_crossed = first.peer.listeners.empty() != second.peer.listeners.empty();
  constexpr std::string_view uncross =
      "one of the two names only listeners, the other only hosts: let one of them name both";
  if (const auto name = shared_client_name(first, second); by_listener && !name.empty()) {
    return entry_of(configuration, second)
        .add(findings.issues, "client_names",
             fmt::format("{} belongs to peer \"{}\"{} already", in_quotes(name), first.peer.name,
                         first.line == 0 ? "" : fmt::format(" of line {}", first.line)),
             std::string(are_crossed ? uncross
                                     : "leave it to one of the two, or tell them apart by hosts or "
                                       "listeners"));
  }
  entry_of(configuration, second)
      .add(findings.issues, by_listener ? "listeners" : "sources",
           fmt::format("{} belongs to peer \"{}\"{} already",
                       claimed_calls(ambiguity, first, second), first.peer.name,
                       first.line == 0 ? "" : fmt::format(" of line {}", first.line)),
           are_crossed   ? std::string(uncross)
           : by_listener ? "leave it to one of the two, or name the sources of one of them"
                         : "leave it to one of the two, or give one of them a more specific "
                           "network");
}

void warn_about_missing_credentials(const config::Configuration& configuration,
                                    const AccountTable& table, Findings& findings) {
  for (std::size_t i = 0; i < table.accounts().size(); ++i) {
    const Account& account = table.accounts()[i];
    if (!account.effective_credentials.empty() || account.suspended) continue;
    entry_of(configuration, configuration.directory.accounts[i])
        .add(findings.warnings, "credential", "it has none, nor has an account above it",
             "name one; its calls stay unsigned until then");
  }
}

}  // namespace

Names::Names(const config::DirectorySource& source) {
  for (std::uint32_t i = 0; i < source.credentials.size(); ++i) {
    credentials.emplace(source.credentials[i].name, i);
  }
  for (std::uint32_t i = 0; i < source.accounts.size(); ++i) {
    if (!source.accounts[i].account.removed) accounts.emplace(source.accounts[i].account.id, i);
  }
}

Names::Names(const AccountTable& table) {
  for (std::uint32_t i = 0; i < table.accounts().size(); ++i) {
    if (!table.accounts()[i].removed) accounts.emplace(table.accounts()[i].id, i);
  }
}

bool keep_order(std::vector<config::AccountEntry>& entries, const AccountTable& earlier) {
  std::unordered_map<std::string_view, std::size_t> places;
  std::vector<config::AccountEntry> ordered(earlier.accounts().size());
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    Account& account = ordered[i].account;
    account.id = earlier.accounts()[i].id;
    account.removed = true;
    places.emplace(earlier.accounts()[i].id, i);
  }
  for (config::AccountEntry& entry : entries) {
    const auto place = places.find(entry.account.id);
    if (place != places.end() && ordered[place->second].account.removed) {
      ordered[place->second] = std::move(entry);
    } else {
      ordered.push_back(std::move(entry));
    }
  }
  entries = std::move(ordered);
  const auto& before = earlier.accounts();
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (entries[i].account.removed && !before[i].removed) return true;
  }
  return false;
}

std::optional<AccountTable> make_account_table(const config::Configuration& configuration,
                                               const Names& names, Findings& findings) {
  const std::size_t issues_before = findings.issues.size();
  std::vector<Account> accounts;
  accounts.reserve(configuration.directory.accounts.size());
  for (const config::AccountEntry& entry : configuration.directory.accounts) {
    const EntryIssues issues = entry_of(configuration, entry);
    Account account = entry.account;
    account.credentials = resolve_credentials(entry.credentials, names, issues, findings);
    resolve(account.parent, names.accounts, "account", "parent", issues, findings);
    accounts.push_back(std::move(account));
  }
  if (findings.issues.size() != issues_before) return std::nullopt;
  auto table = AccountTable::make(std::move(accounts));
  if (!table) {
    report(configuration, table.error(), findings);
    return std::nullopt;
  }
  warn_about_missing_credentials(configuration, *table, findings);
  return std::move(*table);
}

std::vector<Peer> resolve_peers(const config::Configuration& configuration, const Names& names,
                                Findings& findings) {
  std::vector<Peer> peers;
  peers.reserve(configuration.directory.peers.size());
  for (const config::PeerEntry& entry : configuration.directory.peers) {
    const EntryIssues issues = entry_of(configuration, entry);
    Peer peer = entry.peer;
    peer.credentials = resolve_credentials(entry.credentials, names, issues, findings);
    for (std::size_t i = 0; i < peer.account_sources.size(); ++i) {
      if (peer.account_sources[i].kind != AccountSource::Kind::fixed) continue;
      peer.account_sources[i].account = resolve(entry.fixed_accounts[i], names.accounts, "account",
                                                "account_from", issues, findings);
    }
    peers.push_back(std::move(peer));
  }
  return peers;
}

std::optional<PeerTable> make_peer_table(const config::Configuration& configuration,
                                         std::vector<Peer> peers, Findings& findings) {
  auto table = PeerTable::make(std::move(peers));
  if (table) return std::move(*table);
  const std::size_t listed = std::min(table.error().size(), ambiguities_max);
  for (std::size_t i = 0; i < listed; ++i) report(configuration, table.error()[i], findings);
  return std::nullopt;
}

}  // namespace shaken302::directory
