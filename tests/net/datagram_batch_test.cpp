// SPDX-License-Identifier: MIT
#include "net/datagram_batch.hpp"

#include <doctest/doctest.h>

#include "loopback.hpp"

namespace shaken302::net {
namespace {

using test::any_ipv4;
using test::Client;
using test::ipv4;
using test::localhost;
using Wait = DatagramBatch::Wait;

UdpSocket open_on(const IpAddress& address) {
  auto socket = UdpSocket::open({.local = {address, 0}});
  REQUIRE(socket);
  return *std::move(socket);
}

TEST_CASE("datagram_batch: takes what is there, at most eight") {
  const UdpSocket socket = open_on(localhost);
  const Client client;
  for (int i = 0; i < 11; ++i) client.send(std::to_string(i), localhost, socket.port());
  DatagramBatch batch;
  CHECK(batch.receive(socket, Wait::until_timeout) == 8);
  CHECK(batch.at(0).bytes == "0");
  CHECK(batch.at(7).bytes == "7");
  CHECK(batch.at(7).source == sip::Endpoint{localhost, client.port()});
  CHECK(batch.receive(socket, Wait::until_timeout) == 3);
  CHECK(batch.at(2).bytes == "10");
}

TEST_CASE("datagram_batch: one datagram is enough to return") {
  const UdpSocket socket = open_on(localhost);
  const Client client;
  client.send("alone", localhost, socket.port());
  DatagramBatch batch;
  CHECK(batch.receive(socket, Wait::until_timeout) == 1);
  CHECK(batch.at(0).bytes == "alone");
}

TEST_CASE("datagram_batch: nothing comes, nothing is returned") {
  const UdpSocket socket = open_on(localhost);
  DatagramBatch batch;
  CHECK(batch.receive(socket, Wait::no) == 0);
  const auto begin = steady_clock_ns();
  CHECK(batch.receive(socket, Wait::until_timeout) == 0);
  CHECK(steady_clock_ns() - begin >=
        50'000'000);  // it slept; the upper end is the machine's affair
}

TEST_CASE("datagram_batch: an empty datagram is one") {
  const UdpSocket socket = open_on(localhost);
  const Client client;
  client.send("", localhost, socket.port());
  DatagramBatch batch;
  CHECK(batch.receive(socket, Wait::until_timeout) == 1);
  CHECK(batch.at(0).bytes.empty());
}

TEST_CASE("datagram_batch: larger than the buffer shows, exactly as large does not") {
  const UdpSocket socket = open_on(localhost);
  const Client client;
  client.send(std::string(100, 'x'), localhost, socket.port());
  client.send(std::string(101, 'x'), localhost, socket.port());
  DatagramBatch batch(100);
  REQUIRE(batch.receive(socket, Wait::until_timeout) == 2);
  CHECK_FALSE(batch.at(0).is_truncated);
  CHECK(batch.at(1).is_truncated);
}

TEST_CASE("datagram_batch: the largest UDP payload comes whole") {
  const UdpSocket socket = open_on(localhost);
  const Client client;
  CHECK(client.send(std::string(65507, 'x'), localhost, socket.port()));
  DatagramBatch batch;
  REQUIRE(batch.receive(socket, Wait::until_timeout) == 1);
  CHECK(batch.at(0).bytes.size() == 65507);
  CHECK_FALSE(batch.at(0).is_truncated);
}

TEST_CASE("datagram_batch: knows the address that each datagram was sent to") {
  const UdpSocket socket = open_on(any_ipv4);
  const Client client;
  for (const IpAddress& address : {localhost, ipv4(127, 0, 0, 2), ipv4(127, 0, 0, 77)}) {
    client.send("x", address, socket.port());
  }
  DatagramBatch batch;
  REQUIRE(batch.receive(socket, Wait::until_timeout) == 3);
  CHECK(batch.at(0).local == localhost);
  CHECK(batch.at(1).local == ipv4(127, 0, 0, 2));
  CHECK(batch.at(2).local == ipv4(127, 0, 0, 77));
}

TEST_CASE("datagram_batch: a broadcast is not taken for an address of ours") {
  const UdpSocket socket = open_on(any_ipv4);
  const Client client;
  const int yes = 1;
  REQUIRE(::setsockopt(client.number(), SOL_SOCKET, SO_BROADCAST, &yes, sizeof yes) == 0);
  REQUIRE(client.send("x", ipv4(127, 255, 255, 255), socket.port()));
  DatagramBatch batch;
  REQUIRE(batch.receive(socket, Wait::until_timeout) == 1);
  CHECK(batch.at(0).local == localhost);
}

TEST_CASE("datagram_batch: IPv6 tells the same") {
  auto socket = UdpSocket::open({.local = {IpAddress{}, 0}, .family = Family::ipv6});
  if (!socket) {
    MESSAGE("SKIPPED: no IPv6 here (errno ", socket.error().error, ")");
    return;
  }
  const Client client(test::ipv6_loopback(), Family::ipv6);
  client.send("x", test::ipv6_loopback(), socket->port());
  DatagramBatch batch;
  REQUIRE(batch.receive(*socket, Wait::until_timeout) == 1);
  CHECK(batch.at(0).local == test::ipv6_loopback());
  CHECK(batch.at(0).source == sip::Endpoint{test::ipv6_loopback(), client.port()});
}

}  // namespace
}  // namespace shaken302::net
