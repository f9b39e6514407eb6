// SPDX-License-Identifier: MIT
//
// What Sofia's URI parser does: the contact dialect must be readable by it, and the reading side
// must know what it decodes.
#include <doctest/doctest.h>
#include <sofia-sip/url.h>

#include <memory>

#include "contract/sofia_message.hpp"

using namespace shaken302::contract;

namespace {

struct Home {
  su_home_t* home = su_home_create();
  Home() = default;
  ~Home() { su_home_unref(home); }
  Home(const Home&) = delete;
  Home& operator=(const Home&) = delete;
};

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

}  // namespace

TEST_CASE("sofia: the Identity in the headers of a Contact URI is read back") {
  const std::string identity =
      "eyJh-_.eyJi.c2ln;info=<https://cert.example.com/a.pem?x=1&y=%20>;alg=ES256;ppt=\"shaken\"";
  const SofiaMessage message(request_with(
      "Contact: <sip:+12155550113@192.0.2.1:5060;user=phone?Identity=" + escape(identity) +
      ">\r\n"));
  CHECK(message.errors == 0);
  REQUIRE(message.sip->sip_contact != nullptr);
  const url_t& url = *message.sip->sip_contact->m_url;
  CHECK(url.url_user == std::string("+12155550113"));
  REQUIRE(url.url_headers != nullptr);
  const Home home;
  const char* const headers = url_query_as_header_string(home.home, url.url_headers);
  REQUIRE(headers != nullptr);
  CHECK(headers == "Identity:" + identity);
}

TEST_CASE("sofia: an unescaped bracket ends the Contact URI too early") {
  const SofiaMessage message(
      request_with("Contact: <sip:a@b?Identity=a.b.c;info=<https://c>>\r\n"));
  CHECK(message.sip->sip_contact == nullptr);
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
  const Home home;
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    const url_t* const url = url_make(home.home, row.uri);
    REQUIRE(url != nullptr);
    CHECK(url->url_user == std::string(row.user));
  }
}

TEST_CASE("sofia: a broken escape makes the URI fail") {
  const Home home;
  CHECK(url_make(home.home, "sip:a%4@b") == nullptr);
  CHECK(url_make(home.home, "sip:a%zz@b") == nullptr);
}

TEST_CASE("sofia: characters that no URI may hold are let through: the gate must look") {
  const Home home;
  for (const char* const uri : {"sip:a\"@b", "sip:a>@b", "sip:a\\@b", "sip:a\x01@b"}) {
    INFO(std::string(uri));
    CHECK(url_make(home.home, uri) != nullptr);
  }
}
