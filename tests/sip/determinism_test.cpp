// SPDX-License-Identifier: MIT
//
// RFC 3261 8.2.7: a stateless server gives equal answers to equal requests. All but the signature
// is a function of the request, the snapshot, the time and the shared secret.
#include <doctest/doctest.h>

#include <memory>
#include <set>
#include <string>

#include "reply_view.hpp"
#include "scene.hpp"

using namespace shaken302;
using namespace shaken302::sip;
using namespace shaken302::sip::test;

namespace {

std::string tag_of(std::string_view reply) {
  const auto to = MessageView(reply).get("to");
  const auto at = to.find(";tag=");
  REQUIRE(at != std::string::npos);
  return to.substr(at + 5);
}

std::string tag_for(const Invite& request) {
  Scene scene;
  return tag_of(scene.ask(request.text()).reply);
}

}  // namespace

TEST_CASE("determinism: a retransmission gets the same bytes, the signature alone apart") {
  Scene scene;
  const std::string first(scene.ask(Invite{}.text()).reply);
  const std::string second(scene.ask(Invite{}.text()).reply);
  CHECK(first != second);  // the nonce of ECDSA is random
  CHECK(without_signature(first) == without_signature(second));
  CHECK(without_signature(first).size() + 86 == first.size());
  CHECK(verdict_on(MessageView(first).get("identity")).result == VerificationResult::valid);
  CHECK(verdict_on(MessageView(second).get("identity")).result == VerificationResult::valid);
}

TEST_CASE("determinism: an answer without a signature is equal byte for byte") {
  Scene scene;
  auto anonymous = Invite{};
  anonymous.from = "<sip:anonymous@anonymous.invalid>;tag=1";
  auto options = request_of("OPTIONS");
  auto in_dialog = Invite{};
  in_dialog.to += ";tag=x";
  auto broken = Invite{};
  broken.cseq = "1";
  for (const auto& request : {anonymous, options, in_dialog, broken, request_of("REGISTER")}) {
    const std::string first(scene.ask(request.text()).reply);
    REQUIRE_FALSE(first.empty());
    CHECK(first == scene.ask(request.text()).reply);
  }
}

TEST_CASE("determinism: instances with one secret give one To tag, with another secret another") {
  Scene one;
  Scene two;
  Scene other([](Scene& scene) { scene.secret = "another secret for tests"; });
  const auto tag = tag_of(one.ask(Invite{}.text()).reply);
  CHECK(tag.size() == 16);
  CHECK(tag.find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(tag == tag_of(two.ask(Invite{}.text()).reply));
  CHECK(tag != tag_of(other.ask(Invite{}.text()).reply));
}

TEST_CASE("determinism: the To tag depends on what makes a request, and on nothing else") {
  const Invite base;
  std::set<std::string> tags{tag_for(base)};
  const auto differs = [&](const char* why, auto change) {
    CAPTURE(std::string(why));
    Invite request = base;
    change(request);
    CHECK(tags.insert(tag_for(request)).second);
  };
  differs("Call-ID", [](Invite& r) { r.call_id = "other"; });
  differs("CSeq", [](Invite& r) { r.cseq = "2 INVITE"; });
  differs("From tag", [](Invite& r) { r.from = "<sip:+12155550100@example.com>;tag=x"; });
  differs("branch", [](Invite& r) { r.via = "SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKx;rport"; });
  differs("sent-by",
          [](Invite& r) { r.via = "SIP/2.0/UDP 192.0.2.8:5060;branch=z9hG4bK74bf9;rport"; });

  Invite more = base;
  more.more = "X-New: 1\r\n";
  CHECK(tag_for(more) == tag_for(base));
  Scene later([](Scene& scene) { scene.time += std::chrono::seconds{1}; });
  CHECK(tag_of(later.ask(base.text()).reply) == tag_for(base));
  Scene scene;
  CHECK(tag_of(scene.ask(base.text(), endpoint("192.0.2.77", 9)).reply) == tag_for(base));
}

TEST_CASE("determinism: what one message leaves behind does not show in the next answer") {
  Scene used;
  Scene fresh;
  Invite huge;
  huge.more = "X-Long: " + std::string(30000, 'x') + "\r\n";
  huge.call_id = std::string(20000, 'c');
  used.ask(huge.text());
  used.ask("\r\n\r\n");
  used.ask(std::string(65507, 'v'));
  used.ask(Invite{}.text(), stranger);
  CHECK(without_signature(used.ask(Invite{}.text()).reply) ==
        without_signature(fresh.ask(Invite{}.text()).reply));
}

TEST_CASE("determinism: iat, Date and the back-date move with the clock alone") {
  Scene scene([](Scene& s) { s.settings.iat_backdate = std::chrono::seconds{2}; });
  const auto answer = scene.ask(Invite{}.text());
  REQUIRE(answer.record != nullptr);
  CHECK(answer.record->iat == now - std::chrono::seconds{2});
  const MessageView reply(answer.reply);
  CHECK(reply.get("date") == "Mon, 31 Dec 2029 23:59:58 GMT");
  const auto verdict = verdict_on(reply.get("identity"));
  REQUIRE(verdict.passport.has_value());
  CHECK(verdict.passport->iat == now - std::chrono::seconds{2});
}

TEST_CASE("determinism: a retransmission repeats the To tag and the origid in every mode") {
  constexpr auto uuid = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
  struct Row {
    const char* why;
    OrigidPolicy origid;
    bool another_call;  ///< whether another call has the same origid
    bool another_peer;
    bool another_account;
  };
  const Row rows[] = {
      {"per call", {OrigidMode::per_call, {}}, false, true, false},
      {"per account", {OrigidMode::per_account, {}}, true, true, false},
      {"per peer", {OrigidMode::per_peer, {}}, true, false, true},
      {"fixed", {OrigidMode::fixed, *Uuid::parse(uuid)}, true, true, true},
  };
  Invite again;
  again.call_id = "another-call";
  again.from = "<sip:+" + std::string(number_b) + "@example.com>;tag=another";
  Invite of_other;
  of_other.more = "X-Account: second\r\n";
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    Scene scene([&](Scene& it) {
      for (Account& account : it.accounts) account.origid = row.origid;
      it.accounts.push_back(it.accounts[0]);
      it.accounts.back().id = "second";
      Peer west = it.peer;
      west.name = "west";
      west.hosts = {"west.example.com"};
      it.more_peers = {west};
    });
    const auto origid = [&](const Invite& invite) {
      const Answer answer = scene.ask(invite.text());
      const auto verdict = verdict_on(MessageView(answer.reply).get("identity"));
      REQUIRE(verdict.passport.has_value());
      CHECK(answer.record->origid.view() == verdict.passport->origid);
      return verdict.passport->origid;
    };
    const Invite plain;
    Invite west = plain;
    west.request_uri = "sip:+12155550122@west.example.com";
    const auto first = origid(plain);
    const std::string tag = tag_of(scene.ask(plain.text()).reply);
    CHECK((origid(again) == first) == row.another_call);
    CHECK((origid(west) == first) == row.another_peer);
    CHECK((origid(of_other) == first) == row.another_account);
    CHECK(origid(plain) == first);
    CHECK(tag_of(scene.ask(plain.text()).reply) == tag);
    if (row.origid.mode == OrigidMode::fixed) CHECK(first == uuid);
  }
}

TEST_CASE("determinism: calls of no known account have the origid of their peer") {
  const auto origid = [](OrigidPolicy policy, const std::string& call_id) {
    Scene scene([&](Scene& it) { it.peer.origid = policy; });
    Invite invite;
    invite.from = "<sip:+12155550199@example.com>;tag=1";
    invite.call_id = call_id;
    return std::string(scene.ask(invite.text()).record->origid.view());
  };
  const auto same = [&](OrigidPolicy policy) { return origid(policy, "a") == origid(policy, "b"); };
  CHECK(origid({OrigidMode::per_call, {}}, "a") == origid({OrigidMode::per_call, {}}, "a"));
  CHECK_FALSE(same({OrigidMode::per_call, {}}));
  CHECK(same({OrigidMode::per_peer, {}}));
  CHECK(origid({OrigidMode::per_account, {}}, "a") == origid({OrigidMode::per_peer, {}}, "b"));
  constexpr auto uuid = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
  CHECK(origid({OrigidMode::fixed, *Uuid::parse(uuid)}, "a") == uuid);
}

TEST_CASE("determinism: a blocked call is answered with equal bytes, and another tag a call") {
  Scene scene([](Scene& it) { it.never_calling = {number_a}; });
  const std::string first(scene.ask(Invite{}.text()).reply);
  CHECK(MessageView(first).status() == 603);
  CHECK(first == scene.ask(Invite{}.text()).reply);
  Invite other;
  other.call_id = "other";
  CHECK(tag_of(first) != tag_of(scene.ask(other.text()).reply));
}
