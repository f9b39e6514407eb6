// SPDX-License-Identifier: MIT
#include "config/ip_text.hpp"

#include <doctest/doctest.h>

using namespace shaken302;
using namespace shaken302::config;

TEST_CASE("ip_text: addresses in the forms of inet_pton and no other") {
  struct Row {
    const char* why;
    std::string_view in;
    const char* out;  // "": refused
  };
  const Row rows[] = {
      {"IPv4", "10.0.0.1", "10.0.0.1"},
      {"IPv6", "2001:DB8::1", "2001:db8::1"},
      {"a mapped address is IPv4", "::ffff:10.0.0.1", "10.0.0.1"},
      {"the unspecified ones", "::", "::"},
      {"", "0.0.0.0", "0.0.0.0"},
      {"empty", "", ""},
      {"a name", "localhost", ""},
      {"an octet too large", "10.0.0.256", ""},
      {"a leading zero could be octal", "010.0.0.1", ""},
      {"three octets", "10.0.1", ""},
      {"a port", "10.0.0.1:5060", ""},
      {"brackets", "[::1]", ""},
      {"a zone", "fe80::1%eth0", ""},
      {"a blank", " 10.0.0.1", ""},
      {"a NUL behind a good address", std::string_view("10.0.0.1\0x", 10), ""},
      {"longer than any address", "1111:2222:3333:4444:5555:6666:255.255.255.255.255", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    CAPTURE(row.in);
    const auto address = parse_ip(row.in);
    CHECK((address ? to_text(*address) : "") == row.out);
  }
}

TEST_CASE("ip_text: networks have no host bits and one family") {
  struct Row {
    const char* why;
    const char* in;
    const char* out;
    int prefix;  // of the mapped form; -1: refused with `error`
    NetworkTextError error = NetworkTextError::address;
  };
  const Row rows[] = {
      {"an address is its own network", "10.0.0.1", "10.0.0.1", 128},
      {"IPv4", "10.0.0.0/24", "10.0.0.0/24", 120},
      {"all of IPv4", "0.0.0.0/0", "0.0.0.0/0", 96},
      {"a /32 is an address", "10.0.0.1/32", "10.0.0.1", 128},
      {"IPv6", "2001:db8::/32", "2001:db8::/32", 32},
      {"all global unicast", "2000::/3", "2000::/3", 3},
      {"mapped with a prefix of IPv6", "::ffff:10.0.0.0/120", "10.0.0.0/24", 120},
      {"not an address", "ten/8", "", -1, NetworkTextError::address},
      {"an address that is none", "10.0.0/24", "", -1, NetworkTextError::address},
      {"prefix too long", "10.0.0.0/33", "", -1, NetworkTextError::prefix},
      {"prefix too long for IPv6", "2001:db8::/129", "", -1, NetworkTextError::prefix},
      {"prefix empty", "10.0.0.0/", "", -1, NetworkTextError::prefix},
      {"prefix signed", "10.0.0.0/+8", "", -1, NetworkTextError::prefix},
      {"prefix as a mask", "10.0.0.0/255.0.0.0", "", -1, NetworkTextError::prefix},
      {"prefix with a leading zero", "10.0.0.0/08", "", -1, NetworkTextError::prefix},
      {"host bits", "10.0.0.1/24", "", -1, NetworkTextError::host_bits},
      {"host bits in the middle of a byte", "10.0.0.8/28", "", -1, NetworkTextError::host_bits},
      {"host bits of IPv6", "2001:db8::1/64", "", -1, NetworkTextError::host_bits},
      {"::/0 holds every IPv4 address", "::/0", "", -1, NetworkTextError::both_families},
      {"so does ::/80", "::/80", "", -1, NetworkTextError::both_families},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    CAPTURE(row.in);
    const auto network = parse_network(row.in);
    REQUIRE(network.has_value() == (row.prefix >= 0));
    if (network) {
      CHECK(to_text(*network) == row.out);
      CHECK(network->prefix == row.prefix);
    } else {
      CHECK(network.error() == row.error);
    }
  }
}

TEST_CASE("ip_text: clearing host bits keeps exactly the prefix") {
  IpNetwork all;
  all.address.bytes.fill(0xFF);
  for (unsigned prefix = 0; prefix <= 128; ++prefix) {
    all.prefix = static_cast<std::uint8_t>(prefix);
    const IpNetwork cleared = without_host_bits(all);
    unsigned bits = 0;
    for (const std::uint8_t byte : cleared.address.bytes) {
      for (unsigned bit = 0; bit < 8; ++bit) bits += (byte >> bit) & 1U;
    }
    CHECK(bits == prefix);
  }
}
