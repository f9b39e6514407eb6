// SPDX-License-Identifier: MIT
//
// Which peer a call is of, where source, listener and Request-URI host all have a say.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "answer_exit.hpp"

using namespace shaken302;
using namespace shaken302::sip;
using namespace shaken302::sip::test;

namespace {

const Listener second_port{Transport::udp, local.address, 5062};

Peer like(const Peer& peer, std::string name) {
  Peer other = peer;
  other.name = std::move(name);
  other.metrics_slot = peer.metrics_slot + 1;
  return other;
}

/// "edge" takes calls to gw.example.com, "west" those to west.example.com; both are the same proxy.
void by_host(Scene& scene) {
  scene.peer.hosts = {"gw.example.com"};
  Peer west = like(scene.peer, "west");
  west.hosts = {"west.example.com", "w2.example.com"};
  west.unsigned_outcome = UnsignedOutcome::decline;
  scene.more_peers = {west};
}
/// "edge" has any listener, "west" the second port.
void by_listener(Scene& scene) {
  Peer west = like(scene.peer, "west");
  west.listeners = {second_port};
  west.max_attestation = Attestation::C;
  scene.more_peers = {west};
}
void by_host_forbidding(Scene& scene) {
  by_host(scene);
  forbidding(scene);
}

std::string call_at(const std::string& host, std::string to = "<sip:+12155550122@example.com>") {
  return call_to("sip:+12155550122@" + host, std::move(to));
}

std::string peer_of(const Answer& answer) {
  return answer.record == nullptr ? "nobody" : std::string(answer.record->peer.view());
}

}  // namespace

TEST_CASE("peer_of_call: one source at two listeners is two peers") {
  Scene scene(by_listener);
  CHECK(peer_of(scene.ask(plain())) == "edge");
  CHECK(scene.count(Counter::level_a) == 1);
  scene.listener = second_port;
  CHECK(peer_of(scene.ask(plain())) == "west");
  CHECK(scene.count(Counter::level_c) == 1);
  CHECK(scene.metrics.value(0, PeerCounter::invites) == 1);
  CHECK(scene.metrics.value(1, PeerCounter::invites) == 1);
}

TEST_CASE("peer_of_call: at a listener that its peers do not have, a source is a stranger") {
  Scene scene([](Scene& it) { it.peer.listeners = {second_port}; });
  CHECK(scene.ask(plain()).outcome == Outcome::silent_source);
  CHECK(scene.ask(request_of("OPTIONS").text()).outcome == Outcome::silent_source);
  scene.listener = second_port;
  CHECK(scene.ask(plain()).outcome == Outcome::signed_redirect);
  Scene tcp([](Scene& it) { it.peer.listeners = {{Transport::tcp, local.address, local.port}}; });
  CHECK(tcp.ask(plain()).outcome == Outcome::silent_source);
}

TEST_CASE("peer_of_call: the host of the Request-URI selects, in any case and without its port") {
  struct Row {
    const char* why;
    std::string host;
    std::string peer;
  };
  const std::vector<Row> rows = {
      {"the first", "gw.example.com", "edge"},
      {"the second", "west.example.com", "west"},
      {"its other name", "w2.example.com", "west"},
      {"capitals", "WEST.Example.COM", "west"},
      {"a port", "west.example.com:5080", "west"},
      {"parameters", "west.example.com;user=phone;x=gw.example.com", "west"},
      {"headers", "west.example.com?x=gw.example.com", "west"},
      {"a name below it", "a.west.example.com", "nobody"},
      {"a name that begins like it", "west.example.com.example.net", "nobody"},
      {"another", "192.0.2.200", "nobody"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    Scene scene(by_host);
    CHECK(peer_of(scene.ask(call_at(row.host))) == row.peer);
    if (row.peer == "nobody") continue;
    CHECK(scene.metrics.value(row.peer == "edge" ? 0 : 1, PeerCounter::invites) == 1);
    CHECK(scene.metrics.value(row.peer == "edge" ? 1 : 0, PeerCounter::invites) == 0);
  }
}

TEST_CASE("peer_of_call: a peer that names the host comes before one that names none") {
  Scene scene([](Scene& it) {
    by_host(it);
    it.peer.hosts.clear();
  });
  CHECK(peer_of(scene.ask(call_at("west.example.com"))) == "west");
  CHECK(peer_of(scene.ask(call_at("else.example.com"))) == "edge");
  CHECK(peer_of(scene.ask(call_to("tel:+12155550122", "<tel:+12155550122>"))) == "edge");
}

TEST_CASE("peer_of_call: a host makes nobody a peer") {
  Scene scene(by_host);
  CHECK(scene.ask(call_at("gw.example.com"), stranger).outcome == Outcome::silent_source);
}

TEST_CASE("peer_of_call: a call to a host that is nobody's is that of a stranger") {
  for (const bool forbids : {false, true}) {
    CAPTURE(forbids);
    for (const std::string& request :
         {call_at("else.example.com"), call_to("tel:+12155550122", "<tel:+12155550122>")}) {
      Scene scene(forbids ? by_host_forbidding : by_host);
      const Answer answer = scene.ask(request);
      CHECK(answer.outcome == (forbids ? Outcome::forbidden : Outcome::silent_source));
      CHECK(answer.status == (forbids ? 403 : 0));
      CHECK(answer.reply.empty() != forbids);
      CHECK(answer.record == nullptr);
      CHECK(scene.count(Counter::unknown_source) == 1);
      CHECK(scene.count(Counter::method_invite) == 1);
      CHECK(scene.count(Counter::answered_forbidden) == (forbids ? 1 : 0));
      CHECK(scene.metrics.value(0, PeerCounter::invites) == 0);
    }
  }
}

TEST_CASE("peer_of_call: all but calls is answered whatever the host is") {
  struct Row {
    const char* why;
    Invite request;
    int status;
  };
  Invite unreadable;
  unreadable.cseq = "x";
  Invite version;
  version.version = "SIP/7.0";
  Invite scheme;
  scheme.request_uri = "soap.beep://192.0.2.103:3002";
  Invite dialog;
  dialog.to += ";tag=x";
  const std::vector<Row> rows = {
      {"OPTIONS", request_of("OPTIONS"), 200},
      {"REGISTER", request_of("REGISTER"), 405},
      {"broken", unreadable, 400},
      {"another version", version, 505},
      {"in a dialog", dialog, 481},
      {"an unknown scheme", scheme, 416},
      {"ACK", request_of("ACK"), 0},
      {"CANCEL", request_of("CANCEL"), 0},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    for (const auto& change : {by_host, by_host_forbidding}) {
      Scene scene(change);
      Invite request = row.request;
      if (request.request_uri.starts_with("sip:")) request.request_uri = "sip:else.example.com";
      CHECK(scene.ask(request.text()).status == row.status);
      CHECK(scene.count(Counter::unknown_source) == 0);
    }
  }
}

TEST_CASE("peer_of_call: a call for help to a host that is nobody's goes by the source's peer") {
  for (const auto& change : {by_host, by_host_forbidding}) {
    Scene scene(change);
    for (const std::string& request :
         {call_at("else.example.com", "<sip:911@example.com>"),
          call_to("sip:911@else.example.com", "<sip:911@example.com>"),
          call_to("urn:service:sos", "<urn:service:sos>"), call_to("tel:911", "<tel:911>")}) {
      const Answer answer = scene.ask(request);
      CHECK(answer.status == 302);
      CHECK(peer_of(answer) == "edge");
    }
    CHECK(scene.count(Counter::unknown_source) == 0);
  }
}

TEST_CASE("peer_of_call: what is a call for help, the plan of the peer of the call says") {
  const auto plans = [](Scene& scene) {
    by_host_forbidding(scene);
    scene.peer.plan = make_number_plan("1");
    scene.more_peers[0].plan = make_number_plan("44");
  };
  Scene scene(plans);
  // 999 is one in the country of "west", whose calls without a signature are declined.
  const Answer help = scene.ask(call_to("sip:999@west.example.com", "<sip:999@west.example.com>"));
  CHECK(help.status == 302);
  CHECK(peer_of(help) == "west");
  Invite no_uri;
  no_uri.request_uri = "soap.beep://west.example.com";
  no_uri.to = "<sip:999@west.example.com>";
  CHECK(scene.ask(no_uri.text()).status != 416);
  // To nobody's host: one of the plans knows it, so nobody is told 403, and who is asked first, for
  // whom it is a number like any other, does not decide about it.
  const Answer nobody = scene.ask(call_to("sip:999@else.example.com", "<sip:999@example.com>"));
  CHECK(nobody.status == 302);
  REQUIRE(nobody.record != nullptr);
  CHECK(nobody.record->emergency);
  CHECK(peer_of(nobody) == "west");
}

TEST_CASE("peer_of_call: the plans of peers of other sources and listeners are not asked") {
  struct Row {
    const char* why;
    Change change;
    Endpoint source;
    Outcome outcome;
  };
  const auto with_another = [](const Change& change) {
    return [change](Scene& scene) {
      by_host_forbidding(scene);
      Peer other = like(scene.more_peers[0], "other");
      other.plan = make_number_plan("44");
      scene.more_peers.push_back(other);
      change(scene);
    };
  };
  const Row rows[] = {
      {"a peer of the same source knows it",
       with_another([](Scene& scene) { scene.more_peers.back().hosts = {"other.example.com"}; }),
       edge, Outcome::unsigned_redirect},
      {"a peer of another network does", with_another([](Scene& scene) {
         scene.more_peers.back().sources = {network("198.18.0.0", 24)};
       }),
       edge, Outcome::forbidden},
      {"a peer of another listener does",
       with_another([](Scene& scene) { scene.more_peers.back().listeners = {second_port}; }), edge,
       Outcome::forbidden},
      {"a stranger has no plan: anybody's is asked", with_another([](Scene& scene) {
         scene.more_peers.back().sources = {network("198.18.0.0", 24)};
       }),
       stranger, Outcome::silent_source},
  };
  Invite invite;
  invite.request_uri = "sip:999@else.example.com";
  invite.from = "<sip:anonymous@anonymous.invalid>;tag=1";
  invite.to = "<sip:999@example.com>";
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    Scene scene(row.change);
    CHECK(scene.ask(invite.text(), row.source).outcome == row.outcome);
  }
  // What is a call for help everywhere is one for nobody's host too.
  invite.request_uri = "sip:112@else.example.com";
  invite.to = "<sip:112@example.com>";
  Scene scene([](Scene& it) {
    by_host_forbidding(it);
    for (Peer* peer : {&it.peer, &it.more_peers[0]}) peer->plan.emergency = {"911"};
  });
  CHECK(scene.ask(invite.text()).outcome == Outcome::silent_source);
}
