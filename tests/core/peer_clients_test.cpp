// SPDX-License-Identifier: MIT
//
// Peers that are known by the certificate of their TLS connection (RFC 5922).
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "shaken302/peer.hpp"

namespace shaken302 {
namespace {

IpAddress v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  return {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, a, b, c, d}};
}

const IpNetwork ten{v4(10, 0, 0, 0), 96 + 8};
const Listener tls{Transport::tls, v4(0, 0, 0, 0), 5061};
const Listener other_tls{Transport::tls, v4(0, 0, 0, 0), 5063};
const Listener tcp{Transport::tcp, v4(0, 0, 0, 0), 5060};

Peer client(std::string name, std::vector<std::string> client_names,
            std::vector<IpNetwork> sources = {}, std::vector<Listener> listeners = {}) {
  Peer peer;
  peer.name = std::move(name);
  peer.client_names = std::move(client_names);
  peer.sources = std::move(sources);
  peer.listeners = std::move(listeners);
  return peer;
}

TEST_CASE("peer_table: a certificate comes before every network, and nobody gets by without it") {
  const auto table = PeerTable::make({
      client("network", {}, {ten}),
      client("anywhere", {"a.example", "b.example"}),
      client("from there", {"c.example"}, {ten}),
      client("at its listener", {"d.example"}, {}, {other_tls}),
  });
  REQUIRE(table);
  struct Row {
    const char* why;
    IpAddress source;
    Listener listener;
    std::vector<std::string> names;
    const char* peer;
  };
  const Row rows[] = {
      {"no certificate: the network decides", v4(10, 0, 0, 1), tls, {}, "network"},
      {"a certificate of nobody: the same", v4(10, 0, 0, 1), tls, {"x.example"}, "network"},
      {"a certificate decides", v4(10, 0, 0, 1), tls, {"a.example"}, "anywhere"},
      {"from anywhere", v4(203, 0, 113, 1), tls, {"a.example"}, "anywhere"},
      {"by any of its names", v4(203, 0, 113, 1), tls, {"x.example", "b.example"}, "anywhere"},
      {"a name is not part of another", v4(203, 0, 113, 1), tls, {"a.example.org"}, "nobody"},
      {"a network as well as a name", v4(10, 0, 0, 1), tls, {"c.example"}, "from there"},
      {"the name alone does not do", v4(203, 0, 113, 1), tls, {"c.example"}, "nobody"},
      {"another listener than its own", v4(203, 0, 113, 1), tls, {"d.example"}, "nobody"},
      {"its listener", v4(203, 0, 113, 1), other_tls, {"d.example"}, "at its listener"},
      {"nobody without a certificate", v4(203, 0, 113, 1), tls, {}, "nobody"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    const Origin origin{row.source, row.listener, row.names};
    const std::uint32_t found = table->find(origin);
    CHECK((found == no_index ? "nobody" : table->peers()[found].name) == row.peer);
    CHECK(table->find(origin, "any.example") == found);
    // Whoever is a peer was let in before he had shown his certificate.
    if (found != no_index) CHECK(table->may_be_peer(row.source, row.listener));
  }
}

TEST_CASE("peer_table: who is let in before a certificate is seen") {
  const auto table =
      PeerTable::make({client("network", {}, {ten}), client("c", {"c.example"}, {}, {tls})});
  REQUIRE(table);
  CHECK(table->may_be_peer(v4(10, 0, 0, 1), tcp));
  CHECK(table->may_be_peer(v4(203, 0, 113, 1), tls));
  CHECK_FALSE(table->may_be_peer(v4(203, 0, 113, 1), other_tls));
  CHECK_FALSE(table->may_be_peer(v4(203, 0, 113, 1), tcp));  // nobody proves anything there
  CHECK(table->is_expected(v4(10, 0, 0, 1), tcp));
  CHECK_FALSE(table->is_expected(v4(203, 0, 113, 1), tls));  // anybody could say so
  const auto named = PeerTable::make({client("c", {"c.example"}, {ten}, {tls})});
  REQUIRE(named);
  CHECK(named->is_expected(v4(10, 0, 0, 1), tls));
  CHECK_FALSE(named->is_expected(v4(203, 0, 113, 1), tls));
  const auto plain = PeerTable::make({client("c", {"c.example"}, {ten})});
  REQUIRE(plain);
  CHECK_FALSE(plain->may_be_peer(v4(10, 0, 0, 1), tcp));
}

TEST_CASE("peer_table: two peers with one client claim the same calls") {
  struct Row {
    const char* why;
    Peer one, other;
    bool ambiguous;
  };
  const Row rows[] = {
      {"the same client", client("a", {"x"}), client("b", {"y", "x"}), true},
      {"other clients", client("a", {"x"}), client("b", {"y"}), false},
      {"one asks for none", client("a", {"x"}, {ten}), client("b", {}, {ten}), false},
      {"the same client from two networks", client("a", {"x"}, {ten}), client("b", {"x"}), false},
      {"the same client at two listeners", client("a", {"x"}, {}, {tls}),
       client("b", {"x"}, {}, {other_tls}), false},
      {"the same client at one listener", client("a", {"x"}, {}, {tls}),
       client("b", {"x"}, {}, {tls}), true},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    CHECK(PeerTable::make({row.one, row.other}).has_value() == !row.ambiguous);
  }
}

}  // namespace
}  // namespace shaken302
