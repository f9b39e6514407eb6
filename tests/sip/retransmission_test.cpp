// SPDX-License-Identifier: MIT
//
// RFC 3261 8.2.7 and 17.1.1.2: a retransmission gets the very same bytes, whichever worker reads
// it, and is no call of its own.
#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "reply_view.hpp"
#include "scene.hpp"

using namespace shaken302;
using namespace shaken302::sip;
using namespace shaken302::sip::test;

namespace {

/// A scene whose worker shares a table with a second worker.
struct TwoWorkers {
  RetransmissionTable table{1024, std::chrono::seconds(8)};
  Scene scene;
  WorkerMetrics other_metrics;
  WorkerState other;

  explicit TwoWorkers(const std::function<void(Scene&)>& change = {})
      : scene([&](Scene& it) {
          it.settings.retransmissions = &table;
          if (change) change(it);
        }),
        other(scene.settings, make_secret(scene.secret).value(), other_metrics, scene.draining) {}

  Answer ask_other(Request request) { return answer(request, scene.snapshot, scene.time, other); }
  [[nodiscard]] Request request_of(std::string_view bytes) const {
    return {bytes,        edge, local, Transport::udp, scene.listener, 1'893'456'000'123'456'789,
            scene.arrived};
  }
};

}  // namespace

TEST_CASE("retransmission: another worker gives the very same bytes, in every dialect") {
  TwoWorkers pair([](Scene& it) {
    it.peer.dialect = {true, true, true};
    it.peer.attestation_header = true;
    it.peer.origination_id_header = true;
    it.peer.next_hop = "203.0.113.5:5060";
    it.settings.reply_ratio_max = 0;
  });
  const std::string text = Invite{}.text();
  const Answer first = pair.scene.ask(text);
  CHECK(first.outcome == Outcome::signed_redirect);
  REQUIRE(first.record != nullptr);
  const std::string bytes(first.reply);

  pair.scene.time += std::chrono::seconds{4};
  auto request = pair.request_of(text);
  request.steady_ns += 4'000'000'000;
  for (int i = 0; i < 3; ++i) {
    const Answer again = pair.ask_other(request);
    CHECK(again.outcome == Outcome::repeated_redirect);
    CHECK(again.status == first.status);
    CHECK(again.destination == first.destination);
    CHECK(again.record == nullptr);
    CHECK(again.reply == bytes);
  }
  CHECK(pair.other_metrics.value(Counter::received) == 3);
  CHECK(pair.other_metrics.value(Counter::method_invite) == 3);
  CHECK(pair.other_metrics.value(Counter::retransmissions) == 3);
  CHECK(pair.other_metrics.value(0, PeerCounter::retransmissions) == 3);
  for (const Counter counter : {Counter::answered_signed, Counter::signatures, Counter::level_a,
                                Counter::shadow_same, Counter::signing_failed}) {
    CAPTURE(to_text(counter));
    CHECK(pair.other_metrics.value(counter) == 0);
  }
  CHECK(pair.other_metrics.value(0, PeerCounter::invites) == 0);
  CHECK(pair.other_metrics.value(0, PeerCounter::level_a) == 0);
  CHECK(pair.scene.count(Counter::signatures) == 1);
  CHECK(pair.scene.count(Counter::retransmissions) == 0);
}

TEST_CASE("retransmission: whatever is not the same request is another call") {
  struct Row {
    const char* why;
    std::function<void(Request&)> change;
    bool repeated;
  };
  static const std::string moved = [] {
    Invite invite;
    invite.more = "X: 1\r\n";
    return invite.text();
  }();
  const Row rows[] = {
      {"the same", [](Request&) {}, true},
      {"sent to another address of ours", [](Request& it) { it.local = endpoint("192.0.2.201"); },
       true},
      {"from another port", [](Request& it) { it.source.port = 5061; }, false},
      {"from another address of the peer", [](Request& it) { it.source = endpoint("192.0.2.10"); },
       false},
      {"one line more", [](Request& it) { it.bytes = moved; }, false},
      {"a byte behind the end, which no answer shows",
       [](Request& it) {
         static const std::string longer(std::string(it.bytes) + "\n");
         it.bytes = longer;
       },
       false},
      {"at another port of ours", [](Request& it) { it.listener.port = 5062; }, false},
      {"at a listener of another address",
       [](Request& it) { it.listener.address.bytes.back() = 9; }, false},
      {"over TCP", [](Request& it) { it.transport = Transport::tcp; }, false},
      {"too late", [](Request& it) { it.steady_ns += 8'000'000'000; }, false},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    TwoWorkers pair;
    const std::string text = Invite{}.text();
    const std::string bytes(pair.scene.ask(text).reply);
    Request request = pair.request_of(text);
    row.change(request);
    const Answer again = pair.ask_other(request);
    CHECK((again.outcome == Outcome::repeated_redirect) == row.repeated);
    CHECK((again.outcome == Outcome::signed_redirect) == !row.repeated);
    CHECK((again.reply == bytes) == row.repeated);
    CHECK(verdict_on(MessageView(again.reply).get("identity")).result == VerificationResult::valid);
  }
}

TEST_CASE("retransmission: over TCP nothing is kept, there is none") {
  TwoWorkers pair;
  const std::string text = Invite{}.text();
  for (int i = 0; i < 2; ++i) {
    CHECK(pair.scene.ask(text, edge, Transport::tcp).outcome == Outcome::signed_redirect);
  }
  CHECK(pair.scene.ask(text).outcome == Outcome::signed_redirect);
  CHECK(pair.scene.count(Counter::signatures) == 3);
}

TEST_CASE("retransmission: what is not signed is decided each time") {
  TwoWorkers pair;
  Invite anonymous;
  anonymous.from = "<sip:anonymous@anonymous.invalid>;tag=1";
  for (int i = 0; i < 2; ++i) {
    const Answer answer = pair.scene.ask(anonymous.text());
    CHECK(answer.outcome == Outcome::unsigned_redirect);
    CHECK(answer.record != nullptr);
  }
  CHECK(pair.scene.count(Counter::retransmissions) == 0);
}

TEST_CASE("retransmission: after a reload a suspended account gets nothing out of the table") {
  TwoWorkers pair;
  const std::string text = Invite{}.text();
  CHECK(pair.scene.ask(text).outcome == Outcome::signed_redirect);
  Scene reloaded([](Scene& it) { it.accounts[0].status = AccountStatus::suspended; });
  Snapshot next = reloaded.snapshot;
  for (const std::uint64_t generation : {2U, 1U}) {  // nor if the generation did not tell
    CAPTURE(generation);
    next.generation = generation;
    const Answer again = answer(pair.request_of(text), next, pair.scene.time, pair.other);
    CHECK(again.outcome == Outcome::unsigned_redirect);
    CHECK(MessageView(again.reply).all("identity").empty());
    CHECK(again.record != nullptr);
  }
}

TEST_CASE("retransmission: a reload alone costs another signature, with the same tag and origid") {
  TwoWorkers pair;
  const std::string text = Invite{}.text();
  const std::string bytes(pair.scene.ask(text).reply);
  Snapshot next = pair.scene.snapshot;
  next.generation = 2;
  const Answer again = answer(pair.request_of(text), next, pair.scene.time, pair.other);
  CHECK(again.outcome == Outcome::signed_redirect);
  CHECK(again.reply != bytes);
  CHECK(without_signature(again.reply) == without_signature(bytes));
}

TEST_CASE("retransmission: one that does not fit is counted once, and not as answered") {
  TwoWorkers pair;
  const std::string via = "Via: SIP/2.0/UDP h;branch=z9hG4bK" + std::string(600, 'x') + "\r\n";
  Invite huge;
  while (huge.text().size() + via.size() < 65530) huge.more += via;
  const std::string text = huge.text();
  for (int i = 0; i < 2; ++i) {
    const Answer answer = pair.scene.ask(text);
    CAPTURE(answer.status);
    REQUIRE(answer.outcome == Outcome::reply_too_large);
    CHECK(answer.reply.empty());
  }
  CHECK(pair.scene.count(Counter::signatures) == 1);
  CHECK(pair.scene.count(Counter::silent) == 2);
  CHECK(pair.scene.count(Counter::retransmissions) == 0);
  CHECK(pair.scene.count(Counter::answered_signed) == 0);
}
