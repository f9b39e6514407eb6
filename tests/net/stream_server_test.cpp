// SPDX-License-Identifier: MIT
//
// Connections to the real server on loopback: framing, order, back-pressure, ends.
#include "net/stream_server.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "net/stream_socket.hpp"
#include "stream_client.hpp"

namespace shaken302::net {
namespace {

using namespace test;

/// An answer comes on it.
bool is_served(StreamClient& client) {
  return client.send(make_request("OPTIONS", "o")) && client.receive().has_value();
}

TEST_CASE("stream_server: what the kernel keeps for a reader that does not read is bounded") {
  auto listener = open_stream_socket({.local = {localhost, 0}});
  REQUIRE(listener);
  const StreamClient client(local_endpoint(listener->number()).port);
  FileDescriptor accepted;
  REQUIRE(comes_true_soon([&] {
    accepted = FileDescriptor(::accept4(listener->number(), nullptr, nullptr, SOCK_CLOEXEC));
    return accepted.is_open();
  }));
  int bytes = 0;
  socklen_t size = sizeof bytes;
  REQUIRE(::getsockopt(accepted.number(), SOL_SOCKET, SO_SNDBUF, &bytes, &size) == 0);
  CHECK(bytes == 2 * 128 * 1024);  // twice what was asked for (socket(7))
}

TEST_CASE("stream_server: a call over TCP is answered with a signature on its connection") {
  StreamStage stage;
  const auto port = stage.listen();
  stage.server.start();
  StreamClient client(port);
  REQUIRE(client.send(make_request("INVITE", "one")));
  CHECK(is_signed(client.receive(), "one"));
  CHECK(stage.count(Counter::level_a) == 1);
  CHECK(stage.count(Counter::stream_accepted) == 1);
  CHECK(stage.server.connections() == 1);
}

TEST_CASE("stream_server: what a connection may send, and what it gets") {
  struct Row {
    const char* why;
    std::string bytes;
    std::vector<std::string> replies;  ///< how each begins
    bool ends;                         ///< by the server, behind them
  };
  const std::string invite = make_request("INVITE", "i");
  const std::string options = make_request("OPTIONS", "o");
  std::string no_length = invite;
  no_length.erase(no_length.find("Content-Length"), 19);
  const Row rows[] = {
      {"a ping gets its pong (RFC 5626 3.5.1)", "\r\n\r\n", {"\r\n"}, false},
      {"one line end gets nothing", "\r\n" + options, {"SIP/2.0 200 "}, false},
      {"two messages, in order", options + invite, {"SIP/2.0 200 ", "SIP/2.0 302 "}, false},
      {"a ping between them",
       options + "\r\n\r\n" + invite,
       {"SIP/2.0 200 ", "\r\n", "SIP/2.0 302 "},
       false},
      {"ACK gets nothing", make_request("ACK", "a") + options, {"SIP/2.0 200 "}, false},
      {"no Content-Length: nobody can say where it ends",
       no_length + options,
       {"SIP/2.0 400 "},
       true},
      {"a NUL",
       std::string(invite).replace(invite.find("Max"), 1, 1, '\0'),
       {"SIP/2.0 400 "},
       true},
      {"a header without a colon is a message all the same",
       std::string(options).replace(options.find("Max-Forwards:"), 13, "Max-Forwards ") + options,
       {"SIP/2.0 400 ", "SIP/2.0 200 "},
       false},
      {"no SIP at all", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", {}, true},
      {"a TLS handshake on TCP",
       std::string("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00\r\n\r\n", 14),
       {},
       true},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    StreamStage stage;
    const auto port = stage.listen();
    stage.server.start();
    StreamClient client(port);
    REQUIRE(client.send(row.bytes));
    for (const std::string& begin : row.replies) {
      const auto reply = client.receive();
      REQUIRE(reply);
      CHECK(reply->starts_with(begin));
    }
    if (row.ends) {
      CHECK(client.is_ended());
      CHECK_FALSE(client.was_reset());
      CHECK(stage.count(Counter::stream_unframed) == 1);
    } else {
      REQUIRE(client.send(make_request("OPTIONS", "last")));
      CHECK(client.receive()->find("Call-ID: last\r\n") != std::string::npos);
    }
  }
}

TEST_CASE("stream_server: a burst of any size is answered in order, however it is cut") {
  struct Row {
    std::size_t calls;
    std::size_t piece;  ///< bytes a write
  };
  for (const Row row : {Row{4000, 1 << 20}, Row{200, 1000}, Row{40, 7}, Row{5, 1}}) {
    CAPTURE(row.calls);
    StreamStage stage;
    const auto port = stage.listen();
    stage.server.start();
    StreamClient client(port);
    std::string burst;
    for (std::size_t i = 0; i < row.calls; ++i) burst += make_request("INVITE", std::to_string(i));
    std::thread sender([&] {
      for (std::size_t at = 0; at < burst.size(); at += row.piece) {
        if (!client.send(std::string_view(burst).substr(at, row.piece))) return;
      }
    });
    std::size_t in_order = 0;
    while (in_order < row.calls && is_signed(client.receive(), std::to_string(in_order)))
      ++in_order;
    sender.join();
    CHECK(in_order == row.calls);
  }
}

TEST_CASE("stream_server: two messages split at every offset get the same answers") {
  const std::string both = make_request("OPTIONS", "a") + make_request("OPTIONS", "b");
  StreamStage stage;
  const auto port = stage.listen();
  stage.server.start();
  StreamClient client(port);
  for (std::size_t cut = 0; cut <= both.size(); ++cut) {
    CAPTURE(cut);
    REQUIRE(client.send(std::string_view(both).substr(0, cut)));
    if (cut % 16 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    REQUIRE(client.send(std::string_view(both).substr(cut)));
    REQUIRE(client.receive()->find("Call-ID: a\r\n") != std::string::npos);
    REQUIRE(client.receive()->find("Call-ID: b\r\n") != std::string::npos);
  }
}

TEST_CASE("stream_server: whoever has ended his side still gets his answers") {
  StreamStage stage;
  const auto port = stage.listen();
  stage.server.start();
  StreamClient client(port);
  std::string burst;
  for (int i = 0; i < 300; ++i) burst += make_request("INVITE", std::to_string(i));
  REQUIRE(client.send(burst + "INVITE sip:half"));
  client.end_output();
  for (int i = 0; i < 300; ++i) REQUIRE(is_signed(client.receive(), std::to_string(i)));
  CHECK(client.is_ended());
  CHECK_FALSE(client.was_reset());
  CHECK(comes_true_soon([&] { return stage.server.connections() == 0; }));
}

TEST_CASE("stream_server: a reader that takes nothing holds up himself alone, and not for long") {
  StreamLimits limits;
  limits.write = std::chrono::milliseconds(300);
  StreamStage stage(limits, 1);
  const auto port = stage.listen();
  stage.server.start();
  StreamClient slow(port);
  const int small = 4096;
  ::setsockopt(slow.number(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  const timeval patience{0, 200'000};
  ::setsockopt(slow.number(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  std::string burst;
  for (int i = 0; i < 20000; ++i) burst += make_request("INVITE", std::to_string(i));
  slow.send(burst);  // until the server reads no more
  const auto answered = stage.count(Counter::answered_signed);
  CHECK(answered < 20000);
  StreamClient other(port);
  REQUIRE(other.send(make_request("INVITE", "other")));
  CHECK(is_signed(other.receive(), "other"));
  CHECK(comes_true_soon([&] { return stage.count(Counter::stream_timed_out) == 1; }));
  CHECK(comes_true_soon([&] { return stage.server.connections() == 1; }));
}

TEST_CASE("stream_server: what takes too long is ended") {
  struct Row {
    const char* why;
    std::vector<std::string> pieces;  ///< 100 ms apart
    bool ends;
  };
  const std::string invite = make_request("INVITE", "i");
  const Row rows[] = {
      {"nothing comes at all", {}, true},
      {"half a message", {"INVITE sip:a@b SIP/2.0\r\n"}, true},
      {"a message a byte at a time", {"I", "N", "V", "I", "T", "E", " ", "s"}, true},
      {"pings keep it open", {"\r\n\r\n", "\r\n\r\n", "\r\n\r\n", "\r\n\r\n", "\r\n\r\n"}, false},
      {"messages keep it open", {invite, invite, invite, invite, invite}, false},
      {"idle behind a message", {invite, "", "", "", "", ""}, true},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    StreamLimits limits;
    limits.first_byte = limits.idle = limits.message = std::chrono::milliseconds(350);
    StreamStage stage(limits, 1);
    const auto port = stage.listen();
    stage.server.start();
    StreamClient client(port);
    for (const std::string& piece : row.pieces) {
      client.send(piece);
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    if (row.ends) {
      CHECK(comes_true_soon([&] { return stage.count(Counter::stream_timed_out) == 1; }));
      CHECK(comes_true_soon([&] { return stage.server.connections() == 0; }));
    } else {
      CHECK(stage.count(Counter::stream_timed_out) == 0);
      CHECK(stage.server.connections() == 1);
    }
  }
}

TEST_CASE("stream_server: each timer is about what it is about") {
  struct Row {
    const char* why;
    std::string bytes;
    bool ends;
  };
  const Row rows[] = {
      {"half a message is late soon", make_request("OPTIONS", "o") + "INVITE sip:", true},
      {"one line end has not begun a message", make_request("OPTIONS", "o") + "\r\n", false},
      {"nor has nothing", make_request("OPTIONS", "o"), false},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    StreamLimits limits;
    limits.message = std::chrono::milliseconds(200);
    StreamStage stage(limits, 1);
    const auto port = stage.listen();
    stage.server.start();
    StreamClient client(port);
    REQUIRE(client.send(row.bytes));
    REQUIRE(client.receive());
    std::this_thread::sleep_for(std::chrono::milliseconds(600));
    CHECK(stage.count(Counter::stream_timed_out) == (row.ends ? 1 : 0));
  }
}

TEST_CASE("stream_server: a reader who has caught up is as good as any") {
  StreamLimits limits;
  limits.write = std::chrono::milliseconds(1500);
  StreamStage stage(limits, 1);
  const auto port = stage.listen();
  stage.server.start();
  StreamClient client(port);
  constexpr int calls = 20000;
  std::thread sender([&] {
    std::string burst;
    for (int i = 0; i < calls; ++i) burst += make_request("OPTIONS", std::to_string(i));
    client.send(burst);
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(300));  // replies wait meanwhile
  for (int i = 0; i < calls; ++i) REQUIRE(client.receive());
  sender.join();
  std::this_thread::sleep_for(std::chrono::milliseconds(1800));
  CHECK(stage.count(Counter::stream_timed_out) == 0);
  REQUIRE(client.send(make_request("INVITE", "later")));
  CHECK(is_signed(client.receive(), "later"));
}

TEST_CASE("stream_server: strangers are turned away before a byte of theirs is read") {
  StreamStage stage;
  const auto port = stage.listen();
  Peer nobody_here = stage.snapshots.current()->peers->peers().at(0);
  nobody_here.sources = {{ipv4(127, 0, 0, 9), 128}};
  Snapshot next = *stage.snapshots.current();
  next.generation = 2;
  next.peers = std::make_shared<const PeerTable>(*PeerTable::make({nobody_here}));
  stage.snapshots.publish(std::make_shared<const Snapshot>(next));
  stage.server.start();
  StreamClient stranger(port);
  stranger.send(make_request("INVITE", "s"));
  CHECK(stranger.is_ended());
  CHECK(stage.count(Counter::stream_refused_source) == 1);
  CHECK(stage.count(Counter::received) == 0);
  StreamClient peer(port, ipv4(127, 0, 0, 9));
  REQUIRE(peer.send(make_request("INVITE", "p")));
  CHECK(is_signed(peer.receive(), "p"));

  // Whoever is no peer any more holds no connection.
  nobody_here.sources = {{ipv4(127, 0, 0, 10), 128}};
  next.generation = 3;
  next.peers = std::make_shared<const PeerTable>(*PeerTable::make({nobody_here}));
  stage.snapshots.publish(std::make_shared<const Snapshot>(next));
  CHECK(comes_true_soon([&] { return stage.snapshots.free_unused() == 0; }));
  REQUIRE(peer.send(make_request("INVITE", "q")));
  CHECK(peer.is_ended());
}

TEST_CASE("stream_server: connections beyond the limits are closed, others take their places") {
  StreamLimits limits;
  limits.connections_max = 4;
  limits.connections_per_source = 2;
  StreamStage stage(limits);
  const auto port = stage.listen();
  stage.server.start();
  std::vector<StreamClient> clients;
  for (std::uint8_t host = 1; host <= 2; ++host) {
    for (int i = 0; i < 2; ++i) {
      clients.emplace_back(port, ipv4(127, 0, 0, host));
      CHECK(is_served(clients.back()));
    }
  }
  StreamClient third_of_one(port);
  CHECK(third_of_one.is_ended());
  StreamClient fifth(port, ipv4(127, 0, 0, 3));
  CHECK(fifth.is_ended());
  CHECK(stage.count(Counter::stream_refused_full) == 2);
  clients.pop_back();
  CHECK(comes_true_soon([&] { return stage.server.connections() == 3; }));
  StreamClient instead(port, ipv4(127, 0, 0, 3));
  CHECK(is_served(instead));
}

TEST_CASE("stream_server: a stop answers what has come, and resets nobody") {
  StreamStage stage;
  const auto port = stage.listen();
  stage.server.start();
  std::vector<StreamClient> clients;
  for (int i = 0; i < 8; ++i) clients.emplace_back(port);
  REQUIRE(comes_true_soon([&] { return stage.server.connections() == 8; }));
  for (StreamClient& client : clients) {
    for (int i = 0; i < 50; ++i) REQUIRE(client.send(make_request("INVITE", std::to_string(i))));
  }
  stage.server.stop();
  for (StreamClient& client : clients) {
    for (int i = 0; i < 50; ++i) REQUIRE(is_signed(client.receive(), std::to_string(i)));
    CHECK(client.is_ended());
    CHECK_FALSE(client.was_reset());
  }
  clients.clear();
  CHECK(comes_true_soon([&] { return stage.server.has_ended(); }));
  CHECK(stage.ended == 1);
}

TEST_CASE("stream_server: a stop waits for what is on its way, also on connections that are new") {
  StreamStage stage;
  const auto port = stage.listen();
  stage.server.start();
  StreamClient old(port);
  REQUIRE(is_served(old));
  StreamClient quiet(port);
  REQUIRE(is_served(quiet));
  std::this_thread::sleep_for(std::chrono::milliseconds(500));  // longer than a stop waits
  REQUIRE(is_served(old));
  StreamClient fresh(port);
  REQUIRE(comes_true_soon([&] { return stage.server.connections() == 3; }));
  stage.server.stop();
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  REQUIRE(old.send(make_request("INVITE", "old")));
  REQUIRE(quiet.send(make_request("INVITE", "quiet")));
  REQUIRE(fresh.send(make_request("INVITE", "fresh")));
  CHECK(is_signed(old.receive(), "old"));
  CHECK(is_signed(quiet.receive(), "quiet"));
  CHECK(is_signed(fresh.receive(), "fresh"));
  CHECK(quiet.is_ended());
  CHECK(old.is_ended());
  CHECK(fresh.is_ended());
}

TEST_CASE("stream_server: a stop waits for the rest of a message, however slowly it comes") {
  StreamStage stage;
  const auto port = stage.listen();
  stage.server.start();
  StreamClient slow(port);
  REQUIRE(is_served(slow));
  const std::string request = make_request("INVITE", "slow");
  REQUIRE(slow.send(request.substr(0, 100)));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  stage.server.stop();
  for (std::size_t at = 100; at < request.size(); at += request.size() / 3) {
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    REQUIRE(slow.send(request.substr(at, request.size() / 3)));
  }
  CHECK(is_signed(slow.receive(), "slow"));
  CHECK(slow.is_ended());
}

TEST_CASE("stream_server: a stop does not wait for ever for the rest of a message") {
  StreamStage stage;
  const auto port = stage.listen();
  stage.server.start();
  StreamClient half(port);
  REQUIRE(is_served(half));
  REQUIRE(half.send(make_request("INVITE", "half").substr(0, 100)));
  stage.server.stop();
  CHECK(half.is_ended());
  CHECK(comes_true_soon([&] { return stage.server.has_ended(); }, std::chrono::seconds(4)));
}

TEST_CASE("stream_server: a stop does not wait for ever for a client that is never quiet") {
  StreamStage stage;
  const auto port = stage.listen();
  stage.server.start();
  StreamClient busy(port);
  REQUIRE(is_served(busy));
  stage.server.stop();
  int answered = 0;
  while (busy.send(make_request("INVITE", std::to_string(answered)))) {
    if (!busy.receive()) break;
    ++answered;
  }
  CHECK(answered > 100);
  CHECK(comes_true_soon([&] { return stage.server.has_ended(); }, std::chrono::seconds(4)));
}

TEST_CASE("stream_server: while it drains, OPTIONS get 503 and calls are still signed") {
  StreamStage stage;
  const auto port = stage.listen();
  stage.server.start();
  stage.server.drain();
  StreamClient client(port);
  REQUIRE(client.send(make_request("OPTIONS", "o") + make_request("INVITE", "i")));
  CHECK(client.receive()->starts_with("SIP/2.0 503 "));
  CHECK(is_signed(client.receive(), "i"));
}

TEST_CASE("stream_server: a second listener on one port is refused, and one without a start ends") {
  StreamStage stage;
  const auto port = stage.listen();
  const auto second = stage.server.add_listener(Transport::tcp, {.local = {localhost, port}});
  REQUIRE_FALSE(second);
  CHECK(second.error().error == EADDRINUSE);
  CHECK(stage.server.has_ended());
}

TEST_CASE("stream_server: every decision is recorded, and keys of an earlier snapshot are let go") {
  StreamStage stage;
  const auto port = stage.listen();
  stage.server.start();
  StreamClient client(port);
  REQUIRE(client.send(make_request("INVITE", "recorded")));
  REQUIRE(client.receive());
  std::string call_id;
  CHECK(comes_true_soon([&] {
    stage.server.consume_records(
        [&](const DecisionRecord& record) { call_id = record.call_id.view(); });
    return call_id == "recorded";
  }));
  stage.snapshots.publish(make_snapshot(2, make_credentials()));
  const std::weak_ptr<const CredentialTable> keys = std::exchange(stage.credentials, nullptr);
  CHECK(comes_true_soon([&] { return stage.snapshots.free_unused() == 0; }));
  CHECK(keys.expired());
}

TEST_CASE("stream_server: the heartbeat goes on with and without traffic") {
  StreamStage stage;
  stage.listen();
  stage.server.start();
  const auto before = stage.server.oldest_heartbeat_ns();
  CHECK(comes_true_soon([&] { return stage.server.oldest_heartbeat_ns() > before; }));
}

}  // namespace
}  // namespace shaken302::net
