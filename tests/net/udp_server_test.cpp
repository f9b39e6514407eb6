// SPDX-License-Identifier: MIT
//
// The whole way of a datagram through the real `answer`, over loopback.
#include "net/udp_server.hpp"

#include <doctest/doctest.h>
#include <netinet/udp.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "loopback.hpp"

namespace shaken302::net {
namespace {

using test::any_ipv4;
using test::Client;
using test::has_status;
using test::ipv4;
using test::localhost;
using test::make_request;
using test::Stage;

template <class Condition>
bool comes_true(Condition condition) {
  const auto end = steady_clock_ns() + 10'000'000'000;
  while (!condition()) {
    if (steady_clock_ns() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

TEST_CASE("udp_server: a call is answered with a signature, at the time of the clock") {
  Stage stage;
  const auto port = stage.listen(localhost, 1);
  stage.server.start();
  Client client;
  client.send(make_request("INVITE", "one"), localhost, port);
  const auto reply = client.receive();
  REQUIRE(reply);
  CHECK(has_status(*reply, "302"));
  CHECK(reply->text.find("\r\nIdentity: ") != std::string::npos);
  CHECK(reply->text.find("\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n") != std::string::npos);
  CHECK(stage.count(Counter::level_a) == 1);
}

TEST_CASE("udp_server: a reply leaves from the address that the request was sent to") {
  Stage stage;
  const auto port = stage.listen(any_ipv4, 2);
  stage.server.start();
  Client client;
  for (const IpAddress& address :
       {localhost, ipv4(127, 0, 0, 2), ipv4(127, 0, 0, 3), ipv4(127, 0, 0, 2)}) {
    client.send(make_request("OPTIONS", "o"), address, port);
    const auto reply = client.receive();
    REQUIRE(reply);
    CHECK(has_status(*reply, "200"));
    CHECK(reply->source == sip::Endpoint{address, port});
  }
}

TEST_CASE("udp_server: IPv6 is answered from the address that was asked") {
  Stage stage;
  const auto socket =
      stage.server.add_listener({.local = {IpAddress{}, 0}, .family = Family::ipv6}, 1);
  if (!socket) {
    MESSAGE("SKIPPED: no IPv6 here (errno ", socket.error().error, ")");
    return;
  }
  stage.server.start();
  Client client(test::ipv6_loopback(), Family::ipv6);
  client.send(make_request("INVITE", "six"), test::ipv6_loopback(), (*socket)->port());
  const auto reply = client.receive();
  REQUIRE(reply);
  CHECK(has_status(*reply, "302"));
  CHECK(reply->source == sip::Endpoint{test::ipv6_loopback(), (*socket)->port()});
}

TEST_CASE("udp_server: several listeners answer, each on its own port") {
  Stage stage;
  const auto first = stage.listen(localhost, 1);
  const auto second = stage.listen(ipv4(127, 0, 0, 2), 1);
  stage.server.start();
  Client client;
  client.send(make_request("OPTIONS", "a"), localhost, first);
  CHECK(client.receive()->source == sip::Endpoint{localhost, first});
  client.send(make_request("OPTIONS", "b"), ipv4(127, 0, 0, 2), second);
  CHECK(client.receive()->source == sip::Endpoint{ipv4(127, 0, 0, 2), second});
}

/// Loopback is two peers: "edge" at the listener on 127.0.0.1, "west" at that on 127.0.0.2.
std::shared_ptr<const Snapshot> make_peers_by_listener(const Snapshot& like,
                                                       std::uint16_t edge_port,
                                                       std::uint16_t west_port) {
  Peer edge = like.peers->peers().at(0);
  edge.listeners = {{Transport::udp, localhost, edge_port}};
  Peer west = edge;
  west.name = "west";
  west.metrics_slot = 1;
  west.max_attestation = Attestation::C;
  west.listeners = {{Transport::udp, ipv4(127, 0, 0, 2), west_port}};
  auto peers = PeerTable::make({edge, west});
  Snapshot next = like;
  ++next.generation;
  next.peers = std::make_shared<const PeerTable>(*std::move(peers));
  return std::make_shared<const Snapshot>(std::move(next));
}

TEST_CASE("udp_server: one source at two listeners is two peers") {
  Stage stage;
  const auto first = stage.listen(localhost, 1);
  const auto second = stage.listen(ipv4(127, 0, 0, 2), 1);
  // As configured: port 0 stands for the port that the system chose.
  stage.snapshots.publish(make_peers_by_listener(*stage.snapshots.current(), 0, 0));
  stage.server.start();
  Client client;
  client.send(make_request("INVITE", "a"), localhost, first);
  REQUIRE(client.receive());
  CHECK(stage.count(Counter::level_a) == 1);
  client.send(make_request("INVITE", "b"), ipv4(127, 0, 0, 2), second);
  REQUIRE(client.receive());
  CHECK(stage.count(Counter::level_c) == 1);
  CHECK(total(stage.server.metrics(), 0, PeerCounter::invites) == 1);
  CHECK(total(stage.server.metrics(), 1, PeerCounter::invites) == 1);
}

TEST_CASE("udp_server: at a listener of nobody's a source is a stranger") {
  Stage stage;
  const auto port = stage.listen(localhost, 1);
  // The port that the system chose is not what is configured.
  stage.snapshots.publish(make_peers_by_listener(*stage.snapshots.current(), port, 0));
  stage.server.start();
  Client client;
  client.send(make_request("INVITE", "a"), localhost, port);
  CHECK(comes_true([&] { return stage.count(Counter::unknown_source) == 1; }));
  CHECK_FALSE(client.receive(std::chrono::milliseconds(50)));
}

TEST_CASE("udp_server: a listener that cannot be bound is reported, the others stay") {
  Stage stage;
  const auto port = stage.listen(localhost, 1);
  const auto second = stage.server.add_listener({.local = {localhost, port}}, 1);
  REQUIRE_FALSE(second);
  CHECK(second.error().error == EADDRINUSE);
  CHECK(stage.server.metrics().size() == 1);
}

TEST_CASE("udp_server: the calls of one upstream address and port spread over all workers") {
  Stage stage;
  const auto port = stage.listen(localhost, 4);
  stage.server.start();
  Client client;
  constexpr int calls = 4000;
  int answered = 0;
  int sent = 0;
  while (answered < calls) {
    // Eight calls under way at any time: a busy upstream that waits for answers.
    for (; sent < calls && sent < answered + 8; ++sent) {
      client.send(make_request("INVITE", std::to_string(sent)), localhost, port);
    }
    const auto reply = client.receive();
    REQUIRE(reply);
    ++answered;
  }
  CHECK(stage.server.metrics().size() == 4);
  for (const auto& worker : stage.server.metrics()) {
    MESSAGE("calls of this worker: ", worker->value(Counter::received));
    CHECK(worker->value(Counter::received) >= calls / 20);
  }
  CHECK(stage.count(Counter::received) == calls);
}

TEST_CASE("udp_server: what is queued when the order to stop comes is answered") {
  Stage stage;
  const auto port = stage.listen(localhost, 2);
  Client client;
  constexpr int calls = 60;  // fits the default buffer of a machine that grants no more
  for (int i = 0; i < calls; ++i) {
    client.send(make_request("INVITE", std::to_string(i)), localhost, port);
  }
  stage.server.stop();
  stage.server.start();
  CHECK(comes_true([&] { return stage.server.has_ended(); }));
  for (int i = 0; i < calls; ++i) {
    const auto reply = client.receive();
    REQUIRE(reply);
    CHECK(has_status(*reply, "302"));
  }
}

TEST_CASE("udp_server: what comes after the last worker's last look is answered before the close") {
  Stage stage;
  const auto port = stage.listen(localhost, 2);
  const auto any_port = stage.listen(any_ipv4, 1);
  stage.server.start();
  stage.server.stop();
  REQUIRE(comes_true([&] { return stage.server.has_ended(); }));
  CHECK(comes_true([&] { return stage.ended == 1; }));  // once, not once a worker
  Client client;
  constexpr int calls = 40;
  for (int i = 0; i < calls; ++i) {
    client.send(make_request("INVITE", std::to_string(i)), localhost, i % 2 == 0 ? port : any_port);
  }
  stage.server.close();
  for (int i = 0; i < calls; ++i) {
    const auto reply = client.receive();
    REQUIRE(reply);
    CHECK(has_status(*reply, "302"));
  }
  CHECK(UdpSocket::open({.local = {localhost, port}}));  // the port is free again
  CHECK(stage.server.kernel_drops() == 0);
  stage.server.close();  // does nothing
}

TEST_CASE("udp_server: a worker without traffic ends soon after the order to stop") {
  Stage stage;
  stage.listen(localhost, 2);
  stage.server.start();
  CHECK_FALSE(stage.server.has_ended());
  stage.server.stop();
  CHECK(comes_true([&] { return stage.server.has_ended(); }));
}

TEST_CASE("udp_server: while it drains, OPTIONS get 503 and calls are still signed") {
  Stage stage;
  const auto port = stage.listen(localhost, 1);
  stage.server.start();
  stage.server.drain();
  Client client;
  client.send(make_request("OPTIONS", "o"), localhost, port);
  CHECK(has_status(client.receive().value(), "503"));
  client.send(make_request("INVITE", "i"), localhost, port);
  CHECK(has_status(client.receive().value(), "302"));
}

TEST_CASE("udp_server: every decision is recorded; a full queue counts what it loses") {
  Stage stage;
  const auto port = stage.listen(localhost, 1);
  stage.server.start();
  Client client;
  constexpr std::size_t calls = 2060;
  for (std::size_t i = 0; i < calls; ++i) {
    client.send(make_request("INVITE", std::to_string(i)), localhost, port);
    REQUIRE(client.receive());
  }
  CHECK(comes_true([&] { return stage.count(Counter::log_dropped) == calls - 2048; }));
  std::set<std::string> call_ids;
  stage.server.consume_records([&](const DecisionRecord& record) {
    CHECK(record.level == Attestation::A);
    CHECK(record.generation == 1);
    CHECK(record.status == 302);
    CHECK(record.received_ns == test::fixed_clock());
    call_ids.emplace(record.call_id.view());
  });
  CHECK(call_ids.size() == 2048);
}

TEST_CASE(
    "udp_server: a published snapshot is followed, and the old one is let go without traffic") {
  Stage stage;
  const auto port = stage.listen(localhost, 2);
  stage.server.start();
  stage.snapshots.publish(test::make_snapshot(2, stage.credentials));
  Client client;
  client.send(make_request("INVITE", "new"), localhost, port);
  REQUIRE(client.receive());
  CHECK(comes_true([&] { return stage.snapshots.free_unused() == 0; }));
  std::uint64_t generation = 0;
  CHECK(comes_true([&] {
    stage.server.consume_records([&](const DecisionRecord& r) { generation = r.generation; });
    return generation != 0;
  }));
  CHECK(generation == 2);
}

TEST_CASE("udp_server: a worker without calls keeps no key of an earlier snapshot") {
  Stage stage;
  const auto port = stage.listen(localhost, 1);
  stage.server.start();
  Client client;
  client.send(make_request("INVITE", "old"), localhost, port);
  REQUIRE(client.receive());
  stage.snapshots.publish(test::make_snapshot(2, test::make_credentials()));
  const std::weak_ptr<const CredentialTable> keys = std::exchange(stage.credentials, nullptr);
  CHECK(comes_true([&] { return stage.snapshots.free_unused() == 0; }));
  CHECK(keys.expired());
}

TEST_CASE("udp_server: the heartbeat goes on without traffic") {
  Stage stage;
  stage.listen(localhost, 2);
  stage.server.start();
  const auto before = stage.server.oldest_heartbeat_ns();
  CHECK(comes_true([&] { return stage.server.oldest_heartbeat_ns() > before; }));
}

TEST_CASE("udp_server: workers take no signals") {
  Stage stage;
  stage.listen(localhost, 3);
  stage.server.start();
  std::size_t blocked = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream status(task.path() / "status");
    for (std::string line; std::getline(status, line);) {
      if (!line.starts_with("SigBlk:")) continue;
      const auto mask = std::stoull(line.substr(7), nullptr, 16);
      if ((mask >> (SIGTERM - 1) & 1) != 0 && (mask >> (SIGHUP - 1) & 1) != 0) ++blocked;
    }
  }
  CHECK(blocked == 3);
}

// One worker on a socket of the test's own.
struct Bench {
  Stage stage;
  UdpSocket socket = *UdpSocket::open({.local = {localhost, 0}});
  WorkerMetrics metrics;
  WorkerOrders orders;
  std::unique_ptr<UdpWorker> worker =
      std::make_unique<UdpWorker>(UdpWorker::Parts{.socket = socket,
                                                   .snapshots = stage.snapshots,
                                                   .settings = stage.settings,
                                                   .secret = stage.secret,
                                                   .orders = orders,
                                                   .metrics = metrics,
                                                   .clock = test::fixed_clock,
                                                   .datagram_bytes_max = 1000});
  ~Bench() { orders.stop = true; }
};

TEST_CASE("udp_worker: a datagram larger than the buffer is counted and not answered") {
  Bench bench;
  bench.worker->start();
  Client client;
  client.send(make_request("OPTIONS", std::string(1000, 'x')), localhost, bench.socket.port());
  client.send(make_request("OPTIONS", "short"), localhost, bench.socket.port());
  const auto reply = client.receive();
  REQUIRE(reply);
  CHECK(reply->text.find("Call-ID: short") != std::string::npos);
  CHECK(bench.metrics.value(Counter::truncated) == 1);
  CHECK(bench.metrics.value(Counter::received) == 2);
}

TEST_CASE("udp_worker: a reply that the kernel does not take is counted") {
  Bench bench;
  ::shutdown(bench.socket.number(), SHUT_WR);  // from now on sending gives EPIPE
  bench.worker->start();
  Client client;
  client.send(make_request("OPTIONS", "o"), localhost, bench.socket.port());
  CHECK(comes_true([&] { return bench.metrics.value(Counter::send_failed) == 1; }));
  CHECK(bench.metrics.value(Counter::answered_options) == 1);
}

// A UDP header by hand: no socket sends from port 0.
std::string make_datagram_from_port_0(std::uint16_t port, std::string_view payload) {
  udphdr header{};
  header.uh_dport = htons(port);
  header.uh_ulen = htons(static_cast<std::uint16_t>(sizeof header + payload.size()));
  std::string bytes(sizeof header, '\0');
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes.append(payload);
}

TEST_CASE("udp_worker: nobody is answered at port 0") {
  const FileDescriptor raw(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_UDP));
  if (!raw.is_open()) {
    MESSAGE("SKIPPED: raw sockets take a privilege that this run does not have");
    return;
  }
  Stage stage;
  const auto port = stage.listen(localhost, 1);
  stage.server.start();
  const auto bytes = make_datagram_from_port_0(port, make_request("OPTIONS", "forged"));
  const SocketAddress to = to_socket_address({localhost, 0}, Family::ipv4);
  REQUIRE(::sendto(raw.number(), bytes.data(), bytes.size(), 0,
                   reinterpret_cast<const sockaddr*>(&to.storage), to.size) > 0);
  CHECK(comes_true([&] { return stage.count(Counter::silent) == 1; }));
  CHECK(stage.count(Counter::send_failed) == 0);
  CHECK(stage.count(Counter::answered_options) == 0);
}

}  // namespace
}  // namespace shaken302::net
