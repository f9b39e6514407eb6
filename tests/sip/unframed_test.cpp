// SPDX-License-Identifier: MIT
//
// What ends a stream because nobody can tell where it goes on: a 400 for whoever may get one, and
// never a decision.
#include <doctest/doctest.h>

#include <string>

#include "reply_view.hpp"
#include "scene.hpp"

using namespace shaken302;
using namespace shaken302::sip;
using namespace shaken302::sip::test;

TEST_CASE("unframed: one row per exit") {
  struct Row {
    const char* why;
    std::string bytes;
    Endpoint source;
    int status;  ///< 0: silence
  };
  Invite good;
  Invite broken;
  broken.cseq = "1";
  const std::string no_length =
      "INVITE sip:+12155550122@gw.example.com SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.9\r\n"
      "From: <sip:+12155550100@h>;tag=1\r\nTo: <sip:+12155550122@h>\r\n"
      "Call-ID: c\r\nCSeq: 1 INVITE\r\n\r\n";
  const Row rows[] = {
      {"an INVITE that would be signed in a datagram", good.text(), edge, 400},
      {"without Content-Length", no_length, edge, 400},
      {"a broken INVITE", broken.text(), edge, 400},
      {"OPTIONS", request_of("OPTIONS").text(), edge, 400},
      {"ACK is never answered", request_of("ACK").text(), edge, 0},
      {"half a message that can be echoed", good.text().substr(0, good.text().size() - 2), edge,
       400},
      {"half a message that cannot", "INVITE sip:a@b SIP/2.0\r\nVia: x\r\n", edge, 0},
      {"no SIP", "GET / HTTP/1.1\r\n\r\n", edge, 0},
      {"a response", "SIP/2.0 200 OK\r\n\r\n", edge, 0},
      {"line ends", "\r\n\r\n", edge, 0},
      {"a prober", request_of("OPTIONS").text(), prober, 0},
      {"a stranger", good.text(), stranger, 0},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    Scene scene([](Scene& it) { it.settings.forbid_unknown_sources = true; });
    const Request request{.bytes = row.bytes,
                          .source = row.source,
                          .local = local,
                          .transport = Transport::tcp,
                          .listener = scene.listener,
                          .received_ns = 0,
                          .client_names = {},
                          .is_unframed = true};
    const Answer answer = sip::answer(request, scene.snapshot, now, *scene.worker);
    CHECK(answer.status == row.status);
    CHECK(answer.reply.empty() == (row.status == 0));
    CHECK(answer.record == nullptr);
    CHECK(scene.count(Counter::answered_signed) == 0);
  }
}
