// SPDX-License-Identifier: MIT
#include "net/connection_census.hpp"

#include <doctest/doctest.h>

namespace shaken302::net {
namespace {

IpAddress host(std::uint8_t last) {
  IpAddress address;
  address.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 10, 0, 0, last};
  return address;
}

TEST_CASE("connection_census: the limits hold in all, for one source and for the unproven") {
  StreamLimits limits;
  limits.connections_max = 5;
  limits.connections_per_source = 2;
  ConnectionCensus census(limits);
  CHECK(census.admit(host(1), false));
  CHECK(census.admit(host(1), false));
  CHECK_FALSE(census.admit(host(1), false));  // of that source
  CHECK(census.admit(host(2), true));
  CHECK(census.admit(host(3), true));
  CHECK(census.size() == 4);
  CHECK(census.admit(host(4), true));  // half of five, rounded up
  CHECK_FALSE(census.admit(host(5), true));
  CHECK_FALSE(census.admit(host(5), false));  // of all
  census.release(host(2), true);
  CHECK(census.admit(host(5), true));
  census.release(host(5), true);
  census.prove(host(3));  // one of the two that are left
  CHECK(census.admit(host(6), true));
  CHECK(census.size() == 5);
}

TEST_CASE("connection_census: who has proven itself does not count among those who have not") {
  StreamLimits limits;
  limits.connections_per_source = 8;
  ConnectionCensus census(limits);
  for (int i = 0; i < 8; ++i) {
    CAPTURE(i);
    CHECK(census.admit(host(1), true));
    census.prove(host(1));
  }
  CHECK_FALSE(census.admit(host(1), true));  // all that one source may have
  census.release(host(1), false);
  CHECK(census.admit(host(1), true));
  census.release(host(1), true);
  for (int i = 0; i < 7; ++i) census.release(host(1), false);
  CHECK(census.size() == 0);
  census.prove(host(1));  // of nobody: nothing happens
  CHECK(census.admit(host(1), true));
  CHECK(census.admit(host(1), true));
  CHECK_FALSE(census.admit(host(1), true));  // a quarter, of those who have not
}

TEST_CASE("connection_census: a refused connection leaves nothing behind") {
  StreamLimits limits;
  limits.connections_per_source = 1;
  ConnectionCensus census(limits);
  CHECK(census.admit(host(1), false));
  for (int i = 0; i < 10; ++i) CHECK_FALSE(census.admit(host(1), true));
  CHECK(census.size() == 1);
  census.release(host(1), false);
  CHECK(census.size() == 0);
  census.release(host(1), false);  // of nobody: nothing happens
  CHECK(census.size() == 0);
  CHECK(census.admit(host(1), true));
}

TEST_CASE("connection_census: handshakes are counted by the second") {
  StreamLimits limits;
  limits.handshakes_per_second = 4;
  ConnectionCensus census(limits);
  constexpr std::int64_t second = 1'000'000'000;
  CHECK(census.begin_handshake(7 * second, true));
  CHECK(census.begin_handshake(7 * second, true));
  CHECK_FALSE(
      census.begin_handshake(7 * second, true));  // half of them is for those that are known
  CHECK(census.begin_handshake(7 * second + 999'999'999, false));
  CHECK(census.begin_handshake(7 * second + 999'999'999, false));
  CHECK_FALSE(census.begin_handshake(7 * second + 999'999'999, false));
  CHECK(census.begin_handshake(8 * second, true));
}

TEST_CASE("connection_census: strangers from one source get a quarter, and a /64 is one source") {
  StreamLimits limits;
  limits.connections_per_source = 8;
  ConnectionCensus census(limits);
  IpAddress one;
  one.bytes = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1};
  IpAddress neighbour = one;
  neighbour.bytes[15] = 2;
  IpAddress other = one;
  other.bytes[7] = 2;
  CHECK(census.admit(one, true));
  CHECK(census.admit(neighbour, true));
  CHECK_FALSE(census.admit(one, true));
  CHECK(census.admit(other, true));
  CHECK(census.admit(one, false));  // who is known has more
  census.release(neighbour, true);
  census.release(one, false);
  CHECK(census.admit(one, true));
}

}  // namespace
}  // namespace shaken302::net
