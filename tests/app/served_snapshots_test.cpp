// SPDX-License-Identifier: MIT
#include "app/served_snapshots.hpp"

#include <doctest/doctest.h>

using namespace shaken302;
using namespace shaken302::app;

namespace {

/// As a load makes it: accounts "a" and "b".
std::shared_ptr<const Snapshot> loaded(AccountStatus a = AccountStatus::active,
                                       AccountStatus b = AccountStatus::active) {
  std::vector<Account> accounts(2);
  accounts[0].id = "a";
  accounts[0].status = a;
  accounts[1].id = "b";
  accounts[1].status = b;
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->generation = 1;
  snapshot->accounts =
      std::make_shared<const AccountTable>(std::move(*AccountTable::make(std::move(accounts))));
  return snapshot;
}

/// The ids of those that sign nothing.
std::string suspended(const ServedSnapshots& served) {
  std::string ids;
  for (const Account& account : served.holder().current()->accounts->accounts()) {
    if (account.status == AccountStatus::suspended) ids += account.id;
  }
  return ids;
}

}  // namespace

TEST_CASE("served_snapshots: a load that found nothing to build is not published") {
  const auto first = loaded();
  ServedSnapshots served(first);
  served.begin_load();
  CHECK_FALSE(served.end_load(*first, false));
  CHECK(served.holder().generation() == 1);
  served.begin_load();
  CHECK(served.end_load(*loaded(AccountStatus::suspended), true));
  CHECK(served.holder().generation() == 2);
  CHECK(suspended(served) == "a");
}

TEST_CASE(
    "served_snapshots: a suspension serves at once, and a load that did not see it keeps it") {
  ServedSnapshots served(loaded());
  served.begin_load();
  CHECK(served.suspend({"b", "nobody"}));
  CHECK(suspended(served) == "b");
  CHECK(served.holder().generation() == 2);
  CHECK_FALSE(served.suspend({"b"}));
  CHECK(served.end_load(*loaded(), true));
  CHECK(suspended(served) == "b");
  CHECK(served.holder().generation() == 3);
}

TEST_CASE("served_snapshots: the first load behind a suspension says whether it still is") {
  struct Row {
    std::string why;
    AccountStatus read;  ///< of a
    bool is_another;
    std::string suspended;
  };
  const Row rows[] = {
      {"it is", AccountStatus::suspended, true, "a"},
      {"it is active again, and other things have changed", AccountStatus::active, true, ""},
      {"it was active again before the load that ran had read it", AccountStatus::active, false,
       ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    ServedSnapshots served(loaded());
    served.begin_load();
    served.suspend({"a"});
    served.end_load(*loaded(), true);
    CHECK(suspended(served) == "a");
    served.begin_load();
    CHECK(served.end_load(*loaded(row.read), row.is_another));
    CHECK(suspended(served) == row.suspended);
    const auto generation = served.holder().generation();
    served.begin_load();
    CHECK_FALSE(served.end_load(*loaded(row.read), false));
    CHECK(served.holder().generation() == generation);
  }
}

TEST_CASE("served_snapshots: a suspension during a load that builds nothing stays") {
  ServedSnapshots served(loaded());
  served.begin_load();
  served.suspend({"a"});
  served.begin_load();
  served.suspend({"b"});
  CHECK(served.end_load(*loaded(), false));
  CHECK(suspended(served) == "b");
}
