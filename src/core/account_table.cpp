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

using FirstAndLast = std::pair<std::uint32_t, std::uint32_t>;

/// Numbers the accounts in the order in which a walk enters them, children inside their parents.
/// `order` has every parent before its children, so one pass from its end counts what is below
/// each, and one from its start gives each child its place behind its earlier brothers.
std::vector<FirstAndLast> span_trees(const std::vector<std::uint32_t>& order,
                                     const std::vector<std::uint32_t>& parents) {
  std::vector<std::uint32_t> sizes(order.size(), 1);
  for (auto at = order.rbegin(); at != order.rend(); ++at) {
    if (parents[*at] != no_index) sizes[parents[*at]] += sizes[*at];
  }
  std::vector<FirstAndLast> spans(order.size());
  std::vector<std::uint32_t> next(order.size());
  std::uint32_t next_root = 0;
  for (const std::uint32_t i : order) {
    std::uint32_t& place = parents[i] == no_index ? next_root : next[parents[i]];
    spans[i] = {place, place + sizes[i]};
    next[i] = place + 1;
    place += sizes[i];
  }
  return spans;
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

/// What was judged nearest by: the account's own review where there was one, otherwise its
/// parent's.
ReviewStatus effective(ReviewStatus own, ReviewStatus parents) noexcept {
  switch (own) {
    case ReviewStatus::approved:
    case ReviewStatus::rejected:
      return own;
    case ReviewStatus::none:
    case ReviewStatus::pending:
      return parents;
  }
  return ReviewStatus::rejected;
}

/// Both reviews as they stand for an account after what it inherits.
struct Reviews {
  ReviewStatus profile = ReviewStatus::none;
  ReviewStatus trust_product = ReviewStatus::none;
};

/// An account inherits what its parent has in effect, not what the parent was once given: nobody
/// gets past a rejected or suspended account in the middle of the chain by being below it.
void derive(Account& account, Reviews& reviews, const Account* parent,
            const Reviews& parent_reviews) noexcept {
  reviews.profile = effective(account.business_profile, parent_reviews.profile);
  reviews.trust_product = effective(account.trust_product, parent_reviews.trust_product);
  account.vouched =
      reviews.profile == ReviewStatus::approved && reviews.trust_product == ReviewStatus::approved;
  account.rejected =
      reviews.profile == ReviewStatus::rejected || reviews.trust_product == ReviewStatus::rejected;
  account.suspended = account.status == AccountStatus::suspended || account.removed;
  account.effective_max = account.max_attestation;
  account.effective_outside = account.outside_attestation;
  account.effective_credentials = account.credentials;
  if (parent == nullptr) return;
  account.suspended = account.suspended || parent->suspended;
  account.effective_max = cap(account.max_attestation, parent->effective_max);
  account.effective_outside = cap(account.outside_attestation, parent->effective_outside);
  if (account.credentials.empty()) account.effective_credentials = parent->effective_credentials;
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
    accounts[i].limited_above = parent == no_index ? no_index : accounts[parent].limited_by;
    accounts[i].limited_by = accounts[i].limits.any() ? i : accounts[i].limited_above;
    if (accounts[i].limits.any()) table.limited_.push_back(i);
  }
  for (const auto& [first, last] : span_trees(*order, *parents)) {
    table.spans_.push_back({first, last});
  }
  table.accounts_ = std::move(accounts);
  return table;
}

std::uint32_t AccountTable::find(std::string_view id) const noexcept {
  const std::uint32_t found = find_by_id(accounts_, by_id_, id);
  return found == no_index || accounts_[found].removed ? no_index : found;
}

bool AccountTable::is_family(std::uint32_t one, std::uint32_t other) const noexcept {
  if (one >= spans_.size() || other >= spans_.size()) return false;
  const auto holds = [](const Span& outer, const Span& inner) {
    return outer.first <= inner.first && inner.first < outer.last;
  };
  return holds(spans_[one], spans_[other]) || holds(spans_[other], spans_[one]);
}

}  // namespace shaken302
