// SPDX-License-Identifier: MIT
//
// The shadow policy: asked about every call, never acted on.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "answer_exit.hpp"

using namespace shaken302;
using namespace shaken302::sip;
using namespace shaken302::sip::test;

namespace {

std::shared_ptr<const Snapshot> snapshot_of(const Change& change) {
  return std::make_shared<const Snapshot>(Scene(change).snapshot);
}

/// `both` is what live and shadow policy have in common.
Scene with_shadow(const Change& change, const Change& both = {}) {
  const auto shadow = snapshot_of([&](Scene& scene) {
    if (both) both(scene);
    if (change) change(scene);
  });
  return Scene([&](Scene& scene) {
    if (both) both(scene);
    scene.shadow = shadow;
  });
}

void other_network(Scene& scene) { scene.peer.sources = {network("198.18.0.0", 24)}; }
void capped(Scene& scene) { scene.peer.max_attestation = Attestation::B; }
void blocking(Scene& scene) { scene.never_calling = {number_a}; }
void never_signing(Scene& scene) { scene.accounts[0].status = AccountStatus::suspended; }
void declining(Scene& scene) { scene.peer.unsigned_outcome = UnsignedOutcome::decline; }
void blocked_with_403(Scene& scene) { scene.peer.block_outcome = UnsignedOutcome::forbidden; }
void many_choices(Scene& scene) { scene.peer.redirect_status = 300; }
void called_by_request(Scene& scene) { scene.peer.called_source = CalledSource::request_uri; }
void calling_by_from(Scene& scene) { scene.peer.calling_sources = {CallingSource::from}; }
void renamed(Scene& scene) { scene.accounts[0].id = "acme-2"; }
void one_account_more(Scene& scene) {
  scene.accounts.push_back(scene.accounts[0]);
  scene.accounts.back().id = "another";
}
void other_host(Scene& scene) { scene.peer.hosts = {"only.example.com"}; }
void other_listener(Scene& scene) {
  scene.peer.listeners = {{Transport::udp, local.address, 5062}};
}

struct Row {
  const char* why;
  Change both;
  Change shadow;
  std::string request;
  bool is_different;
  bool has_peer;
  Verdict verdict;
  Attestation level;
  std::uint16_t status = 302;
};

std::vector<Row> rows() {
  using V = Verdict;
  constexpr auto a = Attestation::A;
  constexpr auto b = Attestation::B;
  constexpr auto c = Attestation::C;
  const std::string help = call_to("sip:911@else.example.com", "<sip:911@example.com>");
  const std::string retargeted =
      call_to("sip:+12155550133@gw.example.com", "<sip:+12155550122@example.com>");
  const std::string two_identities =
      from_caller(number_a, "P-Asserted-Identity: <tel:+" + std::string(number_b) + ">\r\n");
  Invite nameless;
  nameless.from = "<sip:anonymous@anonymous.invalid>;tag=1";
  nameless.to = "<sip:911@example.com>";
  const std::string anonymous_help = nameless.text();
  return {
      {"the same policy", {}, {}, plain(), false, true, V::sign, a},
      {"another level", {}, capped, plain(), true, true, V::sign, b},
      {"another level, of which this call has no need",
       {},
       capped,
       from_caller("12155550199"),
       false,
       true,
       V::sign,
       c},
      {"blocked", {}, blocking, plain(), true, true, V::block, c, 603},
      {"no signature", {}, never_signing, plain(), true, true, V::leave_unsigned, c},
      {"no signature in either", {}, capped, anonymous(), false, true, V::leave_unsigned, c},
      {"blocked in both", blocking, capped, plain(), false, true, V::block, c, 603},
      {"another unsigned outcome",
       {},
       declining,
       anonymous(),
       true,
       true,
       V::leave_unsigned,
       c,
       603},
      {"another unsigned outcome, of which this call has no need",
       {},
       declining,
       plain(),
       false,
       true,
       V::sign,
       a},
      {"a call for help is redirected whatever the outcome is",
       {},
       declining,
       anonymous_help,
       false,
       true,
       V::leave_unsigned,
       c},
      {"another block outcome", blocking, blocked_with_403, plain(), true, true, V::block, c, 403},
      {"another redirect", {}, many_choices, plain(), true, true, V::sign, a, 300},
      {"another called number", {}, called_by_request, retargeted, true, true, V::sign, a},
      {"the same called number from another place",
       {},
       called_by_request,
       plain(),
       false,
       true,
       V::sign,
       a},
      {"another caller", {}, calling_by_from, two_identities, true, true, V::sign, a},
      {"the same caller from another place", {}, calling_by_from, plain(), false, true, V::sign, a},
      {"another account", {}, renamed, plain(), true, true, V::sign, a},
      {"an account more, of which this call has no need",
       {},
       one_account_more,
       plain(),
       false,
       true,
       V::sign,
       a},
      {"no peer", {}, other_network, plain(), true, false, V::leave_unsigned, c, 0},
      {"no peer for a call without signature",
       {},
       other_network,
       anonymous(),
       true,
       false,
       V::leave_unsigned,
       c,
       0},
      {"no peer at that listener",
       {},
       other_listener,
       plain(),
       true,
       false,
       V::leave_unsigned,
       c,
       0},
      {"no peer of that host", {}, other_host, plain(), true, false, V::leave_unsigned, c, 0},
      {"a call for help to a host that is nobody's in either",
       other_host,
       {},
       help,
       false,
       true,
       V::sign,
       a},
      {"an Identity that stays in both", passing, capped, with(&Invite::more, identity_line), false,
       true, V::pass_existing, c},
  };
}

}  // namespace

TEST_CASE("shadow: what it would have decided is in the record, and whether that differs") {
  for (const Row& row : rows()) {
    CAPTURE(std::string(row.why));
    Scene scene = with_shadow(row.shadow, row.both);
    const Answer answer = scene.ask(row.request);
    REQUIRE(answer.record != nullptr);
    const ShadowDecision& shadow = answer.record->shadow;
    CHECK(shadow.is_there);
    CHECK(shadow.is_different == row.is_different);
    CHECK(shadow.has_peer == row.has_peer);
    CHECK(to_text(shadow.verdict) == to_text(row.verdict));
    CHECK(shadow.level == row.level);
    CHECK(shadow.status == row.status);
    CHECK(shadow.trail.reasons().empty() != row.has_peer);
    CHECK(scene.count(Counter::shadow_different) == (row.is_different ? 1 : 0));
    CHECK(scene.count(Counter::shadow_same) == (row.is_different ? 0 : 1));
  }
}

TEST_CASE("shadow: its trail is its own") {
  Scene scene = with_shadow(capped);
  const Answer answer = scene.ask(plain());
  REQUIRE(answer.record != nullptr);
  CHECK(answer.record->shadow.trail.contains(Reason::capped_by_peer));
  CHECK_FALSE(answer.record->trail.contains(Reason::capped_by_peer));
}

TEST_CASE("shadow: the reply, and all that is counted but the comparison, is as without one") {
  const auto is_of_shadow = [](Counter counter) {
    return counter == Counter::shadow_same || counter == Counter::shadow_different;
  };
  for (const Row& row : rows()) {
    CAPTURE(std::string(row.why));
    Scene alone(row.both);
    Scene scene = with_shadow(row.shadow, row.both);
    const Answer one = alone.ask(row.request);
    const Answer other = scene.ask(row.request);
    CHECK(without_signature(one.reply) == without_signature(other.reply));
    CHECK(one.destination == other.destination);
    CHECK(one.status == other.status);
    REQUIRE((one.record != nullptr && other.record != nullptr));
    CHECK(one.record->verdict == other.record->verdict);
    CHECK(one.record->level == other.record->level);
    CHECK_FALSE(one.record->shadow.is_there);
    for (std::size_t i = 0; i < counter_count; ++i) {
      const auto counter = static_cast<Counter>(i);
      if (is_of_shadow(counter)) continue;
      CAPTURE(to_text(counter));
      CHECK(alone.count(counter) == scene.count(counter));
    }
  }
}

TEST_CASE("shadow: a retransmission is compared alike, and leaves nothing behind") {
  Scene scene = with_shadow(capped);
  const Answer first = scene.ask(plain());
  const std::string reply = without_signature(first.reply);
  const ShadowDecision before = first.record->shadow;
  scene.ask(anonymous());
  const Answer again = scene.ask(plain());
  CHECK(without_signature(again.reply) == reply);
  CHECK(again.record->shadow.is_different == before.is_different);
  CHECK(again.record->shadow.level == before.level);
  CHECK(again.record->shadow.trail.reasons().size() == before.trail.reasons().size());
}

TEST_CASE("shadow: a signature that fails is not another policy") {
  for (const bool differs : {false, true}) {
    CAPTURE(differs);
    Scene scene = with_shadow(differs ? Change(capped) : Change());
    const Fault fault(fail_signature);
    const Answer answer = scene.ask(plain());
    CHECK(answer.outcome == Outcome::unsigned_redirect);
    CHECK(scene.count(Counter::shadow_same) == (differs ? 0 : 1));
    CHECK(scene.count(Counter::shadow_different) == (differs ? 1 : 0));
  }
}

TEST_CASE("shadow: a stranger, a probe and a broken call are no calls to compare") {
  Scene scene = with_shadow(capped);
  scene.ask(plain(), stranger);
  scene.ask(request_of("OPTIONS").text(), prober);
  scene.ask(with(&Invite::cseq, "x"));
  CHECK(scene.count(Counter::shadow_same) + scene.count(Counter::shadow_different) == 0);
}
