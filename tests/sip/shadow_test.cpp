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
};

std::vector<Row> rows() {
  using V = Verdict;
  constexpr auto a = Attestation::A;
  constexpr auto b = Attestation::B;
  constexpr auto c = Attestation::C;
  const std::string help = call_to("sip:911@else.example.com", "<sip:911@example.com>");
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
      {"blocked", {}, blocking, plain(), true, true, V::block, c},
      {"no signature", {}, never_signing, plain(), true, true, V::leave_unsigned, c},
      {"no signature in either", {}, capped, anonymous(), false, true, V::leave_unsigned, c},
      {"blocked in both", blocking, capped, plain(), false, true, V::block, c},
      {"another unsigned outcome is the same verdict",
       {},
       unsigned_as(UnsignedOutcome::decline),
       anonymous(),
       false,
       true,
       V::leave_unsigned,
       c},
      {"no peer", {}, other_network, plain(), true, false, V::leave_unsigned, c},
      {"no peer for a call without signature",
       {},
       other_network,
       anonymous(),
       true,
       false,
       V::leave_unsigned,
       c},
      {"no peer at that listener", {}, other_listener, plain(), true, false, V::leave_unsigned, c},
      {"no peer of that host", {}, other_host, plain(), true, false, V::leave_unsigned, c},
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
