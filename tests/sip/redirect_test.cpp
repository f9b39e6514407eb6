// SPDX-License-Identifier: MIT
#include "sip/redirect.hpp"

#include <doctest/doctest.h>
#include <sofia-sip/su_alloc.h>
#include <sofia-sip/url.h>

#include <array>
#include <string>

#include "reply_view.hpp"
#include "sip/sip_date.hpp"
#include "sip/uri_text.hpp"

using namespace shaken302;
using namespace shaken302::sip;

namespace {

constexpr std::string_view token = "eyJhbGciOi-_.eyJhdHRlc3Q.c2lnbmF0dXJl";
constexpr std::string_view x5u = "https://cert.example.com:8443/a/house~1.pem";
constexpr std::string_view identity =
    "eyJhbGciOi-_.eyJhdHRlc3Q.c2lnbmF0dXJl;info=<https://cert.example.com:8443/a/house~1.pem>;"
    "alg=ES256;ppt=shaken";
constexpr std::string_view date = "Tue, 01 Jan 2030 00:00:00 GMT";

Authentication signed_call() {
  Authentication authentication;
  authentication.decision.verdict = Verdict::sign;
  authentication.decision.level = Attestation::B;
  authentication.token = token;
  authentication.x5u = x5u;
  authentication.iat = UnixTime{std::chrono::seconds{1893456000}};
  authentication.origid = *Uuid::parse("de305d54-75b4-431b-adb2-eb6b9e546014");
  return authentication;
}

constexpr std::string_view request_uri = "sip:+12155550122@gw.example.com";

struct Written {
  std::string text;
  std::size_t contact_bytes = 0;
  test::MessageView view;
};

Written fields_for(const Peer& peer, const Authentication& authentication) {
  std::array<char, 16384> buffer;
  BoundedText out(buffer);
  const ContactTarget target{split_uri(request_uri),
                             request_uri,
                             peer.next_hop,
                             {*parse_address("192.0.2.9"), 5060},
                             Transport::udp};
  const std::size_t bytes = append_redirect_fields(out, target, peer, authentication);
  REQUIRE_FALSE(out.overflowed());
  const std::string text(out.view());
  return {text, bytes, test::MessageView("SIP/2.0 302 x\r\n" + text + "\r\n")};
}

std::string date_text(std::int64_t seconds) {
  std::array<char, 64> buffer;
  BoundedText out(buffer);
  append_sip_date(out, UnixTime{std::chrono::seconds{seconds}});
  return std::string(out.view());
}

}  // namespace

TEST_CASE("redirect: each dialect, alone and together, says the same Identity") {
  for (unsigned dialects = 1; dialects < 8; ++dialects) {
    CAPTURE(dialects);
    Peer peer;
    peer.dialect = {(dialects & 1U) != 0, (dialects & 2U) != 0, (dialects & 4U) != 0};
    peer.x_identity_name = "X-Signed";
    const auto written = fields_for(peer, signed_call());
    CHECK(written.view.all("identity").size() == (peer.dialect.identity ? 1 : 0));
    CHECK(written.view.all("x-signed").size() == (peer.dialect.x_identity ? 1 : 0));
    if (peer.dialect.identity) CHECK(written.view.get("identity") == identity);
    if (peer.dialect.x_identity) CHECK(written.view.get("x-signed") == identity);
    CHECK(written.view.all("date") == std::vector<std::string>{std::string(date)});
    CHECK(written.view.all("contact").size() == 1);

    const auto uri = test::contact_uri(written.view.get("contact"));
    CHECK(written.contact_bytes == uri.size());
    const auto headers = test::uri_headers(uri);
    REQUIRE(headers.has_value());
    using Headers = std::vector<std::pair<std::string, std::string>>;
    CHECK(*headers == (peer.dialect.contact ? Headers{{"Identity", std::string(identity)},
                                                      {"Date", std::string(date)}}
                                            : Headers{}));
  }
}

TEST_CASE("redirect: Sofia's URI parser reads the embedded headers back byte for byte") {
  Peer peer;
  peer.dialect = {false, false, true};
  peer.next_hop = "hop.example.net:5070";
  const auto uri = test::contact_uri(fields_for(peer, signed_call()).view.get("contact"));
  su_home_t* home = static_cast<su_home_t*>(su_home_new(sizeof(su_home_t)));
  url_t* url = url_make(home, uri.c_str());
  REQUIRE(url != nullptr);
  CHECK(url->url_type == url_sip);
  CHECK(std::string(url->url_user) == "+12155550122");
  CHECK(std::string(url->url_host) == "hop.example.net");
  CHECK(std::string(url->url_port) == "5070");
  CHECK(url->url_params == nullptr);
  REQUIRE(url->url_headers != nullptr);
  // The function that FreeSWITCH, and anybody on Sofia, makes the headers of the next request with.
  char* query = url_query_as_header_string(home, url->url_headers);
  REQUIRE(query != nullptr);
  CHECK(std::string(query) == "Identity:" + std::string(identity) + "\nDate:" + std::string(date));
  su_home_unref(home);
}

TEST_CASE("redirect: the ppt form and the indicator headers are the peer's choice") {
  Peer peer;
  CHECK_FALSE(fields_for(peer, signed_call()).view.has("p-attestation-indicator"));
  CHECK_FALSE(fields_for(peer, signed_call()).view.has("p-origination-id"));
  peer.attestation_header = true;
  peer.origination_id_header = true;
  peer.ppt_form = PptForm::quoted;
  const auto written = fields_for(peer, signed_call());
  CHECK(written.view.get("p-attestation-indicator") == "B");
  CHECK(written.view.get("p-origination-id") == "de305d54-75b4-431b-adb2-eb6b9e546014");
  CHECK(written.view.get("identity").ends_with(";ppt=\"shaken\""));
}

TEST_CASE("redirect: without a token there is a Contact and nothing else") {
  Peer peer;
  peer.dialect = {true, true, true};
  peer.attestation_header = true;
  peer.origination_id_header = true;
  CHECK(fields_for(peer, Authentication{}).text ==
        "Contact: <sip:+12155550122@192.0.2.9:5060>\r\n");
}

TEST_CASE("redirect: the Contact has neither expiry nor q (RFC 3261 21.3.3: good for one call)") {
  const auto text = test::lower_case(fields_for(Peer{}, signed_call()).text);
  CHECK(text.find("expires") == std::string::npos);
  CHECK(text.find("q=") == std::string::npos);
}

TEST_CASE("redirect: what does not fit overflows, at every size") {
  Peer peer;
  peer.dialect = {true, true, true};
  const std::size_t whole = fields_for(peer, signed_call()).text.size();
  std::vector<char> buffer(whole);
  const ContactTarget target{split_uri(request_uri), request_uri, "", {}, Transport::udp};
  for (std::size_t size = 0; size < 400; ++size) {
    BoundedText out(std::span<char>(buffer.data(), size));
    append_redirect_fields(out, target, peer, signed_call());
    CHECK(out.overflowed());
  }
  auto longer = signed_call();
  const std::string huge(3000, 'a');
  longer.token = huge;
  std::vector<char> roomy(65536);
  BoundedText out(roomy);
  append_redirect_fields(out, target, peer, longer);
  CHECK(out.overflowed());
}

TEST_CASE("redirect: Date is right on the days on which others are wrong") {
  struct Row {
    const char* why;
    std::int64_t seconds;
    const char* expected;
  };
  const Row rows[] = {
      {"the epoch", 0, "Thu, 01 Jan 1970 00:00:00 GMT"},
      {"RFC 3261 20.17", 1289690940, "Sat, 13 Nov 2010 23:29:00 GMT"},
      {"29 February", 1709164800, "Thu, 29 Feb 2024 00:00:00 GMT"},
      {"the day after", 1709251199 + 1, "Fri, 01 Mar 2024 00:00:00 GMT"},
      {"1 March of a common year", 1740787200, "Sat, 01 Mar 2025 00:00:00 GMT"},
      {"31 December of a leap year", 1735689599, "Tue, 31 Dec 2024 23:59:59 GMT"},
      {"400-year rule", 951782400, "Tue, 29 Feb 2000 00:00:00 GMT"},
      {"the last second of 32 bits", 2147483647, "Tue, 19 Jan 2038 03:14:07 GMT"},
      {"and the next", 2147483648, "Tue, 19 Jan 2038 03:14:08 GMT"},
      {"100-year rule", 4107542400, "Mon, 01 Mar 2100 00:00:00 GMT"},
      {"four digits to the end", 253402300799, "Fri, 31 Dec 9999 23:59:59 GMT"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    CHECK(date_text(row.seconds) == row.expected);
  }
}
