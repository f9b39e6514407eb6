// SPDX-License-Identifier: MIT
#include "shaken302/verification_service.hpp"

#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/certificate_builder.hpp"
#include "core/test_credentials.hpp"
#include "core/test_files.hpp"
#include "shaken302/bounded_text.hpp"

namespace shaken302 {
namespace {

/// All that have a text: a result without one does not compile (-Wswitch in `to_text`).
std::vector<VerificationResult> every_result() {
  std::vector<VerificationResult> results;
  for (int i = 0; i < 256; ++i) {
    const auto result = static_cast<VerificationResult>(i);
    if (!to_text(result).empty()) results.push_back(result);
  }
  return results;
}

using namespace test;
using std::chrono::seconds;

const PhoneNumber caller("12155550121", NumberKind::global);
const PhoneNumber callee("12155550131", NumberKind::global);

/// `credential`'s token from caller to callee.
std::string make_token(const Credential& credential, UnixTime iat, Destination dest = callee,
                       const std::string& header_segment = "") {
  ShakenClaims claims;
  claims.attest = Attestation::A;
  claims.dest = dest;
  claims.iat = iat;
  claims.orig = caller;
  claims.origid = *Uuid::parse("123e4567-e89b-42d3-a456-426655440000");
  std::array<char, 2048> buffer;
  BoundedText text(buffer);
  append_signing_input(text, header_segment.empty() ? credential.header_segment() : header_segment,
                       claims);
  Signer signer;
  signer.follow(std::make_shared<const CredentialTable>(CredentialTable{{{credential}}}));
  const auto signature = signer.sign(0, text.view());
  REQUIRE(signature);
  text.append('.');
  append_base64url(text, {reinterpret_cast<const char*>(signature->data()), signature->size()});
  REQUIRE_FALSE(text.overflowed());
  return std::string(text.view());
}

std::string make_identity(const std::string& token, const std::string& info,
                          PptForm form = PptForm::token) {
  std::array<char, 4096> buffer;
  BoundedText text(buffer);
  append_identity_value(text, token, info, form);
  return std::string(text.view());
}

std::string base64url(std::string_view json) {
  std::array<char, 1024> buffer;
  BoundedText text(buffer);
  append_base64url(text, json);
  return std::string(text.view());
}

/// A valid Identity of one minute's worth of tests, and what is needed to check it.
struct Scene {
  TestCredential house = make_test_credential("house");
  TestCredential other = make_test_credential("other");
  std::string token = make_token(house.credential, noon);
  std::string identity = make_identity(token, house.credential.x5u());

  [[nodiscard]] VerificationInput input() const {
    VerificationInput all;
    all.identity = identity;
    all.certificate = &house.credential.chain();
    all.anchors = &house.root;
    all.calling = caller;
    all.called = callee;
    all.now = noon;
    return all;
  }
};

}  // namespace

TEST_CASE("verification_service: one row per result, and the first failing check is the result") {
  const Scene scene;
  const auto& house = scene.house.credential;
  const std::string x5u = house.x5u();
  std::string altered_token = scene.token;
  altered_token.back() = altered_token.back() == 'A' ? 'Q' : 'A';
  const std::string rcd_header = base64url(
      R"({"alg":"ES256","ppt":"rcd","typ":"passport","x5u":"https://cert.example.com/house.pem"})");
  const std::string plain_header =
      base64url(R"({"alg":"ES256","typ":"passport","x5u":"https://cert.example.com/house.pem"})");
  const auto identity_of = [&](UnixTime iat) { return make_identity(make_token(house, iat), x5u); };
  const CertificateChain none;

  using Change = std::function<void(VerificationInput&)>;
  struct Row {
    std::string why;
    std::string identity;
    Change change;
    VerificationResult result;
  };
  const Change nothing = [](VerificationInput&) {};
  const Row rows[] = {
      {"a full value", scene.identity, nothing, VerificationResult::valid},
      {"a bare token: there is no info to compare", scene.token, nothing,
       VerificationResult::valid},
      {"a line end behind the value", scene.identity + "\r\n", nothing, VerificationResult::valid},
      {"a line end behind the token", scene.token + "\n", nothing, VerificationResult::valid},
      {"ppt in quotes", make_identity(scene.token, x5u, PptForm::quoted), nothing,
       VerificationResult::valid},
      {"without anchors the chain is not looked at", scene.identity,
       [](auto& input) { input.anchors = nullptr; }, VerificationResult::valid},
      {"without numbers the claims are not compared", scene.identity,
       [](auto& input) { input.calling = input.called = std::nullopt; }, VerificationResult::valid},
      {"60 s old", identity_of(noon - seconds{60}), nothing, VerificationResult::valid},
      {"60 s in the future", identity_of(noon + seconds{60}), nothing, VerificationResult::valid},
      {"the last second of the certificate", identity_of(day_after_noon),
       [](auto& input) { input.now = day_after_noon; }, VerificationResult::valid},

      {"a parameter twice", scene.identity + ";ppt=shaken", nothing,
       VerificationResult::malformed_identity},
      {"no info", scene.token + ";alg=ES256;ppt=shaken", nothing,
       VerificationResult::malformed_identity},
      {"another algorithm", scene.token + ";info=<" + x5u + ">;alg=RS256;ppt=shaken", nothing,
       VerificationResult::malformed_identity},

      {"nothing at all", "", nothing, VerificationResult::malformed_passport},
      {"words", "hello", nothing, VerificationResult::malformed_passport},
      {"half a token", scene.token.substr(0, 100), nothing, VerificationResult::malformed_passport},
      {"a compact token", make_identity(".." + scene.token.substr(scene.token.rfind('.') + 1), x5u),
       nothing, VerificationResult::malformed_passport},
      {"a ppt beside the token's", scene.token + ";info=<" + x5u + ">;alg=ES256;ppt=div", nothing,
       VerificationResult::malformed_passport},
      {"no ppt beside a token that has one", scene.token + ";info=<" + x5u + ">", nothing,
       VerificationResult::malformed_passport},
      {"a ppt beside a token that has none",
       make_identity(make_token(house, noon, callee, plain_header), x5u), nothing,
       VerificationResult::malformed_passport},
      {"ppt shaken beside a token with ppt rcd",
       make_identity(make_token(house, noon, callee, rcd_header), x5u), nothing,
       VerificationResult::malformed_passport},

      {"info with another path", make_identity(scene.token, x5u + "x"), nothing,
       VerificationResult::info_differs_from_x5u},
      {"info with the host in capitals: compared as text (RFC 3986 6.2.1)",
       make_identity(scene.token, "https://CERT.example.com/house.pem"), nothing,
       VerificationResult::info_differs_from_x5u},

      {"no certificate", scene.identity, [](auto& input) { input.certificate = nullptr; },
       VerificationResult::untrusted_certificate},
      {"a chain without certificates", scene.identity,
       [&](auto& input) { input.certificate = &none; }, VerificationResult::untrusted_certificate},
      {"another root", scene.identity, [&](auto& input) { input.anchors = &scene.other.root; },
       VerificationResult::untrusted_certificate},
      {"another root, long after", scene.identity,
       [&](auto& input) {
         input.anchors = &scene.other.root;
         input.now = day_after_noon + seconds{1};
       },
       VerificationResult::untrusted_certificate},

      {"expired now", identity_of(day_after_noon),
       [](auto& input) { input.now = day_after_noon + seconds{1}; },
       VerificationResult::certificate_not_valid_now},
      {"not yet valid now", identity_of(day_before_noon),
       [](auto& input) { input.now = day_before_noon - seconds{1}; },
       VerificationResult::certificate_not_valid_now},
      {"valid now, but not yet at iat", identity_of(day_before_noon - seconds{1}),
       [](auto& input) { input.now = day_before_noon; },
       VerificationResult::certificate_not_valid_now},
      {"valid now, but no more at iat", identity_of(day_after_noon + seconds{1}),
       [](auto& input) { input.now = day_after_noon; },
       VerificationResult::certificate_not_valid_now},

      {"another signature", make_identity(altered_token, x5u), nothing,
       VerificationResult::bad_signature},
      {"another's certificate, from the same kind of root", scene.identity,
       [&](auto& input) {
         input.certificate = &scene.other.credential.chain();
         input.anchors = &scene.other.root;
       },
       VerificationResult::bad_signature},

      {"61 s old", identity_of(noon - seconds{61}), nothing, VerificationResult::stale},
      {"61 s in the future", identity_of(noon + seconds{61}), nothing, VerificationResult::stale},
      {"a narrower window", identity_of(noon - seconds{6}),
       [](auto& input) { input.freshness = seconds{5}; }, VerificationResult::stale},

      {"another caller", scene.identity, [](auto& input) { input.calling = callee; },
       VerificationResult::calling_differs},
      {"a caller with more digits", scene.identity,
       [](auto& input) { input.calling = PhoneNumber("121555501210", NumberKind::global); },
       VerificationResult::calling_differs},
      {"another callee", scene.identity, [](auto& input) { input.called = caller; },
       VerificationResult::called_differs},
      {"a destination that is no number",
       make_identity(make_token(house, noon, std::string_view("urn:service:sos")), x5u), nothing,
       VerificationResult::called_differs},
  };
  std::set<VerificationResult> produced;
  for (const Row& row : rows) {
    CAPTURE(row.why);
    VerificationInput input = scene.input();
    input.identity = row.identity;
    row.change(input);
    const Verification verification = verify(input);
    CHECK(to_text(verification.result) == to_text(row.result));
    produced.insert(verification.result);
  }
  for (const VerificationResult result : every_result()) {
    // claim_permission_test.cpp has certificates that constrain.
    if (result == VerificationResult::claims_not_permitted) continue;
    CAPTURE(std::string(to_text(result)));
    CHECK(produced.contains(result));
  }
}

TEST_CASE("verification_service: the passport is there whenever it could be read") {
  const Scene scene;
  VerificationInput input = scene.input();
  const auto valid = verify(input);
  REQUIRE(valid.passport);
  CHECK(valid.passport->orig.tn == std::vector<std::string>{"12155550121"});
  CHECK(valid.passport->attest == Attestation::A);

  input.certificate = nullptr;
  CHECK(verify(input).passport.has_value());
  const std::string other_info = make_identity(scene.token, "https://other.example/");
  input.identity = other_info;
  CHECK(verify(input).passport.has_value());
  const std::string other_ppt =
      scene.token + ";info=<" + scene.house.credential.x5u() + ">;ppt=div";
  input.identity = other_ppt;
  CHECK(verify(input).passport.has_value());
  input.identity = "a.b.c";
  CHECK_FALSE(verify(input).passport.has_value());
  input.identity = ";info";
  CHECK_FALSE(verify(input).passport.has_value());
}

TEST_CASE("verification_service: every result has a text of its own") {
  std::set<std::string_view> texts;
  for (const VerificationResult result : every_result()) texts.insert(to_text(result));
  CHECK(texts.size() == every_result().size());
  CHECK(texts.size() >= 11);
}

namespace {

/// A certificate around a published public key, by an authority of the test.
CertificateChain certify(const std::string& public_key_pem) {
  const BioPtr bio(BIO_new_mem_buf(public_key_pem.data(), static_cast<int>(public_key_pem.size())));
  const KeyPtr key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  const KeyPtr authority = make_ec_key();
  CertificateSpec spec;
  spec.key = key.get();
  spec.issuer_key = authority.get();
  spec.not_before = UnixTime(seconds{1443208345 - 1000});
  spec.not_after = UnixTime(seconds{1471375418 + 1000});
  const auto chain = CertificateChain::parse_pem(to_pem(make_certificate(spec).get()));
  REQUIRE(chain);
  return *chain;
}

}  // namespace

TEST_CASE("verification_service: the published examples, with their keys and at their time") {
  const CertificateChain passport = certify(read_vector("pub_rfc8225_A2.pem"));
  const CertificateChain div = certify(read_vector("pub_rfc8946_A.pem"));
  const std::string rfc8588 = value_of(read_vector("rfc8588_s6_shaken.txt"), "identity=");
  const std::string rfc8224_file = read_vector("rfc8224_s4_1_1_and_rfc8225_s7_1.txt");
  const std::string rfc8225_file = read_vector("rfc8225_appendix_A.txt");
  const std::string rfc8443 = value_of(read_vector("rfc8443_rph_malformed.txt"), "\nidentity=");
  const std::string rfc8946_file = read_vector("rfc8946_examples.txt");
  const UnixTime in_2015{seconds{1443208345}};
  struct Row {
    std::string why;
    std::string identity;
    const CertificateChain* certificate;
    UnixTime now;
    VerificationResult result;
  };
  const Row rows[] = {
      {"RFC 8588 section 6", rfc8588, &passport, in_2015, VerificationResult::valid},
      {"the same, two minutes later", rfc8588, &passport, in_2015 + seconds{120},
       VerificationResult::stale},
      {"the same with another's key", rfc8588, &div, in_2015, VerificationResult::bad_signature},
      {"RFC 8224 4.1.1: iat is a text", value_of(rfc8224_file, "identity_full="), &passport,
       in_2015, VerificationResult::malformed_passport},
      {"RFC 8224 5.1: the compact form", value_of(rfc8224_file, "identity_compact="), &passport,
       in_2015, VerificationResult::malformed_passport},
      {"RFC 8225 appendix A: the printed signature is of another key",
       value_of(rfc8225_file, "published_token="), &passport, UnixTime(seconds{1471375418}),
       VerificationResult::bad_signature},
      {"RFC 8443 4.1: no JSON", rfc8443, &passport, in_2015,
       VerificationResult::malformed_passport},
      {"RFC 8946 section 3, div", value_of(rfc8946_file, "token=", "[rfc8946_s3_div]"), &div,
       in_2015, VerificationResult::valid},
      {"RFC 8946 section 5, the inner token", value_of(rfc8946_file, "token=", "[rfc8946_s5_opt]"),
       &div, in_2015, VerificationResult::valid},
      {"RFC 8946 section 5, div-o: its dest.tn is no list",
       value_of(rfc8946_file, "token=", "[rfc8946_s5_divo]"), &div, in_2015,
       VerificationResult::malformed_passport},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    VerificationInput input;
    input.identity = row.identity;
    input.certificate = row.certificate;
    input.now = row.now;
    CHECK(to_text(verify(input).result) == to_text(row.result));
  }
}

}  // namespace shaken302
