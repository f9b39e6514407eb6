// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cstdlib>
#include <random>
#include <string>
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
    const std::uint32_t peer = table->find(source, any_listener);
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
  CHECK(table.error().first == 0);
  CHECK(table.error().second == 2);
  CHECK(table.error().network == v4(192, 0, 2, 0, 24));
}

TEST_CASE("peer_table: host bits do not make two networks of one") {
  const auto table = PeerTable::make(
      {peer_from("a", {v4(10, 0, 0, 1, 24)}), peer_from("b", {v4(10, 0, 0, 2, 24)})});
  REQUIRE(!table);
  CHECK(table.error().network == v4(10, 0, 0, 0, 24));
}

TEST_CASE("peer_table: one peer may name a network twice") {
  const auto table = PeerTable::make({peer_from("a", {v4(10, 0, 0, 0, 8), v4(10, 0, 0, 0, 8)})});
  REQUIRE(table);
  CHECK(table->find(v4(10, 9, 9, 9), any_listener) == 0);
}

TEST_CASE("peer_table: without peers nobody is found, and a peer may be without networks") {
  CHECK(PeerTable::make({})->find(v4(127, 0, 0, 1), any_listener) == no_index);
  const auto table = PeerTable::make({peer_from("a", {})});
  CHECK(table->peers().size() == 1);
  CHECK(table->find(v4(127, 0, 0, 1), any_listener) == no_index);
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
      REQUIRE(table->find(source, any_listener) == expected);
      found += expected != no_index ? 1 : 0;
    }
  }
  CHECK(found > 500);
}

}  // namespace
}  // namespace shaken302
