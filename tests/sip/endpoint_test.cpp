// SPDX-License-Identifier: MIT
#include "sip/endpoint.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

using namespace shaken302;
using namespace shaken302::sip;

namespace {

std::string address_text(const IpAddress& address) {
  std::array<char, 64> buffer;
  BoundedText out(buffer);
  append_address(out, address);
  return std::string(out.view());
}

std::string host_text(const IpAddress& address) {
  std::array<char, 64> buffer;
  BoundedText out(buffer);
  append_host(out, address);
  return std::string(out.view());
}

}  // namespace

TEST_CASE("endpoint: addresses are written as RFC 5952 wants them") {
  struct Row {
    const char* why;
    const char* in;
    const char* address;
    const char* host;
  };
  const Row rows[] = {
      {"IPv4", "192.0.2.1", "192.0.2.1", "192.0.2.1"},
      {"the largest IPv4", "255.255.255.255", "255.255.255.255", "255.255.255.255"},
      {"an IPv4-mapped address is an IPv4 address", "::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1"},
      {"IPv6 in a URI has brackets", "2001:db8::1", "2001:db8::1", "[2001:db8::1]"},
      {"brackets are read", "[2001:db8::1]", "2001:db8::1", "[2001:db8::1]"},
      {"5952 4.1: no leading zeros", "2001:0db8:0:0:0:0:0:0001", "2001:db8::1", "[2001:db8::1]"},
      {"5952 4.3: lower case", "2001:DB8::ABCD", "2001:db8::abcd", "[2001:db8::abcd]"},
      {"5952 4.2.2: one group of zeros stays", "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1",
       "[2001:db8:0:1:1:1:1:1]"},
      {"5952 4.2.3: the longest run is shortened", "2001:0:0:1:0:0:0:1", "2001:0:0:1::1",
       "[2001:0:0:1::1]"},
      {"5952 4.2.3: the first of two equal ones", "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1",
       "[2001:db8::1:0:0:1]"},
      {"the unspecified address", "::", "::", "[::]"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    const auto address = parse_address(row.in);
    REQUIRE(address.has_value());
    CHECK(address_text(*address) == row.address);
    CHECK(host_text(*address) == row.host);
    CHECK(parse_address(address_text(*address)) == address);
  }
}

TEST_CASE("endpoint: what is not an address is not read as one") {
  struct Row {
    const char* why;
    std::string in;
  };
  const Row rows[] = {
      {"nothing", ""},
      {"a host name", "proxy.example.com"},
      {"three parts", "192.0.2"},
      {"a part above 255", "192.0.2.256"},
      {"a port", "192.0.2.1:5060"},
      {"half a pair of brackets", "[2001:db8::1"},
      {"brackets around nothing", "[]"},
      {"two runs of zeros", "2001::1::2"},
      {"a NUL behind an address", std::string("192.0.2.1\0", 10)},
      {"longer than any address", std::string(4000, '1')},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    CHECK_FALSE(parse_address(row.in).has_value());
  }
}

TEST_CASE("endpoint: only ::ffff:0:0/96 is an IPv4 address") {
  CHECK(is_ipv4_mapped(*parse_address("::ffff:0.0.0.0")));
  CHECK_FALSE(is_ipv4_mapped(*parse_address("::192.0.2.1")));
  CHECK_FALSE(is_ipv4_mapped(*parse_address("2001:db8::ffff:c000:201")));
}
