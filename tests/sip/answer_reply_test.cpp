// SPDX-License-Identifier: MIT
//
// What is in an answer, and what a hostile request cannot put there.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "reply_view.hpp"
#include "scene.hpp"

using namespace shaken302;
using namespace shaken302::sip;
using namespace shaken302::sip::test;

namespace {

struct Level {
  const char* why;
  const char* caller;
  const char* account;
  const char* attest;
};

}  // namespace

TEST_CASE("answer: a signed redirect carries an Identity that verifies up to the root") {
  const Level rows[] = {{"its own number", "12155550100", "acme", "A"},
                        {"another's number", "12155550199", "acme", "B"},
                        {"nobody's number", "12155550199", "", "C"}};
  for (const Level& row : rows) {
    CAPTURE(std::string(row.why));
    Scene scene([](Scene& s) {
      s.peer.attestation_header = true;
      s.peer.origination_id_header = true;
    });
    Invite invite;
    invite.from = "<sip:+" + std::string(row.caller) + "@example.com>;tag=1";
    if (*row.account != '\0') invite.more = "X-Account: " + std::string(row.account) + "\r\n";
    const Answer answer = scene.ask(invite.text());
    const MessageView reply(answer.reply);
    CHECK(reply.status() == 302);
    REQUIRE(reply.all("identity").size() == 1);

    const Verification verdict = verdict_on(reply.get("identity"));
    CHECK(verdict.result == VerificationResult::valid);
    REQUIRE(verdict.passport.has_value());
    const Passport& passport = *verdict.passport;
    REQUIRE(passport.attest.has_value());
    CHECK(to_char(*passport.attest) == *row.attest);
    CHECK(passport.orig.tn == std::vector<std::string>{row.caller});
    CHECK(passport.dest.tn == std::vector<std::string>{std::string(number_called)});
    CHECK(passport.iat == now);
    CHECK(passport.origid == reply.get("p-origination-id"));
    CHECK(reply.get("p-attestation-indicator") == row.attest);
    CHECK(reply.get("date") == "Tue, 01 Jan 2030 00:00:00 GMT");
    CHECK(reply.get("contact") == "<sip:+12155550122@192.0.2.9:5060>");
    CHECK(reply.get("server") == "shaken302/test");
  }
}

TEST_CASE("answer: the record tells what was decided and what was answered") {
  Scene scene;
  const Answer answer = scene.ask(Invite{}.text());
  REQUIRE(answer.record != nullptr);
  const DecisionRecord& record = *answer.record;
  CHECK(record.received_ns == 1'893'456'000'123'456'789);
  CHECK(record.iat == now);
  CHECK(record.generation == 1);
  CHECK(record.verdict == Verdict::sign);
  CHECK(record.level == Attestation::A);
  CHECK(record.status == 302);
  CHECK_FALSE(record.emergency);
  CHECK(record.calling.digits() == number_a);
  CHECK(record.called.view() == number_called);
  CHECK(record.peer.view() == "edge");
  CHECK(record.account.view() == "acme");
  CHECK(record.credential.view() == "house");
  CHECK(record.call_id.view() == "3848276298220188511@example.com");
  CHECK_FALSE(record.reply_over_1300);
  CHECK_FALSE(record.contact_over_1023);
  CHECK(scene.ask(request_of("OPTIONS").text()).record == nullptr);

  scene.snapshot.peers = nullptr;  // a stranger's message needs the source look-up only
  Peer refusing = scene.peer;
  refusing.unsigned_outcome = UnsignedOutcome::not_found;
  auto peers = PeerTable::make({refusing});
  REQUIRE(peers.has_value());
  scene.snapshot.peers = std::make_shared<const PeerTable>(std::move(peers).value());
  Invite anonymous;
  anonymous.from = "<sip:anonymous@anonymous.invalid>;tag=1";
  const Answer refused = scene.ask(anonymous.text());
  REQUIRE(refused.record != nullptr);
  CHECK(refused.record->status == 404);
  CHECK(refused.record->verdict == Verdict::leave_unsigned);
  CHECK(refused.record->trail.contains(Reason::caller_not_a_number));
}

TEST_CASE(
    "answer: replies over 1300 bytes on UDP and Contacts over 1023 are counted and recorded") {
  Scene scene([](Scene& s) {
    s.peer.dialect = {true, true, true};
    s.settings.reply_ratio_max = 0;
  });
  const Answer answer = scene.ask(Invite{}.text());
  REQUIRE(answer.record != nullptr);
  CHECK(answer.reply.size() > 1300);
  CHECK(answer.record->reply_over_1300);
  CHECK(scene.count(Counter::reply_over_1300) == 1);
  CHECK_FALSE(answer.record->contact_over_1023);

  const Answer on_tcp = scene.ask(Invite{}.text(), edge, Transport::tcp);
  CHECK(on_tcp.reply.size() > 1300);
  CHECK_FALSE(on_tcp.record->reply_over_1300);
  CHECK(scene.count(Counter::reply_over_1300) == 1);

  Invite long_user;
  long_user.request_uri = "sip:+12155550122;" + std::string(500, 'x') + "@gw.example.com";
  const Answer long_contact = scene.ask(long_user.text());
  CHECK(long_contact.record->contact_over_1023);
  CHECK(scene.count(Counter::contact_over_1023) == 1);
  CHECK(contact_uri(MessageView(long_contact.reply).get("contact")).size() > 1023);
}

TEST_CASE("answer: levels and peers are counted where a signature went out, and only there") {
  Scene scene([](Scene& s) { s.peer.metrics_slot = 3; });
  scene.ask(Invite{}.text());
  Invite other;
  other.from = "<sip:+12155550199@example.com>;tag=1";
  scene.ask(other.text());
  other.more = "X-Account: acme\r\n";
  scene.ask(other.text());
  Invite anonymous;
  anonymous.from = "<sip:anonymous@anonymous.invalid>;tag=1";
  scene.ask(anonymous.text());
  for (const auto level : {PeerCounter::level_a, PeerCounter::level_b, PeerCounter::level_c}) {
    CHECK(scene.metrics.value(3, level) == 1);
  }
  CHECK(scene.metrics.value(3, PeerCounter::invites) == 4);
  CHECK(scene.metrics.value(3, PeerCounter::not_signed) == 1);
  CHECK(scene.count(Counter::level_a) == 1);
  CHECK(scene.count(Counter::level_b) == 1);
  CHECK(scene.count(Counter::level_c) == 1);
}

TEST_CASE("answer: whatever a request asks for, the reply goes to its source address") {
  struct Row {
    const char* why;
    const char* via;
    const char* source;
    std::uint16_t source_port;
    Transport transport;
    bool force_rport;
    std::uint16_t port;
  };
  const Row rows[] = {
      {"rport", "SIP/2.0/UDP 10.0.0.1:5080;rport", "192.0.2.9", 40000, Transport::udp, false,
       40000},
      {"sent-by port", "SIP/2.0/UDP 10.0.0.1:5080", "192.0.2.9", 40000, Transport::udp, false,
       5080},
      {"forced", "SIP/2.0/UDP 10.0.0.1:5080", "192.0.2.9", 40000, Transport::udp, true, 40000},
      {"unicast maddr (hazards 0.5)", "SIP/2.0/UDP 10.0.0.1:5080;maddr=203.0.113.1;rport",
       "192.0.2.9", 40000, Transport::udp, false, 40000},
      {"multicast maddr", "SIP/2.0/UDP 10.0.0.1;maddr=224.0.1.75;ttl=1", "192.0.2.9", 40000,
       Transport::udp, false, 5060},
      {"a forged received", "SIP/2.0/UDP 10.0.0.1;received=203.0.113.1", "192.0.2.9", 40000,
       Transport::udp, false, 5060},
      {"IPv6", "SIP/2.0/UDP [2001:db8::1]:5081", "2001:db8::9", 40000, Transport::udp, false, 5081},
      {"a TCP Via in a datagram is a Via like any other", "SIP/2.0/TCP 10.0.0.1:5080", "192.0.2.9",
       40000, Transport::udp, false, 5080},
      {"on TCP the connection", "SIP/2.0/TCP 10.0.0.1:5080", "192.0.2.9", 40000, Transport::tcp,
       false, 40000},
      {"on TLS the connection", "SIP/2.0/TLS 10.0.0.1", "192.0.2.9", 40000, Transport::tls, false,
       40000},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    Scene scene([&](Scene& s) { s.peer.force_rport = row.force_rport; });
    for (const bool broken : {false, true}) {
      CAPTURE(broken);
      Invite invite;
      invite.via = std::string(row.via) + ";branch=z9hG4bK1";
      if (broken) invite.cseq = "x";
      const Answer answer =
          scene.ask(invite.text(), endpoint(row.source, row.source_port), row.transport);
      CHECK(answer.status == (broken ? 400 : 302));
      CHECK(answer.destination.address == endpoint(row.source).address);
      CHECK(answer.destination.port == row.port);
      const auto via = MessageView(answer.reply).get("via");
      CHECK(via.find("received=203") == std::string::npos);
      CHECK(via.find(std::string("received=") + row.source) != std::string::npos);
    }
  }
}

TEST_CASE("answer: no text of a request can add, end or change a line of the reply") {
  struct Row {
    const char* why;
    std::string Invite::*member;
    std::string value;
  };
  const Row rows[] = {
      {"CRLF escaped in the user", &Invite::request_uri, "sip:1%0D%0AX-Evil:%201@gw.example.com"},
      {"NUL escaped in the user", &Invite::request_uri, "sip:1%00@gw.example.com"},
      {"angle bracket and quote in the user", &Invite::request_uri, "sip:1>;x=\"@gw.example.com"},
      {"a space in the user", &Invite::request_uri, "sip:1 2@gw.example.com"},
      {"a header in the Request-URI", &Invite::request_uri,
       "sip:1@gw.example.com?X-Evil=1%0D%0AX-Evil:%201"},
      {"a fold in To that looks like a header", &Invite::to,
       "<sip:b@example.com>\r\n ;x=1\r\n X-Evil: 1"},
      {"a lone CR in To", &Invite::to, "<sip:b@example.com>\rX-Evil: 1"},
      {"a lone LF in To", &Invite::to, "<sip:b@example.com>\nX-Evil: 1"},
      {"a lone CR in From", &Invite::from, "<sip:a@example.com>;tag=1\rX-Evil: 1"},
      {"a NUL in Call-ID", &Invite::call_id, std::string("a\0b", 3)},
      {"a vertical tab in a quoted Via", &Invite::via, "SIP/2.0/UDP 192.0.2.9;x=\"\x0B\""},
      {"a folded CSeq", &Invite::cseq, "1\r\n INVITE"},
      {"a Via with a fold everywhere", &Invite::via,
       "SIP\r\n /\r\n 2.0/UDP\r\n 192.0.2.9\r\n ;rport"},
  };
  const std::vector<std::string> ours{"via",    "from",    "to",       "call-id", "cseq",
                                      "server", "contact", "identity", "date",    "content-length"};
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    Scene scene;
    Invite invite;
    invite.*row.member = row.value;
    const Answer answer = scene.ask(invite.text());
    if (answer.reply.empty()) continue;
    const MessageView reply(answer.reply);
    CHECK(reply.has_end);
    for (const auto& field : reply.fields) {
      CAPTURE(field.first);
      CHECK(std::find(ours.begin(), ours.end(), field.first) != ours.end());
    }
    CHECK(std::count(answer.reply.begin(), answer.reply.end(), '\n') ==
          static_cast<std::ptrdiff_t>(reply.fields.size() + 2));
    for (std::size_t i = 0; i < answer.reply.size(); ++i) {
      const char c = answer.reply[i];
      if (c == '\r') CHECK(answer.reply[i + 1] == '\n');
      const bool plain =
          static_cast<unsigned char>(c) >= 0x20 || c == '\r' || c == '\n' || c == '\t';
      CHECK(plain);
    }
  }
}

TEST_CASE("answer: Require, Proxy-Require and bodies do not refuse a call (RFC 3261 8.3)") {
  for (const char* line :
       {"Require: nothingSupportsThis, nothingSupportsThisEither\r\n",
        "Proxy-Require: noProxiesSupportThis\r\n", "Content-Type: application/unknownformat\r\n",
        "Content-Encoding: nobody-knows\r\n", "Max-Forwards: 0\r\n"}) {
    CAPTURE(std::string(line));
    Scene scene;
    Invite invite;
    invite.more = line;
    CHECK(static_cast<int>(scene.ask(invite.text()).outcome) ==
          static_cast<int>(Outcome::signed_redirect));
  }
}

TEST_CASE("answer: emergency calls are redirected for every unsigned outcome and every trouble") {
  for (const auto outcome :
       {UnsignedOutcome::redirect, UnsignedOutcome::not_found, UnsignedOutcome::forbidden,
        UnsignedOutcome::decline, UnsignedOutcome::unavailable}) {
    for (const char* to : {"<urn:service:sos>", "<urn:service:sos.ambulance>", "<sip:911@psap>",
                           "<tel:112>", "<sip:+911@psap;user=phone>"}) {
      for (const char* from : {"<sip:anonymous@anonymous.invalid>", "<sip:+12155550177@x>",
                               "<sip:+12155550100@x>", "<tel:911>"}) {
        CAPTURE(std::string(to));
        CAPTURE(std::string(from));
        Scene scene([&](Scene& s) {
          s.peer.unsigned_outcome = outcome;
          s.credentials->entries.front().quarantined = from[5] != '+';
        });
        Invite invite;
        const std::string uri(to);
        invite.request_uri = uri.substr(1, uri.size() - 2);
        invite.to = to;
        invite.from = std::string(from) + ";tag=1";
        CHECK(scene.ask(invite.text()).status == 302);
      }
    }
  }
}

TEST_CASE("answer: sip, sips and tel can be called") {
  struct Row {
    const char* uri;
    const char* contact;
  };
  const Row rows[] = {
      {"sip:+12155550122@gw.example.com", "<sip:+12155550122@192.0.2.9:5060>"},
      {"SIP:+12155550122@gw.example.com", "<sip:+12155550122@192.0.2.9:5060>"},
      {"sips:+12155550122@gw.example.com", "<sips:+12155550122@192.0.2.9:5060>"},
      {"tel:+1-215-555-0122", "<sip:+1-215-555-0122@192.0.2.9:5060;user=phone>"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.uri));
    Scene scene([](Scene& s) { s.peer.called_source = CalledSource::request_uri; });
    Invite invite;
    invite.request_uri = row.uri;
    const Answer answer = scene.ask(invite.text());
    CHECK(static_cast<int>(answer.outcome) == static_cast<int>(Outcome::signed_redirect));
    CHECK(MessageView(answer.reply).get("contact") == row.contact);
  }
}

TEST_CASE("answer: probe networks of any prefix end where they end") {
  struct Row {
    IpNetwork probes;
    const char* source;
    bool answered;
  };
  const Row rows[] = {
      {network("198.51.100.8", 29), "198.51.100.8", true},
      {network("198.51.100.8", 29), "198.51.100.15", true},
      {network("198.51.100.8", 29), "198.51.100.16", false},
      {network("198.51.100.8", 29), "198.51.100.7", false},
      {network("198.51.100.8", 32), "198.51.100.8", true},
      {network("198.51.100.8", 32), "198.51.100.9", false},
      {network("0.0.0.0", 0), "198.51.100.9", true},
      {network("0.0.0.0", 0), "2001:db9::1", false},
      {network("2001:db9::", 33), "2001:db9:7fff::1", true},
      {network("2001:db9::", 33), "2001:db9:8000::1", false},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.source));
    Scene scene([&](Scene& s) { s.settings.probe_sources = {row.probes}; });
    const Answer answer = scene.ask(request_of("OPTIONS").text(), endpoint(row.source));
    CHECK(answer.status == (row.answered ? 200 : 0));
  }
}

TEST_CASE("answer: the Contact is never the Request-URI, also when that names the requester") {
  Scene scene;
  Invite invite;
  invite.request_uri = "sip:+12155550122@192.0.2.9:5060";
  CHECK(MessageView(scene.ask(invite.text()).reply).get("contact") ==
        "<sip:+12155550122@192.0.2.9:5060;transport=udp>");
  invite.via = "SIP/2.0/TCP 192.0.2.9:5064;branch=z9hG4bK1";
  CHECK(MessageView(scene.ask(invite.text(), endpoint("192.0.2.9", 40000), Transport::tcp).reply)
            .get("contact") == "<sip:+12155550122@192.0.2.9:5064;transport=tcp>");
}

TEST_CASE("answer: a stranger costs no reading") {
  Scene scene;
  scene.ask(request_of("OPTIONS").text());
  const auto before = scene.worker->read.index.start_line().data();
  const std::string other = Invite{}.text();
  CHECK(scene.ask(other, stranger).reply.empty());
  CHECK(scene.worker->read.index.start_line().data() == before);
}
