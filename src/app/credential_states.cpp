// SPDX-License-Identifier: MIT
#include "credential_states.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace shaken302::app {
namespace {

using Entry = CredentialTable::Entry;
using IsPublished = std::function<bool(const Credential&)>;

bool is_same(const Entry& one, const Entry& other) {
  return one.credential.is_same(other.credential) && one.faulty == other.faulty &&
         one.quarantined == other.quarantined && one.unpublished == other.unpublished &&
         one.max_attestation == other.max_attestation;
}

void take_state(Entry& entry, const Entry& before) {
  if (before.credential.is_same(entry.credential)) {
    entry.quarantined = before.quarantined;
  } else if (entry.unpublished && before.usable()) {
    // Nobody could fetch the new one's certificate yet: the one before signs until then.
    const Attestation most = cap(entry.max_attestation, before.max_attestation);
    entry = before;
    entry.max_attestation = most;
  }
}

}  // namespace

std::shared_ptr<const CredentialTable> with_states(
    const std::shared_ptr<const CredentialTable>& loaded,
    const std::shared_ptr<const CredentialTable>& serving, const IsPublished& is_published) {
  if (loaded == nullptr || loaded == serving) return loaded;
  std::unordered_map<std::string_view, const Entry*> by_name;
  if (serving != nullptr) {
    for (const Entry& entry : serving->entries) by_name.emplace(entry.credential.name(), &entry);
  }
  auto made = std::make_shared<CredentialTable>(*loaded);
  for (Entry& entry : made->entries) {
    if (entry.unpublished) entry.unpublished = !is_published(entry.credential);
    const auto before = by_name.find(entry.credential.name());
    if (before != by_name.end()) take_state(entry, *before->second);
  }
  if (std::ranges::equal(made->entries, loaded->entries, is_same)) made = nullptr;
  const auto& result = made == nullptr ? loaded : std::shared_ptr<const CredentialTable>(made);
  const bool is_serving =
      serving != nullptr && std::ranges::equal(result->entries, serving->entries, is_same);
  return is_serving ? serving : result;
}

}  // namespace shaken302::app
