// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <optional>

#include "core/certificate_builder.hpp"
#include "core/fake_token.hpp"

namespace shaken302 {
namespace {

using namespace test;

const std::string text = "header.payload";
const std::string x5u = "https://cert.example.com/vault.pem";

Result<Credential, CredentialError> make_with(const ThrowawayCa& ca,
                                              std::shared_ptr<const SigningToken> token) {
  const auto chain = CertificateChain::parse_pem(ca.leaf_certificate);
  REQUIRE(chain);
  return Credential::make({"vault", {}, *chain, x5u, std::nullopt, std::move(token)});
}

}  // namespace

TEST_CASE("credential: of a token the public half is compared, and the token signs") {
  const ThrowawayCa ca = make_test_pem();
  int asked = 0;
  const auto token =
      std::make_shared<const FakeToken>(key_of(ca), [&asked] { return ++asked > 0; });
  const auto made = make_with(ca, token);
  REQUIRE(made);
  CHECK(made->token() == token.get());
  CHECK(asked == 0);
  CHECK(made->passes_self_test());
  CHECK(asked == 1);
  const auto file = make_test_credential("file");
  CHECK(file.credential.token() == nullptr);

  Signer signer;
  signer.follow(std::make_shared<const CredentialTable>(
      CredentialTable{{{*made}, {*made, Attestation::A, false, true}, {file.credential}}}));
  const auto signature = signer.sign(0, text);
  REQUIRE(signature);
  CHECK(made->chain().verifies(text, *signature));
  CHECK(asked == 2);
  CHECK_FALSE(signer.sign(1, text));  // in quarantine nobody is asked
  CHECK(asked == 2);
  CHECK(signer.sign(2, text));
}

TEST_CASE("credential: what a token says of its key has to be P-256 and the leaf's") {
  const ThrowawayCa ca = make_test_pem();
  const std::string good = spki_of(key_of(ca).get());
  const KeyPtr p384 = make_ec_key("P-384");
  const KeyPtr spelled_out = make_ec_key("P-256", "explicit");
  const KeyPtr rsa(EVP_RSA_gen(2048));
  struct Row {
    const char* why;
    std::string public_key;
    CredentialError error;
  };
  const Row rows[] = {
      {"another certificate's key", spki_of(make_ec_key().get()), CredentialError::mismatch},
      {"RSA", spki_of(rsa.get()), CredentialError::key_type},
      {"another curve", spki_of(p384.get()), CredentialError::key_type},
      {"explicit parameters", spki_of(spelled_out.get()), CredentialError::key_type},
      {"a byte behind it", good + 'x', CredentialError::key_syntax},
      {"half of it", good.substr(0, good.size() / 2), CredentialError::key_syntax},
      {"no key at all", "key", CredentialError::key_syntax},
  };
  for (const Row& row : rows) {
    const std::string why = row.why;
    CAPTURE(why);
    const auto made = make_with(ca, std::make_shared<const FakeToken>(
                                        key_of(ca), [] { return true; }, row.public_key));
    REQUIRE_FALSE(made);
    CHECK(made.error() == row.error);
    CHECK(ERR_peek_error() == 0);
  }
}

TEST_CASE("credential: a token that signs with another key, or not at all, fails the self-test") {
  const ThrowawayCa ca = make_test_pem();
  const std::string good = spki_of(key_of(ca).get());
  const auto wrong = make_with(ca, std::make_shared<const FakeToken>(
                                       make_ec_key(), [] { return true; }, good));
  REQUIRE(wrong);
  CHECK_FALSE(wrong->passes_self_test());
  const auto failing =
      make_with(ca, std::make_shared<const FakeToken>(key_of(ca), [] { return false; }));
  REQUIRE(failing);
  CHECK_FALSE(failing->passes_self_test());
  Signer signer;
  signer.follow(std::make_shared<const CredentialTable>(CredentialTable{{{*failing}}}));
  const auto signature = signer.sign(0, text);
  REQUIRE_FALSE(signature);
  CHECK(signature.error() == SignError::failed);
}

}  // namespace shaken302
