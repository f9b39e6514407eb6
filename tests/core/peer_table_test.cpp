// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shaken302/directory.hpp"

namespace shaken302 {
namespace {

const Listener any_listener;

IpAddress v4(unsigned a, unsigned b, unsigned c, unsigned d) {
  IpAddress address;
  address.bytes[10] = address.bytes[11] = 0xFF;
  const unsigned parts[] = {a, b, c, d};
  for (std::size_t i = 0; i < 4; ++i) address.bytes[12 + i] = static_cast<std::uint8_t>(parts[i]);
  return address;
}

IpNetwork v4(unsigned a, unsigned b, unsigned c, unsigned d, unsigned prefix) {
  return {v4(a, b, c, d), static_cast<std::uint8_t>(96 + prefix)};
}

/// 2001:db8::, then `low` in the last byte and `middle` in the eighth.
IpAddress v6(unsigned middle, unsigned low) {
  IpAddress address;
  address.bytes[0] = 0x20;
  address.bytes[1] = 0x01;
  address.bytes[2] = 0x0d;
  address.bytes[3] = 0xb8;
  address.bytes[7] = static_cast<std::uint8_t>(middle);
  address.bytes[15] = static_cast<std::uint8_t>(low);
  return address;
}

Peer peer_from(std::string name, std::vector<IpNetwork> sources) {
  Peer peer;
  peer.name = std::move(name);
  peer.sources = std::move(sources);
  return peer;
}

TEST_CASE("peer_table: the most specific network wins") {
  const auto table = PeerTable::make({
      peer_from("everybody", {v4(0, 0, 0, 0, 0)}),
      peer_from("ten", {v4(10, 0, 0, 0, 8)}),
      peer_from("lan", {v4(10, 1, 2, 0, 24), v4(192, 0, 2, 0, 25)}),
      peer_from("one", {v4(10, 1, 2, 3, 32)}),
      peer_from("six", {{v6(0, 0), 64}}),
      peer_from("six-one", {{v6(0, 7), 128}}),
      peer_from("odd", {{v6(0x40, 0), 58}}),
  });
  REQUIRE(table);
  const auto name_for = [&](const IpAddress& source) -> std::string {
    const std::uint32_t peer = table->find({source, any_listener});
    return peer == no_index ? "nobody" : table->peers()[peer].name;
  };
  struct Row {
    const char* why;
    IpAddress source;
    const char* peer;
  };
  const Row rows[] = {
      {"the exact address", v4(10, 1, 2, 3), "one"},
      {"its neighbour is in the /24", v4(10, 1, 2, 4), "lan"},
      {"the first address of a network", v4(10, 1, 2, 0), "lan"},
      {"the last address of a network", v4(10, 1, 2, 255), "lan"},
      {"one after the last", v4(10, 1, 3, 0), "ten"},
      {"one before the first", v4(10, 1, 1, 255), "ten"},
      {"the second network of a peer", v4(192, 0, 2, 127), "lan"},
      {"a prefix that ends inside a byte", v4(192, 0, 2, 128), "everybody"},
      {"only the widest network", v4(203, 0, 113, 9), "everybody"},
      {"IPv6 is not IPv4: 0.0.0.0/0 does not hold it", IpAddress{}, "nobody"},
      {"an IPv6 network", v6(0, 8), "six"},
      {"an IPv6 address", v6(0, 7), "six-one"},
      {"another IPv6 network", v6(1, 7), "nobody"},
      {"/58: the last two bits of a byte are the host's", v6(0x7F, 1), "odd"},
      {"/58: the bits before count", v6(0x80, 1), "nobody"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    CHECK(name_for(row.source) == row.peer);
  }
}

TEST_CASE("peer_table: two peers with the very same network are refused and named") {
  const auto table = PeerTable::make({peer_from("a", {v4(10, 0, 0, 0, 8), v4(192, 0, 2, 0, 24)}),
                                      peer_from("b", {v4(10, 0, 0, 0, 9)}),
                                      peer_from("c", {v4(192, 0, 2, 0, 24)})});
  REQUIRE(!table);
  REQUIRE(table.error().size() == 1);
  CHECK(table.error()[0].first == 0);
  CHECK(table.error()[0].second == 2);
  CHECK(table.error()[0].network == v4(192, 0, 2, 0, 24));
  CHECK_FALSE(table.error()[0].listener);
  CHECK(table.error()[0].host.empty());
}

TEST_CASE("peer_table: host bits do not make two networks of one") {
  const auto table = PeerTable::make(
      {peer_from("a", {v4(10, 0, 0, 1, 24)}), peer_from("b", {v4(10, 0, 0, 2, 24)})});
  REQUIRE(!table);
  REQUIRE(table.error().size() == 1);
  CHECK(table.error()[0].network == v4(10, 0, 0, 0, 24));
}

TEST_CASE("peer_table: one peer may name a network twice") {
  const auto table = PeerTable::make({peer_from("a", {v4(10, 0, 0, 0, 8), v4(10, 0, 0, 0, 8)})});
  REQUIRE(table);
  CHECK(table->find({v4(10, 9, 9, 9), any_listener}) == 0);
}

TEST_CASE("peer_table: without peers nobody is found, and a peer may be without networks") {
  CHECK(PeerTable::make({})->find({v4(127, 0, 0, 1), any_listener}) == no_index);
  const auto table = PeerTable::make({peer_from("a", {})});
  CHECK(table->peers().size() == 1);
  CHECK(table->find({v4(127, 0, 0, 1), any_listener}) == no_index);
}

/// The same question, answered bit by bit over the plain list.
std::uint32_t find_slowly(const std::vector<Peer>& peers, const IpAddress& source) {
  std::uint32_t best = no_index;
  int best_prefix = -1;
  for (std::uint32_t i = 0; i < peers.size(); ++i) {
    for (const IpNetwork& network : peers[i].sources) {
      int equal = 0;
      while (equal < 128) {
        const auto byte = static_cast<std::size_t>(equal / 8);
        const int bit = 7 - equal % 8;
        if (((source.bytes[byte] ^ network.address.bytes[byte]) >> bit & 1) != 0) break;
        ++equal;
      }
      if (equal >= network.prefix && network.prefix > best_prefix) {
        best = i;
        best_prefix = network.prefix;
      }
    }
  }
  return best;
}

TEST_CASE("peer_table: agrees with a search bit by bit on random networks") {
  std::mt19937 random(302);
  const auto below = [&random](unsigned n) { return static_cast<unsigned>(random() % n); };
  std::size_t found = 0;
  for (int world = 0; world < 200; ++world) {
    std::vector<Peer> peers;
    for (unsigned i = 0; i < 12; ++i) {
      const unsigned prefix = 8 + below(25);
      const std::uint32_t address =
          (10U << 24 | below(4) << 16 | below(4) << 8 | below(4)) & (0xFFFFFFFFU << (32 - prefix));
      peers.push_back(peer_from(
          std::to_string(i),
          {v4(address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255, prefix)}));
    }
    const auto table = PeerTable::make(peers);
    if (!table) continue;
    for (int draw = 0; draw < 100; ++draw) {
      const IpAddress source = v4(10 + below(2), below(4), below(4), below(4));
      const std::uint32_t expected = find_slowly(peers, source);
      REQUIRE(table->find({source, any_listener}) == expected);
      found += expected != no_index ? 1 : 0;
    }
  }
  CHECK(found > 500);
}

Listener at_port(std::uint16_t port, Transport transport = Transport::udp) {
  return {transport, v4(192, 0, 2, 1), port};
}

Peer peer_at(std::string name, std::vector<IpNetwork> sources, std::vector<Listener> listeners,
             std::vector<std::string> hosts = {}) {
  Peer peer = peer_from(std::move(name), std::move(sources));
  peer.listeners = std::move(listeners);
  peer.hosts = std::move(hosts);
  return peer;
}

const IpNetwork ten = v4(10, 0, 0, 0, 8);
const IpNetwork ten_one = v4(10, 1, 0, 0, 16);

TEST_CASE("peer_table: network, then listener, then host") {
  const auto table = PeerTable::make({
      peer_at("plain", {ten}, {}),
      peer_at("host", {ten}, {}, {"a.example"}),
      peer_at("listener", {ten}, {at_port(5070)}),
      peer_at("listener and host", {ten}, {at_port(5070)}, {"a.example", "b.example"}),
      peer_at("narrow host", {ten_one}, {}, {"c.example"}),
      peer_at("narrow listener", {ten_one}, {at_port(5080), at_port(5081, Transport::tcp)}),
      peer_at("narrow, both", {ten_one}, {at_port(5080), at_port(5081, Transport::tcp)},
              {"c.example"}),
      peer_at("only a listener", {}, {at_port(5090)}),
      peer_at("only a listener, and a host", {}, {at_port(5090)}, {"a.example"}),
  });
  REQUIRE(table);
  struct Row {
    const char* why;
    IpAddress source;
    Listener listener;
    const char* host;
    const char* peer;
    const char* without_host;  ///< who it is before there is a Request-URI
  };
  const Row rows[] = {
      {"nothing else fits", v4(10, 2, 0, 1), at_port(5060), "x.example", "plain", "host"},
      {"a host is more than none", v4(10, 2, 0, 1), at_port(5060), "a.example", "host", "host"},
      {"in any case", v4(10, 2, 0, 1), at_port(5060), "A.Example", "host", "host"},
      {"a host is not a part of another", v4(10, 2, 0, 1), at_port(5060), "a.example.org", "plain",
       "host"},
      {"nor is its beginning", v4(10, 2, 0, 1), at_port(5060), "a.exampl", "plain", "host"},
      {"a listener is more than a host", v4(10, 2, 0, 1), at_port(5070), "x.example", "listener",
       "listener and host"},
      {"both are more than a listener", v4(10, 2, 0, 1), at_port(5070), "b.example",
       "listener and host", "listener and host"},
      {"no host at all", v4(10, 2, 0, 1), at_port(5070), "", "listener", "listener and host"},
      {"the narrower network is more than both", v4(10, 1, 0, 1), at_port(5070), "c.example",
       "narrow host", "narrow host"},
      {"a narrower network whose host does not fit is passed over", v4(10, 1, 0, 1), at_port(5070),
       "a.example", "listener and host", "narrow host"},
      {"a listener of the narrower network", v4(10, 1, 0, 1), at_port(5080), "x.example",
       "narrow listener", "narrow, both"},
      {"its second listener", v4(10, 1, 0, 1), at_port(5081, Transport::tcp), "x.example",
       "narrow listener", "narrow, both"},
      {"and with its host", v4(10, 1, 0, 1), at_port(5081, Transport::tcp), "c.example",
       "narrow, both", "narrow, both"},
      {"another transport is another listener", v4(10, 1, 0, 1), at_port(5081), "x.example",
       "plain", "narrow host"},
      {"anybody at a listener of its own", v4(203, 0, 113, 1), at_port(5090), "x.example",
       "only a listener", "only a listener, and a host"},
      {"and with a host there", v4(203, 0, 113, 1), at_port(5090), "a.example",
       "only a listener, and a host", "only a listener, and a host"},
      {"an IPv6 address there too", v6(1, 1), at_port(5090), "x.example", "only a listener",
       "only a listener, and a host"},
      {"a network that knows the source is more than such a listener", v4(10, 2, 0, 1),
       at_port(5090), "x.example", "plain", "host"},
      {"a stranger at another listener, whatever host it names", v4(203, 0, 113, 1), at_port(5070),
       "a.example", "nobody", "nobody"},
  };
  const auto name_of = [&](std::uint32_t peer) -> std::string {
    return peer == no_index ? "nobody" : table->peers()[peer].name;
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    CHECK(name_of(table->find({row.source, row.listener}, row.host)) == row.peer);
    CHECK(name_of(table->find({row.source, row.listener})) == row.without_host);
  }
}

TEST_CASE("peer_table: which two peers claim the same calls") {
  struct Row {
    const char* why;
    Peer first, second;
    bool ambiguous;
    std::optional<Listener> listener = std::nullopt;  ///< that both claim
    std::string host = "";
  };
  const Row rows[] = {
      {"the same network", peer_at("a", {ten}, {}), peer_at("b", {ten_one, ten}, {}), true},
      {"another network", peer_at("a", {ten}, {}), peer_at("b", {ten_one}, {}), false},
      {"one names a listener", peer_at("a", {ten}, {}), peer_at("b", {ten}, {at_port(5060)}),
       false},
      {"one names a host", peer_at("a", {ten}, {}), peer_at("b", {ten}, {}, {"h"}), false},
      {"a common listener", peer_at("a", {ten}, {at_port(5060), at_port(5070)}),
       peer_at("b", {ten}, {at_port(5070)}), true, at_port(5070)},
      {"different listeners", peer_at("a", {ten}, {at_port(5060)}),
       peer_at("b", {ten}, {at_port(5070)}), false},
      {"one address and port, two transports", peer_at("a", {ten}, {at_port(5060)}),
       peer_at("b", {ten}, {at_port(5060, Transport::tcp)}), false},
      {"a common host", peer_at("a", {ten}, {}, {"g", "h"}), peer_at("b", {ten}, {}, {"h", "i"}),
       true, std::nullopt, "h"},
      {"different hosts", peer_at("a", {ten}, {}, {"g"}), peer_at("b", {ten}, {}, {"h"}), false},
      {"a common listener, different hosts", peer_at("a", {ten}, {at_port(5060)}, {"g"}),
       peer_at("b", {ten}, {at_port(5060)}, {"h"}), false},
      {"a common listener and a common host", peer_at("a", {ten}, {at_port(5060)}, {"h"}),
       peer_at("b", {ten}, {at_port(5060)}, {"h"}), true, at_port(5060), "h"},
      {"a common host, different listeners", peer_at("a", {ten}, {at_port(5060)}, {"h"}),
       peer_at("b", {ten}, {at_port(5070)}, {"h"}), false},
      {"two without networks at one listener", peer_at("a", {}, {at_port(5060)}),
       peer_at("b", {}, {at_port(5060)}), true, at_port(5060)},
      {"one names only listeners, the other only hosts",
       peer_at("a", {ten}, {at_port(5060), at_port(5070)}), peer_at("b", {ten}, {}, {"h", "i"}),
       true, at_port(5060), "h"},
      {"the same of two networks", peer_at("a", {ten}, {at_port(5060)}),
       peer_at("b", {ten_one}, {}, {"h"}), false},
      {"only a host, and both", peer_at("a", {ten}, {}, {"h"}),
       peer_at("b", {ten}, {at_port(5060)}, {"h"}), false},
      {"only a listener, and both", peer_at("a", {ten}, {at_port(5060)}),
       peer_at("b", {ten}, {at_port(5060)}, {"h"}), false},
      {"both and nothing", peer_at("a", {ten}, {at_port(5060)}, {"h"}), peer_at("b", {ten}, {}),
       false},
      {"without networks is not every IPv4 network", peer_at("a", {}, {at_port(5060)}),
       peer_at("b", {v4(0, 0, 0, 0, 0)}, {at_port(5060)}), false},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    const auto table = PeerTable::make({row.first, row.second});
    CHECK(table.has_value() != row.ambiguous);
    const auto other_way = PeerTable::make({row.second, row.first});
    CHECK(other_way.has_value() != row.ambiguous);
    if (table || other_way) continue;
    REQUIRE(table.error().size() == 1);
    REQUIRE(other_way.error().size() == 1);
    const PeerTable::Ambiguity& ambiguity = table.error()[0];
    CHECK(ambiguity.first == 0);
    CHECK(ambiguity.second == 1);
    CHECK(other_way.error()[0].network == ambiguity.network);
    CHECK(ambiguity.listener == row.listener);
    CHECK(ambiguity.host == row.host);
  }
}

TEST_CASE("peer_table: all ambiguities, each pair once a network, in the order of the peers") {
  const auto table = PeerTable::make({
      peer_at("a", {ten, ten_one}, {}),
      peer_at("b", {ten_one, ten, ten}, {}),
      peer_at("c", {ten}, {at_port(5060)}),
      peer_at("d", {ten}, {at_port(5060)}),
      peer_at("e", {ten}, {at_port(5060)}),
      peer_at("f", {}, {at_port(5060)}),
      peer_at("g", {}, {at_port(5060)}),
  });
  REQUIRE(!table);
  std::string found;
  for (const PeerTable::Ambiguity& ambiguity : table.error()) {
    found += std::to_string(ambiguity.first) + std::to_string(ambiguity.second) + "/" +
             std::to_string(ambiguity.network.prefix) + " ";
  }
  CHECK(found == "01/112 01/104 23/104 24/104 56/0 ");
}

TEST_CASE("peer_table: a third peer of both listener and host settles whose call it is") {
  const Peer at_listener = peer_at("listener", {ten}, {at_port(5060), at_port(5070)});
  const Peer for_host = peer_at("host", {ten}, {}, {"g", "h"});
  const auto made_with = [&](std::vector<Listener> listeners, std::vector<std::string> hosts) {
    return PeerTable::make(
        {at_listener, peer_at("both", {ten}, std::move(listeners), std::move(hosts)), for_host});
  };
  CHECK(made_with({at_port(5060), at_port(5070)}, {"g", "h"}));
  CHECK_FALSE(made_with({at_port(5060), at_port(5070)}, {"g"}));
  const auto table = made_with({at_port(5060)}, {"g", "h"});
  REQUIRE(!table);
  REQUIRE(table.error().size() == 1);
  CHECK(table.error()[0].first == 0);
  CHECK(table.error()[0].second == 2);
  CHECK(table.error()[0].listener == at_port(5070));
  CHECK(table.error()[0].host == "g");
}

TEST_CASE("peer_table: only the peers that take calls of the source at the listener are asked") {
  const auto table = PeerTable::make({
      peer_at("wide", {ten}, {}),
      peer_at("host", {ten}, {}, {"a"}),
      peer_at("narrow", {ten_one}, {}, {"b"}),
      peer_at("another listener", {ten}, {at_port(5070)}, {"a"}),
      peer_at("another network", {v4(192, 0, 2, 0, 24)}, {}),
  });
  REQUIRE(table);
  std::string asked;
  const auto asking = [&](std::string_view wanted) {
    return [&asked, wanted](const Peer& peer) {
      asked += peer.name + ", ";
      return peer.name == wanted;
    };
  };
  CHECK(table->find_if({v4(10, 1, 0, 1), at_port(5060)}, asking("")) == no_index);
  CHECK(asked == "narrow, host, wide, ");
  asked.clear();
  CHECK(table->find_if({v4(10, 1, 0, 1), at_port(5060)}, asking("host")) == 1);
  CHECK(asked == "narrow, host, ");
  asked.clear();
  CHECK(table->find_if({v4(203, 0, 113, 1), at_port(5060)}, asking("host")) == no_index);
  CHECK(asked.empty());
}

/// Every peer is looked at; the best is the one with the longest prefix, then with a listener, then
/// with a host.
std::uint32_t find_slowly(const std::vector<Peer>& peers, const IpAddress& source,
                          const Listener& listener, const std::string& host) {
  std::uint32_t best = no_index;
  int best_rank = -1;
  for (std::uint32_t i = 0; i < peers.size(); ++i) {
    const Peer& peer = peers[i];
    bool takes_listener = peer.listeners.empty();
    for (const Listener& own : peer.listeners) takes_listener = takes_listener || own == listener;
    bool takes_host = peer.hosts.empty();
    for (const std::string& own : peer.hosts) takes_host = takes_host || own == host;
    if (!takes_listener || !takes_host) continue;
    const int specific = (peer.listeners.empty() ? 0 : 2) + (peer.hosts.empty() ? 0 : 1);
    for (const IpNetwork& network : peer.sources) {
      if (find_slowly({peer_from("one", {network})}, source) == no_index) continue;
      const int rank = network.prefix * 4 + specific;
      if (rank > best_rank) {
        best = i;
        best_rank = rank;
      }
    }
  }
  return best;
}

TEST_CASE("peer_table: agrees with a search through all peers, in any order of them") {
  std::mt19937 random(303);
  const auto below = [&random](unsigned n) { return static_cast<unsigned>(random() % n); };
  const std::vector<std::string> hosts{"a", "b", "c"};
  std::size_t found = 0;
  int tables = 0;
  for (int world = 0; world < 600; ++world) {
    std::vector<Peer> peers;
    for (unsigned i = 0; i < 6; ++i) {
      const unsigned prefix = 8 * (1 + below(3));
      const unsigned second = prefix > 8 ? below(2) : 0;
      Peer peer =
          peer_at(std::to_string(i), {v4(10, second, prefix > 16 ? below(2) : 0, 0, prefix)}, {});
      if (below(2) == 0) peer.listeners = {at_port(static_cast<std::uint16_t>(5060 + below(2)))};
      if (below(2) == 0) peer.hosts = {hosts[below(3)]};
      peers.push_back(peer);
    }
    const auto table = PeerTable::make(peers);
    std::vector<Peer> turned(peers.rbegin(), peers.rend());
    const auto other = PeerTable::make(turned);
    REQUIRE(table.has_value() == other.has_value());
    if (!table) continue;
    ++tables;
    for (int draw = 0; draw < 60; ++draw) {
      const IpAddress source = v4(10, below(3), below(2), below(4));
      const Listener listener = at_port(static_cast<std::uint16_t>(5060 + below(3)));
      const std::string& host = hosts[below(3)];
      const std::uint32_t expected = find_slowly(peers, source, listener, host);
      REQUIRE(table->find({source, listener}, host) == expected);
      const std::uint32_t same = other->find({source, listener}, host);
      REQUIRE((same == no_index ? no_index : 5 - same) == expected);
      found += expected != no_index ? 1 : 0;
    }
  }
  CHECK(tables > 100);
  CHECK(found > 2000);
}

}  // namespace
}  // namespace shaken302
