// SPDX-License-Identifier: MIT
#include "config/value_text.hpp"

#include <doctest/doctest.h>

using namespace shaken302::config;

TEST_CASE("value_text: a next hop is a host and a port and can smuggle nothing into a Contact") {
  struct Row {
    const char* why;
    const char* in;
    bool good;
  };
  const Row rows[] = {
      {"a name", "proxy.example.com", true},
      {"a name of one label", "proxy", true},
      {"a name with a final dot", "example.com.", true},
      {"a port", "proxy.example.com:5080", true},
      {"IPv4", "203.0.113.5", true},
      {"IPv4 and port", "203.0.113.5:65535", true},
      {"IPv6", "[2001:db8::1]", true},
      {"IPv6 and port", "[2001:db8::1]:5060", true},
      {"empty", "", false},
      {"port 0", "proxy:0", false},
      {"port too large", "proxy:65536", false},
      {"port empty", "proxy:", false},
      {"port with a sign", "proxy:+5060", false},
      {"port with a leading zero", "proxy:05060", false},
      {"two ports", "proxy:1:2", false},
      {"IPv6 without brackets", "2001:db8::1", false},
      {"brackets around IPv4", "[203.0.113.5]", false},
      {"brackets not closed", "[2001:db8::1", false},
      {"text behind brackets", "[2001:db8::1]x", false},
      {"an address that is none", "203.0.113.256", false},
      {"a name that ends in a number", "proxy.7", false},
      {"a user", "user@proxy", false},
      {"a URI parameter", "proxy;lr", false},
      {"a URI header", "proxy?Identity=x", false},
      {"the end of the angle brackets", "proxy>", false},
      {"a blank", "proxy example", false},
      {"a line end", "proxy\r\nEvil: 1", false},
      {"an underscore", "my_proxy", false},
      {"a label that begins with -", "-proxy", false},
      {"a label that ends with -", "proxy-.example", false},
      {"an empty label", "proxy..example", false},
      {"only a dot", ".", false},
      {"a scheme", "sip:proxy", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    CHECK(is_host_port(row.in) == row.good);
  }
  CHECK(is_host_port(std::string(63, 'a')));
  CHECK_FALSE(is_host_port(std::string(64, 'a')));
  std::string longest;
  for (int i = 0; i < 60; ++i) longest += "abc.";
  CHECK(is_host_port(longest + "abcdefghijklm"));
  CHECK_FALSE(is_host_port(longest + "abcdefghijklmn"));
}

TEST_CASE("value_text: quoting cuts long texts between characters") {
  CHECK(in_quotes("x") == "\"x\"");
  CHECK(in_quotes(std::string(80, 'x')) == "\"" + std::string(80, 'x') + "\"");
  CHECK(in_quotes(std::string(81, 'x')) == "\"" + std::string(80, 'x') + "...\"");
  const std::string cut = in_quotes(std::string(79, 'x') + "\xC3\xA9" + "yyy");
  CHECK(cut == "\"" + std::string(79, 'x') + "...\"");
}

TEST_CASE("value_text: ports, names and tokens") {
  CHECK(parse_port("5060") == 5060);
  CHECK(parse_port("0") == 0);
  CHECK_FALSE(parse_port(""));
  CHECK_FALSE(parse_port("-1"));
  CHECK_FALSE(parse_port("70000"));
  CHECK(is_identifier("a.B_c-9"));
  CHECK(is_identifier(std::string(64, 'a')));
  CHECK_FALSE(is_identifier(std::string(65, 'a')));
  CHECK_FALSE(is_identifier(""));
  CHECK_FALSE(is_identifier("a b"));
  CHECK(is_token("X-Account"));
  CHECK_FALSE(is_token("X:Account"));
  CHECK_FALSE(is_token(""));
  CHECK(is_digits("0123456789"));
  CHECK_FALSE(is_digits("12a"));
  CHECK_FALSE(is_digits(""));
  CHECK(is_printable("a b"));
  CHECK_FALSE(is_printable(" a"));
  CHECK_FALSE(is_printable("a\x7F"));
  CHECK_FALSE(is_printable("\xC3\xA9"));
  CHECK(equals_ignoring_case("X-Identity", "x-iDENTITY"));
  CHECK_FALSE(equals_ignoring_case("X-Identity", "X-Identit"));
}
