// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <openssl/evp.h>

#include <set>
#include <string>
#include <utility>

#include "core/certificate_builder.hpp"
#include "core/policy_scene.hpp"
#include "shaken302/decision_record.hpp"
#include "shaken302/passport.hpp"

namespace shaken302::test {
namespace {

using std::chrono::seconds;

Secret test_secret() { return make_secret("0123456789abcdef, a secret for tests").value(); }

AuthenticationService make_service(seconds backdate = seconds{0}) {
  return AuthenticationService(test_secret(), backdate);
}

std::string origid_of(const Call& call, const Snapshot& snapshot, UnixTime now = noon) {
  auto service = make_service();
  const Authentication made = service.authenticate(call, snapshot, now);
  REQUIRE(made.decision.verdict == Verdict::sign);
  return std::string(made.origid.text());
}

TEST_CASE(
    "authentication_service: the token says what was decided and the leaf's key has signed it") {
  const Snapshot snapshot = scene_snapshot({scene_peer()});
  auto service = make_service();
  const Authentication made = service.authenticate(scene_call(), snapshot, noon);
  REQUIRE(made.decision.verdict == Verdict::sign);
  CHECK(made.x5u == "https://cert.example.com/house.pem");
  CHECK(made.iat == noon);

  const auto passport = parse_passport(made.token);
  REQUIRE(passport);
  CHECK(passport->ppt == "shaken");
  CHECK(passport->x5u == made.x5u);
  CHECK(passport->iat == made.iat);
  CHECK(passport->attest == made.decision.level);
  CHECK(passport->origid == made.origid.text());
  CHECK(passport->orig.tn == std::vector<std::string>{"12125550123"});
  CHECK(passport->dest.tn == std::vector<std::string>{"14155550111"});
  const CertificateChain& chain = snapshot.credentials->entries[0].credential.chain();
  CHECK(chain.verifies(passport->signing_input, passport->signature));
}

TEST_CASE("authentication_service: an emergency service is a URI in dest") {
  Call call = scene_call();
  call.to = urn("service:SOS.police");
  const Snapshot snapshot = scene_snapshot({scene_peer()});
  auto service = make_service();
  const auto passport = parse_passport(service.authenticate(call, snapshot, noon).token);
  REQUIRE(passport);
  CHECK(passport->dest.uri == std::vector<std::string>{"urn:service:sos.police"});
  CHECK(passport->dest.tn.empty());
}

TEST_CASE("authentication_service: decides as the policy does") {
  const Snapshot snapshot = scene_snapshot({scene_peer()});
  for (const char* account : {"acme", "other", "pending", "suspended", "nobody", ""}) {
    CAPTURE(account);
    Call call = scene_call();
    call.account_values[0] = account;
    auto service = make_service();
    const Decision by_service = service.authenticate(call, snapshot, noon).decision;
    const Decision by_policy = decide(call, snapshot, noon);
    CHECK(by_service.verdict == by_policy.verdict);
    CHECK(by_service.level == by_policy.level);
    CHECK(by_service.account == by_policy.account);
    CHECK(service.decide(call, snapshot, noon).level == by_policy.level);
  }
}

TEST_CASE("authentication_service: iat is back-dated, and the certificate must be valid then") {
  const Snapshot snapshot = scene_snapshot({scene_peer()});
  auto service = make_service(seconds{2});
  const Authentication made = service.authenticate(scene_call(), snapshot, noon);
  CHECK(made.iat == noon - seconds{2});
  CHECK(parse_passport(made.token)->iat == made.iat);

  struct Row {
    const char* why;
    UnixTime now;
    Verdict verdict;
  };
  const Row rows[] = {
      {"valid now, but not two seconds ago", day_before_noon + seconds{1}, Verdict::leave_unsigned},
      {"valid at both ends", day_before_noon + seconds{2}, Verdict::sign},
      {"the last second of its life", day_after_noon, Verdict::sign},
      {"valid two seconds ago, but not now", day_after_noon + seconds{1}, Verdict::leave_unsigned},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    const Authentication one = service.authenticate(scene_call(), snapshot, row.now);
    CHECK(one.decision.verdict == row.verdict);
    CHECK(one.token.empty() == (row.verdict != Verdict::sign));
    CHECK(one.decision.trail.contains(Reason::credential_not_valid_now) == one.token.empty());
  }
}

TEST_CASE("authentication_service: a retransmission and a fork of a call repeat its origid") {
  const Snapshot snapshot = scene_snapshot({scene_peer()});
  const std::string first = origid_of(scene_call(), snapshot);
  CHECK(Uuid::parse(first).has_value());
  CHECK(origid_of(scene_call(), snapshot) == first);
  CHECK(origid_of(scene_call(), snapshot, noon + seconds{5}) == first);
  Call fork = scene_call();
  fork.request_uri = sip_uri("+14155550199");
  CHECK(origid_of(fork, snapshot) == first);
}

TEST_CASE("authentication_service: different calls have different origids") {
  const Snapshot snapshot = scene_snapshot({scene_peer()});
  std::set<std::string> seen{origid_of(scene_call(), snapshot)};
  struct Row {
    const char* why;
    void (*change)(Call&);
  };
  const Row rows[] = {
      {"another Call-ID", [](Call& call) { call.call_id = "another"; }},
      {"another From tag", [](Call& call) { call.from_tag = "another"; }},
      {"another caller", [](Call& call) { call.from = sip_uri("+12125550124"); }},
      {"another account", [](Call& call) { call.account_values[0] = "other"; }},
      {"no account: the peer is responsible",
       [](Call& call) { call.account_values[0] = "nobody"; }},
      {"a character moved from the one to the other",
       [](Call& call) {
         call.call_id = "a84b4c76e66710@pc33.example1";
         call.from_tag = "928301774";
       }},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    Call call = scene_call();
    row.change(call);
    CHECK(seen.insert(origid_of(call, snapshot)).second);
  }
  Peer peer = scene_peer();
  peer.name = "acme";  // a peer that is named like an account
  Call call = scene_call();
  call.account_values[0] = "nobody";
  CHECK(seen.insert(origid_of(call, scene_snapshot({peer}))).second);
}

TEST_CASE("authentication_service: instances agree on an origid when they share the secret") {
  const Snapshot snapshot = scene_snapshot({scene_peer()});
  AuthenticationService stranger(make_secret("another secret of sixteen").value(), seconds{0});
  const Authentication made = stranger.authenticate(scene_call(), snapshot, noon);
  CHECK(made.origid.text() != origid_of(scene_call(), snapshot));
}

TEST_CASE("authentication_service: an account may have a fixed origid") {
  const auto fixed = Uuid::parse("4aec94e2-508c-4c1c-907b-3737bac0a80e");
  auto accounts = scene_account_list();
  accounts[0].origid = {OrigidMode::fixed, *fixed};
  Snapshot snapshot = scene_snapshot({scene_peer()});
  snapshot.accounts = std::make_shared<const AccountTable>(AccountTable::make(accounts).value());
  CHECK(origid_of(scene_call(), snapshot) == fixed->text());
  Call call = scene_call();
  call.call_id = "another";
  CHECK(origid_of(call, snapshot) == fixed->text());
  call.account_values[0] = "other";
  CHECK(origid_of(call, snapshot) != fixed->text());
}

TEST_CASE("authentication_service: an origid may stand for the account or for the peer") {
  struct Row {
    const char* why;
    OrigidMode mode;  ///< of acme
    bool same_for_another_call, same_for_another_peer;
  };
  const Row rows[] = {
      {"every call has its own", OrigidMode::per_call, false, true},
      {"all calls of the account", OrigidMode::per_account, true, true},
      {"all of its calls from one peer", OrigidMode::per_peer, true, false},
  };
  std::set<std::string> seen;
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    auto accounts = scene_account_list();
    accounts[0].origid.mode = row.mode;
    Snapshot snapshot = scene_snapshot({scene_peer()});
    snapshot.accounts = std::make_shared<const AccountTable>(AccountTable::make(accounts).value());
    const std::string first = origid_of(scene_call(), snapshot);
    CHECK(seen.insert(first).second);
    CHECK(origid_of(scene_call(), snapshot, noon + seconds{5}) == first);
    Call call = scene_call();
    call.call_id = "another";
    CHECK((origid_of(call, snapshot) == first) == row.same_for_another_call);
    Peer peer = scene_peer();
    peer.name = "another edge";
    snapshot.peers = std::make_shared<const PeerTable>(PeerTable::make({peer}).value());
    CHECK((origid_of(scene_call(), snapshot) == first) == row.same_for_another_peer);
  }
}

TEST_CASE("authentication_service: the calls of nobody have the origid that the peer wants") {
  Peer peer = scene_peer();
  peer.origid.mode = OrigidMode::per_peer;
  Call call = scene_call();
  call.account_values[0] = "nobody";
  const Snapshot snapshot = scene_snapshot({peer});
  const std::string first = origid_of(call, snapshot);
  call.call_id = "another";
  CHECK(origid_of(call, snapshot) == first);
  CHECK(origid_of(scene_call(), snapshot) != first);
  // Nobody's account is the peer itself.
  peer.origid.mode = OrigidMode::per_account;
  CHECK(origid_of(call, scene_snapshot({peer})) == first);
  peer.origid = {OrigidMode::fixed, *Uuid::parse("4aec94e2-508c-4c1c-907b-3737bac0a80e")};
  CHECK(origid_of(call, scene_snapshot({peer})) == "4aec94e2-508c-4c1c-907b-3737bac0a80e");
}

/// A credential that passed every check and whose key has gone bad since: it has no key material.
std::shared_ptr<const CredentialTable> hollow_credentials() {
  auto table = std::make_shared<CredentialTable>();
  table->entries.push_back({make_test_credential("hollow").credential});
  REQUIRE(EVP_PKEY_set_type(table->entries[0].credential.key(), EVP_PKEY_EC) == 1);
  return table;
}

TEST_CASE(
    "authentication_service: a failed signature leaves the call unsigned and without a token") {
  Snapshot snapshot = scene_snapshot({scene_peer()});
  const Snapshot good = snapshot;
  snapshot.credentials = hollow_credentials();
  auto service = make_service();
  const Authentication made = service.authenticate(scene_call(), snapshot, noon);
  CHECK(made.decision.verdict == Verdict::leave_unsigned);
  CHECK(made.decision.level == Attestation::C);
  CHECK(made.decision.trail.reasons().back() == Reason::signing_failed);
  CHECK(made.decision.account == 0);
  CHECK(made.token.empty());
  CHECK(made.x5u.empty());
  CHECK(made.iat == UnixTime{});

  // The next call has another snapshot and nothing of this one.
  const Authentication next = service.authenticate(scene_call(), good, noon);
  CHECK(next.decision.verdict == Verdict::sign);
  CHECK(parse_passport(next.token));
  CHECK(service.authenticate(scene_call(), snapshot, noon).token.empty());
}

TEST_CASE("authentication_service: one that is not signed carries no token of the call before") {
  const Snapshot snapshot = scene_snapshot({scene_peer()});
  auto service = make_service();
  REQUIRE(!service.authenticate(scene_call(), snapshot, noon).token.empty());
  Call call = scene_call();
  call.account_values[0] = "suspended";
  const Authentication made = service.authenticate(call, snapshot, noon);
  CHECK(made.token.empty());
  CHECK(made.x5u.empty());
}

TEST_CASE("authentication_service: a level that the certificate's constraints forbid is unsigned") {
  auto table = std::make_shared<CredentialTable>();
  table->entries.push_back({make_strict_credential("strict")});
  Peer peer = scene_peer();
  Snapshot snapshot = scene_snapshot({peer});
  snapshot.credentials = table;
  auto service = make_service();
  CHECK(service.authenticate(scene_call(), snapshot, noon).decision.level == Attestation::A);
  peer.max_attestation = Attestation::B;
  snapshot = scene_snapshot({peer});
  snapshot.credentials = table;
  const Authentication lower = service.authenticate(scene_call(), snapshot, noon);
  CHECK(lower.token.empty());
  CHECK(lower.decision.verdict == Verdict::leave_unsigned);
  CHECK(lower.decision.trail.contains(Reason::credential_forbids_level));
}

TEST_CASE("authentication_service: the longest claims and x5u fit") {
  auto pem = make_test_pem();
  auto chain = CertificateChain::parse_pem(pem.leaf_certificate);
  std::string x5u = "https://cert.example.com/";
  x5u.append(255 - x5u.size(), 'x');
  auto table = std::make_shared<CredentialTable>();
  table->entries.push_back({Credential::make({"long", pem.leaf_key, *chain, x5u}).value()});
  Snapshot snapshot = scene_snapshot({scene_peer()});
  snapshot.credentials = table;
  Call call = scene_call();
  call.from = sip_uri("+999999999999999");
  call.to = urn("service:sos.ecall.automatic");
  auto service = make_service();
  const Authentication made = service.authenticate(call, snapshot, noon);
  CHECK(made.decision.verdict == Verdict::sign);
  CHECK(parse_passport(made.token));
}

TEST_CASE("decision_record: holds what a person wants to read") {
  const Snapshot snapshot = scene_snapshot({scene_peer()});
  auto service = make_service();
  const Call call = scene_call();
  const Authentication made = service.authenticate(call, snapshot, noon);
  const DecisionRecord record = make_decision_record(call, made, snapshot);
  CHECK(record.generation == 7);
  CHECK(record.verdict == Verdict::sign);
  CHECK(record.level == Attestation::A);
  CHECK(record.iat == noon);
  CHECK(record.origid.view() == made.origid.text());
  CHECK(record.calling.digits() == "12125550123");
  CHECK(record.called.view() == "14155550111");
  CHECK(record.peer.view() == "edge");
  CHECK(record.account.view() == "acme");
  CHECK(record.credential.view() == "house");
  CHECK(record.call_id.view() == call.call_id);
  CHECK(!record.emergency);
  CHECK(record.trail.contains(Reason::number_assigned));
  CHECK(record.status == 0);
}

TEST_CASE("decision_record: of an unsigned call has neither iat nor origid, and cuts long texts") {
  Peer peer = scene_peer();
  peer.name = std::string(100, 'p');
  peer.credentials = no_index;
  const Snapshot snapshot = scene_snapshot({peer});
  Call call = scene_call();
  const std::string call_id(1000, 'c');
  call.call_id = call_id;
  call.account_values[0] = "nobody";
  call.to = urn("service:sos");
  auto service = make_service();
  const Authentication made = service.authenticate(call, snapshot, noon);
  const DecisionRecord record = make_decision_record(call, made, snapshot);
  CHECK(record.verdict == Verdict::leave_unsigned);
  CHECK(record.iat == UnixTime{});
  CHECK(record.origid.view().empty());
  CHECK(record.account.view().empty());
  CHECK(record.credential.view().empty());
  CHECK(record.called.view() == "urn:service:sos");
  CHECK(record.emergency);
  CHECK(record.peer.view() == std::string(64, 'p'));
  CHECK(record.call_id.view() == std::string(128, 'c'));
}

}  // namespace
}  // namespace shaken302::test
