// SPDX-License-Identifier: MIT
#include "credential_states.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace shaken302::app {
namespace {

using Entry = CredentialTable::Entry;

bool is_same(const Entry& one, const Entry& other) {
  return one.credential.is_same(other.credential) && one.faulty == other.faulty &&
         one.quarantined == other.quarantined && one.unpublished == other.unpublished &&
         one.max_attestation == other.max_attestation;
}

/// Nobody can fetch the new one's certificate yet: the one before signs until then.
bool serves_on(const Entry& before, const Entry& entry, const StateOf& state_of) {
  return entry.unpublished && !entry.supersedes && !before.faulty && !before.unpublished &&
         state_of(before.credential) != PublicationState::refuted;
}

void take_state(Entry& entry, const Entry& before, const StateOf& state_of) {
  if (before.credential.is_same(entry.credential)) {
    entry.quarantined = before.quarantined;
  } else if (serves_on(before, entry, state_of)) {
    const Attestation most = cap(entry.max_attestation, before.max_attestation);
    entry = before;
    entry.max_attestation = most;
  }
}

}  // namespace

std::shared_ptr<const CredentialTable> with_states(
    const std::shared_ptr<const CredentialTable>& loaded,
    const std::shared_ptr<const CredentialTable>& serving, const StateOf& state_of) {
  if (loaded == nullptr) return loaded;
  std::unordered_map<std::string_view, const Entry*> by_name;
  if (serving != nullptr) {
    for (const Entry& entry : serving->entries) by_name.emplace(entry.credential.name(), &entry);
  }
  auto made = std::make_shared<CredentialTable>(*loaded);
  for (Entry& entry : made->entries) {
    if (entry.unpublished) {
      entry.unpublished = state_of(entry.credential) != PublicationState::published;
    }
    const auto before = by_name.find(entry.credential.name());
    if (before != by_name.end()) take_state(entry, *before->second, state_of);
  }
  if (serving != nullptr && std::ranges::equal(made->entries, serving->entries, is_same)) {
    return serving;
  }
  if (std::ranges::equal(made->entries, loaded->entries, is_same)) return loaded;
  return made;
}

}  // namespace shaken302::app
