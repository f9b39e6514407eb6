// SPDX-License-Identifier: MIT
//
// One small directory that most policy tests share: who has which number, and what is wrong with
// each of the others. A test changes the peer or the call and looks at the decision.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/certificate_builder.hpp"
#include "core/test_credentials.hpp"
#include "shaken302/authentication_service.hpp"

namespace shaken302::test {

inline constexpr std::uint32_t house_credential = 0;
inline constexpr std::uint32_t quarantined_credential = 1;
inline constexpr std::uint32_t expired_credential = 2;
inline constexpr std::uint32_t future_credential = 3;
inline constexpr std::uint32_t at_most_b_credential = 4;
inline constexpr std::uint32_t at_most_c_credential = 5;

inline constexpr std::uint32_t faulty_credential = 6;
inline constexpr std::uint32_t unpublished_credential = 7;
inline constexpr std::uint32_t strict_credential = 8;

/// Its certificate permits "A" and nothing else (JWTClaimConstraints, RFC 8226 section 8).
inline Credential make_strict_credential(const std::string& name) {
  const KeyPtr key = make_ec_key();
  CertificateSpec spec;
  spec.key = key.get();
  spec.not_before = day_before_noon;
  spec.not_after = day_after_noon;
  spec.raw_extensions = {{"1.3.6.1.5.5.7.1.27", false, {0x30, 0x13, 0xA1, 0x11, 0x30, 0x0F, 0x30,
                                                        0x0D, 0x16, 0x06, 'a',  't',  't',  'e',
                                                        's',  't',  0x30, 0x03, 0x0C, 0x01, 'A'}}};
  const auto chain = CertificateChain::parse(to_pem(make_certificate(spec).get()));
  return Credential::make({name, to_pkcs8_pem(key.get()), chain.value(),
                           "https://cert.example.com/" + name + ".pem"})
      .value();
}

/// At `noon`: one that signs, one in quarantine, one of yesterday, one of tomorrow, and two that
/// sign nothing above B and C. Each is older than those in front of it, only that of tomorrow is
/// the newest. Then, for rows alone, one whose files are wrong, one that is not published, and a
/// strict one.
inline std::shared_ptr<const CredentialTable> scene_credentials() {
  static const auto table = [] {
    auto made = std::make_shared<CredentialTable>();
    const auto add = [&made](const std::string& name, bool usable, UnixTime from, UnixTime until,
                             Attestation most = Attestation::A) {
      auto credential = make_test_credential(name, "1234", from, until).credential;
      made->entries.push_back({std::move(credential), most, false, !usable, false});
    };
    const auto after = [](int seconds) { return day_before_noon + std::chrono::seconds{seconds}; };
    add("house", true, after(0), day_after_noon);
    add("quarantined", false, after(-1), day_after_noon);
    add("expired", true, after(-2), noon - std::chrono::seconds{1});
    add("future", true, noon + std::chrono::seconds{1}, day_after_noon);
    add("at-most-b", true, after(-3), day_after_noon, Attestation::B);
    add("at-most-c", true, after(-4), day_after_noon, Attestation::C);
    made->entries.push_back({Credential::absent("faulty"), Attestation::C, true});
    add("unpublished", true, after(5), day_after_noon);
    made->entries.back().unpublished = true;
    made->entries.push_back({make_strict_credential("strict")});
    return made;
  }();
  return table;
}

inline Account approved_account(std::string id, std::string parent = {}) {
  Account account;
  account.id = std::move(id);
  account.parent = std::move(parent);
  account.business_profile = ReviewStatus::approved;
  account.trust_product = ReviewStatus::approved;
  account.credentials = house_credential;
  return account;
}

/// A group of which some may use each other's numbers: 1212555 and 1013 to 1017.
inline void add_scene_families(std::vector<Account>& list) {
  for (const char* name :
       {"group", "group-north", "group-south", "group-north-desk", "group-asleep"}) {
    list.push_back(approved_account(name, "group"));
    list.back().family_numbers = true;
  }
  const auto group = list.end() - 5;
  group[0].parent.clear();
  group[2].family_numbers = false;
  group[3].parent = "group-north";
  group[4].status = AccountStatus::suspended;
}

/// What is left to be wrong with an account: 1212555 and 1018 to 1032.
inline void add_scene_oddities(std::vector<Account>& list) {
  const auto add = [&list](std::string id, std::string parent = {}) -> Account& {
    list.push_back(approved_account(std::move(id), std::move(parent)));
    return list.back();
  };
  add("outside-c").outside_attestation = Attestation::C;
  add("below-outside-c", "outside-c");
  add("own-only").own_certificate_required = true;
  add("own-only-child", "own-only").own_certificate_required = true;
  list.back().credentials = no_index;
  add("signs-b").credentials = at_most_b_credential;
  add("signs-c").credentials = at_most_c_credential;
  add("below-rejected", "acme-rejected").business_profile = ReviewStatus::none;
  list.back().trust_product = ReviewStatus::none;
  add("rises-again", "acme-rejected").business_profile = ReviewStatus::none;
  add("half-rejected").business_profile = ReviewStatus::rejected;
  list.back().trust_product = ReviewStatus::pending;
  add("removed").removed = true;
  add("only-c").max_attestation = Attestation::C;
  add("group-rejected", "group").trust_product = ReviewStatus::rejected;
  add("group-only-b", "group").max_attestation = Attestation::B;
  add("club").business_profile = ReviewStatus::pending;
  list.back().family_numbers = true;
  add("club-only-b", "club").max_attestation = Attestation::B;
}

inline std::vector<Account> scene_account_list() {
  std::vector<Account> list;
  const auto add = [&list](std::string id, std::string parent = {}) -> Account& {
    list.push_back(approved_account(std::move(id), std::move(parent)));
    return list.back();
  };
  add("acme");
  add("other");
  Account& child = add("acme-child", "acme");
  child.business_profile = ReviewStatus::none;
  child.trust_product = ReviewStatus::pending;
  child.credentials = no_index;
  add("acme-rejected", "acme").trust_product = ReviewStatus::rejected;
  add("pending").business_profile = ReviewStatus::pending;
  add("suspended").status = AccountStatus::suspended;
  add("below-suspended", "suspended");
  add("only-b").max_attestation = Attestation::B;
  add("below-only-b", "only-b");
  add("keyless").credentials = no_index;
  add("quarantined").credentials = quarantined_credential;
  add("expired").credentials = expired_credential;
  add("future").credentials = future_credential;
  add_scene_families(list);
  add_scene_oddities(list);
  add("faulty").credentials = faulty_credential;
  add("unpublished").credentials = unpublished_credential;
  add("strict").credentials = strict_credential;
  Account& renewed = add("renewed");
  renewed.credentials = unpublished_credential;
  renewed.credentials.add(house_credential);
  return list;
}

inline std::shared_ptr<const AccountTable> scene_accounts() {
  static const auto table =
      std::make_shared<const AccountTable>(AccountTable::make(scene_account_list()).value());
  return table;
}

/// A block of acme's with holes in it, and one number for each other account: 1212555 and then 0100
/// to 0199 for acme, 1000 and counting for the accounts in the order of the list. One of the
/// group's ended yesterday (2000), and one of acme's is a number that nobody can have.
inline std::shared_ptr<const NumberTable> scene_numbers() {
  static const auto table = [] {
    const auto today = std::chrono::floor<std::chrono::days>(noon);
    std::vector<NumberClaim> claims;
    const auto add = [&claims](std::uint64_t first, std::uint64_t last,
                               std::uint32_t account) -> NumberClaim& {
      NumberClaim claim;
      claim.first = first;
      claim.last = last;
      claim.account = account;
      claim.line = static_cast<std::uint32_t>(claims.size() + 2);
      claims.push_back(claim);
      return claims.back();
    };
    const std::uint32_t acme = 0;
    const std::uint32_t other = 1;
    add(12125550100, 12125550199, acme);
    add(12125550150, 12125550150, acme).valid_until = today - std::chrono::days{1};
    add(12125550151, 12125550151, acme).valid_from = today + std::chrono::days{1};
    add(12125550160, 12125550169, other);
    add(12125550165, 12125550165, acme);
    add(12125552000, 12125552000, scene_accounts()->find("group")).valid_until =
        today - std::chrono::days{1};
    add(10125550100, 10125550100, acme);
    for (std::uint32_t i = 0; i < scene_accounts()->accounts().size(); ++i) {
      add(12125551000 + i, 12125551000 + i, i);
    }
    return std::make_shared<const NumberTable>(NumberTable::make(std::move(claims)).value());
  }();
  return table;
}

/// Of acme's block 0190 and 0195 to 0196 must never call; 0191 had to be silent until yesterday,
/// 0192 has to be from tomorrow on.
inline std::shared_ptr<const NumberTable> scene_never_calls() {
  static const auto table = [] {
    const auto today = std::chrono::floor<std::chrono::days>(noon);
    std::vector<NumberClaim> claims(4);
    claims[0].first = claims[0].last = 12125550190;
    claims[1].first = claims[1].last = 12125550191;
    claims[1].valid_until = today - std::chrono::days{1};
    claims[2].first = claims[2].last = 12125550192;
    claims[2].valid_from = today + std::chrono::days{1};
    claims[3].first = 12125550195;
    claims[3].last = 12125550196;
    for (std::uint32_t i = 0; i < claims.size(); ++i) claims[i].line = i + 2;
    return std::make_shared<const NumberTable>(NumberTable::make(claims).value());
  }();
  return table;
}

/// The first source's header says "X-Account: …"; without it the calling number decides.
inline Peer scene_peer() {
  Peer peer;
  peer.name = "edge";
  peer.plan = make_number_plan("1");
  peer.account_sources = {{AccountSource::Kind::header, "X-Account", no_index},
                          {AccountSource::Kind::number, {}, no_index}};
  peer.caller_id_screened = true;
  peer.credentials = house_credential;
  return peer;
}

inline UriView sip_uri(std::string_view user) { return {UriScheme::sip, user, "proxy.example"}; }
inline UriView tel_uri(std::string_view number) { return {UriScheme::tel, number, {}}; }
inline UriView urn(std::string_view name) { return {UriScheme::urn, name, {}}; }

/// acme calls from a number of its block.
inline Call scene_call() {
  Call call;
  call.peer = 0;
  call.request_uri = sip_uri("+14155550111");
  call.to = sip_uri("+14155550111");
  call.from = sip_uri("+12125550123");
  call.account_values[0] = "acme";
  call.call_id = "a84b4c76e66710@pc33.example";
  call.from_tag = "1928301774";
  return call;
}

inline Snapshot scene_snapshot(std::vector<Peer> peers) {
  Snapshot snapshot;
  snapshot.generation = 7;
  snapshot.peers = std::make_shared<const PeerTable>(PeerTable::make(std::move(peers)).value());
  snapshot.accounts = scene_accounts();
  snapshot.numbers = scene_numbers();
  snapshot.credentials = scene_credentials();
  snapshot.never_calls = scene_never_calls();
  return snapshot;
}

inline std::string scene_account_id(std::uint32_t account) {
  return account == no_index ? std::string() : scene_accounts()->accounts()[account].id;
}

inline std::string to_string(const Destination& called) {
  if (const auto* number = std::get_if<PhoneNumber>(&called)) return std::string(number->digits());
  return std::string(std::get<std::string_view>(called));
}

}  // namespace shaken302::test
