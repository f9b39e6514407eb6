// SPDX-License-Identifier: MIT
#include "identity_check.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "token_maker.hpp"

using namespace sip_load;
using sip_load::test::TokenMaker;

namespace {

constexpr std::int64_t now_s = 1'893'456'000;
const IdentityCheck::Expected expected{"12155550100", "12155550199", now_s};

std::string good_claims() { return TokenMaker::claims("12155550100", "12155550199", now_s); }

}  // namespace

TEST_CASE("identity_check: what a call is owed, and everything else") {
  const TokenMaker maker;
  const IdentityCheck check(maker.certificate_file());
  CHECK(check.finding(maker.identity(good_claims()), expected) == "");
  struct Row {
    std::string identity;
    const char* finding;
  };
  const std::string header = R"({"alg":"ES256","ppt":"shaken","typ":"passport"})";
  const auto with = [&](const char* from, const char* to) {
    std::string changed = header;
    return maker.identity(good_claims(),
                          changed.replace(changed.find(from), std::string_view(from).size(), to));
  };
  for (const Row& row : {
           Row{maker.identity(TokenMaker::claims("12155550101", "12155550199", now_s)),
               "orig is not the caller"},
           Row{maker.identity(TokenMaker::claims("12155550100", "12155550198", now_s)),
               "dest is not the called"},
           Row{maker.identity(TokenMaker::claims("12155550100", "12155550199", now_s + 61)),
               "iat is not now"},
           Row{maker.identity(TokenMaker::claims("12155550100", "12155550199", now_s - 61)),
               "iat is not now"},
           Row{maker.identity("{}"), "orig is not the caller"},
           Row{maker.identity(R"({"orig":{"tn":1}})"), "a claim of the wrong type"},
           Row{maker.identity("[]"), "not JSON"},
           Row{with("ES256", "none"), "alg is not ES256"},
           Row{with("passport", "JWT"), "typ is not passport"},
           Row{with("shaken", "div"), "ppt is not shaken"},
           Row{"", "no info parameter"},
           Row{"abc;info=<x>", "no compact JWS"},
           Row{"!.e30.AAAA;info=<x>", "not base64url"},
           Row{"e30.e30.AAAA;info=<x>", "the signature is not 64 bytes"},
           Row{TokenMaker().identity(good_claims()), "the signature does not verify"},
       }) {
    CAPTURE(row.identity);
    CHECK(check.finding(row.identity, expected) == row.finding);
  }
}

TEST_CASE("identity_check: a bit that has turned anywhere in the token is found") {
  const TokenMaker maker;
  const IdentityCheck check(maker.certificate_file());
  const std::string good = maker.identity(good_claims());
  // The last character of a 64-byte signature holds two bits that count and four that do not.
  for (std::size_t at = 0; at + 1 < good.find(';'); ++at) {
    std::string bad = good;
    bad[at] = bad[at] == 'A' ? 'B' : 'A';
    CAPTURE(at);
    CHECK_FALSE(check.finding(bad, expected).empty());
  }
}

TEST_CASE("identity_check: a file without a certificate is refused") {
  const TokenMaker maker;
  CHECK_THROWS_AS(IdentityCheck(maker.key_file()), std::runtime_error);
  CHECK_THROWS_AS(IdentityCheck(maker.key_file() + ".missing"), std::runtime_error);
}
