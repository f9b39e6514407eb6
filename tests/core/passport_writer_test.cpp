// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/test_files.hpp"
#include "shaken302/passport.hpp"

using namespace shaken302;
using test::read_vector;
using test::value_of;

namespace {

ShakenClaims rfc8588_claims() {
  ShakenClaims claims;
  claims.attest = Attestation::A;
  claims.dest = PhoneNumber("12155550131", NumberKind::global);
  claims.iat = UnixTime(std::chrono::seconds(1443208345));
  claims.orig = PhoneNumber("12155550121", NumberKind::global);
  claims.origid = *Uuid::parse("123e4567-e89b-12d3-a456-426655440000");
  return claims;
}

/// The payload, or "overflowed".
std::string payload_of(const ShakenClaims& claims, std::size_t room = 2000) {
  std::string buffer(room, '\0');
  BoundedText out(buffer);
  append_shaken_payload_json(out, claims);
  return out.overflowed() ? "overflowed" : std::string(out.view());
}

std::string encode(std::string_view bytes) {
  std::string buffer(bytes.size() * 2 + 8, '\0');
  BoundedText out(buffer);
  append_base64url(out, bytes);
  return std::string(out.view());
}

}  // namespace

TEST_CASE("passport: the header and payload of RFC 8588 are written byte for byte") {
  const auto vector = read_vector("rfc8588_s6_shaken.txt");
  const auto token = value_of(vector, "\ntoken=");
  const auto header = make_shaken_header_segment("https://cert.example.org/passport.cer");
  CHECK(header == encode(value_of(vector, "header_json=")));
  CHECK(payload_of(rfc8588_claims()) == value_of(vector, "payload_json="));

  std::string buffer(2048, '\0');
  BoundedText out(buffer);
  append_signing_input(out, header, rfc8588_claims());
  CHECK_FALSE(out.overflowed());
  CHECK(out.view() == token.substr(0, token.rfind('.')));
}

TEST_CASE("passport: the JSON of RFC 8225 Appendix A has the printed base64url") {
  const auto vector = read_vector("rfc8225_appendix_A.txt");
  CHECK(encode(value_of(vector, "header_json=")) == value_of(vector, "header_b64="));
  CHECK(encode(value_of(vector, "payload_json=")) == value_of(vector, "payload_b64="));
}

TEST_CASE("passport: every level has its letter") {
  auto claims = rfc8588_claims();
  for (const auto level : {Attestation::A, Attestation::B, Attestation::C}) {
    claims.attest = level;
    CHECK(payload_of(claims).starts_with(std::string(R"({"attest":")") + to_char(level) + '"'));
  }
}

TEST_CASE("passport: a destination without a number is a uri claim (RFC 9027)") {
  auto claims = rfc8588_claims();
  claims.dest = std::string_view("urn:service:sos");
  CHECK(payload_of(claims) ==
        R"({"attest":"A","dest":{"uri":["urn:service:sos"]},"iat":1443208345,)"
        R"("orig":{"tn":"12155550121"},"origid":"123e4567-e89b-12d3-a456-426655440000"})");
}

TEST_CASE("passport: a short code and an emergency number are written as dialled") {
  auto claims = rfc8588_claims();
  claims.dest = PhoneNumber("911", NumberKind::emergency);
  claims.orig = PhoneNumber("*67", NumberKind::short_code);
  CHECK(payload_of(claims) ==
        R"({"attest":"A","dest":{"tn":["911"]},"iat":1443208345,)"
        R"("orig":{"tn":"*67"},"origid":"123e4567-e89b-12d3-a456-426655440000"})");
}

TEST_CASE("passport: quotes in a URI cannot end the string") {
  auto claims = rfc8588_claims();
  const std::string_view uri = R"(sip:a"],"x":\"@b)";
  claims.dest = uri;
  const auto json = nlohmann::json::parse(payload_of(claims));
  CHECK(json.size() == 5);
  CHECK(json.at("dest").at("uri").at(0) == std::string(uri));
}

TEST_CASE("passport: claims that are not complete are not written") {
  struct Row {
    const char* why;
    void (*spoil)(ShakenClaims&);
  };
  const Row rows[] = {
      {"no calling number", [](ShakenClaims& c) { c.orig = {}; }},
      {"no called number", [](ShakenClaims& c) { c.dest = PhoneNumber(); }},
      {"an empty URI", [](ShakenClaims& c) { c.dest = std::string_view(); }},
      {"a line end in the URI", [](ShakenClaims& c) { c.dest = std::string_view("sip:a\r\n@b"); }},
      {"a character above ASCII",
       [](ShakenClaims& c) { c.dest = std::string_view("sip:\xC3\xA9"); }},
      {"DEL", [](ShakenClaims& c) { c.dest = std::string_view("sip:a\x7F"); }},
      {"no origid", [](ShakenClaims& c) { c.origid = {}; }},
      {"a time before 1970", [](ShakenClaims& c) { c.iat = UnixTime(std::chrono::seconds(-1)); }},
  };
  for (const auto& row : rows) {
    CAPTURE(row.why);
    auto claims = rfc8588_claims();
    REQUIRE(payload_of(claims) != "overflowed");
    row.spoil(claims);
    CHECK(payload_of(claims) == "overflowed");
    std::string buffer(2048, '\0');
    BoundedText out(buffer);
    append_signing_input(out, "e30", claims);
    CHECK(out.overflowed());
  }
}

TEST_CASE("passport: every buffer that is too small is reported") {
  const auto claims = rfc8588_claims();
  const auto size = payload_of(claims).size();
  CHECK(payload_of(claims, size) != "overflowed");
  for (std::size_t room = 0; room < size; ++room) {
    if (payload_of(claims, room) != "overflowed") FAIL_CHECK("a cut payload at " << room);
  }
  const std::string long_uri = "sip:" + std::string(1500, 'a');
  auto long_claims = claims;
  long_claims.dest = std::string_view(long_uri);
  std::string buffer(8000, '\0');
  BoundedText out(buffer);
  append_signing_input(out, "e30", long_claims);
  CHECK(out.overflowed());
}

TEST_CASE("uuid: 36 characters, version 8 and variant bits, lower case") {
  std::array<std::uint8_t, 16> bytes{};
  CHECK(Uuid::from_bytes(bytes).text() == "00000000-0000-8000-8000-000000000000");
  bytes.fill(0xFF);
  CHECK(Uuid::from_bytes(bytes).text() == "ffffffff-ffff-8fff-bfff-ffffffffffff");
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(17 * i);
  CHECK(Uuid::from_bytes(bytes).text() == "00112233-4455-8677-8899-aabbccddeeff");
  CHECK(Uuid::parse(Uuid::from_bytes(bytes).text()) == Uuid::from_bytes(bytes));
}

TEST_CASE("uuid: text in any case is kept in lower case, anything else is none") {
  const auto uuid = Uuid::parse("123E4567-e89b-12D3-A456-426655440000");
  REQUIRE(uuid.has_value());
  CHECK(uuid->text() == "123e4567-e89b-12d3-a456-426655440000");
  struct Row {
    const char* why;
    const char* text;
  };
  const Row rows[] = {
      {"nothing", ""},
      {"one short", "123e4567-e89b-12d3-a456-42665544000"},
      {"one long", "123e4567-e89b-12d3-a456-4266554400000"},
      {"braces", "{123e4567-e89b-12d3-a456-4266554400}"},
      {"a letter beyond f", "123e4567-e89b-12d3-a456-42665544000g"},
      {"a letter beyond F", "123e4567-e89b-12d3-a456-42665544000G"},
      {"no dashes", "123e4567ae89ba12d3aa456a426655440000"},
      {"a dash elsewhere", "123e4567-e89b-12d3-a456-4266-5440000"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.why);
    CHECK_FALSE(Uuid::parse(row.text).has_value());
  }
}
