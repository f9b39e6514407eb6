// SPDX-License-Identifier: MIT
//
// Connections that come and go while snapshots and certificates are swapped and the server stops:
// what the thread sanitizer is to look at.
#include <doctest/doctest.h>

#include <thread>
#include <vector>

#include "net/stream_client.hpp"

namespace shaken302::net {
namespace {

using namespace test;

TEST_CASE(
    "stream_server: connections, snapshots, certificates and the stop on threads of their own") {
  TlsAuthority authority;
  const TlsIdentity identity = authority.issue("server", "DNS:sip.example");
  const auto make_context = [&] {
    return std::make_shared<const TlsContext>(*TlsContext::make(
        {identity.certificate, identity.key, std::nullopt, "", TlsContext::Clients::not_asked}));
  };
  StreamStage stage;
  const auto tcp = stage.listen(Transport::tcp);
  const auto tls = stage.listen(Transport::tls);
  stage.server.set_tls(make_context());
  stage.server.start();
  std::atomic<bool> stopping{false};
  std::atomic<int> answered{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      while (!stopping) {
        try {
          StreamClient client(t % 2 == 0 ? tcp : tls, localhost, std::chrono::seconds(2));
          if (t % 2 == 1 && !client.shake_hands()) continue;
          for (int i = 0; i < 5; ++i) {
            if (!client.send(make_request("INVITE", std::to_string(i)))) break;
            if (i == 4) break;  // the connection goes while its answer is under way
            if (!is_signed(client.receive(), std::to_string(i))) break;
            ++answered;
          }
        } catch (const std::runtime_error&) {
          return;  // the listener is gone
        }
      }
    });
  }
  for (std::uint64_t generation = 2; generation < 22; ++generation) {
    stage.snapshots.publish(make_snapshot(generation, stage.credentials));
    stage.server.set_tls(make_context());
    stage.server.consume_records([](const DecisionRecord&) {});
    stage.snapshots.free_unused();
    static_cast<void>(stage.server.oldest_heartbeat_ns());
    static_cast<void>(stage.count(Counter::received));
    static_cast<void>(stage.server.connections());
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
  }
  stage.server.drain();
  stage.server.stop();
  CHECK(comes_true_soon([&] { return stage.server.has_ended(); }));
  stopping = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(answered > 0);
}

}  // namespace
}  // namespace shaken302::net
