// SPDX-License-Identifier: MIT
#include "app/served_snapshots.hpp"

#include <doctest/doctest.h>

#include "core/test_credentials.hpp"

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

/// What a table says whose accounts are active, but for some.
std::vector<AccountNews> news_of(const std::string& suspended) {
  std::vector<AccountNews> news;
  for (const char* id : {"a", "b", "nobody"}) {
    const bool is_active = suspended.find(id) == std::string::npos;
    news.push_back(
        {.id = id, .status = is_active ? AccountStatus::active : AccountStatus::suspended});
  }
  return news;
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
  CHECK(served.restrict_to(news_of("b nobody")));
  CHECK(suspended(served) == "b");
  CHECK(served.holder().generation() == 2);
  CHECK_FALSE(served.restrict_to(news_of("b")));
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
    served.restrict_to(news_of("a"));
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
  served.restrict_to(news_of("a"));
  served.begin_load();
  served.restrict_to(news_of("b"));
  CHECK(served.end_load(*loaded(), false));
  CHECK(suspended(served) == "b");
}

TEST_CASE("served_snapshots: an account that is no more in the table signs nothing at once") {
  ServedSnapshots served(loaded());
  CHECK(served.restrict_to({{.id = "b", .status = AccountStatus::active}}));
  CHECK(suspended(served) == "a");
  CHECK_FALSE(served.restrict_to({{.id = "b", .status = AccountStatus::active}}));
  CHECK(served.restrict_to({}));
  CHECK(suspended(served) == "ab");
}

TEST_CASE("served_snapshots: an account that only the load has seen is not called deleted") {
  ServedSnapshots served(loaded());
  served.begin_load();
  CHECK_FALSE(served.restrict_to(news_of("")));
  auto accounts = loaded()->accounts->accounts();
  accounts.emplace_back().id = "new";
  auto next = std::make_shared<Snapshot>(*loaded());
  next->accounts =
      std::make_shared<const AccountTable>(std::move(*AccountTable::make(std::move(accounts))));
  CHECK(served.end_load(*next, true));
  CHECK(suspended(served).empty());
}

TEST_CASE("served_snapshots: news take away and give nothing") {
  constexpr auto none = ReviewStatus::none;
  constexpr auto pending = ReviewStatus::pending;
  constexpr auto approved = ReviewStatus::approved;
  constexpr auto rejected = ReviewStatus::rejected;
  struct Row {
    std::string why;
    AccountNews news;
    AccountNews left;
    bool is_published;
  };
  const auto row = [](std::string why, std::optional<ReviewStatus> profile,
                      std::optional<ReviewStatus> product, std::optional<Attestation> most,
                      ReviewStatus profile_left, ReviewStatus product_left, Attestation most_left) {
    const bool is_published =
        profile_left != approved || product_left != pending || most_left != Attestation::B;
    return Row{std::move(why),
               {"a", AccountStatus::active, profile, product, most},
               {"a", AccountStatus::active, profile_left, product_left, most_left},
               is_published};
  };
  // Served is: profile approved, trust product pending, at most B.
  const Row rows[] = {
      row("nothing that anybody understands", {}, {}, {}, approved, pending, Attestation::B),
      row("the same", approved, pending, Attestation::B, approved, pending, Attestation::B),
      row("more of all", approved, approved, Attestation::A, approved, pending, Attestation::B),
      row("none is pending", approved, none, Attestation::B, approved, pending, Attestation::B),
      row("a lower cap", approved, pending, Attestation::C, approved, pending, Attestation::C),
      row("a review is rejected", rejected, pending, {}, rejected, pending, Attestation::B),
      row("a review begins again", pending, pending, {}, pending, pending, Attestation::B),
      row("a review is withdrawn", none, pending, {}, none, pending, Attestation::B),
      row("rejected, not even reviewed", {}, rejected, {}, approved, rejected, Attestation::B),
      row("one less, one more", rejected, approved, {}, rejected, pending, Attestation::B),
  };
  for (const Row& each : rows) {
    CAPTURE(each.why);
    std::vector<Account> accounts(1);
    accounts[0].id = "a";
    accounts[0].business_profile = approved;
    accounts[0].trust_product = pending;
    accounts[0].max_attestation = Attestation::B;
    auto first = std::make_shared<Snapshot>();
    first->accounts =
        std::make_shared<const AccountTable>(std::move(*AccountTable::make(std::move(accounts))));
    ServedSnapshots served(first);
    CHECK(served.restrict_to({each.news}) == each.is_published);
    const Account left = served.holder().current()->accounts->accounts()[0];
    CHECK(left.status == AccountStatus::active);
    CHECK(left.business_profile == each.left.business_profile);
    CHECK(left.trust_product == each.left.trust_product);
    CHECK(left.max_attestation == each.left.max_attestation);
  }
}

TEST_CASE("served_snapshots: a quarantine outlives loads that keep its key, and ends with others") {
  const Credential house = shaken302::test::make_test_credential("house").credential;
  const auto table_of = [](const Credential& credential, bool quarantined) {
    auto table = std::make_shared<CredentialTable>();
    table->entries.push_back({credential, Attestation::A, false, quarantined});
    return std::shared_ptr<const CredentialTable>(std::move(table));
  };
  auto snapshot = std::make_shared<Snapshot>(*loaded());
  auto read = table_of(house, false);
  snapshot->credentials = read;
  ServedSnapshots served(snapshot);
  const auto now = [&served] { return served.holder().current()->credentials; };
  auto quarantined = table_of(house, true);
  served.set_credentials(quarantined);
  CHECK(now() == quarantined);
  CHECK(served.holder().generation() == 2);
  served.begin_load();
  CHECK(served.end_load(*snapshot, true));
  CHECK(now() == quarantined);
  CHECK(served.restrict_to(news_of("a")));
  CHECK(now() == quarantined);
  CHECK_FALSE(served.renew_credentials(read));
  const auto others = table_of(shaken302::test::make_test_credential("house").credential, false);
  CHECK(served.renew_credentials(others));
  CHECK(now() == others);
  const std::weak_ptr<const CredentialTable> replaced = quarantined;
  quarantined.reset();
  for (int i = 0; i < 3; ++i) served.holder().free_unused();
  CHECK(replaced.expired());
}

TEST_CASE("served_snapshots: a renewed credential waits for its publication, the old one signs") {
  const Credential house = shaken302::test::make_test_credential("house").credential;
  const Credential renewed = shaken302::test::make_test_credential("house").credential;
  auto snapshot = std::make_shared<Snapshot>(*loaded());
  snapshot->credentials = std::make_shared<const CredentialTable>(CredentialTable{{{house}}});
  ServedSnapshots served(snapshot);
  bool is_published = false;
  served.ask_publications([&is_published](const Credential&) {
    return is_published ? PublicationState::published : PublicationState::unknown;
  });
  const auto serving = [&served]() -> const CredentialTable::Entry& {
    return served.holder().current()->credentials->entries.front();
  };
  const auto loaded_table = std::make_shared<const CredentialTable>(
      CredentialTable{{{renewed, Attestation::A, false, false, true}}});
  CHECK_FALSE(served.renew_credentials(loaded_table));
  CHECK(serving().credential.is_same(house));
  is_published = true;
  CHECK(served.renew_credentials(loaded_table));
  CHECK(serving().credential.is_same(renewed));
  CHECK(serving().usable());
}
