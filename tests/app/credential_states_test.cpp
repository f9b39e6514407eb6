// SPDX-License-Identifier: MIT
#include "app/credential_states.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "core/test_credentials.hpp"

using namespace shaken302;
using namespace shaken302::app;
using shaken302::test::make_test_credential;

namespace {

using Entry = CredentialTable::Entry;
using Table = std::shared_ptr<const CredentialTable>;

Table table_of(std::vector<Entry> entries) {
  return std::make_shared<const CredentialTable>(CredentialTable{std::move(entries)});
}

Entry entry_of(const Credential& credential, bool quarantined = false, bool unpublished = false) {
  return {credential, Attestation::A, false, quarantined, unpublished};
}

PublicationState nobody(const Credential&) { return PublicationState::unknown; }
PublicationState everybody(const Credential&) { return PublicationState::published; }
PublicationState none(const Credential&) { return PublicationState::refuted; }

}  // namespace

TEST_CASE("credential_states: what is known of a credential stays with it") {
  const Credential house = make_test_credential("house").credential;
  const Credential acme = make_test_credential("acme").credential;
  const Table loaded = table_of({entry_of(house), entry_of(acme)});
  CHECK(with_states(loaded, nullptr, nobody) == loaded);
  CHECK(with_states(nullptr, loaded, nobody) == nullptr);
  CHECK(with_states(loaded, loaded, nobody) == loaded);

  const Table serving = table_of({entry_of(house, true), entry_of(acme)});
  CHECK(with_states(loaded, serving, nobody) == serving);

  SUBCASE("another one beside it changes nothing for it") {
    const Table more = table_of(
        {entry_of(acme), entry_of(house), entry_of(make_test_credential("third").credential)});
    const Table made = with_states(more, serving, nobody);
    REQUIRE(made->entries.size() == 3);
    CHECK_FALSE(made->entries[0].quarantined);
    CHECK(made->entries[1].quarantined);
    CHECK_FALSE(made->entries[2].quarantined);
  }
  SUBCASE("another one of its name begins anew") {
    const Table renewed =
        table_of({entry_of(make_test_credential("house").credential), entry_of(acme)});
    CHECK(with_states(renewed, serving, nobody) == renewed);
  }
  SUBCASE("a lower cap is another table") {
    auto capped = std::make_shared<CredentialTable>(*serving);
    capped->entries[0].max_attestation = Attestation::B;
    const Table made = with_states(capped, serving, nobody);
    CHECK(made->entries[0].max_attestation == Attestation::B);
    CHECK(made->entries[0].quarantined);
  }
}

TEST_CASE("credential_states: one that must be published signs from when it is") {
  const Credential before = make_test_credential("house").credential;
  const Credential after = make_test_credential("house").credential;
  const Table loaded = table_of({entry_of(after, false, true)});

  CHECK(with_states(loaded, nullptr, nobody)->entries[0].unpublished);
  CHECK_FALSE(with_states(loaded, nullptr, everybody)->entries[0].unpublished);

  SUBCASE("until then the one before signs, as far as both may") {
    Entry old = entry_of(before);
    old.max_attestation = Attestation::B;
    const Table serving = table_of({old});
    CHECK(with_states(loaded, serving, nobody) == serving);
    const Table made = with_states(loaded, serving, everybody);
    CHECK(made->entries[0].credential.is_same(after));
    CHECK(made->entries[0].max_attestation == Attestation::A);
    Entry lower = entry_of(after, false, true);
    lower.max_attestation = Attestation::C;
    const Table kept = with_states(table_of({lower}), serving, nobody);
    CHECK(kept->entries[0].credential.is_same(before));
    CHECK(kept->entries[0].max_attestation == Attestation::C);
  }
  SUBCASE("also one that is in quarantine: it comes back by itself") {
    const Table serving = table_of({entry_of(before, true)});
    CHECK(with_states(loaded, serving, nobody) == serving);
  }
  SUBCASE("but not one that is refuted, nor unpublished, nor nothing but a name") {
    const auto signer = [&](const Entry& entry, const StateOf& state_of) {
      return with_states(loaded, table_of({entry}), state_of)->entries[0].credential;
    };
    CHECK(signer(entry_of(before), none).is_same(after));
    CHECK(signer(entry_of(before, false, true), nobody).is_same(after));
    Entry faulty = entry_of(Credential::absent("house"));
    faulty.faulty = true;
    CHECK(signer(faulty, nobody).is_same(after));
  }
  SUBCASE("nor one that the configuration does not want any more") {
    Entry entry = entry_of(after, false, true);
    entry.supersedes = true;
    const Table made = with_states(table_of({entry}), table_of({entry_of(before)}), nobody);
    CHECK(made->entries[0].credential.is_same(after));
  }
}

TEST_CASE("credential_states: what was loaded serves, and becomes published while it does") {
  const Credential house = make_test_credential("house").credential;
  const Table loaded = table_of({entry_of(house, false, true)});
  CHECK(with_states(loaded, loaded, nobody) == loaded);
  const Table published = with_states(loaded, loaded, everybody);
  CHECK_FALSE(published->entries[0].unpublished);
  CHECK(with_states(loaded, published, everybody) == published);
  CHECK(with_states(loaded, published, none)->entries[0].unpublished);
}
