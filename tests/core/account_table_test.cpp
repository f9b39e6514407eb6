// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "shaken302/directory.hpp"

namespace shaken302 {
namespace {

constexpr auto none = ReviewStatus::none;
constexpr auto pending = ReviewStatus::pending;
constexpr auto approved = ReviewStatus::approved;
constexpr auto rejected = ReviewStatus::rejected;

Account account(std::string id, std::string parent = {}, ReviewStatus profile = none,
                ReviewStatus trust_product = none) {
  Account made;
  made.id = std::move(id);
  made.parent = std::move(parent);
  made.business_profile = profile;
  made.trust_product = trust_product;
  return made;
}

TEST_CASE("account_table: ids are found exactly") {
  const auto table = AccountTable::make({account("b"), account("a"), account("c")});
  REQUIRE(table);
  CHECK(table->find("b") == 0);
  CHECK(table->find("a") == 1);
  CHECK(table->find("c") == 2);
  CHECK(table->find("B") == no_index);
  CHECK(table->find("") == no_index);
  CHECK(table->find("aa") == no_index);
  CHECK(table->find("d") == no_index);
  CHECK(AccountTable::make({})->find("a") == no_index);
}

TEST_CASE("account_table: what refuses a list, and which account is named") {
  using Problem = AccountTable::Problem;
  struct Row {
    const char* why;
    std::vector<Account> accounts;
    Problem problem;
    std::uint32_t account;
  };
  const Row rows[] = {
      {"the same id twice", {account("a"), account("b"), account("a")}, Problem::duplicate_id, 2},
      {"twice twice: the first of the input is named",
       {account("a"), account("a"), account("z"), account("z")},
       Problem::duplicate_id,
       1},
      {"a parent that is not there", {account("a"), account("b", "c")}, Problem::unknown_parent, 1},
      {"its own parent", {account("a", "a")}, Problem::parent_cycle, 0},
      {"a circle of three, with a tail that is not in it",
       {account("tail", "x"), account("x", "y"), account("y", "z"), account("z", "x")},
       Problem::parent_cycle,
       1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    const auto table = AccountTable::make(row.accounts);
    REQUIRE(!table);
    CHECK(table.error().problem == row.problem);
    CHECK(table.error().account == row.account);
  }
}

TEST_CASE("account_table: who is vouched for") {
  struct Row {
    const char* why;
    ReviewStatus grandparent, parent, own;  ///< of both reviews
    bool vouched;
  };
  const Row rows[] = {
      {"nobody was reviewed", none, none, none, false},
      {"it was approved itself", none, none, approved, true},
      {"still pending", none, none, pending, false},
      {"approved by its parent", none, approved, none, true},
      {"pending does not undo the parent's approval", none, approved, pending, true},
      {"approved by its grandparent", approved, pending, none, true},
      {"its own rejection beats the parent's approval", approved, approved, rejected, false},
      {"its own approval beats the parent's rejection", none, rejected, approved, true},
      {"a rejected parent has no approval to pass on", approved, rejected, none, false},
      {"nor has a pending one of its own", none, pending, none, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    const auto table = AccountTable::make({
        account("own", "parent", row.own, row.own),
        account("grandparent", "", row.grandparent, row.grandparent),
        account("parent", "grandparent", row.parent, row.parent),
    });
    REQUIRE(table);
    CHECK(table->accounts()[0].vouched == row.vouched);
  }
}

TEST_CASE("account_table: profile and trust product are both needed, each from wherever it comes") {
  const auto table = AccountTable::make({
      account("profile-only", "", approved, none),
      account("trust-only", "", none, approved),
      account("both-ways", "profile-only", none, approved),
      account("lost-one", "both-ways", rejected, none),
  });
  REQUIRE(table);
  const auto& accounts = table->accounts();
  CHECK(!accounts[0].vouched);
  CHECK(!accounts[1].vouched);
  CHECK(accounts[2].vouched);
  CHECK(!accounts[3].vouched);
}

TEST_CASE("account_table: suspension, maximum and credential follow the chain") {
  std::vector<Account> list{account("root"), account("middle", "root"), account("leaf", "middle"),
                            account("alone")};
  list[0].credential = 4;
  list[0].max_attestation = Attestation::B;
  list[2].credential = 9;
  SUBCASE("the smallest maximum of the chain holds") {
    list[1].max_attestation = Attestation::C;
    const auto table = AccountTable::make(list);
    CHECK(table->accounts()[0].effective_max == Attestation::B);
    CHECK(table->accounts()[1].effective_max == Attestation::C);
    CHECK(table->accounts()[2].effective_max == Attestation::C);
    CHECK(table->accounts()[3].effective_max == Attestation::A);
  }
  SUBCASE("an ancestor's maximum holds below an account that has a higher one") {
    const auto table = AccountTable::make(list);
    CHECK(table->accounts()[2].effective_max == Attestation::B);
  }
  SUBCASE("the nearest credential signs") {
    const auto table = AccountTable::make(list);
    CHECK(table->accounts()[0].effective_credential == 4);
    CHECK(table->accounts()[1].effective_credential == 4);
    CHECK(table->accounts()[2].effective_credential == 9);
    CHECK(table->accounts()[3].effective_credential == no_index);
  }
  SUBCASE("everybody below a suspended account is suspended") {
    list[1].status = AccountStatus::suspended;
    const auto table = AccountTable::make(list);
    CHECK(!table->accounts()[0].suspended);
    CHECK(table->accounts()[1].suspended);
    CHECK(table->accounts()[2].suspended);
    CHECK(!table->accounts()[3].suspended);
  }
}

TEST_CASE("account_table: a chain of 100,000 accounts, in the worst order") {
  constexpr std::size_t depth = 100000;
  std::vector<Account> list;
  list.reserve(depth);
  for (std::size_t i = 0; i < depth; ++i) {
    list.push_back(account(std::to_string(i), i + 1 < depth ? std::to_string(i + 1) : ""));
  }
  list.back().business_profile = list.back().trust_product = approved;
  list.back().max_attestation = Attestation::B;
  const auto table = AccountTable::make(list);
  REQUIRE(table);
  CHECK(table->accounts().front().vouched);
  CHECK(table->accounts().front().effective_max == Attestation::B);

  list.back().parent = "0";
  CHECK(AccountTable::make(list).error().problem == AccountTable::Problem::parent_cycle);
}

TEST_CASE("account_table: the order of the list changes nothing but the positions") {
  std::vector<Account> list{account("a", "", approved, approved), account("b", "a"),
                            account("c", "b", pending, rejected),
                            account("d", "c", none, approved)};
  const auto forwards = AccountTable::make(list);
  std::reverse(list.begin(), list.end());
  const auto backwards = AccountTable::make(list);
  for (const Account& one : forwards->accounts()) {
    const Account& same = backwards->accounts()[backwards->find(one.id)];
    CAPTURE(one.id);
    CHECK(one.vouched == same.vouched);
    CHECK(one.effective_max == same.effective_max);
  }
}

}  // namespace
}  // namespace shaken302
