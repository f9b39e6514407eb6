// SPDX-License-Identifier: MIT
#include "net/udp_socket.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include "loopback.hpp"
#include "net/datagram_batch.hpp"

namespace shaken302::net {
namespace {

using test::any_ipv4;
using test::Client;
using test::ipv4;
using test::localhost;
using test::send_one;

UdpSocket open_socket(const UdpSocketOptions& options) {
  auto socket = UdpSocket::open(options);
  REQUIRE(socket);
  return *std::move(socket);
}

// Where the machine has no IPv6, "SKIPPED: " makes a skipped test of it for ctest.
std::optional<UdpSocket> open_ipv6(const UdpSocketOptions& options) {
  auto socket = UdpSocket::open(options);
  if (!socket) {
    MESSAGE("SKIPPED: no IPv6 loopback here (errno ", socket.error().error, ")");
    return std::nullopt;
  }
  return *std::move(socket);
}

TEST_CASE("udp_socket: a second socket on the same address and port is refused") {
  const UdpSocket first = open_socket({.local = {localhost, 0}});
  const auto second = UdpSocket::open({.local = {localhost, first.port()}});
  REQUIRE_FALSE(second);
  CHECK(second.error().step == SocketError::Step::bind);
  CHECK(second.error().error == EADDRINUSE);
}

TEST_CASE("udp_socket: an address that is not this machine's is refused") {
  const auto socket = UdpSocket::open({.local = {ipv4(192, 0, 2, 1), 0}});
  REQUIRE_FALSE(socket);
  CHECK(socket.error().step == SocketError::Step::bind);
  CHECK(socket.error().error == EADDRNOTAVAIL);
}

TEST_CASE("udp_socket: an option that the kernel refuses is told apart from a bind") {
  // A traffic class has eight bits; IPv6 checks them.
  const auto socket =
      UdpSocket::open({.local = {test::ipv6_loopback(), 0}, .family = Family::ipv6, .dscp = 255});
  REQUIRE_FALSE(socket);
  CHECK(socket.error().step == SocketError::Step::configure);
}

TEST_CASE("udp_socket: without descriptors to spare there is no socket") {
  const FileDescriptor spare(::dup(0));
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit none = before;
  none.rlim_cur = 0;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  const auto socket = UdpSocket::open({.local = {localhost, 0}});
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  REQUIRE_FALSE(socket);
  CHECK(socket.error().step == SocketError::Step::create);
  CHECK(socket.error().error == EMFILE);
}

TEST_CASE("udp_socket: the receive buffer that was granted is told") {
  const UdpSocket socket = open_socket({.local = {localhost, 0}, .receive_buffer_bytes = 65536});
  CHECK(socket.receive_buffer_bytes() == 65536);
}

TEST_CASE("udp_socket: DSCP is in the upper six bits of the traffic class") {
  const UdpSocket four = open_socket({.local = {localhost, 0}, .dscp = 24});
  int traffic_class = 0;
  socklen_t size = sizeof traffic_class;
  REQUIRE(::getsockopt(four.number(), IPPROTO_IP, IP_TOS, &traffic_class, &size) == 0);
  CHECK(traffic_class == 24 * 4);
}

TEST_CASE("udp_socket: DSCP is there for IPv6 too") {
  int traffic_class = 0;
  socklen_t size = sizeof traffic_class;
  const auto six =
      open_ipv6({.local = {test::ipv6_loopback(), 0}, .family = Family::ipv6, .dscp = 46});
  if (!six) return;
  REQUIRE(::getsockopt(six->number(), IPPROTO_IPV6, IPV6_TCLASS, &traffic_class, &size) == 0);
  CHECK(traffic_class == 46 * 4);
}

TEST_CASE("udp_socket: an IPv6 wildcard leaves the same port of IPv4 alone") {
  const auto six = open_ipv6({.local = {IpAddress{}, 0}, .family = Family::ipv6});
  if (!six) return;
  const auto four = UdpSocket::open({.local = {any_ipv4, six->port()}});
  CHECK(four);
}

TEST_CASE("udp_socket: what the kernel drops is counted") {
  const UdpSocket socket = open_socket({.local = {localhost, 0}, .receive_buffer_bytes = 4096});
  CHECK(socket.kernel_drops() == 0);
  const Client client;
  const std::string bytes(1000, 'x');
  for (int i = 0; i < 100; ++i) client.send(bytes, localhost, socket.port());
  CHECK(socket.kernel_drops() > 50);
}

TEST_CASE("udp_socket: one that refuses more keeps what is queued, and answers it") {
  struct Row {
    const char* why;
    IpAddress bound;
  };
  for (const Row& row : {Row{"an address", localhost}, Row{"every address", any_ipv4}}) {
    CAPTURE(row.why);
    UdpSocket socket = open_socket({.local = {row.bound, 0}});
    Client client;
    CHECK(client.send("before", localhost, socket.port()));
    socket.refuse_more();
    CHECK(client.send("behind", localhost, socket.port()));
    DatagramBatch batch;
    REQUIRE(batch.receive(socket, DatagramBatch::Wait::no) == 1);
    CHECK(batch.at(0).bytes == "before");
    CHECK(send_one(socket, {"answer", batch.at(0).source, batch.at(0).local, 0}));
    const auto answer = client.receive();
    REQUIRE(answer);
    CHECK(answer->text == "answer");
    CHECK(answer->source == sip::Endpoint{localhost, socket.port()});
    CHECK(batch.receive(socket, DatagramBatch::Wait::no) == 0);
    socket.close();
    CHECK_FALSE(socket.is_open());
  }
}

}  // namespace
}  // namespace shaken302::net
