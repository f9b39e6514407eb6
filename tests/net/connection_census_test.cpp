// SPDX-License-Identifier: MIT
#include "net/connection_census.hpp"

#include <doctest/doctest.h>

namespace shaken302::net {
namespace {

IpAddress host(std::uint8_t last) {
  IpAddress address;
  address.bytes[15] = last;
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
  census.prove();  // one of the two that are left
  CHECK(census.admit(host(6), true));
  CHECK(census.size() == 5);
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
  limits.handshakes_per_second = 2;
  ConnectionCensus census(limits);
  constexpr std::int64_t second = 1'000'000'000;
  CHECK(census.begin_handshake(7 * second));
  CHECK(census.begin_handshake(7 * second + 999'999'999));
  CHECK_FALSE(census.begin_handshake(7 * second + 999'999'999));
  CHECK(census.begin_handshake(8 * second));
}

}  // namespace
}  // namespace shaken302::net
