// SPDX-License-Identifier: MIT
#include "net/inherited_sockets.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/un.h>

#include <cstdlib>

#include "loopback.hpp"

namespace shaken302::net {
namespace {

using test::ipv4;
using test::localhost;

// Where the tests' own descriptors do not lie.
constexpr int first = 500;
constexpr pid_t own = 4711;

FileDescriptor make_socket(int domain, int type, int protocol = 0) {
  FileDescriptor made(::socket(domain, type | SOCK_CLOEXEC, protocol));
  REQUIRE(made.is_open());
  return made;
}

/// Bound to a port of loopback that the system chooses.
FileDescriptor bind_socket(int type, const IpAddress& address = localhost) {
  FileDescriptor made = make_socket(AF_INET, type);
  const SocketAddress local = to_socket_address({address, 0}, Family::ipv4);
  REQUIRE(::bind(made.number(), reinterpret_cast<const sockaddr*>(&local.storage), local.size) ==
          0);
  return made;
}
FileDescriptor listening_socket() {
  FileDescriptor made = bind_socket(SOCK_STREAM);
  REQUIRE(::listen(made.number(), 4) == 0);
  return made;
}
/// A connection, so that it has two addresses and does not listen.
FileDescriptor connected_to(int type, const FileDescriptor& peer) {
  FileDescriptor made = make_socket(AF_INET, type);
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(::getsockname(peer.number(), raw, &size) == 0);
  REQUIRE(::connect(made.number(), raw, size) == 0);
  return made;
}

std::uint16_t port_of(const FileDescriptor& socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  REQUIRE(::getsockname(socket.number(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return to_endpoint(address).port;
}

/// Copies of descriptors at `first` and behind it, as a service manager leaves them.
class Passed {
 public:
  explicit Passed(const std::vector<int>& descriptors) : count_(descriptors.size()) {
    for (std::size_t i = 0; i < count_; ++i) {
      REQUIRE(::dup2(descriptors[i], first + static_cast<int>(i)) >= 0);
    }
  }
  Passed(const Passed&) = delete;
  Passed& operator=(const Passed&) = delete;
  ~Passed() {
    for (std::size_t i = 0; i < count_; ++i) ::close(first + static_cast<int>(i));
  }
  [[nodiscard]] std::string count() const { return std::to_string(count_); }

 private:
  std::size_t count_;
};

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

InheritedSockets inherit(const std::string& count, std::string_view names = {}) {
  return {{.pid = "4711", .count = count, .names = names}, own, first};
}

TEST_CASE("inherited_sockets: the variables are taken at their word or not at all") {
  struct Row {
    const char* why;
    const char* pid;
    const char* count;
    std::size_t expected;
    bool complains;
  };
  for (const Row& row :
       {Row{"one socket for this process", "4711", "1", 1, false},
        Row{"none", "4711", "0", 0, false}, Row{"nobody passes anything", "", "", 0, false},
        Row{"for another process: inherited with its environment", "4712", "1", 0, false},
        Row{"for our parent", "1", "1", 0, false},
        Row{"no process has that number", "-4711", "1", 0, false},
        Row{"not a number", "4711x", "1", 0, false},
        Row{"a sign is no digit", "+4711", "1", 0, false},
        Row{"a count of nothing", "4711", "", 0, true},
        Row{"fewer than none", "4711", "-1", 0, true}, Row{"not a count", "4711", "1x", 0, true},
        Row{"white space", "4711", " 1", 0, true},
        Row{"one more than anybody has", "4711", "257", 0, true},
        Row{"more than fits", "4711", "99999999999999999999", 0, true}}) {
    CAPTURE(row.why);
    const FileDescriptor socket = bind_socket(SOCK_DGRAM);
    const Passed passed({socket.number()});
    InheritedSockets inherited({.pid = row.pid, .count = row.count, .names = "a"}, own, first);
    CHECK(inherited.size() == row.expected);
    CHECK_FALSE(inherited.complaint().empty() == row.complains);
    const auto taken =
        inherited.take({SocketKind::datagram, Family::ipv4, {localhost, port_of(socket)}});
    CHECK(taken.has_value() == (row.expected == 1));
    // What is not ours to take is not ours to close.
    static_cast<void>(inherited.close_rest());
    CHECK(is_open(first) == (row.expected == 0 || taken));
  }
}

TEST_CASE("inherited_sockets: the environment is read once and leaves nothing behind") {
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::setenv(name, "1", 1);
  CHECK(InheritedSockets::from_environment().size() == 0);  // process 1 is not this one
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) {
    CAPTURE(name);
    CHECK(std::getenv(name) == nullptr);  // NOLINT(concurrency-mt-unsafe)
  }
}

TEST_CASE("inherited_sockets: a descriptor is what the kernel says that it is") {
  const FileDescriptor udp = bind_socket(SOCK_DGRAM);
  const FileDescriptor tcp = listening_socket();
  const FileDescriptor unbound_tcp = make_socket(AF_INET, SOCK_STREAM);
  const FileDescriptor connection = connected_to(SOCK_STREAM, tcp);
  const FileDescriptor connected_udp = connected_to(SOCK_DGRAM, udp);
  const FileDescriptor local_datagram = make_socket(AF_UNIX, SOCK_DGRAM);
  const FileDescriptor local_stream = make_socket(AF_UNIX, SOCK_STREAM);
  const FileDescriptor file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  struct Row {
    const char* why;
    int fd;
    std::optional<NoListener> failure;
    SocketKind kind;
  };
  for (const Row& row :
       {Row{"UDP", udp.number(), {}, SocketKind::datagram},
        Row{"TCP that listens", tcp.number(), {}, SocketKind::stream},
        Row{"TCP that does not", unbound_tcp.number(), NoListener::not_listening, {}},
        Row{"a connection (Accept=yes)", connection.number(), NoListener::not_listening, {}},
        Row{"UDP that hears one peer", connected_udp.number(), NoListener::connected, {}},
        Row{"a datagram socket of files", local_datagram.number(), NoListener::other_protocol, {}},
        Row{"a stream socket of files", local_stream.number(), NoListener::other_protocol, {}},
        Row{"a file", file.number(), NoListener::no_socket, {}},
        Row{"closed", first, NoListener::not_open, {}},
        Row{"never a descriptor", -1, NoListener::not_open, {}}}) {
    CAPTURE(row.why);
    const auto identity = identify(row.fd);
    REQUIRE(identity.has_value() == !row.failure);
    if (row.failure) {
      CHECK(identity.error() == *row.failure);
      CHECK_FALSE(to_text(*row.failure).empty());
    } else {
      CHECK(identity->kind == row.kind);
      CHECK(identity->family == Family::ipv4);
      CHECK(identity->local.address == localhost);
      CHECK(identity->local.port != 0);
    }
  }
}

TEST_CASE("inherited_sockets: a listener finds its socket by kind, family, address and port") {
  const FileDescriptor udp = bind_socket(SOCK_DGRAM);
  const FileDescriptor tcp = listening_socket();
  const std::uint16_t port = port_of(udp);
  struct Row {
    const char* why;
    SocketIdentity wanted;
    bool found;
  };
  for (const Row& row :
       {Row{"the same", {SocketKind::datagram, Family::ipv4, {localhost, port}}, true},
        Row{"TCP", {SocketKind::stream, Family::ipv4, {localhost, port_of(tcp)}}, true},
        Row{"of another kind", {SocketKind::stream, Family::ipv4, {localhost, port}}, false},
        Row{"of the other family", {SocketKind::datagram, Family::ipv6, {localhost, port}}, false},
        Row{"another port",
            {SocketKind::datagram, Family::ipv4, {localhost, static_cast<std::uint16_t>(port + 1)}},
            false},
        Row{"a port that the system shall choose",
            {SocketKind::datagram, Family::ipv4, {localhost, 0}},
            false},
        Row{"every address",
            {SocketKind::datagram, Family::ipv4, {test::any_ipv4, port}},
            false}}) {
    CAPTURE(row.why);
    const Passed passed({udp.number(), tcp.number()});
    // The names are of no account, also when they are exchanged.
    InheritedSockets inherited = inherit("2", "tcp-127.0.0.1-5060:udp-127.0.0.1-5060");
    const auto taken = inherited.take(row.wanted);
    CHECK(taken.has_value() == row.found);
    if (!taken) continue;
    CHECK((::fcntl(taken->number(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK_FALSE(inherited.take(row.wanted));  // only once
  }
}

TEST_CASE("inherited_sockets: what nobody takes is told of and closed") {
  const FileDescriptor udp = bind_socket(SOCK_DGRAM);
  const FileDescriptor other = bind_socket(SOCK_DGRAM, ipv4(127, 0, 0, 2));
  const FileDescriptor file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const Passed passed({other.number(), udp.number(), file.number()});
  InheritedSockets inherited = inherit("4", "one:two:three");  // the fourth is not open
  const auto taken =
      inherited.take({SocketKind::datagram, Family::ipv4, {localhost, port_of(udp)}});
  REQUIRE(taken);
  const auto rest = inherited.close_rest();
  REQUIRE(rest.size() == 3);
  CHECK(rest[0].name == "one");
  CHECK(rest[0].complaint == "inherited socket udp:127.0.0.2:" + std::to_string(port_of(other)) +
                                 " is no listener of this server: it is closed");
  CHECK(rest[1].name == "three");
  CHECK(rest[1].complaint == "inherited descriptor 'three' is not a socket: it is closed");
  CHECK(rest[2].name.empty());
  CHECK(rest[2].complaint == "inherited descriptor '' is not open");
  CHECK_FALSE(is_open(first));
  CHECK(is_open(first + 1));
  CHECK_FALSE(is_open(first + 2));
  CHECK(inherited.close_rest().empty());
}

TEST_CASE("inherited_sockets: two descriptors of one socket are one, two sockets are two") {
  const FileDescriptor udp = bind_socket(SOCK_DGRAM);
  const SocketIdentity identity{SocketKind::datagram, Family::ipv4, {localhost, port_of(udp)}};
  SUBCASE("from a socket unit and from the store") {
    const Passed passed({udp.number(), udp.number()});
    InheritedSockets inherited = inherit("2", "shaken302.socket:udp-127.0.0.1-5060");
    const auto taken = inherited.take(identity);
    REQUIRE(taken);
    const auto rest = inherited.close_rest();
    REQUIRE(rest.size() == 1);
    CHECK(rest[0].complaint.empty());
    CHECK(is_open(first));
    CHECK_FALSE(is_open(first + 1));
  }
  SUBCASE("of no listener: said once, but both names are to be forgotten") {
    const Passed passed({udp.number(), udp.number()});
    InheritedSockets inherited = inherit("2", "a:b");
    const auto rest = inherited.close_rest();
    REQUIRE(rest.size() == 2);
    CHECK_FALSE(rest[0].complaint.empty());
    CHECK(rest[1].complaint.empty());
    CHECK(rest[1].name == "b");
  }
  SUBCASE("two sockets at one address: the second may have calls in it that nobody will read") {
    FileDescriptor one = make_socket(AF_INET, SOCK_DGRAM);
    FileDescriptor two = make_socket(AF_INET, SOCK_DGRAM);
    SocketAddress local = to_socket_address({localhost, 0}, Family::ipv4);
    const int yes = 1;
    for (const FileDescriptor* socket : {&one, &two}) {
      REQUIRE(::setsockopt(socket->number(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0);
      REQUIRE(::bind(socket->number(), reinterpret_cast<const sockaddr*>(&local.storage),
                     local.size) == 0);
      local = to_socket_address({localhost, port_of(one)}, Family::ipv4);
    }
    const Passed passed({one.number(), two.number()});
    InheritedSockets inherited = inherit("2");
    const auto taken =
        inherited.take({SocketKind::datagram, Family::ipv4, {localhost, port_of(one)}});
    CHECK(taken);
    const auto rest = inherited.close_rest();
    REQUIRE(rest.size() == 1);
    CHECK(rest[0].complaint.ends_with(" is a second one of its listener: it is closed"));
  }
}

TEST_CASE("inherited_sockets: a name in the store has no colon and says what it is") {
  struct Row {
    SocketIdentity identity;
    const char* text;
    const char* name;
  };
  for (const Row& row : {Row{{SocketKind::datagram, Family::ipv4, {ipv4(192, 0, 2, 1), 5060}},
                             "udp:192.0.2.1:5060",
                             "udp-192.0.2.1-5060"},
                         Row{{SocketKind::stream, Family::ipv6, {test::ipv6_loopback(), 5061}},
                             "tcp:[::1]:5061",
                             "tcp-[--1]-5061"}}) {
    CHECK(to_text(row.identity) == row.text);
    CHECK(to_store_name(row.identity) == row.name);
  }
}

}  // namespace
}  // namespace shaken302::net
