// SPDX-License-Identifier: MIT
//
// A UDP socket that somebody else has bound, as systemd does it, and what becomes of it at the end.
#include <doctest/doctest.h>
#include <fcntl.h>

#include <thread>

#include "loopback.hpp"
#include "net/datagram_batch.hpp"
#include "net/inherited_sockets.hpp"
#include "net/udp_socket.hpp"

namespace shaken302::net {
namespace {

using test::any_ipv4;
using test::Client;
using test::has_status;
using test::ipv4;
using test::localhost;
using test::make_request;
using test::Stage;

void set(const FileDescriptor& socket, int level, int name, int value) {
  REQUIRE(::setsockopt(socket.number(), level, name, &value, sizeof value) == 0);
}
int get(int socket, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  REQUIRE(::getsockopt(socket, level, name, &value, &size) == 0);
  return value;
}

/// Bound to a port that the system chooses, with the options of a socket unit.
struct Given {
  explicit Given(const IpAddress& address = localhost, Family family = Family::ipv4)
      : fd(::socket(family == Family::ipv4 ? AF_INET : AF_INET6,
                    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    options.local.address = address;
    options.family = family;
    if (fd.is_open()) set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  }
  /// False: the machine has no such address.
  bool bind() {
    const SocketAddress local = to_socket_address(options.local, options.family);
    const auto* raw = reinterpret_cast<const sockaddr*>(&local.storage);
    if (!fd.is_open() || ::bind(fd.number(), raw, local.size) != 0) return false;
    const auto identity = identify(fd.number());
    REQUIRE(identity);
    options.local.port = identity->local.port;
    return true;
  }
  FileDescriptor fd;
  UdpSocketOptions options;
};

TEST_CASE("udp_socket: an adopted socket is as if it had been opened here") {
  Given given;
  REQUIRE(given.bind());
  given.options.dscp = 24;
  const auto socket = UdpSocket::adopt(std::move(given.fd), given.options);
  REQUIRE(socket);
  const int fd = socket->number();
  CHECK(get(fd, IPPROTO_IP, IP_TOS) == 24 * 4);
  CHECK(get(fd, IPPROTO_IP, IP_PKTINFO) == 1);
  CHECK(get(fd, IPPROTO_IP, IP_MTU_DISCOVER) == IP_PMTUDISC_OMIT);
  CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0);  // workers wait in it
  timeval timeout{};
  socklen_t size = sizeof timeout;
  REQUIRE(::getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, &size) == 0);
  CHECK(std::chrono::microseconds(timeout.tv_usec) == receive_timeout);
  CHECK(socket->port() == given.options.local.port);
  CHECK(socket->listener() == Listener{Transport::udp, localhost, socket->port()});
  // Nobody binds beside it, not even with the option that systemd sets.
  Given second;
  second.options.local.port = socket->port();
  const SocketAddress local = to_socket_address(second.options.local, Family::ipv4);
  CHECK(::bind(second.fd.number(), reinterpret_cast<const sockaddr*>(&local.storage), local.size) !=
        0);
  CHECK(errno == EADDRINUSE);
}

TEST_CASE("udp_socket: what was queued before the adoption is answered from where it was sent to") {
  Given given(any_ipv4);  // and nobody has asked for IP_PKTINFO yet
  REQUIRE(given.bind());
  Client client;
  for (const IpAddress& to : {localhost, ipv4(127, 0, 0, 2)}) {
    REQUIRE(client.send("early", to, given.options.local.port));
  }
  const auto socket = UdpSocket::adopt(std::move(given.fd), given.options);
  REQUIRE(socket);
  DatagramBatch batch;
  REQUIRE(batch.receive(*socket, DatagramBatch::Wait::no) == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    const Datagram datagram = batch.at(i);
    CHECK(test::send_one(*socket, {"answer", datagram.source, datagram.local, 0}));
    const auto answer = client.receive();
    REQUIRE(answer);
    CHECK(answer->source == sip::Endpoint{i == 0 ? localhost : ipv4(127, 0, 0, 2), socket->port()});
  }
}

TEST_CASE("udp_socket: the buffer of an adopted socket never becomes smaller") {
  struct Row {
    const char* why;
    int before;
    std::uint32_t asked;
    std::uint32_t expected;
  };
  for (const Row& row :
       {Row{"the manager gave more", 1 << 20, 65536, 1 << 20},
        Row{"it gave less", 65536, 131072, 131072}, Row{"nobody asks", 131072, 0, 131072},
        // Even root gets no more than 2^30; what is asked for must not reach it.
        Row{"what is asked for is not granted", 131072, 0xFFFFFFFF, 131072}}) {
    CAPTURE(row.why);
    Given given;
    set(given.fd, SOL_SOCKET, SO_RCVBUF, row.before);
    REQUIRE(given.bind());
    given.options.receive_buffer_bytes = row.asked;
    const auto socket = UdpSocket::adopt(std::move(given.fd), given.options);
    REQUIRE(socket);
    CHECK(socket->receive_buffer_bytes() >= row.expected);
    if (row.asked <= 131072) CHECK(socket->receive_buffer_bytes() == row.expected);
  }
}

TEST_CASE("udp_socket: what cannot serve as the listener's socket is refused") {
  struct Row {
    const char* why;
    void (*prepare)(Given&);
    SocketError::Step expected;
  };
  using Step = SocketError::Step;
  for (const Row& row :
       {Row{"not open", [](Given& given) { given.fd = FileDescriptor(); }, Step::other_kind},
        Row{"TCP",
            [](Given& given) {
              given.fd = FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
            },
            Step::other_kind},
        Row{"another port", [](Given& given) { ++given.options.local.port; }, Step::other_kind},
        Row{"another address", [](Given& given) { given.options.local.address = any_ipv4; },
            Step::other_kind},
        Row{"the other family", [](Given& given) { given.options.family = Family::ipv6; },
            Step::other_kind},
        Row{"it hears one peer alone",
            [](Given& given) {
              const SocketAddress peer = to_socket_address({localhost, 9}, Family::ipv4);
              REQUIRE(::connect(given.fd.number(), reinterpret_cast<const sockaddr*>(&peer.storage),
                                peer.size) == 0);
            },
            Step::other_kind},
        Row{"a member of a group, whose closing loses what is queued",
            [](Given& given) { set(given.fd, SOL_SOCKET, SO_REUSEPORT, 1); }, Step::shared}}) {
    CAPTURE(row.why);
    Given given;
    REQUIRE(given.bind());
    row.prepare(given);
    const auto socket = UdpSocket::adopt(std::move(given.fd), given.options);
    REQUIRE_FALSE(socket);
    CHECK(socket.error().step == row.expected);
  }
}

TEST_CASE("udp_socket: an IPv6 wildcard that takes IPv4 as well is refused") {
  struct Row {
    const char* why;
    IpAddress address;
    int v6only;
    bool taken;
  };
  for (const Row& row : {Row{"IPv6 alone", IpAddress{}, 1, true},
                         Row{"both (BindIPv6Only=both)", IpAddress{}, 0, false},
                         Row{"one address takes no IPv4", test::ipv6_loopback(), 0, true}}) {
    CAPTURE(row.why);
    Given given(row.address, Family::ipv6);
    if (given.fd.is_open()) set(given.fd, IPPROTO_IPV6, IPV6_V6ONLY, row.v6only);
    if (!given.bind()) {
      MESSAGE("SKIPPED: no IPv6 here");
      return;
    }
    const auto socket = UdpSocket::adopt(std::move(given.fd), given.options);
    REQUIRE(socket.has_value() == row.taken);
    if (!socket) CHECK(socket.error().step == SocketError::Step::dual_stack);
  }
}

// --- the end of serving ----------------------------------------------------------------------

bool wait_for_end(const UdpServer& server) {
  for (int i = 0; i < 1000 && !server.has_ended(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return server.has_ended();
}

/// How many of `calls` datagrams that are queued when the order to stop comes are answered, and how
/// many another holder of the socket still finds.
struct Left {
  int answered = 0;
  int queued = 0;
};
Left leave(bool is_inherited, OtherHolder holder, int calls) {
  Stage stage;
  Given given;
  REQUIRE(given.bind());
  const FileDescriptor kept(::fcntl(given.fd.number(), F_DUPFD_CLOEXEC, 0));
  auto adopted = is_inherited ? std::optional(std::move(given.fd)) : std::nullopt;
  if (!is_inherited) given.options.local.port = 0;
  const auto socket = stage.server.add_listener(given.options, 2, std::move(adopted));
  REQUIRE(socket);
  const FileDescriptor successor(::fcntl((*socket)->number(), F_DUPFD_CLOEXEC, 0));
  stage.server.share(holder);
  Client client;
  for (int i = 0; i < calls; ++i) {
    client.send(make_request("INVITE", std::to_string(i)), localhost, (*socket)->port());
  }
  stage.server.stop();
  stage.server.start();
  REQUIRE(wait_for_end(stage.server));
  stage.server.close();
  Left left;
  while (client.receive(std::chrono::milliseconds(50))) ++left.answered;
  std::array<char, 2048> buffer;
  while (::recv(successor.number(), buffer.data(), buffer.size(), MSG_DONTWAIT) > 0) ++left.queued;
  return left;
}

TEST_CASE(
    "udp_server: what is queued at the end is answered, or left to whoever holds the socket") {
  struct Row {
    const char* why;
    bool is_inherited;
    OtherHolder holder;
    int answered;
  };
  constexpr int calls = 40;
  for (const Row& row :
       {Row{"a socket of our own", false, OtherHolder::nobody, calls},
        Row{"a manager that may not keep it", false, OtherHolder::perhaps, calls},
        Row{"a successor has it", false, OtherHolder::somebody, 0},
        Row{"inherited", true, OtherHolder::nobody, 0},
        Row{"inherited, and perhaps stored besides", true, OtherHolder::perhaps, 0}}) {
    CAPTURE(row.why);
    const Left left = leave(row.is_inherited, row.holder, calls);
    CHECK(left.answered == row.answered);
    CHECK(left.queued == calls - row.answered);
  }
}

TEST_CASE("udp_server: a socket that somebody else may hold goes on hearing everybody") {
  for (const OtherHolder holder : {OtherHolder::perhaps, OtherHolder::somebody}) {
    Stage stage;
    const auto port = stage.listen(localhost, 1);
    int fd = -1;
    stage.server.for_each_socket([&fd](const UdpSocket& socket) { fd = socket.number(); });
    const FileDescriptor kept(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
    stage.server.share(holder);
    stage.server.start();
    stage.server.stop();
    REQUIRE(wait_for_end(stage.server));
    stage.server.close();
    CHECK(identify(kept.number()));  // it is connected to nobody
    Client client;
    REQUIRE(client.send(make_request("INVITE", "late"), localhost, port));
    // A successor takes it over with what has come meanwhile.
    Stage next;
    REQUIRE(next.server.add_listener({.local = {localhost, port}}, 1,
                                     FileDescriptor(::dup(kept.number()))));
    next.server.start();
    const auto reply = client.receive();
    REQUIRE(reply);
    CHECK(has_status(*reply, "302"));
  }
}

TEST_CASE("udp_server: two servers on one socket answer every call once") {
  Stage one;
  const auto port = one.listen(localhost, 2);
  int fd = -1;
  one.server.for_each_socket([&fd](const UdpSocket& socket) { fd = socket.number(); });
  Stage two;
  REQUIRE(two.server.add_listener({.local = {localhost, port}}, 2, FileDescriptor(::dup(fd))));
  one.server.start();
  two.server.start();
  Client client;
  constexpr int calls = 1000;
  int answered = 0;
  for (int sent = 0; answered < calls;) {
    for (; sent < calls && sent < answered + 8; ++sent) {
      client.send(make_request("INVITE", std::to_string(sent)), localhost, port);
    }
    REQUIRE(client.receive());
    if (++answered == calls / 2) {
      one.server.share(OtherHolder::somebody);
      one.server.stop();
    }
  }
  CHECK_FALSE(client.receive(std::chrono::milliseconds(50)));
  CHECK(one.count(Counter::received) + two.count(Counter::received) == calls);
  CHECK(one.count(Counter::received) > 0);
  CHECK(two.count(Counter::received) > 0);
}

}  // namespace
}  // namespace shaken302::net
