// SPDX-License-Identifier: MIT
//
// Reading tokens of others: published vectors, then one row per way to be wrong. Signatures are not
// looked at here, only their length.
#include <doctest/doctest.h>

#include <functional>
#include <random>

#include "core/test_files.hpp"
#include "shaken302/passport.hpp"

using namespace shaken302;
using namespace std::string_literals;
using namespace std::string_view_literals;
using test::read_vector;
using test::value_of;

namespace {

std::string encode(std::string_view bytes) {
  std::string buffer(bytes.size() * 2 + 8, '\0');
  BoundedText out(buffer);
  append_base64url(out, bytes);
  return std::string(out.view());
}

std::string token_of(std::string_view header, std::string_view payload,
                     std::size_t signature_bytes = 64) {
  return encode(header) + "." + encode(payload) + "." + encode(std::string(signature_bytes, 'x'));
}

constexpr std::string_view good_header =
    R"({"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"https://c.example/p.pem"})";
constexpr std::string_view good_payload =
    R"({"attest":"A","dest":{"tn":["12155550131"]},"iat":1443208345,"orig":{"tn":"12155550121"},)"
    R"("origid":"123e4567-e89b-12d3-a456-426655440000"})";
constexpr std::string_view base_header =
    R"({"alg":"ES256","typ":"passport","x5u":"https://c.example/p.pem"})";

/// A shaken payload with one claim written otherwise.
std::string payload_with(std::string_view claim, std::string_view written) {
  struct Claim {
    std::string_view name;
    std::string_view text;
  };
  const Claim claims[] = {
      {"attest", R"("attest":"A")"},
      {"dest", R"("dest":{"tn":["12155550131"]})"},
      {"iat", R"("iat":1443208345)"},
      {"orig", R"("orig":{"tn":"12155550121"})"},
      {"origid", R"("origid":"123e4567-e89b-12d3-a456-426655440000")"},
  };
  std::string json;
  for (const auto& [name, text] : claims) {
    const auto part = name == claim ? written : text;
    if (part.empty()) continue;
    json += json.empty() ? "{" : ",";
    json += part;
  }
  return json + "}";
}

void check_error(std::string_view why, std::string_view token, PassportError error) {
  CAPTURE(why);
  CAPTURE(token);
  const auto passport = parse_passport(token);
  REQUIRE_FALSE(passport.has_value());
  CHECK(passport.error() == error);
}

std::string nested(std::size_t levels) {  // {"x":{"x":...1}} of `levels` objects
  std::string text;
  for (std::size_t i = 0; i < levels; ++i) text += R"({"x":)";
  return text + "1" + std::string(levels, '}');
}

}  // namespace

TEST_CASE("passport: the shaken token of RFC 8588 is read, claim by claim") {
  const auto vector = read_vector("rfc8588_s6_shaken.txt");
  const auto token = value_of(vector, "\ntoken=");
  const auto passport = parse_passport(token);
  REQUIRE(passport.has_value());
  CHECK(passport->ppt == "shaken");
  CHECK(passport->x5u == "https://cert.example.org/passport.cer");
  CHECK(passport->iat == UnixTime(std::chrono::seconds(1443208345)));
  CHECK(passport->orig.tn == std::vector<std::string>{"12155550121"});
  CHECK(passport->orig.uri.empty());
  CHECK(passport->dest.tn == std::vector<std::string>{"12155550131"});
  CHECK(passport->dest.uri.empty());
  CHECK(passport->attest == Attestation::A);
  CHECK(passport->origid == "123e4567-e89b-12d3-a456-426655440000");
  CHECK(passport->header_json == value_of(vector, "header_json="));
  CHECK(passport->payload_json == value_of(vector, "payload_json="));
  CHECK(passport->signing_input == token.substr(0, token.rfind('.')));
  CHECK(passport->signature[0] == 0x79);  // base64url eWZ...
  CHECK(passport->signature[63] == 0x3D);
}

TEST_CASE("passport: the tokens of RFC 8946 are read, but for div-o, whose dest.tn is no array") {
  const auto vector = read_vector("rfc8946_examples.txt");
  const auto div = parse_passport(value_of(vector, "token=", "[rfc8946_s3_div]"));
  REQUIRE(div.has_value());
  CHECK(div->ppt == "div");
  CHECK(div->dest.tn == std::vector<std::string>{"12155551214"});
  CHECK_FALSE(div->attest.has_value());
  const auto inner = parse_passport(value_of(vector, "token=", "[rfc8946_s5_opt]"));
  REQUIRE(inner.has_value());
  CHECK(inner->ppt.empty());
  check_error("div-o", value_of(vector, "token=", "[rfc8946_s5_divo]"), PassportError::claims);
}

TEST_CASE("passport: the RFCs' tokens whose claims are wrong are refused") {
  const auto rfc8224 = read_vector("rfc8224_s4_1_1_and_rfc8225_s7_1.txt");
  check_error("iat as a string", value_of(rfc8224, "\ntoken="), PassportError::claims);
  check_error("the compact form", value_of(rfc8224, "\ncompact="), PassportError::compact);
  const auto rfc8443 = read_vector("rfc8443_rph_malformed.txt");
  check_error("dest is no JSON", value_of(rfc8443, "\ntoken="), PassportError::json);
  const auto rfc7515 = read_vector("rfc7515_A3.txt");
  check_error("a JWS that is no PASSporT", value_of(rfc7515, "\neyJ").insert(0, "eyJ"),
              PassportError::header);
}

TEST_CASE("passport: the claim sets of RFC 8225 and RFC 9027 are read") {
  const auto appendix = value_of(read_vector("rfc8225_appendix_A.txt"), "published_token=");
  const auto passport = parse_passport(appendix);
  REQUIRE(passport.has_value());
  CHECK(passport->dest.uri == std::vector<std::string>{"sip:alice@example.com"});
  CHECK(parse_passport(
            token_of(base_header, value_of(read_vector("rfc8225_s5_2_2_mky.txt"), "payload=")))
            .has_value());

  const auto rph = read_vector("rfc9027_rph_claims.txt");
  constexpr std::string_view rph_header =
      R"({"alg":"ES256","ppt":"rph","typ":"passport","x5u":"https://c.example/p.pem"})";
  std::size_t sets = 0;
  for (auto at = rph.find("\n{"); at != std::string::npos; at = rph.find("\n{", at + 1)) {
    const auto json = rph.substr(at + 1, rph.find('\n', at + 1) - at - 1);
    CAPTURE(json);
    CHECK(parse_passport(token_of(rph_header, json)).has_value());
    ++sets;
  }
  CHECK(sets == 3);
}

TEST_CASE("passport: what does not change the meaning is let through") {
  struct Row {
    const char* why;
    std::string header;
    std::string payload;
  };
  const Row rows[] = {
      {"the canonical form", std::string(good_header), std::string(good_payload)},
      {"white space (live tokens have it)",
       R"( { "alg" : "ES256", "ppt": "shaken",)"
       "\r\n\t"
       R"("typ": "passport", "x5u": "https://c.example/p.pem" } )",
       "\n" + std::string(good_payload) + "\n"},
      {"members in another order (live tokens have it)",
       R"({"alg":"ES256","typ":"passport","ppt":"shaken","x5u":"https://c.example/p.pem"})",
       payload_with("origid", R"("origid":"123e4567-e89b-12d3-a456-426655440000","a":1)")},
      {"jwk is ignored: the key comes from x5u's certificate alone",
       R"({"alg":"ES256","jwk":{"kty":"EC"},"kid":"1","ppt":"shaken","typ":"passport",)"
       R"("x5u":"https://c.example/p.pem"})",
       std::string(good_payload)},
      {"a claim that we do not know", std::string(good_header),
       payload_with("iat", R"("iat":1443208345,"rcd":{"nam":"A","x":[1.5,null,true]})")},
      {"escapes in strings",
       R"({"alg":"ES256","ppt":"shaken","typ":"pass\u0070ort",)"
       R"("x5u":"https:\/\/c.example/p.pem"})",
       std::string(good_payload)},
      {"a surrogate pair", std::string(good_header),
       payload_with("iat", R"("iat":1443208345,"n":"\ud83d\ude00")")},
      {"UTF-8 in a claim that we do not know", std::string(good_header),
       payload_with("iat", "\"iat\":1443208345,\"n\":\"\xC3\xA9\"")},
      {"eight levels", std::string(good_header),
       payload_with("iat", R"("iat":1443208345,"n":)" + nested(7))},
      {"origid in upper case", std::string(good_header),
       payload_with("origid", R"("origid":"123E4567-E89B-12D3-A456-426655440000")")},
      {"iat zero", std::string(good_header), payload_with("iat", R"("iat":0)")},
      {"the last iat", std::string(good_header), payload_with("iat", R"("iat":253402300799)")},
      {"a short code", std::string(good_header), payload_with("orig", R"("orig":{"tn":"*67"})")},
      {"an orig that is a URI", std::string(good_header),
       payload_with("orig", R"("orig":{"uri":"sip:a@b.example"})")},
      {"several destinations of both kinds", std::string(good_header),
       payload_with("dest", R"("dest":{"tn":["1215","911"],"uri":["sip:a@b.example"]})")},
  };
  for (const auto& row : rows) {
    CAPTURE(row.why);
    const auto passport = parse_passport(token_of(row.header, row.payload));
    REQUIRE(passport.has_value());
    CHECK(passport->x5u == "https://c.example/p.pem");
    CHECK(passport->payload_json == row.payload);
  }
  for (const auto* ppt : {"div", "div-o", "rph", "rcd", "msg"}) {
    const auto header = std::string(R"({"alg":"ES256","ppt":")") + ppt +
                        R"(","typ":"passport","x5u":"https://c.example/p.pem"})";
    const auto passport = parse_passport(token_of(header, good_payload));
    REQUIRE(passport.has_value());
    CHECK(passport->ppt == ppt);
    CHECK_FALSE(passport->attest.has_value());
  }
}

TEST_CASE("passport: the form of a token") {
  const auto good = token_of(good_header, good_payload);
  REQUIRE(parse_passport(good).has_value());
  struct Row {
    const char* why;
    std::string token;
    PassportError error;
  };
  const auto signature = good.substr(good.rfind('.'));
  const Row rows[] = {
      {"nothing", "", PassportError::form},
      {"one segment", "e30", PassportError::form},
      {"two segments", "e30.e30", PassportError::form},
      {"four segments", good + ".e30", PassportError::form},
      {"dots alone", "..", PassportError::form},
      {"no header", "." + encode(good_payload) + signature, PassportError::form},
      {"no payload", encode(good_header) + "." + signature, PassportError::form},
      {"compact", ".." + std::string(86, 'A'), PassportError::compact},
      {"padding", good + "==", PassportError::form},
      {"a blank behind", good + " ", PassportError::form},
      {"header parameters behind", good + ";info=<https://c.example/>", PassportError::form},
      {"bits behind the signature", good.substr(0, good.size() - 1) + "Z", PassportError::form},
      {"longer than 8 KiB",
       token_of(good_header,
                payload_with("iat", R"("iat":1,"n":")" + std::string(6000, 'a') + '"')),
       PassportError::form},
      {"no signature", token_of(good_header, good_payload, 0), PassportError::signature},
      {"63 bytes: somebody did not pad r or s", token_of(good_header, good_payload, 63),
       PassportError::signature},
      {"65 bytes", token_of(good_header, good_payload, 65), PassportError::signature},
      {"a DER signature", token_of(good_header, good_payload, 71), PassportError::signature},
  };
  for (const auto& row : rows) check_error(row.why, row.token, row.error);

  auto fill = std::string(R"("iat":1,"n":")");
  while (token_of(good_header, payload_with("iat", fill + '"')).size() < 8192) fill += 'a';
  CHECK(parse_passport(token_of(good_header, payload_with("iat", fill + '"'))).has_value() ==
        (token_of(good_header, payload_with("iat", fill + '"')).size() == 8192));
  fill.pop_back();
  CHECK(parse_passport(token_of(good_header, payload_with("iat", fill + '"'))).has_value());
}

TEST_CASE("passport: JSON that two readers could read differently is refused, wherever it stands") {
  struct Row {
    const char* why;
    std::string member;  // put into a good object
  };
  const Row rows[] = {
      {"a member twice", R"("q":1,"q":1)"},
      {"a member twice, one of them escaped", R"("q":1,"\u0071":2)"},
      {"a member twice, one level down", R"("q":{"a":1,"b":2,"a":3})"},
      {"a member twice, in an object of an array", R"("q":[1,{"a":1,"a":1}])"},
      {"nine levels", R"("q":)" + nested(8)},
      {"nine levels of arrays", R"("q":)" + std::string(8, '[') + std::string(8, ']')},
      {"a thousand levels", R"("q":)" + std::string(1000, '[') + std::string(1000, ']')},
      {"a number that no double holds", R"("q":1e999)"},
      {"a leading zero", R"("q":01)"},
      {"a leading plus", R"("q":+1)"},
      {"hexadecimal", R"("q":0x10)"},
      {"NaN", R"("q":NaN)"},
      {"an escaped NUL in a string", R"("q":"a\u0000b")"},
      {"an escaped NUL in a name", R"("q\u0000":1)"},
      {"a raw NUL in a string", "\"q\":\"a\0b\""s},
      {"a raw control character in a string", "\"q\":\"a\nb\""},
      {"a lone high surrogate", R"("q":"\ud800")"},
      {"a lone low surrogate", R"("q":"\udc00")"},
      {"a high surrogate twice", R"("q":"\ud800\ud800")"},
      {"an unknown escape", R"("q":"\q")"},
      {"half an escape", R"("q":"\u12")"},
      {"UTF-8 cut short", "\"q\":\"\xC3\""},
      {"UTF-8 overlong", "\"q\":\"\xC0\xAF\""},
      {"a surrogate in UTF-8", "\"q\":\"\xED\xA0\x80\""},
      {"a comment", R"("q":1/* */)"},
      {"single quotes", R"('q':1)"},
      {"a name without quotes", R"(q:1)"},
      {"a comma at the end", R"("q":1,)"},
      {"a comma too many", R"("q":1,,"r":1)"},
      {"no value", R"("q":)"},
      {"no colon", R"("q" 1)"},
      {"a brace too many", R"("q":1})"},
      {"a second object", R"("q":1}{"q":1)"},
  };
  for (const auto& row : rows) {
    const auto spoilt = "," + row.member + "}";
    auto header = std::string(good_header);
    header.replace(header.size() - 1, 1, spoilt);
    check_error(row.why, token_of(header, good_payload), PassportError::json);
    auto payload = std::string(good_payload);
    payload.replace(payload.size() - 1, 1, spoilt);
    check_error(row.why, token_of(good_header, payload), PassportError::json);
  }
}

TEST_CASE("passport: header and payload are one JSON object each, and nothing else") {
  struct Row {
    const char* why;
    std::function<std::string(std::string)> spoil;
  };
  const Row rows[] = {
      {"an array", [](std::string json) { return "[" + json + "]"; }},
      {"a string", [](std::string) { return R"("shaken")"s; }},
      {"null", [](std::string) { return "null"s; }},
      {"white space alone", [](std::string) { return " "s; }},
      {"cut short", [](std::string json) { return json.substr(0, json.size() - 1); }},
      {"trailing data", [](std::string json) { return json + "x"; }},
      {"trailing data behind a NUL", [](std::string json) { return json + "\0{}"s; }},
      {"a NUL behind", [](std::string json) { return json + "\0"s; }},
      {"a NUL in front", [](std::string json) { return "\0"s + json; }},
      {"two objects", [](std::string json) { return json + json; }},
      {"a byte-order mark", [](std::string json) { return "\xEF\xBB\xBF" + json; }},
      {"UTF-16", [](std::string json) { return "\xFF\xFE" + json; }},
      {"XML", [](std::string) { return "<passport/>"s; }},
  };
  for (const auto& row : rows) {
    check_error(row.why, token_of(row.spoil(std::string(good_header)), good_payload),
                PassportError::json);
    check_error(row.why, token_of(good_header, row.spoil(std::string(good_payload))),
                PassportError::json);
  }
}

TEST_CASE("passport: a header names ES256, passport and a certificate, and nothing critical") {
  struct Row {
    const char* why;
    std::string_view header;
    PassportError error = PassportError::header;
  };
  const Row rows[] = {
      {"empty", "{}"},
      {"no alg", R"({"ppt":"shaken","typ":"passport","x5u":"https://c.example/"})"},
      {"alg none", R"({"alg":"none","ppt":"shaken","typ":"passport","x5u":"https://c.example/"})"},
      {"alg empty", R"({"alg":"","ppt":"shaken","typ":"passport","x5u":"https://c.example/"})"},
      {"alg HS256: a public key taken for a secret",
       R"({"alg":"HS256","ppt":"shaken","typ":"passport","x5u":"https://c.example/"})"},
      {"alg RS256",
       R"({"alg":"RS256","ppt":"shaken","typ":"passport","x5u":"https://c.example/"})"},
      {"alg ES384",
       R"({"alg":"ES384","ppt":"shaken","typ":"passport","x5u":"https://c.example/"})"},
      {"alg in lower case (RFC 7515 4.1.1)",
       R"({"alg":"es256","ppt":"shaken","typ":"passport","x5u":"https://c.example/"})"},
      {"alg with a blank",
       R"({"alg":"ES256 ","ppt":"shaken","typ":"passport","x5u":"https://c.example/"})"},
      {"alg in an array",
       R"({"alg":["ES256"],"ppt":"shaken","typ":"passport","x5u":"https://c.example/"})"},
      {"alg null", R"({"alg":null,"ppt":"shaken","typ":"passport","x5u":"https://c.example/"})"},
      {"no typ", R"({"alg":"ES256","ppt":"shaken","x5u":"https://c.example/"})"},
      {"typ JWT", R"({"alg":"ES256","ppt":"shaken","typ":"JWT","x5u":"https://c.example/"})"},
      {"typ in upper case",
       R"({"alg":"ES256","ppt":"shaken","typ":"PASSPORT","x5u":"https://c.example/"})"},
      {"typ a number", R"({"alg":"ES256","ppt":"shaken","typ":1,"x5u":"https://c.example/"})"},
      {"no x5u", R"({"alg":"ES256","ppt":"shaken","typ":"passport"})"},
      {"x5u empty", R"({"alg":"ES256","ppt":"shaken","typ":"passport","x5u":""})"},
      {"x5u an array",
       R"({"alg":"ES256","ppt":"shaken","typ":"passport","x5u":["https://c.example/"]})"},
      {"x5u with a line end",
       R"({"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"https://c.example/\r\nX: y"})"},
      {"x5u above ASCII",
       "{\"alg\":\"ES256\",\"ppt\":\"shaken\",\"typ\":\"passport\",\"x5u\":\"https://\xC3\xA9/\"}"},
      {"crit (RFC 7515 4.1.11)", R"({"alg":"ES256","crit":["b64"],"b64":false,"ppt":"shaken",)"
                                 R"("typ":"passport","x5u":"https://c.example/"})"},
      {"crit, empty", R"({"alg":"ES256","crit":[],"ppt":"shaken","typ":"passport",)"
                      R"("x5u":"https://c.example/"})"},
      {"ppt a number", R"({"alg":"ES256","ppt":1,"typ":"passport","x5u":"https://c.example/"})"},
      {"ppt null", R"({"alg":"ES256","ppt":null,"typ":"passport","x5u":"https://c.example/"})"},
      {"an unknown ppt (RFC 8225 8.1)",
       R"({"alg":"ES256","ppt":"foo","typ":"passport","x5u":"https://c.example/"})",
       PassportError::extension},
      {"ppt in upper case",
       R"({"alg":"ES256","ppt":"SHAKEN","typ":"passport","x5u":"https://c.example/"})",
       PassportError::extension},
      {"ppt empty", R"({"alg":"ES256","ppt":"","typ":"passport","x5u":"https://c.example/"})",
       PassportError::extension},
  };
  for (const auto& row : rows) check_error(row.why, token_of(row.header, good_payload), row.error);
}

TEST_CASE("passport: claims have the exact types of RFC 8225 5.2 and RFC 8588") {
  struct Row {
    const char* why;
    std::string_view claim;
    std::string_view written;
  };
  const Row rows[] = {
      {"no iat", "iat", ""},
      {"iat as a string (four RFCs print it so)", "iat", R"("iat":"1443208345")"},
      {"iat with a fraction", "iat", R"("iat":1443208345.0)"},
      {"iat with an exponent", "iat", R"("iat":1e9)"},
      {"iat before 1970", "iat", R"("iat":-1)"},
      {"minus zero", "iat", R"("iat":-0)"},
      {"iat after the year 9999", "iat", R"("iat":253402300800)"},
      {"iat in microseconds", "iat", R"("iat":1443208345000000)"},
      {"iat of 2^64", "iat", R"("iat":18446744073709551616)"},
      {"iat of a hundred digits", "iat",
       R"("iat":1000000000000000000000000000000000000000000000000000000000000000000000000)"},
      {"iat null", "iat", R"("iat":null)"},
      {"iat true", "iat", R"("iat":true)"},
      {"iat in an array", "iat", R"("iat":[1443208345])"},
      {"no orig", "orig", ""},
      {"orig a string", "orig", R"("orig":"12155550121")"},
      {"orig empty", "orig", R"("orig":{})"},
      {"orig an array", "orig", R"("orig":[{"tn":"12155550121"}])"},
      {"orig with two identities", "orig", R"("orig":{"tn":"12155550121","uri":"sip:a@b"})"},
      {"orig with an identity that we do not know", "orig", R"("orig":{"mail":"a@b"})"},
      {"orig.tn in an array", "orig", R"("orig":{"tn":["12155550121"]})"},
      {"orig.tn a number", "orig", R"("orig":{"tn":12155550121})"},
      {"orig.tn with +", "orig", R"("orig":{"tn":"+12155550121"})"},
      {"orig.tn with separators", "orig", R"("orig":{"tn":"1-215-555-0121"})"},
      {"orig.tn empty", "orig", R"("orig":{"tn":""})"},
      {"orig.tn of 16 digits", "orig", R"("orig":{"tn":"1215555012112155"})"},
      {"orig.uri empty", "orig", R"("orig":{"uri":""})"},
      {"orig.uri with a line end", "orig", R"("orig":{"uri":"sip:a\n@b"})"},
      {"orig.uri in an array", "orig", R"("orig":{"uri":["sip:a@b"]})"},
      {"no dest", "dest", ""},
      {"dest empty", "dest", R"("dest":{})"},
      {"dest a list", "dest", R"("dest":["12155550131"])"},
      {"dest.tn a string (RFC 8946 section 5 prints it so)", "dest",
       R"("dest":{"tn":"12155550131"})"},
      {"dest.tn empty", "dest", R"("dest":{"tn":[]})"},
      {"dest.tn with a number", "dest", R"("dest":{"tn":[12155550131]})"},
      {"dest.tn with + in the second", "dest", R"("dest":{"tn":["1215","+1215"]})"},
      {"dest.uri empty, though there is a tn", "dest", R"("dest":{"tn":["1215"],"uri":[]})"},
      {"dest.uri a string", "dest", R"("dest":{"uri":"sip:a@b"})"},
      {"dest with an identity that we do not know", "dest",
       R"("dest":{"tn":["12155550131"],"mail":["a@b"]})"},
      {"no attest", "attest", ""},
      {"attest D", "attest", R"("attest":"D")"},
      {"attest in lower case", "attest", R"("attest":"a")"},
      {"attest spelled out", "attest", R"("attest":"Full")"},
      {"attest a number", "attest", R"("attest":1)"},
      {"no origid", "origid", ""},
      {"origid empty", "origid", R"("origid":"")"},
      {"origid no UUID (RFC 8588 section 5)", "origid", R"("origid":"edge-1")"},
      {"origid a number", "origid", R"("origid":1)"},
  };
  REQUIRE(parse_passport(token_of(good_header, payload_with("", ""))).has_value());
  for (const auto& row : rows) {
    check_error(row.why, token_of(good_header, payload_with(row.claim, row.written)),
                PassportError::claims);
  }
}

TEST_CASE("passport: decode shows whatever a token holds") {
  const auto decoded = decode_segments(token_of("not JSON", "\0\x01"sv, 3));
  REQUIRE(decoded.has_value());
  CHECK(decoded->header_json == "not JSON");
  CHECK(decoded->payload_json == "\0\x01"sv);
  CHECK(decoded->signature_bytes == 3);
  CHECK(decode_segments("no token").error() == PassportError::form);
  CHECK(decode_segments(".." + std::string(86, 'A')).error() == PassportError::compact);
}

TEST_CASE("passport: a changed token is refused or still keeps what is promised") {
  std::mt19937_64 random(7);
  const auto pick = [&random](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  constexpr std::string_view interesting = R"({}[]":,\.0123456789eE+-u"tnurioginsha )";
  std::size_t accepted = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string parts[] = {std::string(good_header), std::string(good_payload)};
    for (auto n = 1 + pick(3); n > 0; --n) {
      auto& part = parts[pick(2)];
      const auto at = pick(part.size());
      const char c =
          pick(4) == 0 ? static_cast<char>(random()) : interesting[pick(interesting.size())];
      switch (pick(3)) {
        case 0:
          part[at] = c;
          break;
        case 1:
          part.insert(at, 1, c);
          break;
        default:
          part.erase(at, 1 + pick(4));
          break;
      }
    }
    auto token = token_of(parts[0], parts[1]);
    if (pick(8) == 0) token[pick(token.size())] = static_cast<char>(random());
    const auto passport = parse_passport(token);
    if (!passport) continue;
    ++accepted;
    const bool shaken = passport->ppt == "shaken";
    if (passport->x5u.empty() || passport->orig.tn.size() + passport->orig.uri.size() != 1 ||
        passport->dest.tn.size() + passport->dest.uri.size() == 0 ||
        (shaken && !(passport->attest && passport->origid)) ||
        passport->signing_input != token.substr(0, token.rfind('.'))) {
      FAIL_CHECK("a promise broken by " << token);
    }
  }
  CHECK(accepted > 100);
}
