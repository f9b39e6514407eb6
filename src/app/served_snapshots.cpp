// SPDX-License-Identifier: MIT
#include "served_snapshots.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace shaken302::app {
namespace {

/// Who rejects also forbids what the accounts above would give.
int rank(ReviewStatus review) noexcept {
  switch (review) {
    case ReviewStatus::rejected:
      return 0;
    case ReviewStatus::none:
    case ReviewStatus::pending:
      return 1;
    case ReviewStatus::approved:
      return 2;
  }
  return 0;
}

ReviewStatus lower(ReviewStatus now, const std::optional<ReviewStatus>& news) noexcept {
  return news && rank(*news) < rank(now) ? *news : now;
}

/// The account with what the news take from it.
Account restricted(Account account, const AccountNews& news) {
  if (news.status == AccountStatus::suspended) account.status = AccountStatus::suspended;
  account.business_profile = lower(account.business_profile, news.business_profile);
  account.trust_product = lower(account.trust_product, news.trust_product);
  account.max_attestation =
      cap(account.max_attestation, news.max_attestation.value_or(Attestation::A));
  return account;
}

bool is_same_right(const Account& one, const Account& other) noexcept {
  return one.status == other.status && one.business_profile == other.business_profile &&
         one.trust_product == other.trust_product && one.max_attestation == other.max_attestation;
}

/// The same table without what the news take away; null when they take nothing.
std::shared_ptr<const AccountTable> restricted(const AccountTable& table,
                                               const std::vector<AccountNews>& news) {
  std::vector<Account> accounts;
  for (const AccountNews& one : news) {
    const auto index = table.find(one.id);
    if (index == no_index) continue;
    Account account = restricted(table.accounts()[index], one);
    if (is_same_right(account, table.accounts()[index])) continue;
    if (accounts.empty()) accounts = table.accounts();
    accounts[index] = std::move(account);
  }
  if (accounts.empty()) return nullptr;
  auto made = AccountTable::make(std::move(accounts));
  return made ? std::make_shared<const AccountTable>(std::move(*made)) : nullptr;
}

/// Of accounts in the table that the news do not name: they were deleted. One that a later load
/// brings is none of them.
std::vector<AccountNews> news_of_lost(const AccountTable& table,
                                      const std::vector<AccountNews>& news) {
  std::unordered_set<std::string_view> ids;
  for (const AccountNews& one : news) ids.insert(one.id);
  std::vector<AccountNews> lost;
  for (const Account& account : table.accounts()) {
    if (account.removed || ids.contains(account.id)) continue;
    lost.push_back({.id = account.id, .status = AccountStatus::suspended});
  }
  return lost;
}

}  // namespace

bool ServedSnapshots::end_load(const Snapshot& loaded, bool is_another) {
  // An account may have been active again when the load read it, and suspended here only by older
  // news: a load that found nothing to build is published all the same.
  if (!is_another && !is_overlaid_) return false;
  publish(loaded, restricted(*loaded.accounts, news_));
  return true;
}

bool ServedSnapshots::restrict_to(std::vector<AccountNews> news) {
  const auto current = holder_.current();
  auto lost = news_of_lost(*current->accounts, news);
  news_ = std::move(news);
  std::ranges::move(lost, std::back_inserter(news_));
  auto table = restricted(*current->accounts, news_);
  if (!table) return false;
  publish(*current, std::move(table));
  return true;
}

void ServedSnapshots::set_credentials(std::shared_ptr<const CredentialTable> credentials) {
  auto next = std::make_shared<Snapshot>(*holder_.current());
  next->generation = holder_.generation() + 1;
  next->credentials = std::move(credentials);
  holder_.publish(std::move(next));
}

bool ServedSnapshots::renew_credentials(const std::shared_ptr<const CredentialTable>& loaded) {
  const auto serving = holder_.current()->credentials;
  auto credentials = with_states(loaded, serving, state_of_);
  if (credentials == serving) return false;
  set_credentials(std::move(credentials));
  return true;
}

void ServedSnapshots::publish(const Snapshot& snapshot,
                              std::shared_ptr<const AccountTable> overlaid) {
  auto next = std::make_shared<Snapshot>(snapshot);
  next->generation = holder_.generation() + 1;
  is_overlaid_ = overlaid != nullptr;
  if (overlaid) next->accounts = std::move(overlaid);
  next->credentials = with_states(next->credentials, holder_.current()->credentials, state_of_);
  holder_.publish(std::move(next));
}

}  // namespace shaken302::app
