// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
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
  list[0].credentials = 4;
  list[0].max_attestation = Attestation::B;
  list[2].credentials = 9;
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
    CHECK(table->accounts()[0].effective_credentials == 4);
    CHECK(table->accounts()[1].effective_credentials == 4);
    CHECK(table->accounts()[2].effective_credentials == 9);
    CHECK(table->accounts()[3].effective_credentials == no_index);
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

TEST_CASE("account_table: who is rejected") {
  struct Row {
    const char* why;
    ReviewStatus parents_profile, parents_trust, profile, trust;
    bool rejected;
  };
  const Row rows[] = {
      {"nobody was reviewed", none, none, none, none, false},
      {"one own rejection is enough", none, none, approved, rejected, true},
      {"the other one too", none, none, rejected, pending, true},
      {"a parent's rejection holds where nobody judged nearer by", approved, rejected, none,
       pending, true},
      {"an own approval comes before it", approved, rejected, none, approved, false},
      {"an own approval of the other review does not", rejected, approved, none, approved, true},
      {"an own rejection comes before the parent's approval", approved, approved, rejected, none,
       true},
      {"pending is no rejection", pending, pending, pending, pending, false},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    const auto table = AccountTable::make({
        account("own", "parent", row.profile, row.trust),
        account("parent", "", row.parents_profile, row.parents_trust),
    });
    REQUIRE(table);
    CHECK(table->accounts()[0].rejected == row.rejected);
    CHECK(!(table->accounts()[0].rejected && table->accounts()[0].vouched));
  }
}

TEST_CASE("account_table: the least level for callers outside the table holds below") {
  std::vector<Account> list{account("root"), account("middle", "root"), account("leaf", "middle"),
                            account("alone")};
  CHECK(AccountTable::make(list)->accounts()[2].effective_outside == Attestation::B);
  list[1].outside_attestation = Attestation::C;
  const auto table = AccountTable::make(list);
  CHECK(table->accounts()[0].effective_outside == Attestation::B);
  CHECK(table->accounts()[1].effective_outside == Attestation::C);
  CHECK(table->accounts()[2].effective_outside == Attestation::C);
  CHECK(table->accounts()[2].outside_attestation == Attestation::B);
  CHECK(table->accounts()[3].effective_outside == Attestation::B);
}

TEST_CASE("account_table: a removed account keeps its place, has no name and may not call") {
  std::vector<Account> list{account("a"), account("gone"), account("below", "gone"), account("z")};
  list[1].removed = true;
  const auto table = AccountTable::make(list);
  REQUIRE(table);
  CHECK(table->find("gone") == no_index);
  CHECK(table->find("below") == 2);
  CHECK(table->find("z") == 3);
  CHECK(table->accounts()[1].id == "gone");
  CHECK(table->accounts()[1].suspended);
  CHECK(table->accounts()[2].suspended);
  CHECK(!table->accounts()[0].suspended);
  CHECK(!table->accounts()[3].suspended);
}

/// Up from `below`, one parent after the other.
bool is_above_slowly(const std::vector<Account>& list, std::size_t above, std::size_t below) {
  while (true) {
    if (above == below) return true;
    if (list[below].parent.empty()) return false;
    const auto parent = std::find_if(
        list.begin(), list.end(), [&](const Account& one) { return one.id == list[below].parent; });
    below = static_cast<std::size_t>(parent - list.begin());
  }
}

TEST_CASE("account_table: family is what a walk up the chain says, on random trees") {
  std::mt19937 random(304);
  std::size_t related = 0;
  std::size_t strangers = 0;
  for (int world = 0; world < 200; ++world) {
    const std::size_t count = 1 + random() % 30;
    std::vector<Account> list;
    for (std::size_t i = 0; i < count; ++i) {
      const bool is_root = i == 0 || random() % 5 == 0;
      list.push_back(account(std::to_string(i), is_root ? "" : std::to_string(random() % i)));
    }
    // Parents come before and behind their children.
    for (std::size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[random() % i]);
    const auto table = AccountTable::make(list);
    REQUIRE(table);
    for (std::uint32_t one = 0; one < count; ++one) {
      for (std::uint32_t other = 0; other < count; ++other) {
        const bool expected =
            is_above_slowly(list, one, other) || is_above_slowly(list, other, one);
        REQUIRE(table->is_family(one, other) == expected);
        ++(expected ? related : strangers);
      }
      REQUIRE(!table->is_family(one, static_cast<std::uint32_t>(count)));
      REQUIRE(!table->is_family(no_index, one));
    }
  }
  CHECK(related > 5000);
  CHECK(strangers > 5000);
}

}  // namespace
}  // namespace shaken302
