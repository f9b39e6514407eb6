// SPDX-License-Identifier: MIT
#include "sip/reply_writer.hpp"

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <string>

#include "reply_view.hpp"
#include "sip/text_scan.hpp"

using namespace shaken302;
using namespace shaken302::sip;

namespace {

const Endpoint source{*parse_address("192.0.2.9"), 40000};

std::string request_with(const std::string& vias, const std::string& to = "<sip:b@example.com>") {
  return "INVITE sip:b@example.com SIP/2.0\r\n" + vias +
         "From: <sip:a@example.com>;tag=1\r\nTo: " + to +
         "\r\nCall-ID: c1\r\nCSeq: 7 INVITE\r\nContent-Length: 0\r\n\r\n";
}

/// A reply head by the text of the request alone.
std::string head_for(const std::string& request, bool to_has_tag = false,
                     const Endpoint& from = source) {
  const auto index = std::make_unique<HeaderIndex>();
  REQUIRE(prescan(request, *index) == Prescan::ok);
  const auto via = read_top_via(*index);
  std::array<char, 8192> buffer;
  BoundedText out(buffer);
  append_reply_head(out, 302, "Moved Temporarily",
                    {index.get(), via ? &*via : nullptr, from, "feed", "shaken302/test"},
                    to_has_tag);
  append_reply_end(out);
  REQUIRE_FALSE(out.overflowed());
  return std::string(out.view());
}

std::string top_via_for(const std::string& via, const Endpoint& from = source) {
  return test::MessageView(head_for(request_with("Via: " + via + "\r\n"), false, from)).get("via");
}

}  // namespace

TEST_CASE(
    "reply_writer: a reply is the start line, the five echoed fields and ours, in this order") {
  CHECK(head_for(request_with("Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\n")) ==
        "SIP/2.0 302 Moved Temporarily\r\n"
        "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\n"
        "From: <sip:a@example.com>;tag=1\r\n"
        "To: <sip:b@example.com>;tag=feed\r\n"
        "Call-ID: c1\r\n"
        "CSeq: 7 INVITE\r\n"
        "Server: shaken302/test\r\n"
        "Content-Length: 0\r\n\r\n");
}

TEST_CASE(
    "reply_writer: the top Via gets received and rport, and loses what its sender wrote there") {
  struct Row {
    const char* why;
    const char* via;
    const char* expected;
    const char* from = "192.0.2.9";
  };
  const Row rows[] = {
      {"18.2.1: nothing to add for the source itself", "SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK1",
       "SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK1"},
      {"18.2.1: another address", "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1",
       "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1;received=192.0.2.9"},
      {"18.2.1: a host name", "SIP/2.0/UDP proxy.example.com",
       "SIP/2.0/UDP proxy.example.com;received=192.0.2.9"},
      {"3581: rport gets its value, and received goes with it always",
       "SIP/2.0/UDP 192.0.2.9;rport;branch=z9hG4bK1",
       "SIP/2.0/UDP 192.0.2.9;rport=40000;branch=z9hG4bK1;received=192.0.2.9"},
      {"parameter names have no case", "SIP/2.0/UDP 192.0.2.9;RPort;branch=z9hG4bK1",
       "SIP/2.0/UDP 192.0.2.9;rport=40000;branch=z9hG4bK1;received=192.0.2.9"},
      {"a forged received", "SIP/2.0/UDP 10.0.0.1;received=203.0.113.1;branch=z9hG4bK1",
       "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1;received=192.0.2.9"},
      {"a forged received where none is due", "SIP/2.0/UDP 192.0.2.9;Received = 203.0.113.1",
       "SIP/2.0/UDP 192.0.2.9"},
      {"a forged rport", "SIP/2.0/UDP 192.0.2.9;rport=9;branch=z9hG4bK1",
       "SIP/2.0/UDP 192.0.2.9;rport=40000;branch=z9hG4bK1;received=192.0.2.9"},
      {"rport twice", "SIP/2.0/UDP 192.0.2.9;rport;rport=9",
       "SIP/2.0/UDP 192.0.2.9;rport=40000;received=192.0.2.9"},
      {"maddr is echoed and means nothing", "SIP/2.0/UDP 192.0.2.9;maddr=203.0.113.7",
       "SIP/2.0/UDP 192.0.2.9;maddr=203.0.113.7"},
      {"5118 4.5: IPv6 in received has no brackets", "SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bK1",
       "SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bK1;received=2001:db8::9:255", "2001:db8::9:255"},
      {"IPv6 in another writing is the same address", "SIP/2.0/UDP [2001:DB8:0::9]:5070",
       "SIP/2.0/UDP [2001:DB8:0::9]:5070", "2001:db8::9"},
      {"4475 3.1.1.1: white space around slashes, colon and semicolons",
       "SIP / 2.0 /UDP  192.0.2.9 : 5060 ; branch = z9hG4bK1 ; rport",
       "SIP / 2.0 /UDP  192.0.2.9 : 5060 ; branch = z9hG4bK1 ;rport=40000;received=192.0.2.9"},
      {"a second value on the line is not the top one",
       "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1, SIP/2.0/UDP 10.0.0.2;received=10.0.0.3",
       "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1;received=192.0.2.9, SIP/2.0/UDP "
       "10.0.0.2;received=10.0.0.3"},
      {"delimiters in a quoted string", "SIP/2.0/UDP 10.0.0.1;x=\"a;rport,\\\";received=b\"",
       "SIP/2.0/UDP 10.0.0.1;x=\"a;rport,\\\";received=b\";received=192.0.2.9"},
      {"a comment (RFC 2543) stays last", "SIP/2.0/UDP 10.0.0.1;x=1 (a;rport,(b\\)))",
       "SIP/2.0/UDP 10.0.0.1;x=1 ;received=192.0.2.9(a;rport,(b\\)))"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    CHECK(top_via_for(row.via, {*parse_address(row.from), 40000}) == row.expected);
  }
}

TEST_CASE("reply_writer: all Vias come back in their order, and only the first is touched") {
  const auto reply = test::MessageView(head_for(
      request_with("Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\nv: SIP/2.0/TCP "
                   "10.0.0.2;received=10.0.0.9;rport\r\nVia: SIP/2.0/SCTP t3,SIP/2.0/UDP t4\r\n")));
  CHECK(reply.all("via") == std::vector<std::string>{"SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1",
                                                     "SIP/2.0/TCP 10.0.0.2;received=10.0.0.9;rport",
                                                     "SIP/2.0/SCTP t3,SIP/2.0/UDP t4"});
}

TEST_CASE("reply_writer: To keeps its tag, or gets ours") {
  const std::string vias = "Via: SIP/2.0/UDP 192.0.2.9\r\n";
  CHECK(test::MessageView(head_for(request_with(vias))).get("to") ==
        "<sip:b@example.com>;tag=feed");
  CHECK(test::MessageView(head_for(request_with(vias, "<sip:b@example.com>;tag=x"), true))
            .get("to") == "<sip:b@example.com>;tag=x");
}

TEST_CASE("reply_writer: has_tag reads the header's parameters and nothing else") {
  struct Row {
    const char* why;
    const char* value;
    bool has;
  };
  const Row rows[] = {
      {"none", "<sip:b@example.com>", false},
      {"one", "<sip:b@example.com>;tag=1", true},
      {"any case, any white space", "<sip:b@example.com> ;\r\n  TAG = 1", true},
      {"not the first parameter", "<sip:b@example.com>;x;y=1;tag=1", true},
      {"without brackets the parameter is the header's", "sip:b@example.com;tag=1", true},
      {"a parameter of the URI", "<sip:b@example.com;tag=1>", false},
      {"in the display name", "\";tag=1\" <sip:b@example.com>", false},
      {"behind an escaped quote", "\"\\\";tag=1\" <sip:b@example.com>", false},
      {"in the value of another parameter", "<sip:b@example.com>;x=\";tag=1\"", false},
      {"a name that begins so", "<sip:b@example.com>;tagged=1", false},
      {"4475 3.1.2.6: a string without an end", "\"Mr. J. User <sip:b@example.com>;tag=1", false},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    CHECK(has_tag(row.value) == row.has);
  }
}

TEST_CASE("reply_writer: a fold becomes one space and nothing else changes") {
  struct Row {
    const char* why;
    const char* value;
    const char* expected;
  };
  const Row rows[] = {
      {"nothing to do", "a  b\tc", "a  b\tc"},
      {"a fold", "a\r\n b", "a b"},
      {"a deep fold", "a\r\n \t  b", "a b"},
      {"white space before a fold stays", "a \r\n b", "a  b"},
      {"two folds", "a\r\n b\r\n\tc", "a b c"},
      {"an empty folded line", "a\r\n \r\n b", "a b"},
      {"a fold with LF alone, which the parser takes too", "a\n b", "a b"},
      {"empty", "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    std::array<char, 64> buffer;
    BoundedText out(buffer);
    append_unfolded(out, row.value);
    CHECK(out.view() == row.expected);
  }
}

TEST_CASE("reply_writer: what could split a reply is never echoed") {
  struct Row {
    const char* why;
    std::string request;
    bool can;
  };
  const std::string via = "Via: SIP/2.0/UDP 192.0.2.9\r\n";
  const auto without = [&](const std::string& name) {
    auto text = request_with(via);
    const auto begin = text.find(name);
    return text.erase(begin, text.find("\r\n", begin) + 2 - begin);
  };
  const Row rows[] = {
      {"the plain case", request_with(via), true},
      {"folds", request_with(via, "<sip:b@example.com>\r\n ;x"), true},
      {"UTF-8", request_with(via, "\"\xD0\x90\" <sip:b@example.com>"), true},
      {"a tab", request_with(via, "\"a\tb\" <sip:b@example.com>"), true},
      {"no Via", request_with(""), false},
      {"no From", without("From"), false},
      {"no To", without("To"), false},
      {"no Call-ID", without("Call-ID"), false},
      {"no CSeq", without("CSeq"), false},
      {"a lone CR in To", request_with(via, "<sip:b@example.com>\rX-Evil: 1"), false},
      {"a NUL in To", request_with(via, std::string("<sip:b\0@example.com>", 20)), false},
      {"an escape character in To", request_with(via, "\"\x1B[2J\" <sip:b@example.com>"), false},
      {"DEL in To", request_with(via, "\"\x7F\" <sip:b@example.com>"), false},
      {"a control character in the second Via", request_with(via + "Via: x\x01\r\n"), false},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    const auto index = std::make_unique<HeaderIndex>();
    (void)prescan(row.request, *index);
    CHECK(can_echo(*index) == row.can);
  }
}

TEST_CASE("reply_writer: a reply goes to the source address, whatever the Via says") {
  struct Row {
    const char* why;
    const char* via;
    bool force_rport;
    int port;
  };
  const Row rows[] = {
      {"18.2.2: the sent-by port", "SIP/2.0/UDP 10.0.0.1:5080", false, 5080},
      {"18.2.2: its default", "SIP/2.0/UDP 10.0.0.1", false, 5060},
      {"its default for TLS", "SIP/2.0/TLS 10.0.0.1", false, 5061},
      {"3581: the source port", "SIP/2.0/UDP 10.0.0.1:5080;rport", false, 40000},
      {"a peer behind a stubborn NAT", "SIP/2.0/UDP 10.0.0.1:5080", true, 40000},
      {"unicast maddr is not obeyed", "SIP/2.0/UDP 10.0.0.1:5080;maddr=203.0.113.7", false, 5080},
      {"multicast maddr neither", "SIP/2.0/UDP 10.0.0.1;maddr=224.0.1.75;ttl=16", false, 5060},
      {"a received of the sender's own", "SIP/2.0/UDP 10.0.0.1;received=203.0.113.7", false, 5060},
      {"IPv6 with port", "SIP/2.0/UDP [2001:db8::1]:5082", false, 5082},
      {"IPv6 without", "SIP/2.0/UDP [2001:db8::1]", false, 5060},
      {"a port that is none", "SIP/2.0/UDP 10.0.0.1:99999", false, 5060},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    const auto index = std::make_unique<HeaderIndex>();
    const std::string request = request_with("Via: " + std::string(row.via) + "\r\n");
    REQUIRE(prescan(request, *index) == Prescan::ok);
    const auto via = read_top_via(*index);
    REQUIRE(via.has_value());
    const Endpoint destination = reply_destination(source, &*via, row.force_rport);
    CHECK(destination.address == source.address);
    CHECK(destination.port == row.port);
  }
  CHECK(reply_destination(source, nullptr, false) == source);
}

TEST_CASE("reply_writer: a Via without a sent-by is not a top Via") {
  for (const char* via : {"SIP/2.0/UDP", "SIP/2.0", "", ";branch=x", "SIP/2.0/UDP ;branch=x",
                          "SIP/2.0/UDP [2001:db8::1;branch=x", "SIP/2.0/UDP h (a",
                          "SIP/2.0/UDP h (a);received=b", "SIP/2.0/UDP h;received=\"x;branch=y"}) {
    CAPTURE(via);
    const auto index = std::make_unique<HeaderIndex>();
    const std::string request = request_with("Via: " + std::string(via) + "\r\n");
    REQUIRE(prescan(request, *index) == Prescan::ok);
    CHECK_FALSE(read_top_via(*index).has_value());
  }
}
