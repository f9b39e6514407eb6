// SPDX-License-Identifier: MIT
#include "served_snapshots.hpp"

#include <utility>

namespace shaken302::app {
namespace {

/// The same table where those accounts sign nothing; null when it is so already.
std::shared_ptr<const AccountTable> with_suspended(const AccountTable& table,
                                                   const std::vector<std::string>& ids) {
  std::vector<Account> accounts;
  for (const std::string& id : ids) {
    const auto index = table.find(id);
    if (index == no_index || table.accounts()[index].status == AccountStatus::suspended) continue;
    if (accounts.empty()) accounts = table.accounts();
    accounts[index].status = AccountStatus::suspended;
  }
  if (accounts.empty()) return nullptr;
  auto made = AccountTable::make(std::move(accounts));
  return made ? std::make_shared<const AccountTable>(std::move(*made)) : nullptr;
}

}  // namespace

bool ServedSnapshots::end_load(const Snapshot& loaded, bool is_another) {
  // An account may have been active again when the load read it, and suspended here only by older
  // news: a load that found nothing to build is published all the same.
  if (!is_another && !is_overlaid_) return false;
  publish(loaded, with_suspended(*loaded.accounts, suspended_));
  return true;
}

bool ServedSnapshots::suspend(std::vector<std::string> accounts) {
  suspended_ = std::move(accounts);
  const auto current = holder_.current();
  auto table = with_suspended(*current->accounts, suspended_);
  if (!table) return false;
  publish(*current, std::move(table));
  return true;
}

void ServedSnapshots::publish(const Snapshot& snapshot,
                              std::shared_ptr<const AccountTable> overlaid) {
  auto next = std::make_shared<Snapshot>(snapshot);
  next->generation = holder_.generation() + 1;
  is_overlaid_ = overlaid != nullptr;
  if (overlaid) next->accounts = std::move(overlaid);
  holder_.publish(std::move(next));
}

}  // namespace shaken302::app
