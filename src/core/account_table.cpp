// SPDX-License-Identifier: MIT
#include <algorithm>
#include <numeric>
#include <utility>

#include "shaken302/account.hpp"

namespace shaken302 {
namespace {

using Problem = AccountTable::Problem;
using Order = Result<std::vector<std::uint32_t>, AccountTable::Error>;

/// Positions of all accounts, sorted by id and then by position.
std::vector<std::uint32_t> sort_by_id(const std::vector<Account>& accounts) {
  std::vector<std::uint32_t> positions(accounts.size());
  std::iota(positions.begin(), positions.end(), 0U);
  std::stable_sort(
      positions.begin(), positions.end(),
      [&accounts](std::uint32_t a, std::uint32_t b) { return accounts[a].id < accounts[b].id; });
  return positions;
}

std::uint32_t find_by_id(const std::vector<Account>& accounts,
                         const std::vector<std::uint32_t>& by_id, std::string_view id) noexcept {
  const auto found = std::lower_bound(by_id.begin(), by_id.end(), id,
                                      [&accounts](std::uint32_t position, std::string_view key) {
                                        return accounts[position].id < key;
                                      });
  return found != by_id.end() && accounts[*found].id == id ? *found : no_index;
}

/// The position of the first account in the input whose id an earlier one has, or no_index.
std::uint32_t first_duplicate(const std::vector<Account>& accounts,
                              const std::vector<std::uint32_t>& by_id) noexcept {
  std::uint32_t first = no_index;
  for (std::size_t i = 1; i < by_id.size(); ++i) {
    if (accounts[by_id[i - 1]].id == accounts[by_id[i]].id) first = std::min(first, by_id[i]);
  }
  return first;
}

/// For each account the position of its parent, or no_index for a root.
Order find_parents(const std::vector<Account>& accounts, const std::vector<std::uint32_t>& by_id) {
  std::vector<std::uint32_t> parents(accounts.size(), no_index);
  for (std::uint32_t i = 0; i < accounts.size(); ++i) {
    if (accounts[i].parent.empty()) continue;
    parents[i] = find_by_id(accounts, by_id, accounts[i].parent);
    if (parents[i] == no_index) {
      return Failure{AccountTable::Error{Problem::unknown_parent, i}};
    }
  }
  return parents;
}

/// All accounts, every parent before its children. Walks up with a list of its own instead of
/// calling itself: a chain may be as long as the file.
Order order_from_roots(const std::vector<std::uint32_t>& parents) {
  enum class State : std::uint8_t { new_here, on_this_path, placed };
  std::vector<State> states(parents.size(), State::new_here);
  std::vector<std::uint32_t> order;
  std::vector<std::uint32_t> path;
  order.reserve(parents.size());
  for (std::uint32_t start = 0; start < parents.size(); ++start) {
    std::uint32_t at = start;
    while (at != no_index && states[at] == State::new_here) {
      states[at] = State::on_this_path;
      path.push_back(at);
      at = parents[at];
    }
    if (at != no_index && states[at] == State::on_this_path) {
      return Failure{AccountTable::Error{Problem::parent_cycle, at}};
    }
    for (; !path.empty(); path.pop_back()) {
      states[path.back()] = State::placed;
      order.push_back(path.back());
    }
  }
  return order;
}

bool is_approved(ReviewStatus own, bool parent_approved) noexcept {
  switch (own) {
    case ReviewStatus::approved:
      return true;
    case ReviewStatus::rejected:
      return false;
    case ReviewStatus::none:
    case ReviewStatus::pending:
      return parent_approved;
  }
  return false;
}

/// Both reviews as they stand for an account after what it inherits.
struct Reviews {
  bool profile = false;
  bool trust_product = false;
};

/// An account inherits what its parent has in effect, not what the parent was once given: nobody
/// gets past a rejected or suspended account in the middle of the chain by being below it.
void derive(Account& account, Reviews& reviews, const Account* parent,
            const Reviews& parent_reviews) noexcept {
  reviews.profile = is_approved(account.business_profile, parent_reviews.profile);
  reviews.trust_product = is_approved(account.trust_product, parent_reviews.trust_product);
  account.vouched = reviews.profile && reviews.trust_product;
  account.suspended = account.status == AccountStatus::suspended;
  account.effective_max = account.max_attestation;
  account.effective_credential = account.credential;
  if (parent == nullptr) return;
  account.suspended = account.suspended || parent->suspended;
  account.effective_max = cap(account.max_attestation, parent->effective_max);
  if (account.credential == no_index) account.effective_credential = parent->effective_credential;
}

}  // namespace

Result<AccountTable, AccountTable::Error> AccountTable::make(std::vector<Account> accounts) {
  AccountTable table;
  table.by_id_ = sort_by_id(accounts);
  if (const auto second = first_duplicate(accounts, table.by_id_); second != no_index) {
    return Failure{Error{Problem::duplicate_id, second}};
  }
  const auto parents = find_parents(accounts, table.by_id_);
  if (!parents) return Failure{parents.error()};
  const auto order = order_from_roots(*parents);
  if (!order) return Failure{order.error()};

  std::vector<Reviews> reviews(accounts.size());
  for (const std::uint32_t i : *order) {
    const std::uint32_t parent = (*parents)[i];
    if (parent == no_index) {
      derive(accounts[i], reviews[i], nullptr, Reviews{});
    } else {
      derive(accounts[i], reviews[i], &accounts[parent], reviews[parent]);
    }
  }
  table.accounts_ = std::move(accounts);
  return table;
}

std::uint32_t AccountTable::find(std::string_view id) const noexcept {
  return find_by_id(accounts_, by_id_, id);
}

}  // namespace shaken302
