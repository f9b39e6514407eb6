// SPDX-License-Identifier: MIT
#include "choose_credential.hpp"

namespace shaken302 {
namespace {

using Entry = CredentialTable::Entry;

Reason refusal_of(const Entry& entry) noexcept {
  if (entry.faulty) return Reason::credential_faulty;
  if (entry.quarantined) return Reason::credential_quarantined;
  if (entry.unpublished) return Reason::credential_unpublished;
  return Reason::credential_not_valid_now;
}

/// The newest of those that `is_wanted` likes, or no_index.
template <class IsWanted>
std::uint32_t newest(const CredentialList& list, const CredentialTable& table,
                     IsWanted is_wanted) noexcept {
  std::uint32_t found = no_index;
  UnixTime found_from{};
  for (const std::uint32_t index : list.indices()) {
    if (index >= table.entries.size()) continue;
    const Entry& entry = table.entries[index];
    if (!is_wanted(entry)) continue;
    const UnixTime from = entry.credential.chain().valid_from();
    if (found != no_index && from <= found_from) continue;
    found = index;
    found_from = from;
  }
  return found;
}

}  // namespace

CredentialChoice choose_credential(const CredentialList& list, const CredentialTable& table,
                                   const SigningTimes& times) noexcept {
  const auto is_valid = [&times](const Entry& entry) {
    const CertificateChain& chain = entry.credential.chain();
    return !entry.faulty && chain.is_valid_at(times.now) && chain.is_valid_at(times.iat);
  };
  CredentialChoice choice;
  const auto can_sign = [&](const Entry& entry) { return entry.usable() && is_valid(entry); };
  choice.index = newest(list, table, can_sign);
  const std::uint32_t newest_valid = newest(list, table, is_valid);
  if (choice.index != no_index) {
    choice.is_newer_passed_over = newest_valid != choice.index;
    return choice;
  }
  // What is said is said of the one that would sign next.
  choice.index = newest_valid != no_index ? newest_valid
                                          : newest(list, table, [](const Entry&) { return true; });
  choice.refusal =
      choice.index == no_index ? Reason::no_credential : refusal_of(table.entries[choice.index]);
  return choice;
}

}  // namespace shaken302
