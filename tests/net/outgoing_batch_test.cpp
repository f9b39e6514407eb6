// SPDX-License-Identifier: MIT
#include "net/outgoing_batch.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <chrono>
#include <string>
#include <vector>

#include "loopback.hpp"

namespace shaken302::net {
namespace {

using test::any_ipv4;
using test::Client;
using test::ipv4;
using test::localhost;

UdpSocket open_on(const IpAddress& address, Family family = Family::ipv4) {
  auto socket = UdpSocket::open({.local = {address, 0}, .family = family});
  REQUIRE(socket);
  return *std::move(socket);
}

/// The largest payload of UDP over IPv4.
const std::string largest(65507, 'x');

TEST_CASE("outgoing_batch: up to eight go out in their order, and then there is room again") {
  const UdpSocket socket = open_on(localhost);
  Client client;
  const sip::Endpoint to{localhost, client.port()};
  OutgoingBatch batch(socket);
  CHECK(batch.send() == 0);
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 8; ++i) {
      const std::string text = std::to_string(10 * round + i);  // gone before it is sent
      REQUIRE(batch.add({text, to, {}, 0}));
    }
    CHECK_FALSE(batch.add({"a ninth", to, {}, 0}));
    CHECK(batch.send() == 0);
    for (int i = 0; i < 8; ++i) {
      const auto got = client.receive();
      REQUIRE(got);
      CHECK(got->text == std::to_string(10 * round + i));
      CHECK(got->source == sip::Endpoint{localhost, socket.port()});
    }
  }
}

TEST_CASE("outgoing_batch: what finds no room is not kept, and finds it after send") {
  const UdpSocket socket = open_on(localhost);
  Client client;
  const sip::Endpoint to{localhost, client.port()};
  OutgoingBatch batch(socket);
  REQUIRE(batch.add({largest, to, {}, 0}));
  REQUIRE(batch.add({largest, to, {}, 0}));
  CHECK_FALSE(batch.add({"x" + std::string(100, 'y'), to, {}, 0}));
  CHECK(batch.add({"", to, {}, 0}));
  CHECK(batch.send() == 0);
  CHECK(batch.add({largest, to, {}, 0}));
}

TEST_CASE("outgoing_batch: what the kernel does not take costs none of the others") {
  const UdpSocket socket = open_on(any_ipv4);
  Client client;
  const sip::Endpoint to{localhost, client.port()};
  const std::string too_large(65508, 'x');
  struct Row {
    const char* why;
    OutgoingDatagram refused;
  };
  for (const Row& row : {Row{"port 0", {"x", {localhost, 0}, {}, 0}},
                         Row{"a broadcast, which this socket may not send",
                             {"x", {ipv4(255, 255, 255, 255), 5060}, {}, 0}},
                         Row{"more than a datagram holds", {too_large, to, {}, 0}}}) {
    for (int at = 0; at < 3; ++at) {
      CAPTURE(row.why);
      CAPTURE(at);
      OutgoingBatch batch(socket);
      std::vector<std::string> expected;
      for (int i = 0; i < 3; ++i) {
        if (i == at) {
          REQUIRE(batch.add(row.refused));
          continue;
        }
        expected.push_back(std::to_string(i));
        REQUIRE(batch.add({expected.back(), to, {}, 0}));
      }
      CHECK(batch.send() == 1);
      for (const std::string& text : expected) {
        const auto got = client.receive();
        REQUIRE(got);
        CHECK(got->text == text);
      }
      CHECK_FALSE(client.receive(std::chrono::milliseconds(0)));  // loopback is at once
    }
  }
}

TEST_CASE("outgoing_batch: each that the kernel does not take is counted") {
  const UdpSocket socket = open_on(localhost);
  OutgoingBatch batch(socket);
  for (int i = 0; i < 8; ++i) REQUIRE(batch.add({"x", {localhost, 0}, {}, 0}));
  CHECK(batch.send() == 8);
}

/// A socket that has been told of a closed port, and has not said so yet.
void meet_closed_port(const UdpSocket& socket) {
  const std::uint16_t closed = Client().port();
  const sockaddr_storage own = to_socket_address({localhost, closed}, Family::ipv4).storage;
  REQUIRE(::connect(socket.number(), reinterpret_cast<const sockaddr*>(&own),
                    sizeof(sockaddr_in)) == 0);
  REQUIRE(::send(socket.number(), "x", 1, 0) == 1);
}

TEST_CASE("outgoing_batch: a port that was closed before does not cost the next reply") {
  const UdpSocket socket = open_on(localhost);
  meet_closed_port(socket);
  Client client;
  OutgoingBatch batch(socket);
  REQUIRE(batch.add({"good", {localhost, client.port()}, {}, 0}));
  CHECK(batch.send() == 0);
  const auto got = client.receive();
  REQUIRE(got);
  CHECK(got->text == "good");
}

TEST_CASE("outgoing_batch: from a socket of one address it leaves from there") {
  const UdpSocket socket = open_on(ipv4(127, 0, 0, 3));
  Client client;
  OutgoingBatch batch(socket);
  for (const IpAddress& from : {IpAddress{}, ipv4(127, 0, 0, 3), ipv4(127, 0, 0, 2)}) {
    REQUIRE(batch.add({"x", {localhost, client.port()}, from, 0}));
    REQUIRE(batch.send() == 0);
    const auto got = client.receive();
    REQUIRE(got);
    CHECK(got->source == sip::Endpoint{ipv4(127, 0, 0, 3), socket.port()});
  }
}

TEST_CASE("outgoing_batch: a datagram leaves from the address that it is told to") {
  const UdpSocket socket = open_on(any_ipv4);
  Client client;
  struct Row {
    const char* why;
    IpAddress from;
    IpAddress expected;
  };
  OutgoingBatch batch(socket);
  for (const Row& row : {Row{"the usual", localhost, localhost},
                         Row{"a virtual address", ipv4(127, 0, 0, 2), ipv4(127, 0, 0, 2)},
                         Row{"none: the kernel chooses", IpAddress{}, localhost},
                         Row{"multicast: the kernel chooses", ipv4(224, 0, 0, 1), localhost}}) {
    CAPTURE(row.why);
    REQUIRE(batch.add({"x", {localhost, client.port()}, row.from, 0}));
    REQUIRE(batch.send() == 0);
    const auto got = client.receive();
    REQUIRE(got);
    CHECK(got->source == sip::Endpoint{row.expected, socket.port()});
  }
}

}  // namespace
}  // namespace shaken302::net
