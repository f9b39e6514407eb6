// SPDX-License-Identifier: MIT
//
// From entries that name each other to tables that point at each other.
#pragma once

#include <unordered_map>

#include "load_credentials.hpp"
#include "number_row.hpp"

namespace shaken302::directory {

/// What a configuration's names stand for. Views into the configuration.
struct Names {
  explicit Names(const config::DirectorySource& source);
  /// The accounts of a table that is kept; no credentials.
  explicit Names(const AccountTable& table);
  std::unordered_map<std::string_view, std::uint32_t> credentials;
  AccountIds accounts;
};

/// Puts each account at the index that it has in `earlier`, new ones behind. One that is gone stays
/// as an entry that is marked as removed. True: one that was there is gone now.
bool keep_order(std::vector<config::AccountEntry>& entries, const AccountTable& earlier);

/// Accounts with credentials and parents resolved; nothing after an issue.
std::optional<AccountTable> make_account_table(const config::Configuration& configuration,
                                               const Names& names, Findings& findings);

/// Peers with credentials and fixed accounts resolved; their metrics slots are left 0.
std::vector<Peer> resolve_peers(const config::Configuration& configuration, const Names& names,
                                Findings& findings);

/// Nothing, and issues that name the calls that two peers claim.
std::optional<PeerTable> make_peer_table(const config::Configuration& configuration,
                                         std::vector<Peer> peers, Findings& findings);

}  // namespace shaken302::directory
