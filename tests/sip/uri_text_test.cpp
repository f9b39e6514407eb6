// SPDX-License-Identifier: MIT
#include "sip/uri_text.hpp"

#include <doctest/doctest.h>
#include <sofia-sip/su_alloc.h>
#include <sofia-sip/url.h>

#include <random>
#include <string>
#include <vector>

using namespace shaken302;
using namespace shaken302::sip;

namespace {

std::string decoded(std::string_view text) {
  std::string result(text.size() + 1, '\0');
  const auto size = static_cast<isize_t>(text.size());
  result.resize(url_unescape_to(result.data(), text.data(), static_cast<std::size_t>(size)));
  return result;
}

std::string text_of(const char* part) { return part == nullptr ? std::string() : part; }

/// Random URIs of the characters that divide one.
std::string random_uri(std::mt19937& random) {
  const std::string_view pieces[] = {"@", ":", ";", "?", "#",   "/",   "[",   "]",   "=",  "&",
                                     "a", "1", "+", ".", "%61", "%3B", "%40", "%25", "lr", "9"};
  std::uniform_int_distribution<std::size_t> piece(0, std::size(pieces) - 1);
  std::uniform_int_distribution<int> length(1, 12);
  std::string uri = random() % 2 == 0 ? "sip:" : "sips:";
  for (int i = length(random); i > 0; --i) uri += pieces[piece(random)];
  return uri;
}

}  // namespace

TEST_CASE("uri_text: user and host are what Sofia finds, before it decodes them") {
  std::mt19937 random(20);
  su_home_t* const home = su_home_create();
  int compared = 0;
  int with_user = 0;
  for (int i = 0; i < 20000; ++i) {
    const std::string text = random_uri(random);
    CAPTURE(text);
    const url_t* const url = url_make(home, text.c_str());
    if (url == nullptr) continue;
    ++compared;
    const UriView view = split_uri(text);
    with_user += view.user.empty() ? 0 : 1;
    CHECK(decoded(view.user) == decoded(text_of(url->url_user)));
    CHECK(decoded(view.host) == decoded(text_of(url->url_host)));
    CHECK(decoded(uri_parameters(text)) == decoded(text_of(url->url_params)));
  }
  su_home_unref(home);
  CHECK(compared > 4000);
  CHECK(with_user > 1000);
}

TEST_CASE("uri_text: what is no URI of ours has neither user nor host") {
  for (const char* const text :
       {"", "sip", "mailto:a@b", "<sip:a@b", " sip:a@b", "sipx:a@b", ":a@b"}) {
    INFO(std::string(text));
    const UriView view = split_uri(text);
    CHECK(view.scheme == UriScheme::other);
    CHECK(view.user.empty());
    CHECK(view.host.empty());
    CHECK(uri_parameters(text).empty());
  }
}

TEST_CASE("uri_text: where a URI in a header value ends") {
  struct Row {
    const char* why;
    std::string_view value;
    std::size_t begin;
    BareUri bare;
    std::string_view uri;
  };
  const Row rows[] = {
      {"in brackets", "\"x\" <sip:a@b;c,d?e>;f", 5, BareUri::ends_at_parameters, "sip:a@b;c,d?e"},
      {"in brackets that do not end", "<sip:a", 1, BareUri::ends_at_comma, "sip:a"},
      {"bare", "sip:a@b;c", 0, BareUri::ends_at_parameters, "sip:a@b"},
      {"bare, with headers", "sip:a@b?c", 0, BareUri::ends_at_parameters, "sip:a@b"},
      {"bare, in a header without parameters", "tel:1;c?d,tel:2", 0, BareUri::ends_at_comma,
       "tel:1;c?d"},
      {"bare, then white space", "sip:a\tb", 0, BareUri::ends_at_parameters, "sip:a"},
      {"bare, then a fold", "sip:a\r\n ;b", 0, BareUri::ends_at_comma, "sip:a"},
      {"beyond the value", "sip:a", 9, BareUri::ends_at_comma, ""},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    CHECK(uri_at(row.value, row.begin, row.bare) == row.uri);
  }
}
