// SPDX-License-Identifier: MIT
//
// Everything that threads share, all at once; the thread sanitizer watches.
#include <doctest/doctest.h>

#include <thread>

#include "net/loopback.hpp"

namespace shaken302::net {
namespace {

using test::Client;
using test::localhost;
using test::make_request;
using test::Stage;

TEST_CASE("workers: calls, new snapshots, records, counters and the stop go on together") {
  Stage stage;
  const auto port = stage.listen(localhost, 4);
  stage.server.start();

  constexpr int calls = 1500;
  int answered = 0;
  std::thread upstream([&] {
    Client client;
    int sent = 0;
    while (answered < calls) {
      for (; sent < calls && sent < answered + 16; ++sent) {
        client.send(make_request("INVITE", std::to_string(sent)), localhost, port);
      }
      if (!client.receive()) return;
      ++answered;
    }
  });

  std::atomic<bool> is_over{false};
  std::uint64_t generation = 1;
  std::size_t records = 0;
  std::uint64_t seen = 0;
  std::thread ends([&] {
    upstream.join();
    is_over = true;
  });
  const auto look = [&] {
    stage.server.consume_records([&](const DecisionRecord& record) {
      ++records;
      CHECK(record.generation <= generation);
    });
    seen = stage.count(Counter::received);
    CHECK(stage.server.oldest_heartbeat_ns() > 0);
    CHECK_FALSE(stage.server.has_ended());
  };
  // Each generation has keys of its own: workers prepare and drop contexts while they sign.
  const auto other_credentials = test::make_credentials();
  while (!is_over) {
    ++generation;
    const auto& credentials = generation % 2 == 0 ? other_credentials : stage.credentials;
    stage.snapshots.publish(test::make_snapshot(generation, credentials));
    stage.snapshots.free_unused();
    look();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ends.join();
  look();
  CHECK(answered == calls);
  CHECK(records + stage.count(Counter::log_dropped) == calls);
  CHECK(seen == calls);
  CHECK(generation > 5);

  stage.server.drain();
  stage.server.stop();
  while (!stage.server.has_ended()) std::this_thread::yield();
  CHECK(stage.snapshots.free_unused() <=
        4);  // a worker that has ended keeps the one that it saw last
}

TEST_CASE("workers: calls that come three times at once, beside new snapshots") {
  constexpr std::uint64_t calls = 600;
  RetransmissionTable table(64, std::chrono::seconds(8));  // so small that slots change hands
  Stage stage;
  stage.settings.retransmissions = &table;
  const auto port = stage.listen(localhost, 4);
  stage.server.start();
  Client client;
  std::uint64_t answered = 0;
  for (std::uint64_t i = 0; i < calls; ++i) {
    const std::string request = make_request("INVITE", std::to_string(i));
    for (int copy = 0; copy < 3; ++copy) client.send(request, localhost, port);
    for (int copy = 0; copy < 3; ++copy) answered += client.receive() ? 1U : 0U;
    if (i % 50 == 0) {
      stage.snapshots.publish(test::make_snapshot(i + 2, stage.credentials));
      stage.snapshots.free_unused();
    }
  }
  CHECK(answered == 3 * calls);
  stage.server.stop();  // a record goes into its queue after the answer
  while (!stage.server.has_ended()) std::this_thread::yield();
  std::uint64_t records = 0;
  stage.server.consume_records([&](const DecisionRecord&) { ++records; });
  // Copies that two workers read at the same moment are signed by both, and the first one counts.
  const auto signatures = stage.count(Counter::signatures);
  MESSAGE("signatures: ", signatures, ", records: ", records, " for ", calls, " calls");
  CHECK(records >= calls);
  CHECK(records == stage.count(Counter::answered_signed));
  CHECK(signatures >= records);
  CHECK(records + stage.count(Counter::retransmissions) == 3 * calls);
}

TEST_CASE("workers: a server that goes away in the middle of traffic") {
  Client client;
  for (int round = 0; round < 5; ++round) {
    Stage stage;
    const auto port = stage.listen(localhost, 3);
    stage.server.start();
    for (int i = 0; i < 50; ++i) {
      client.send(make_request("INVITE", std::to_string(i)), localhost, port);
    }
  }
  CHECK(client.receive());
}

}  // namespace
}  // namespace shaken302::net
