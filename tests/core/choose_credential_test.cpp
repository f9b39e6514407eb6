// SPDX-License-Identifier: MIT
#include "core/choose_credential.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/test_credentials.hpp"

using namespace shaken302;
using namespace shaken302::test;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

/// One for each state, each with a date of its own: the later in the list, the newer.
enum Which : std::uint32_t { old, middle, young, early, over, broken, secret, untested, count };

CredentialTable make_table() {
  CredentialTable table;
  const auto add = [&table](const std::string& name, UnixTime from, UnixTime until) {
    table.entries.push_back({make_test_credential(name, "1234", from, until).credential});
  };
  const UnixTime begin = day_before_noon;
  add("old", begin, day_after_noon);
  add("middle", begin + hours{1}, day_after_noon);
  add("young", begin + hours{2}, day_after_noon);
  add("early", noon + seconds{1}, day_after_noon);
  add("over", begin + hours{3}, noon - seconds{1});
  table.entries.push_back({Credential::absent("broken"), Attestation::C, true});
  add("secret", begin + hours{4}, day_after_noon);
  table.entries.back().unpublished = true;
  add("untested", begin + hours{5}, day_after_noon);
  table.entries.back().quarantined = true;
  return table;
}

CredentialList list_of(const std::vector<std::uint32_t>& indices) {
  CredentialList list;
  for (const std::uint32_t index : indices) CHECK(list.add(index));
  return list;
}

struct Row {
  const char* why;
  std::vector<std::uint32_t> list;
  std::uint32_t chosen;
  std::optional<Reason> refusal{};
  bool is_newer_passed_over = false;
};

}  // namespace

TEST_CASE("choose_credential: the newest that is valid and in use signs, whatever the order") {
  const CredentialTable table = make_table();
  const Row rows[] = {
      {"the only one", {old}, old},
      {"of two the newer one", {old, young}, young},
      {"of three, in the middle of the list", {old, young, middle}, young},
      {"one whose time has not come leaves it to the older one", {early, old}, old},
      {"one whose time is over does, too", {over, old}, old},
      {"one in quarantine is passed over, which is said", {untested, old}, old, {}, true},
      {"so is one that nobody can fetch", {secret, old}, old, {}, true},
      {"an older one that is out of use is nobody's concern",
       {old, young, secret},
       young,
       {},
       true},
      {"files that were never good say nothing of time", {broken, old}, old},
      {"an index that is beyond the table is none", {count, old}, old},
      {"none is named", {}, no_index, Reason::no_credential},
      {"none is there", {count}, no_index, Reason::no_credential},
      {"not yet valid", {early}, early, Reason::credential_not_valid_now},
      {"not valid any more", {over}, over, Reason::credential_not_valid_now},
      {"in quarantine", {untested}, untested, Reason::credential_quarantined},
      {"unpublished", {secret}, secret, Reason::credential_unpublished},
      {"faulty", {broken}, broken, Reason::credential_faulty},
      {"what is said is said of the newest that is valid",
       {over, untested, secret, early},
       untested,
       Reason::credential_quarantined},
      {"of those that are not, of the newest",
       {over, early},
       early,
       Reason::credential_not_valid_now},
  };
  for (const Row& row : rows) {
    std::vector<std::uint32_t> order = row.list;
    std::ranges::sort(order);
    do {
      const std::string why = row.why;
      CAPTURE(why);
      const CredentialChoice choice = choose_credential(list_of(order), table, {noon, noon});
      CHECK(choice.index == row.chosen);
      CHECK(choice.refusal == row.refusal);
      CHECK(choice.is_newer_passed_over == row.is_newer_passed_over);
    } while (std::ranges::next_permutation(order).found);
  }
}

TEST_CASE("choose_credential: of equally new ones the first in the list signs") {
  CredentialTable table;
  table.entries.push_back({make_test_credential("one").credential});
  table.entries.push_back({make_test_credential("two").credential});
  CHECK(choose_credential(list_of({1, 0}), table, {noon, noon}).index == 1);
  CHECK(choose_credential(list_of({0, 1}), table, {noon, noon}).index == 0);
}

TEST_CASE("choose_credential: it is valid at the stated time, too (RFC 8224 6.1 step 3)") {
  const CredentialTable table = make_table();
  const auto chosen = [&table](UnixTime now, UnixTime iat) {
    return choose_credential(list_of({old, early}), table, {now, iat}).index;
  };
  CHECK(chosen(noon + seconds{1}, noon + seconds{1}) == early);
  CHECK(chosen(noon + seconds{1}, noon) == old);
  CHECK(chosen(noon, noon) == old);
}

TEST_CASE("credential_list: four at most, in their order") {
  CredentialList list;
  CHECK(list.empty());
  for (const std::uint32_t index : {7U, 3U, 5U, 1U}) CHECK(list.add(index));
  CHECK_FALSE(list.add(9));
  CHECK(std::vector<std::uint32_t>(list.indices().begin(), list.indices().end()) ==
        std::vector<std::uint32_t>{7, 3, 5, 1});
  CHECK(CredentialList(no_index).empty());
  CHECK(CredentialList(2) != CredentialList(3));
}
