// SPDX-License-Identifier: MIT
//
// What the sockets' side keeps from being answered: datagrams that waited too long, and those to or
// from no single host. Over loopback.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

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
using namespace std::chrono_literals;

constexpr std::int64_t millisecond = 1'000'000;

/// How far the worker's clock is ahead of the machine's.
std::atomic<std::int64_t> ahead_ns{0};
std::int64_t stepped_clock() noexcept { return wall_clock_ns() + ahead_ns; }

/// A server whose clock can be set; the certificate is of 2023, so calls come back unsigned.
struct SteppedStage {
  explicit SteppedStage(std::chrono::nanoseconds deadline, OverLimit over_limit = OverLimit::silent)
      : server({.snapshots = snapshots,
                .settings = settings,
                .secret = secret,
                .queue_deadline = deadline,
                .clock = stepped_clock}) {
    ahead_ns = 0;
    Snapshot next = *snapshots.current();
    next.generation = 2;
    Peer peer = next.peers->peers().at(0);
    peer.over_limit = over_limit;
    next.peers = std::make_shared<const PeerTable>(*PeerTable::make({peer}));
    snapshots.publish(std::make_shared<const Snapshot>(std::move(next)));
  }
  std::uint16_t listen(const IpAddress& address = localhost) {
    const auto socket = server.add_listener({.local = {address, 0}}, 1);
    REQUIRE(socket);
    // The kernel begins to note times a moment after the first socket has asked for it; until then
    // a datagram is as old as the look at it.
    std::this_thread::sleep_for(100ms);
    return (*socket)->port();
  }
  std::uint64_t count(Counter counter) const { return total(server.metrics(), counter); }

  Secret secret{std::array<std::uint8_t, 16>{1, 2, 3}};
  sip::AnswerSettings settings;
  SnapshotHolder snapshots{test::make_snapshot(1, test::make_credentials())};
  UdpServer server;
};

TEST_CASE("admission: what waited longer than the deadline is not answered, what comes then is") {
  struct Row {
    const char* why;
    std::chrono::nanoseconds deadline;
    OverLimit over_limit;
    std::string_view status;  ///< of the first reply; empty: none
  };
  const Row rows[] = {
      {"silence", 50ms, OverLimit::silent, ""},
      {"503 where the peer wants it", 50ms, OverLimit::unavailable, "503"},
      {"within the deadline", 10s, OverLimit::silent, "302"},
      {"no deadline", 0ms, OverLimit::silent, "302"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    SteppedStage stage(row.deadline, row.over_limit);
    const auto port = stage.listen();
    Client client;
    client.send(make_request("INVITE", "old"), localhost, port);
    std::this_thread::sleep_for(120ms);  // nobody reads yet
    stage.server.start();
    const auto old = client.receive(row.status.empty() ? 300ms : 5000ms);
    CHECK(old.has_value() == !row.status.empty());
    if (old) CHECK(has_status(*old, row.status));
    CHECK(stage.count(Counter::too_late) == (row.status == "302" ? 0 : 1));
    if (row.deadline > 0ms && row.deadline < 1s) {
      // A machine under load may hold up one of them.
      bool is_answered = false;
      for (int i = 0; i < 20 && !is_answered; ++i) {
        client.send(make_request("INVITE", "new"), localhost, port);
        const auto reply = client.receive(500ms);
        is_answered = reply && has_status(*reply, "302");
      }
      CHECK(is_answered);
    }
  }
}

TEST_CASE("admission: what came between two processes is not late") {
  SteppedStage stage(50ms);
  auto before = UdpSocket::open({.local = {localhost, 0}});
  REQUIRE(before);
  const UdpSocketOptions options{.local = {localhost, before->port()}};
  std::this_thread::sleep_for(100ms);  // see above
  Client client;
  client.send(make_request("INVITE", "gap"), localhost, before->port());
  std::this_thread::sleep_for(120ms);  // the one has ended, the other has not begun
  REQUIRE(stage.server.add_listener(options, 1, FileDescriptor(::dup(before->number()))));
  stage.server.start();
  const auto reply = client.receive();
  REQUIRE(reply);
  CHECK(has_status(*reply, "302"));
  CHECK(stage.count(Counter::too_late) == 0);
}

TEST_CASE("admission: a clock that steps makes nothing late but what is queued at that instant") {
  for (const std::int64_t step : {-86'400'000 * millisecond, -500 * millisecond}) {
    CAPTURE(step);
    SteppedStage stage(10s);
    const auto port = stage.listen();
    stage.server.start();
    Client client;
    ahead_ns = step;
    client.send(make_request("INVITE", "back"), localhost, port);
    const auto reply = client.receive();
    REQUIRE(reply);
    CHECK(has_status(*reply, "302"));
  }
  SteppedStage stage(10s);
  const auto port = stage.listen();
  Client client;
  client.send(make_request("INVITE", "queued"), localhost, port);
  ahead_ns = 3'600'000 * millisecond;  // between the kernel and the worker: an hour
  stage.server.start();
  CHECK_FALSE(client.receive(300ms));
  CHECK(stage.count(Counter::too_late) == 1);
  ahead_ns = 0;  // the kernel's clock has stepped too: they agree again
  client.send(make_request("INVITE", "after"), localhost, port);
  CHECK(client.receive());
}

/// Sends from a socket that may broadcast, out of the loopback interface.
bool send_from_anywhere(std::string_view bytes, const IpAddress& to, std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
  const in_addr loopback{htonl(INADDR_LOOPBACK)};
  ::setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &loopback, sizeof loopback);
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr = loopback;
  ::bind(fd, reinterpret_cast<const sockaddr*>(&from), sizeof from);
  const SocketAddress target = to_socket_address({to, port}, Family::ipv4);
  const auto sent = ::sendto(fd, bytes.data(), bytes.size(), 0,
                             reinterpret_cast<const sockaddr*>(&target.storage), target.size);
  ::close(fd);
  return sent == static_cast<ssize_t>(bytes.size());
}

TEST_CASE("admission: what was sent to many is told from what was sent to us") {
  auto socket = UdpSocket::open({.local = {any_ipv4, 0}});
  REQUIRE(socket);
  ip_mreq group{{htonl(0xEF000137)}, {htonl(INADDR_LOOPBACK)}};  // 239.0.1.55
  REQUIRE(::setsockopt(socket->number(), IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group) == 0);
  struct Row {
    const char* why;
    IpAddress to;
    bool is_unicast;
  };
  const Row rows[] = {{"an address", localhost, true},
                      {"another address", ipv4(127, 0, 0, 9), true},
                      {"a multicast group", ipv4(239, 0, 1, 55), false},
                      {"the broadcast address of a network", ipv4(127, 255, 255, 255), false}};
  DatagramBatch batch;
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    if (!send_from_anywhere("x", row.to, socket->port()) ||
        batch.receive(*socket, DatagramBatch::Wait::until_timeout) == 0) {
      MESSAGE("SKIPPED: this machine delivers no such datagram: ", std::string(row.why));
      continue;
    }
    CHECK(batch.at(0).is_unicast == row.is_unicast);
    CHECK(std::abs(wall_clock_ns() - batch.at(0).queued_ns) < 10'000 * millisecond);
  }
}

TEST_CASE("admission: who asks everybody gets no answer, and is counted") {
  SteppedStage stage(0ms);
  const auto port = stage.listen(any_ipv4);
  stage.server.start();
  const auto request = make_request("OPTIONS", "all");
  if (!send_from_anywhere(request, ipv4(127, 255, 255, 255), port)) {
    MESSAGE("SKIPPED: this machine sends no broadcast on loopback");
    return;
  }
  Client client;
  client.send(make_request("OPTIONS", "one"), localhost, port);
  CHECK(client.receive());
  if (stage.count(Counter::received) == 1) {
    MESSAGE("SKIPPED: this machine delivers no broadcast on loopback");
    return;
  }
  CHECK(stage.count(Counter::unanswerable) == 1);
  CHECK(stage.count(Counter::answered_options) == 1);
}

}  // namespace
}  // namespace shaken302::net
