// SPDX-License-Identifier: MIT
//
// Calls that a rule or a list refuses, calls for help that nothing refuses, and what is counted of
// decisions.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "answer_exit.hpp"

using namespace shaken302;
using namespace shaken302::sip;
using namespace shaken302::sip::test;

namespace {

void never_calling(Scene& scene) { scene.never_calling = {number_a}; }
void block_called(Scene& scene) {
  scene.peer.called_rules = {{CalledRule::Kind::prefix, "1215", Treatment::block},
                             {CalledRule::Kind::not_a_number, "", Treatment::block}};
}
void block_anonymous(Scene& scene) {
  scene.peer.caller_rules = {{CallerRule::Kind::anonymous, "", Treatment::block}};
}
Change blocking_as(UnsignedOutcome outcome) {
  return [outcome](Scene& scene) {
    block_anonymous(scene);
    scene.peer.block_outcome = outcome;
    // What a call without a signature gets is something else.
    scene.peer.unsigned_outcome = UnsignedOutcome::redirect;
  };
}

Exit blocked(const char* why, int status, const char* phrase, Change change, std::string request) {
  return {why,
          Outcome::blocked,
          status,
          phrase,
          Counter::method_invite,
          std::move(change),
          std::move(request)};
}

Exit redirected(const char* why, Outcome outcome, Change change, std::string request) {
  return {why,
          outcome,
          302,
          "Moved Temporarily",
          Counter::method_invite,
          std::move(change),
          std::move(request)};
}

void add_shadow(Scene& scene) {
  const Scene other;
  scene.shadow = std::make_shared<const Snapshot>(other.snapshot);
}
void add_other_shadow(Scene& scene) {
  const Scene other([](Scene& it) { it.peer.max_attestation = Attestation::B; });
  scene.shadow = std::make_shared<const Snapshot>(other.snapshot);
}

Change asking(OverrideRight right, Attestation most = Attestation::A) {
  return [right, most](Scene& scene) {
    scene.peer.override_right = right;
    scene.peer.max_attestation = most;
    scene.peer.level_sources = {{LevelSource::Kind::header, "X-Attestation", {}, Attestation::C}};
  };
}

/// Counters that say what decisions were about.
constexpr Counter decision_counters[] = {
    Counter::retargeted,       Counter::identities_differ, Counter::never_calls,
    Counter::request_ignored,  Counter::request_lowered,   Counter::request_reduced,
    Counter::asserted_by_peer, Counter::shadow_same,       Counter::shadow_different,
    Counter::signing_failed,
};

struct Counted {
  const char* why;
  std::vector<Counter> counters;  ///< each once, the others not at all
  Change change;
  std::string request;
};

std::vector<Counted> counted_rows() {
  using C = Counter;
  Invite elsewhere;
  elsewhere.request_uri = "sip:+12155550133@gw.example.com";
  const auto none = asking(OverrideRight::none);
  const auto lower = asking(OverrideRight::lower);
  const auto any = asking(OverrideRight::any);
  const auto any_to_b = asking(OverrideRight::any, Attestation::B);
  const auto ask = [](char level) {
    return with(&Invite::more, std::string("X-Attestation: ") + level + "\r\n");
  };
  const std::string unlisted = "12155550199";
  return {
      {"a plain call", {}, {}, plain()},
      {"To and Request-URI differ", {C::retargeted}, {}, elsewhere.text()},
      {"Diversion", {C::retargeted}, {}, with(&Invite::more, "Diversion: <tel:+1>\r\n")},
      {"both at once",
       {C::retargeted},
       {},
       [&] {
         Invite both = elsewhere;
         both.more = "Diversion: <tel:+1>\r\nHistory-Info: <sip:x@y>;index=1\r\n";
         return both.text();
       }()},
      {"From and P-Asserted-Identity differ",
       {C::identities_differ},
       {},
       from_caller(unlisted, "P-Asserted-Identity: <tel:+" + std::string(number_a) + ">\r\n")},
      {"both of the account",
       {},
       {},
       with(&Invite::more, "P-Asserted-Identity: <tel:+" + std::string(number_b) + ">\r\n")},
      {"a caller that never calls", {C::never_calls}, never_calling, plain()},
      {"asked without the right", {C::request_ignored}, none, ask('B')},
      {"asked without the right for what it gets", {C::request_ignored}, none, ask('A')},
      {"asked to lower", {C::request_lowered}, lower, ask('C')},
      {"asked for what it gets", {}, lower, ask('A')},
      {"asked for more by who may only lower",
       {C::request_reduced},
       lower,
       from_caller(unlisted, "X-Account: acme\r\nX-Attestation: A\r\n")},
      {"asked for more by who may",
       {C::asserted_by_peer},
       any,
       from_caller(unlisted, "X-Account: acme\r\nX-Attestation: A\r\n")},
      {"asked beyond the cap", {C::request_reduced}, any_to_b, ask('A')},
      {"lifted, and then beyond the cap",
       {C::asserted_by_peer, C::request_reduced},
       any_to_b,
       from_caller(unlisted, "X-Account: acme\r\nX-Attestation: A\r\n")},
      {"unreadable", {}, any, ask('D')},
      {"a shadow of the same mind", {C::shadow_same}, add_shadow, plain()},
      {"a shadow of another mind", {C::shadow_different}, add_other_shadow, plain()},
      {"a shadow, and no call", {}, add_shadow, request_of("OPTIONS").text()},
      {"a shadow, and a call in a dialog", {}, add_shadow, in_dialog(Invite{})},
  };
}

}  // namespace

std::vector<Exit> shaken302::sip::test::policy_exits() {
  const auto sos = [](std::string number) {
    Invite invite;
    invite.request_uri = "sip:" + number + "@gw.example.com";
    invite.to = "<sip:" + number + "@example.com>";
    return invite;
  };
  Invite anonymous_sos = sos("911");
  anonymous_sos.more = "Privacy: id\r\n";
  Invite nobody;
  nobody.to = "<sip:bob@example.com>";
  using O = Outcome;
  auto exits = std::vector<Exit>{
      blocked("blocked: 603", 603, "Decline", blocking_as(UnsignedOutcome::decline), anonymous()),
      blocked("blocked: 403", 403, "Forbidden", blocking_as(UnsignedOutcome::forbidden),
              anonymous()),
      blocked("blocked: 404", 404, "Not Found", blocking_as(UnsignedOutcome::not_found),
              anonymous()),
      blocked("blocked: 503", 503, "Service Unavailable", blocking_as(UnsignedOutcome::unavailable),
              anonymous()),
      blocked("a destination that is blocked", 603, "Decline", block_called, plain()),
      blocked("a destination that is no number", 603, "Decline", block_called, nobody.text()),
      blocked("a number that never calls", 603, "Decline", never_calling, plain()),
      blocked(
          "also when an Identity is there that would stay", 603, "Decline",
          [](Scene& scene) {
            passing(scene);
            never_calling(scene);
          },
          with(&Invite::more, identity_line)),
      blocked(
          "also when the account is suspended", 603, "Decline",
          [](Scene& scene) { scene.never_calling = {number_other}; }, from_caller(number_other)),
      redirected("who never calls may call for help", O::unsigned_redirect, never_calling,
                 sos("911").text()),
      redirected("who is anonymous too", O::unsigned_redirect, block_anonymous,
                 anonymous_sos.text()),
      redirected(
          "a call for help is not judged by its number", O::signed_redirect,
          [](Scene& scene) {
            scene.peer.called_rules = {{CalledRule::Kind::short_code, "", Treatment::block}};
          },
          sos("911").text()),
      redirected("another number calls", O::signed_redirect, never_calling, from_caller(number_b)),
  };
  for (const Counted& row : counted_rows()) {
    if (row.counters.empty() || row.counters.front() == Counter::never_calls) continue;
    exits.push_back(redirected(row.why, O::signed_redirect, row.change, row.request));
  }
  return exits;
}

TEST_CASE("answer: one row per call that is blocked, and per call that is not") {
  Produced produced;
  for (const Exit& exit : policy_exits()) run(exit, produced);
}

TEST_CASE("answer: a blocked call has neither Contact nor Identity, and is known as one") {
  for (const Exit& exit : policy_exits()) {
    if (exit.outcome != Outcome::blocked) continue;
    CAPTURE(std::string(exit.why));
    Scene scene(exit.change);
    scene.peer.attestation_header = true;
    const Answer answer = scene.ask(exit.request);
    const MessageView reply(answer.reply);
    for (const char* field : {"contact", "identity", "x-identity", "date", "retry-after",
                              "p-attestation-indicator", "p-origination-id"}) {
      CAPTURE(field);
      CHECK_FALSE(reply.has(field));
    }
    REQUIRE(answer.record != nullptr);
    CHECK(answer.record->verdict == Verdict::block);
    CHECK(answer.record->status == exit.status);
    CHECK(answer.record->origid.view().empty());
    CHECK(scene.metrics.value(0, PeerCounter::invites) == 1);
    CHECK(scene.metrics.value(0, PeerCounter::not_signed) == 1);
  }
}

TEST_CASE("answer: whatever blocks and refuses, a call for help is redirected") {
  const std::vector<std::string> forms = {"urn:service:sos",
                                          "urn:service:sos.fire",
                                          "URN:service:SOS;x=1",
                                          "sip:sos@gw.example.com",
                                          "sip:911@gw.example.com",
                                          "sip:+1911@gw.example.com",
                                          "sip:1911@gw.example.com",
                                          "sip:933@GW.example.com",
                                          "tel:112",
                                          "sip:%39%31%31@gw.example.com",
                                          "sips:9-1-1@gw.example.com:5061;user=phone"};
  const auto harshest = [](Scene& scene) {
    block_anonymous(scene);
    block_called(scene);
    never_calling(scene);
    Peer& peer = scene.peer;
    for (const auto kind : {CallerRule::Kind::not_a_number, CallerRule::Kind::short_code,
                            CallerRule::Kind::impossible}) {
      peer.caller_rules.push_back({kind, "", Treatment::block});
    }
    peer.caller_rules.push_back({CallerRule::Kind::prefix, "1", Treatment::block});
    // A loader refuses the first of these; no call may depend on that.
    peer.called_rules = {{CalledRule::Kind::emergency, "", Treatment::block},
                         {CalledRule::Kind::short_code, "", Treatment::block},
                         {CalledRule::Kind::not_a_number, "", Treatment::block}};
    peer.unsigned_outcome = UnsignedOutcome::decline;
    peer.credentials = no_index;
    peer.signs_unknown = false;
    peer.hosts = {"only.example.com"};
    scene.settings.forbid_unknown_sources = true;
    scene.draining = true;
    for (Account& account : scene.accounts) account.status = AccountStatus::suspended;
    scene.credentials->entries.front().quarantined = true;
  };
  const std::string caller = "<sip:+12155550100@example.com>;tag=1";
  for (const std::string& form : forms) {
    for (const std::string& from :
         {caller, std::string("<sip:anonymous@anonymous.invalid>;tag=1"),
          std::string("<sip:+1@example.com>;tag=1"), std::string("<sip:611@example.com>;tag=1")}) {
      for (const std::string more : {"", "Privacy: id;critical\r\n", "X-Account: suspended\r\n",
                                     "Diversion: <tel:+12155550122>\r\n"}) {
        CAPTURE(form);
        CAPTURE(from);
        CAPTURE(more);
        Invite invite;
        invite.request_uri = form;
        invite.from = from;
        invite.more = more;
        Scene scene(harshest);
        const Answer by_uri = scene.ask(invite.text());
        CHECK(by_uri.outcome == Outcome::unsigned_redirect);
        CHECK(by_uri.status == 302);
        invite.to = "<" + std::exchange(invite.request_uri, "sip:psap@gw.example.com") + ">";
        CHECK(scene.ask(invite.text()).status == 302);
        invite.request_uri = "soap.beep://192.0.2.103:3002";
        CHECK(scene.ask(invite.text()).status == 302);
      }
    }
  }
}

TEST_CASE("answer: what a decision was about is counted once, and nothing else") {
  for (const Counted& row : counted_rows()) {
    CAPTURE(std::string(row.why));
    Scene scene(row.change);
    scene.ask(row.request);
    for (const Counter counter : decision_counters) {
      CAPTURE(to_text(counter));
      const auto wanted = std::count(row.counters.begin(), row.counters.end(), counter);
      CHECK(scene.count(counter) == static_cast<std::uint64_t>(wanted));
    }
  }
}
