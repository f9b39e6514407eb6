// SPDX-License-Identifier: MIT
#include "sip/contact_uri.hpp"

#include <doctest/doctest.h>
#include <sofia-sip/su_alloc.h>
#include <sofia-sip/url.h>

#include <array>
#include <memory>
#include <string>

#include "reply_view.hpp"
#include "sip/uri_text.hpp"

using namespace shaken302;
using namespace shaken302::sip;

namespace {

struct HomeDeleter {
  void operator()(su_home_t* home) const noexcept { su_home_unref(home); }
};
using Home = std::unique_ptr<su_home_t, HomeDeleter>;

Home make_home() { return Home(static_cast<su_home_t*>(su_home_new(sizeof(su_home_t)))); }

/// Sofia's opinion, which shares nothing with ours; IP hosts without a port have the default one
/// there.
bool sofia_says_equal(const std::string& a, const std::string& b) {
  const Home home = make_home();
  const url_t* x = url_make(home.get(), a.c_str());
  const url_t* y = url_make(home.get(), b.c_str());
  REQUIRE(x != nullptr);
  REQUIRE(y != nullptr);
  return url_cmp_all(x, y) == 0;
}

std::string contact_for(std::string_view request_uri, std::string_view next_hop,
                        Transport transport = Transport::udp,
                        std::string_view requester = "192.0.2.9") {
  std::array<char, 2048> buffer;
  BoundedText out(buffer);
  append_contact_uri(out, {split_uri(request_uri),
                           request_uri,
                           next_hop,
                           {*parse_address(requester), 5070},
                           transport});
  REQUIRE_FALSE(out.overflowed());
  return std::string(out.view());
}

template <void append(BoundedText&, std::string_view) noexcept>
std::string written(std::string_view text) {
  std::array<char, 1024> buffer;
  BoundedText out(buffer);
  append(out, text);
  return std::string(out.view());
}

}  // namespace

TEST_CASE("contact_uri: the user of the Request-URI at the next hop or the requester") {
  struct Row {
    const char* why;
    const char* request_uri;
    const char* next_hop;
    const char* expected;
    Transport transport = Transport::udp;
    const char* requester = "192.0.2.9";
  };
  const Row rows[] = {
      {"the requester by default", "sip:+12155550122@gw.example.com", "",
       "sip:+12155550122@192.0.2.9:5070"},
      {"the peer's next hop", "sip:+12155550122@gw.example.com", "carrier.example.net:5080",
       "sip:+12155550122@carrier.example.net:5080"},
      {"an IPv6 requester has brackets", "sip:1@gw.example.com", "", "sip:1@[2001:db8::9]:5070",
       Transport::udp, "2001:db8::9"},
      {"sips stays sips", "sips:1@gw.example.com", "", "sips:1@192.0.2.9:5070"},
      {"no user, no @", "sip:gw.example.com", "", "sip:192.0.2.9:5070"},
      {"a password is not handed on", "sip:bob:secret@gw.example.com", "",
       "sip:bob@192.0.2.9:5070"},
      {"parameters of the user part stay", "sip:+1215;npdi;rn=+1216@gw.example.com", "",
       "sip:+1215;npdi;rn=+1216@192.0.2.9:5070"},
      {"parameters and headers of the URI do not", "sip:1@gw.example.com;lr;foo=1?Route=x", "",
       "sip:1@192.0.2.9:5070"},
      {"escapes stay as they are", "sip:%2A67%23@gw.example.com", "",
       "sip:%2A67%23@192.0.2.9:5070"},
      {"19.1.6: a tel URI with its parameters", "tel:+1-215-555-0122;npdi", "",
       "sip:+1-215-555-0122;npdi@192.0.2.9:5070;user=phone"},
      {"emergency service", "urn:service:sos", "", "sip:sos@192.0.2.9:5070"},
      {"emergency sub-service, any case", "URN:Service:SOS.fire", "",
       "sip:SOS.fire@192.0.2.9:5070"},
      {"what RFC 8141 lets follow a name", "urn:service:sos?+a#b", "", "sip:sos@192.0.2.9:5070"},
      {"a parameter that no URN has", "urn:service:sos;x=1", "", "sip:sos@192.0.2.9:5070"},
      {"another service", "urn:service:test.sos", "", "sip:test.sos@192.0.2.9:5070"},
      {"another scheme has no user that we know", "nobodyKnowsThis:totallyopaquecontent", "",
       "sip:192.0.2.9:5070"},
      {"a requester on TCP is reached on TCP", "sip:1@gw.example.com", "",
       "sip:1@192.0.2.9:5070;transport=tcp", Transport::tcp},
      {"a requester on TLS is reached on TLS", "sip:1@gw.example.com", "",
       "sip:1@192.0.2.9:5070;transport=tls", Transport::tls},
      {"the next hop is as configured", "sip:1@gw.example.com", "hop.example.net",
       "sip:1@hop.example.net", Transport::tcp},
      // RFC 3261 8.3: never equal to the Request-URI.
      {"the Request-URI names the requester itself", "sip:1@192.0.2.9:5070", "",
       "sip:1@192.0.2.9:5070;transport=udp"},
      {"host names have no case", "sip:1@HOP.example.net", "hop.example.net",
       "sip:1@hop.example.net;transport=udp"},
      {"the default port may be left out", "sip:1@192.0.2.1", "192.0.2.1:5060",
       "sip:1@192.0.2.1:5060;transport=udp"},
      {"unknown parameters do not count", "sip:1@192.0.2.9:5070;foo=bar;lr", "",
       "sip:1@192.0.2.9:5070;transport=udp"},
      {"a transport in one alone sets apart", "sip:1@192.0.2.9:5070;transport=UDP", "",
       "sip:1@192.0.2.9:5070"},
      {"equal with transport: it is dropped", "sip:1@192.0.2.9:5070;Transport=TCP", "",
       "sip:1@192.0.2.9:5070", Transport::tcp},
      {"sips has no udp", "sips:1@192.0.2.9:5070", "", "sips:1@192.0.2.9:5070;transport=tcp"},
      {"escapes of the host part do not hide a user", "sip:%61@192.0.2.9:5070", "",
       "sip:%61@192.0.2.9:5070;transport=udp"},
      {"another writing of an IPv6 address", "sip:1@[2001:DB8:0::9]:5070", "",
       "sip:1@[2001:db8::9]:5070;transport=udp", Transport::udp, "2001:db8::9"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    const auto contact = contact_for(row.request_uri, row.next_hop, row.transport, row.requester);
    CHECK(contact == row.expected);
    CHECK_FALSE(sofia_says_equal(contact, row.request_uri));
    CHECK_FALSE(may_be_equal(contact, row.request_uri));
  }
}

TEST_CASE("contact_uri: URIs that RFC 3261 19.1.4 calls equal may be equal, and Sofia agrees") {
  struct Row {
    const char* why;
    const char* a;
    const char* b;
    bool equal;
  };
  const Row rows[] = {
      {"19.1.4: host and scheme have no case", "sip:alice@AtLanTa.CoM;Transport=tcp",
       "SIP:alice@AtlanTa.CoM;Transport=tcp", true},
      {"19.1.4: escapes of unreserved characters", "sip:%61lice@atlanta.com",
       "sip:alice@atlanta.com", true},
      {"19.1.4: an unknown parameter in one", "sip:carol@chicago.com",
       "sip:carol@chicago.com;newparam=5", true},
      {"19.1.4: users have case", "SIP:ALICE@AtLanTa.CoM;Transport=udp",
       "sip:alice@AtLanTa.CoM;Transport=UDP", false},
      {"19.1.4: transport in one alone", "sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp",
       false},
      {"19.1.4: another port", "sip:bob@biloxi.com:6000;transport=tcp",
       "sip:bob@biloxi.com;transport=tcp", false},
      {"19.1.4: another scheme", "sip:bob@biloxi.com", "sips:bob@biloxi.com", false},
      {"a user in one alone", "sip:biloxi.com", "sip:bob@biloxi.com", false},
      {"another host", "sip:carol@chicago.com", "sip:carol@192.0.2.4", false},
      {"leading zeros of a port", "sip:a@h:05060", "sip:a@h", true},
      {"an @ in a header does not end the user", "sip:a@h?x=b@h", "sip:a@h", true},
      {"a password can only set apart", "sip:a:secret@h", "sip:a@h", true},
      {"no URI at all", "nothing", "sip:a@h", false},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    CHECK(may_be_equal(row.a, row.b) == row.equal);
    CHECK(may_be_equal(row.b, row.a) == row.equal);
  }
  // Whatever Sofia calls equal, we must: it has no opinion that ours does not cover.
  CHECK(sofia_says_equal("sip:a@192.0.2.1", "sip:a@192.0.2.1:5060"));
  CHECK(may_be_equal("sip:a@192.0.2.1", "sip:a@192.0.2.1:5060"));
}

TEST_CASE("contact_uri: a user part has only its own characters") {
  CHECK(written<append_user_part>("+1-215.555!0122;npdi;rn=+1") == "+1-215.555!0122;npdi;rn=+1");
  CHECK(written<append_user_part>("a@b<c>\"d\" e") == "a%40b%3Cc%3E%22d%22%20e");
  CHECK(written<append_user_part>("%41%4") == "%41%254");
  CHECK(written<append_user_part>("100%") == "100%25");
  CHECK(written<append_user_part>("%zz") == "%25zz");
  CHECK(written<append_user_part>("\r\nX: y") == "%0D%0AX%3A%20y");
  for (int c = 0; c < 256; ++c) {
    const char byte = static_cast<char>(c);
    const auto text = written<append_user_part>(std::string_view(&byte, 1));
    CAPTURE(c);
    if (byte != '%')
      CHECK(test::decode_hvalue(text).value_or(std::string(1, byte)) == std::string(1, byte));
    for (const char out : text)
      CHECK((out > ' ' && out < 0x7F && out != '<' && out != '>' && out != '@'));
  }
}

TEST_CASE("contact_uri: every byte survives percent-encoding inside hvalue") {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  const auto encoded = written<append_percent_encoded>(all);
  CHECK(test::decode_hvalue(encoded) == all);
  CHECK(encoded.find('+') == std::string::npos);  // some decoders take it for a space
}

TEST_CASE("contact_uri: service URNs of any name and case") {
  struct Row {
    const char* uri;
    bool service;
  };
  const Row rows[] = {{"urn:service:sos", true},
                      {"urn:service:test.sos", true},
                      {"URN:SERVICE:SOS;x=1", true},
                      {"urn:service:counseling", true},
                      {"urn:service:", true},
                      {"urn:service", false},
                      {"urn:services:sos", false},
                      {"urn:isbn:0451450523", false},
                      {"sip:service:sos@example", false},
                      {"tel:911", false}};
  for (const Row& row : rows) {
    CAPTURE(row.uri);
    CHECK(is_service(split_uri(row.uri)) == row.service);
  }
}
