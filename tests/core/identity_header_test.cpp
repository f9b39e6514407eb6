// SPDX-License-Identifier: MIT
#include "shaken302/identity_header.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "core/test_files.hpp"
#include "shaken302/passport.hpp"

using namespace shaken302;
using namespace std::string_literals;
using test::read_vector;
using test::value_of;

namespace {

struct Row {
  const char* why;
  std::string value;
  std::string token;
  std::string info = "https://c.example/p.pem";
  std::string ppt = "shaken";
};

struct Refused {
  const char* why;
  std::string value;
  IdentityError error;
};

}  // namespace

TEST_CASE("identity_header: our value is the one of RFC 8588, and is read back") {
  const auto vector = read_vector("rfc8588_s6_shaken.txt");
  const auto token = value_of(vector, "\ntoken=");
  const std::string x5u = "https://cert.example.org/passport.cer";
  std::string buffer(2048, '\0');
  BoundedText out(buffer);
  append_identity_value(out, token, x5u, PptForm::token);
  CHECK(out.view() == value_of(vector, "\nidentity="));

  for (const auto form : {PptForm::token, PptForm::quoted}) {
    out.clear();
    append_identity_value(out, token, x5u, form);
    const auto header = parse_identity(out.view());
    REQUIRE(header.has_value());
    CHECK(header->token == token);
    CHECK(header->info == x5u);
    CHECK(header->ppt == "shaken");
  }
  CHECK(out.view().ends_with(R"(;ppt="shaken")"));

  std::string small(out.size() - 1, '\0');
  BoundedText cut(small);
  append_identity_value(cut, token, x5u, PptForm::quoted);
  CHECK(cut.overflowed());
}

TEST_CASE("identity_header: the values printed in RFC 8224 and RFC 8443 are read") {
  const auto rfc8224 = read_vector("rfc8224_s4_1_1_and_rfc8225_s7_1.txt");
  const auto full_text = value_of(rfc8224, "identity_full=");
  const auto full = parse_identity(full_text);
  REQUIRE(full.has_value());
  CHECK(full->token == value_of(rfc8224, "\ntoken="));
  CHECK(full->info == "https://biloxi.example.org/biloxi.cert");
  CHECK(full->ppt.empty());
  const auto compact_text = value_of(rfc8224, "identity_compact=");
  const auto compact = parse_identity(compact_text);
  REQUIRE(compact.has_value());
  CHECK(parse_passport(compact->token).error() == PassportError::compact);
  const auto rph_text = value_of(read_vector("rfc8443_rph_malformed.txt"), "\nidentity=");
  const auto rph = parse_identity(rph_text);
  REQUIRE(rph.has_value());
  CHECK(rph->ppt == "rph");
}

TEST_CASE("identity_header: what means the same is read the same") {
  const std::string long_token(10000, 'a');
  const Row rows[] = {
      {"the ABNF's order", "a.b.c;info=<https://c.example/p.pem>;alg=ES256;ppt=shaken", "a.b.c"},
      {"quoted ppt (RFC 8946 4.1)",
       R"(a.b.c;info=<https://c.example/p.pem>;alg=ES256;ppt="shaken")", "a.b.c"},
      {"info last", "a.b.c;ppt=shaken;alg=ES256;info=<https://c.example/p.pem>", "a.b.c"},
      {"no alg means ES256 (RFC 8224 4.1)", "a.b.c;info=<https://c.example/p.pem>;ppt=shaken",
       "a.b.c"},
      {"no ppt: a baseline PASSporT", "a.b.c;info=<https://c.example/p.pem>", "a.b.c",
       "https://c.example/p.pem", ""},
      {"names in any case (RFC 3261 7.3.1)",
       "a.b.c;INFO=<https://c.example/p.pem>;Alg=ES256;pPt=shaken", "a.b.c"},
      {"alg in any case (a token, RFC 3261 7.3.1)",
       "a.b.c;info=<https://c.example/p.pem>;alg=es256;ppt=shaken", "a.b.c"},
      {"alg in quotes", R"(a.b.c;info=<https://c.example/p.pem>;alg="ES256";ppt=shaken)", "a.b.c"},
      {"white space around every separator",
       " a.b.c \t; info = <https://c.example/p.pem> ; alg = ES256 ; ppt = shaken ", "a.b.c"},
      {"folds",
       "a.b.c\r\n ;\r\n\tinfo=\r\n <https://c.example/p.pem>\r\n ;ppt\r\n =\r\n shaken\r\n ",
       "a.b.c"},
      {"base64url and the alphabet of the ABNF",
       "A-z_0/9+.b.c;info=<https://c.example/p.pem>;ppt=shaken", "A-z_0/9+.b.c"},
      {"compact form", "..c;info=<https://c.example/p.pem>;ppt=shaken", "..c"},
      {"parameters that we do not know (generic-param)",
       R"(a.b.c;x;y=1;info=<https://c.example/p.pem>;z="q;\"=<>\\ ü";ppt=shaken;w=[2001:db8::1]:80)",
       "a.b.c"},
      {"an empty quoted string there", R"(a.b.c;x="";info=<https://c.example/p.pem>;ppt=shaken)",
       "a.b.c"},
      {"a fold in a quoted string", "a.b.c;x=\"y\r\n z\";info=<https://c.example/p.pem>;ppt=shaken",
       "a.b.c"},
      {"separators inside the URI", "a.b.c;info=<https://c.example/p.pem?a=1;b,c>;ppt=shaken",
       "a.b.c", "https://c.example/p.pem?a=1;b,c"},
      {"any scheme (RFC 8226 names cid and sip)", "a.b.c;info=<cid:x@y>;ppt=div", "a.b.c",
       "cid:x@y", "div"},
      {"a token of 10,000 characters", long_token + ";info=<https://c.example/p.pem>;ppt=shaken",
       long_token},
      {"sixteen parameters",
       "a.b.c;a;b;c;d;e;f;g;h;i;j;k;l;m;n;info=<https://c.example/p.pem>;ppt=shaken", "a.b.c"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.why);
    const auto header = parse_identity(row.value);
    REQUIRE(header.has_value());
    CHECK(header->token == row.token);
    CHECK(header->info == row.info);
    CHECK(header->ppt == row.ppt);
  }
}

TEST_CASE("identity_header: what is broken says where") {
  const std::string info = ";info=<https://c.example/p.pem>";
  const Refused rows[] = {
      {"nothing", "", IdentityError::digest},
      {"white space alone", " \t\r\n ", IdentityError::digest},
      {"a semicolon alone", ";", IdentityError::digest},
      {"parameters alone", info, IdentityError::digest},
      {"a NUL and a fold, no quote (a known overread)", "\0\r\n "s, IdentityError::digest},
      {"a NUL behind the token", "a.b.c\0"s + info, IdentityError::digest},
      {"a comma: the field is no list", "a.b.c,d.e.f" + info, IdentityError::digest},
      {"padding", "a.b.c==" + info, IdentityError::digest},
      {"a token in quotes (RFC 4474)", "\"a.b.c\"" + info, IdentityError::digest},
      {"a token in two parts", "a.b c" + info, IdentityError::digest},
      {"a fold inside the token", "a.b\r\n .c" + info, IdentityError::digest},
      {"a line end without a blank", "a.b.c\r\n" + info, IdentityError::digest},
      {"a line feed alone", "a.b.c\n " + info, IdentityError::digest},
      {"a character above ASCII", "a.b.\xC3\xA9" + info, IdentityError::digest},

      {"no parameters", "a.b.c", IdentityError::info},
      {"no semicolon at all, 10,000 characters", std::string(10000, 'a'), IdentityError::info},
      {"no info", "a.b.c;alg=ES256;ppt=shaken", IdentityError::info},
      {"info without a value", "a.b.c;info", IdentityError::info},
      {"info without a value, more behind", "a.b.c;info;ppt=shaken", IdentityError::info},
      {"info without brackets", "a.b.c;info=https://c.example/p.pem", IdentityError::info},
      {"info in quotes", R"(a.b.c;info="https://c.example/p.pem")", IdentityError::info},
      {"an unterminated <", "a.b.c;info=<https://c.example/p.pem", IdentityError::info},
      {"< at the end", "a.b.c;info=<", IdentityError::info},
      {"nothing between the brackets", "a.b.c;info=<>", IdentityError::info},
      {"a relative URI", "a.b.c;info=</p.pem>", IdentityError::info},
      {"no scheme", "a.b.c;info=<://c.example>", IdentityError::info},
      {"a scheme that begins with a digit", "a.b.c;info=<1http://c.example>", IdentityError::info},
      {"a scheme with a wrong character", "a.b.c;info=<ht_tp://c.example>", IdentityError::info},
      {"a scheme alone", "a.b.c;info=<https:>", IdentityError::info},
      {"a blank in the URI", "a.b.c;info=<https://c.example/p .pem>", IdentityError::info},
      {"a fold in the URI", "a.b.c;info=<https://c.example/\r\n p.pem>", IdentityError::info},
      {"a NUL in the URI", "a.b.c;info=<https://c.example/\0p.pem>"s, IdentityError::info},
      {"DEL in the URI", "a.b.c;info=<https://c.example/\x7F>", IdentityError::info},
      {"a quote in the URI", R"(a.b.c;info=<https://c.example/">)", IdentityError::info},
      {"a < in the URI", "a.b.c;info=<<https://c.example/>>", IdentityError::info},
      {"a character above ASCII in the URI", "a.b.c;info=<https://\xC3\xA9/>", IdentityError::info},

      {"a semicolon at the end", "a.b.c" + info + ";", IdentityError::parameter},
      {"two semicolons", "a.b.c;" + info, IdentityError::parameter},
      {"text behind the brackets", "a.b.c" + info + "x", IdentityError::parameter},
      {"a comma behind the brackets", "a.b.c" + info + ",a.b.c" + info, IdentityError::parameter},
      {"no name", "a.b.c" + info + ";=1", IdentityError::parameter},
      {"no value", "a.b.c" + info + ";x=", IdentityError::parameter},
      {"no value, more behind", "a.b.c" + info + ";x=;y", IdentityError::parameter},
      {"brackets around another value", "a.b.c" + info + ";x=<y>", IdentityError::parameter},
      {"two values", "a.b.c" + info + ";x=y z", IdentityError::parameter},
      {"an unterminated quote", "a.b.c" + info + ";ppt=\"shaken", IdentityError::parameter},
      {"a quote at the end", "a.b.c" + info + ";x=\"", IdentityError::parameter},
      {"an escaped quote at the end", "a.b.c" + info + ";x=\"y\\\"", IdentityError::parameter},
      {"a backslash at the end", "a.b.c" + info + ";x=\"y\\", IdentityError::parameter},
      {"a NUL in quotes", "a.b.c" + info + ";x=\"\0\""s, IdentityError::parameter},
      {"an escaped NUL in quotes", "a.b.c" + info + ";x=\"\\\0\""s, IdentityError::parameter},
      {"a line end in quotes", "a.b.c" + info + ";x=\"y\r\nz\"", IdentityError::parameter},
      {"an escaped line end in quotes", "a.b.c" + info + ";x=\"y\\\r\n z\"",
       IdentityError::parameter},
      {"info twice", "a.b.c" + info + info, IdentityError::parameter},
      {"info twice, in another case", "a.b.c" + info + ";INFO=<https://d.example/>",
       IdentityError::parameter},
      {"ppt twice", "a.b.c" + info + ";ppt=shaken;ppt=div", IdentityError::parameter},
      {"alg twice", "a.b.c" + info + ";alg=ES256;alg=ES256", IdentityError::parameter},
      {"an unknown parameter twice", "a.b.c" + info + ";x=1;X=2", IdentityError::parameter},
      {"seventeen parameters", "a.b.c" + info + ";a;b;c;d;e;f;g;h;i;j;k;l;m;n;o;p",
       IdentityError::parameter},
      {"ppt without a value", "a.b.c" + info + ";ppt", IdentityError::parameter},
      {"ppt empty", "a.b.c" + info + R"(;ppt="")", IdentityError::parameter},
      {"ppt with a blank", "a.b.c" + info + R"(;ppt="sha ken")", IdentityError::parameter},
      {"ppt with an escape", "a.b.c" + info + R"(;ppt="sha\ken")", IdentityError::parameter},
      {"alg without a value", "a.b.c" + info + ";alg", IdentityError::parameter},
      {"alg that is no token", "a.b.c" + info + R"(;alg="ES 256")", IdentityError::parameter},

      {"alg none", "a.b.c" + info + ";alg=none", IdentityError::algorithm},
      {"alg RS256", "a.b.c" + info + ";alg=RS256", IdentityError::algorithm},
      {"alg that begins like ours", "a.b.c" + info + ";alg=ES2567", IdentityError::algorithm},
      {"rsa-sha1 of RFC 4474", "a.b.c" + info + ";alg=rsa-sha1", IdentityError::algorithm},
  };
  for (const auto& row : rows) {
    CAPTURE(row.why);
    const auto header = parse_identity(row.value);
    REQUIRE_FALSE(header.has_value());
    CHECK(header.error() == row.error);
  }
}

TEST_CASE("identity_header: a changed value is refused, or still has a token and an info") {
  const std::string seeds[] = {
      "a.b.c;info=<https://c.example/p.pem>;alg=ES256;ppt=shaken",
      "a.b.c \r\n ; ppt=\"shaken\";x=\"y\\\"z\"\t;info=<https://c.example/p.pem>;alg=ES256",
  };
  const auto interesting = ";=<>\"\\ \t\r\n\0.,:ES256infoalgppt"s;
  std::mt19937_64 random(8);
  const auto pick = [&random](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  std::size_t accepted = 0;
  for (int i = 0; i < 100000; ++i) {
    auto value = seeds[pick(2)];
    for (auto n = 1 + pick(4); n > 0 && !value.empty(); --n) {
      const auto at = pick(value.size());
      const char c =
          pick(4) == 0 ? static_cast<char>(random()) : interesting[pick(interesting.size())];
      switch (pick(4)) {
        case 0:
          value[at] = c;
          break;
        case 1:
          value.insert(at, 1, c);
          break;
        case 2:
          value.erase(at, 1 + pick(8));
          break;
        default:
          value.resize(at);
          break;
      }
    }
    // An exact copy on the heap, so that the sanitizer sees one character too far.
    const std::vector<char> exact(value.begin(), value.end());
    const auto header = parse_identity({exact.data(), exact.size()});
    if (!header) continue;
    ++accepted;
    const bool inside = header->info.find_first_of("<> \t\r\n\0\""s) == std::string::npos;
    if (header->token.empty() || header->info.empty() || !inside) {
      FAIL_CHECK("a promise broken by " << value);
    }
  }
  CHECK(accepted > 1000);
}
