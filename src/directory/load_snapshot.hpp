// SPDX-License-Identifier: MIT
//
// Builds a snapshot from a configuration: reads what has changed of keys, peers, accounts and
// numbers, resolves every name, checks everything, and gives all issues or a whole snapshot; never
// half of one.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "config/configuration.hpp"
#include "shaken302/keyed_hash.hpp"
#include "shaken302/snapshot.hpp"
#include "source.hpp"

namespace shaken302::directory {

/// Gives each peer name the same metrics slot for as long as the process lives, and each peer and
/// account that has a limit the same slot of the UsageTable, until two days after a load that it
/// was no part of: by then nothing counts of what was counted there. Control thread only.
class MetricsSlots {
 public:
  std::uint32_t slot_of(const std::string& peer_name);
  /// Whoever gets no slot of the UsageTable from now on had one until `now`.
  void begin_usage(UnixTime now);
  /// no_index: all are taken.
  std::uint32_t usage_slot_of_peer(const std::string& name) { return usage_slot("peer " + name); }
  std::uint32_t usage_slot_of_account(const std::string& id) { return usage_slot("account " + id); }
  /// Names by slot.
  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }

 private:
  std::uint32_t usage_slot(const std::string& owner);

  struct Usage {
    std::uint32_t slot = no_index;
    bool is_owned = true;
    UnixTime owned_until{};  ///< unless it is
  };
  std::map<std::string, Usage> usage_slots_;
  std::vector<std::uint32_t> free_usage_slots_;
  std::uint32_t next_usage_slot_ = 0;
  std::map<std::string, std::uint32_t> slots_;
  std::vector<std::string> names_;
};

/// A part that was built, and how long that took.
struct BuiltPart {
  std::string_view name;
  std::chrono::milliseconds time{};
};

struct LoadedShadow;

/// A snapshot and what an operator should be told about it though it is good: credentials in
/// quarantine or not valid now, accounts without a credential.
struct LoadedSnapshot {
  std::shared_ptr<const Snapshot> snapshot;
  config::ConfigIssues warnings;
  PartStates states;             ///< of what it was made of
  std::vector<BuiltPart> built;  ///< the others are those of the earlier snapshot
  /// Of which `snapshot->shadow` is the snapshot; null: there is none, or none that is good.
  std::shared_ptr<const LoadedShadow> shadow{};
  LoadedCredentials credentials{};  ///< those of the snapshot, with what they were made of
};

/// What a load may keep: parts whose source has not changed since. Accounts keep their index from
/// snapshot to snapshot, so that numbers stay good when accounts change.
struct Earlier {
  const LoadedSnapshot* loaded = nullptr;
  /// The configuration is the very same and its keys are not looked at: a database has changed.
  bool is_same_configuration = false;
  CredentialRule rule = CredentialRule::all_good;
};

/// `now` decides which certificates are warned about. A load whose `stop` is requested ends soon,
/// with an issue that says so.
Result<LoadedSnapshot, config::ConfigIssues> load_snapshot(
    const config::Configuration& configuration, std::uint64_t generation, UnixTime now,
    MetricsSlots& slots, const std::stop_token& stop = {}, const Earlier& earlier = {});

/// The same snapshot with the credentials of these names read again, each on its own. `built` is
/// empty when none of them is another one now; `configuration` is that of `before`.
LoadedSnapshot renew_credentials(const config::Configuration& configuration,
                                 const LoadedSnapshot& before, const std::set<std::string>& names,
                                 UnixTime now);

/// Reads the secret file; refuses one that is readable by group or others, or shorter than 16
/// bytes.
Result<Secret, config::ConfigIssues> load_secret(const config::Configuration& configuration);

/// The whole content, at most `bytes_max`; a path that is not a regular file is an error.
/// `private_file`: also refused when group or others may read it (mode & 077).
Result<std::string, config::ConfigIssue> read_file(const std::filesystem::path& path,
                                                   std::size_t bytes_max, bool private_file);

}  // namespace shaken302::directory
