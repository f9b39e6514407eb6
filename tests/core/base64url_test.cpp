// SPDX-License-Identifier: MIT
#include "core/base64url.hpp"

#include <doctest/doctest.h>

#include <random>

#include "shaken302/passport.hpp"

using namespace shaken302;
using namespace std::string_view_literals;

namespace {

std::string encode(std::string_view bytes) {
  std::string buffer(bytes.size() * 2 + 8, '\0');
  BoundedText out(buffer);
  append_base64url(out, bytes);
  REQUIRE_FALSE(out.overflowed());
  return std::string(out.view());
}

}  // namespace

TEST_CASE("base64url: the vectors of RFC 4648 10 and RFC 7515 C, without padding") {
  struct Row {
    const char* why;
    std::string_view bytes;
    const char* text;
  };
  const Row rows[] = {
      {"nothing", "", ""},
      {"one byte", "f", "Zg"},
      {"two bytes", "fo", "Zm8"},
      {"a whole group", "foo", "Zm9v"},
      {"a group and one", "foob", "Zm9vYg"},
      {"a group and two", "fooba", "Zm9vYmE"},
      {"two groups", "foobar", "Zm9vYmFy"},
      {"the two letters that differ from base64", "\x03\xEC\xFF\xE0\xC1", "A-z_4ME"},
      {"zero bytes", "\0\0\0"sv, "AAAA"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.why);
    CHECK(encode(row.bytes) == row.text);
    const auto decoded = decode_base64url(row.text);
    REQUIRE(decoded.has_value());
    CHECK(*decoded == row.bytes);
  }
}

TEST_CASE("base64url: only what the writer writes is read") {
  struct Row {
    const char* why;
    std::string_view text;
  };
  const Row rows[] = {
      {"padding", "Zg=="},
      {"the alphabet of base64", "A+z/4ME"},
      {"a line end", "Zm9v\nYmFy"},
      {"a blank", "Zm9v YmFy"},
      {"NUL", "Zm9v\0YmF"sv},
      {"a character above ASCII", "Zm9v\xC3\xA9"},
      {"a dot", "Zm9v.YmFy"},
      {"no text has 4n+1 characters", "Zm9vY"},
      {"not even when the last holds no bits", "Zm9vA"},
      {"one character", "Z"},
      {"bits behind the last byte, of one", "Zh"},
      {"bits behind the last byte, of two", "Zm9"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.why);
    CHECK_FALSE(decode_base64url(row.text).has_value());
  }
}

TEST_CASE("base64url: any bytes come back, and no other text gives them") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    std::string bytes(random() % 40, '\0');
    for (auto& c : bytes) c = static_cast<char>(random());
    auto text = encode(bytes);
    if (decode_base64url(text) != bytes) FAIL_CHECK("changed: " << text);
    if (text.empty()) continue;
    text[random() % text.size()] = static_cast<char>(random());
    const auto other = decode_base64url(text);
    if (other && encode(*other) != text) FAIL_CHECK("two texts for the same bytes: " << text);
  }
}

TEST_CASE("base64url: what does not fit leaves the text as it was") {
  std::string buffer(7, '\0');
  BoundedText out(buffer);
  append_base64url(out, "abc");
  CHECK(out.view() == "YWJj");
  append_base64url(out, "abc");
  CHECK(out.overflowed());
  CHECK(out.view() == "YWJj");
  append_base64url(out, "");
  CHECK(out.overflowed());

  out.clear();
  append_base64url(out, "abcde");
  CHECK_FALSE(out.overflowed());
  CHECK(out.view() == "YWJjZGU");
  out.clear();
  out.mark_overflowed();
  append_base64url(out, "a");
  CHECK(out.view().empty());
}
