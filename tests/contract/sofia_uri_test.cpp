// SPDX-License-Identifier: MIT
//
// What Sofia's URI parser does: the contact dialect must be readable by it, and the reading side
// must know what it decodes.
#include <doctest/doctest.h>
#include <sofia-sip/url.h>

#include "contract/sofia_values.hpp"

using namespace shaken302::contract;

namespace {

/// What would have to be escaped in an hvalue (RFC 3261 25.1: hnv-unreserved, unreserved).
std::string escape(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       std::string_view("-_.!~*'()[]/?:+$").find(c) != std::string_view::npos;
    const char* const hex = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    if (plain) {
      result += c;
    } else {
      result += {'%', hex[byte >> 4], hex[byte & 15]};
    }
  }
  return result;
}

std::string request_line(std::string_view uri) { return "INVITE " + std::string(uri) + " SIP/2.0"; }

}  // namespace

TEST_CASE("sofia: the Identity in the headers of a Contact URI is read back") {
  const std::string identity =
      "eyJh-_.eyJi.c2ln;info=<https://cert.example.com/a.pem?x=1&y=%20>;alg=ES256;ppt=\"shaken\"";
  AreaHome home;
  const auto* const contact = home.read<sip_contact_t>(
      sip_contact_class,
      "<sip:+12155550113@192.0.2.1:5060;user=phone?Identity=" + escape(identity) + ">");
  REQUIRE(contact != nullptr);
  const url_t& url = *contact->m_url;
  CHECK(text(url.url_user) == "+12155550113");
  REQUIRE(url.url_headers != nullptr);
  CHECK(text(url_query_as_header_string(home.home(), url.url_headers)) == "Identity:" + identity);
}

TEST_CASE("sofia: an unescaped bracket ends the Contact URI too early") {
  AreaHome home;
  CHECK(home.read<sip_contact_t>(sip_contact_class, "<sip:a@b?Identity=a.b.c;info=<https://c>>") ==
        nullptr);
}

TEST_CASE("sofia: a user part is decoded where that changes nothing for SIP, and no further") {
  struct Row {
    const char* why;
    const char* uri;
    const char* user;
  };
  const Row rows[] = {
      {"letters and digits", "sip:%61%31@b", "a1"},
      {"the plus of a number", "sip:%2B1@b", "+1"},
      {"a semicolon: the core must see that it was escaped", "sip:1%3Bnpdi@b", "1;npdi"},
      {"an at sign stays", "sip:a%40c@b", "a%40c"},
      {"a NUL stays", "sip:a%00@b", "a%00"},
      {"small hexadecimal digits grow", "sip:a%2fb%c3@b", "a/b%C3"},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    AreaHome home;
    const sip_request_t* const request = home.request(request_line(row.uri));
    REQUIRE(request != nullptr);
    CHECK(text(request->rq_url->url_user) == row.user);
  }
}

TEST_CASE("sofia: a broken escape makes the URI fail") {
  AreaHome home;
  for (const char* const uri : {"sip:a%4@b", "sip:a%zz@b"}) {
    INFO(std::string(uri));
    CHECK(home.request(request_line(uri)) == nullptr);
    CHECK(home.from("<" + std::string(uri) + ">") == nullptr);
  }
}

TEST_CASE("sofia: characters that no URI may hold are let through: the gate must look") {
  AreaHome home;
  for (const char* const uri :
       {"sip:a\"@b", "sip:a>@b", "sip:a\\@b", "sip:a\x01@b", "sip:\xc3\xa9@b"}) {
    INFO(std::string(uri));
    CHECK(home.request(request_line(uri)) != nullptr);
  }
}

TEST_CASE("sofia: they are refused behind an escape, which is no reason not to look") {
  AreaHome home;
  CHECK(home.request(request_line("sip:\"%41@b")) != nullptr);
  CHECK(home.request(request_line("sip:%41\"@b")) == nullptr);
}
