// SPDX-License-Identifier: MIT
//
// Retransmissions over real sockets: every call comes twice, and two workers share what comes.
#include <doctest/doctest.h>

#include <map>
#include <thread>

#include "loopback.hpp"

namespace shaken302::net {
namespace {

using test::Client;
using test::localhost;
using test::make_request;
using test::Stage;

std::string call_id_of(std::string_view reply) {
  const auto begin = reply.find("\r\nCall-ID: ") + 11;
  return std::string(reply.substr(begin, reply.find("\r\n", begin) - begin));
}

using Answers = std::map<std::string, std::string>;  // by Call-ID

/// Sends each call once, some of them under way at any time; what came for each, or not all.
Answers ask_all(Client& client, std::uint16_t port, std::size_t calls) {
  Answers answers;
  std::size_t sent = 0;
  while (answers.size() < calls) {
    for (; sent < calls && sent < answers.size() + 8; ++sent) {
      client.send(make_request("INVITE", std::to_string(sent)), localhost, port);
    }
    const auto reply = client.receive();
    if (!reply) break;
    answers[call_id_of(reply->text)] = reply->text;
  }
  return answers;
}

TEST_CASE("retransmission: a thousand calls sent twice are a thousand signatures, two workers") {
  constexpr std::size_t calls = 1000;
  RetransmissionTable table(131072, std::chrono::seconds(32));
  Stage stage;
  stage.settings.retransmissions = &table;
  const auto port = stage.listen(localhost, 2);
  stage.server.start();
  Client client;
  const Answers first = ask_all(client, port, calls);
  REQUIRE(first.size() == calls);
  CHECK(stage.count(Counter::signatures) == calls);
  CHECK(stage.count(Counter::retransmissions) == 0);

  const Answers again = ask_all(client, port, calls);
  CHECK(again == first);  // byte for byte
  CHECK(stage.count(Counter::signatures) == calls);
  CHECK(stage.count(Counter::answered_signed) == calls);
  CHECK(stage.count(Counter::retransmissions) == calls);
  CHECK(stage.count(Counter::received) == 2 * calls);
  for (const auto& worker : stage.server.metrics()) {
    MESSAGE("signed by this worker: ", worker->value(Counter::signatures),
            ", repeated: ", worker->value(Counter::retransmissions));
    CHECK(worker->value(Counter::signatures) >= calls / 20);
    CHECK(worker->value(Counter::retransmissions) >= calls / 20);
  }
  // Somebody else with the same requests is another caller.
  Client other;
  const Answers others = ask_all(other, port, 10);
  CHECK(others.size() == 10);
  CHECK(stage.count(Counter::signatures) == calls + 10);

  // What another snapshot has signed is signed again, once.
  stage.snapshots.publish(test::make_snapshot(2, stage.credentials));
  const Answers after = ask_all(client, port, 10);
  CHECK(after.size() == 10);
  CHECK(ask_all(client, port, 10) == after);
  CHECK(stage.count(Counter::signatures) == calls + 20);

  stage.server.stop();  // a record goes into its queue after the answer
  while (!stage.server.has_ended()) std::this_thread::yield();
  std::size_t records = 0;
  stage.server.consume_records([&](const DecisionRecord&) { ++records; });
  CHECK(records == calls + 20);  // none for a retransmission
}

TEST_CASE("retransmission: without a table each of them is signed") {
  Stage stage;
  const auto port = stage.listen(localhost, 2);
  stage.server.start();
  Client client;
  const Answers first = ask_all(client, port, 10);
  const Answers again = ask_all(client, port, 10);
  CHECK(first.size() == again.size());
  CHECK(first != again);
  CHECK(stage.count(Counter::signatures) == 20);
  CHECK(stage.count(Counter::retransmissions) == 0);
}

}  // namespace
}  // namespace shaken302::net
