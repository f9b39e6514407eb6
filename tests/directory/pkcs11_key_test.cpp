// SPDX-License-Identifier: MIT
#include "directory/pkcs11_key.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "core/certificate_builder.hpp"
#include "core/fake_token.hpp"
#include "softhsm.hpp"

namespace shaken302::directory {
namespace {

using namespace shaken302::test;
using test::SoftHsm;

auto load(const std::string& uri, std::string_view pin = SoftHsm::pin) {
  return load_pkcs11_key(SoftHsm::module, config::parse_pkcs11_uri(uri).value(), pin);
}

}  // namespace

TEST_CASE("pkcs11_key: the token's signatures are by the key that was put there") {
  const KeyPtr key = make_ec_key();
  const auto loaded = load(SoftHsm::instance().import(to_pkcs8_pem(key.get())));
  REQUIRE(loaded);
  CHECK((*loaded)->public_key() == spki_of(key.get()));
  // Each with other bytes in front: r and s are padded.
  for (int i = 0; i < 300; ++i) {
    const std::string text = std::to_string(i);
    Sha256 sha256;
    SigningToken::Digest digest;
    SigningToken::Signature signature;
    REQUIRE(sha256.digest(text, digest));
    REQUIRE((*loaded)->sign(digest, signature));
    CHECK(verify_es256(key.get(), text, signature));
  }
}

TEST_CASE("pkcs11_key: several threads sign with several keys of one token") {
  std::vector<KeyPtr> keys;
  std::vector<std::shared_ptr<const SigningToken>> tokens;
  for (int i = 0; i < 2; ++i) {
    keys.push_back(make_ec_key());
    auto loaded = load(SoftHsm::instance().import(to_pkcs8_pem(keys.back().get())));
    REQUIRE(loaded);
    tokens.push_back(std::move(*loaded));
  }
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < 6; ++thread) {
    threads.emplace_back([&, thread] {
      Sha256 sha256;
      for (int i = 0; i < 100; ++i) {
        const std::string text = std::to_string(thread) + "." + std::to_string(i);
        SigningToken::Digest digest;
        SigningToken::Signature signature;
        if (sha256.digest(text, digest) && tokens[thread % 2]->sign(digest, signature) &&
            verify_es256(keys[thread % 2].get(), text, signature)) {
          ++good;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(good == 600);
}

TEST_CASE("pkcs11_key: a PIN that was refused is not tried again, another one is") {
  SoftHsm::instance();
  const std::string uri = "pkcs11:token=spare;object=house";
  const auto error_with = [&](std::string_view pin) {
    const auto loaded = load(uri, pin);
    REQUIRE_FALSE(loaded);
    return std::string(text_of(loaded.error().which).name) + ": " + loaded.error().detail;
  };
  CHECK(error_with("9999") == "token-pin: PIN incorrect");
  CHECK(error_with("9999") == "token-pin: it was refused before and is not tried again");
  CHECK(error_with("8888") == "token-pin: PIN incorrect");
  CHECK(error_with(std::string_view("47\000"
                                    "1",
                                    5)) == "token-pin: its first line is empty or no PIN");
  CHECK(error_with(SoftHsm::pin) == "token-missing: ");
}

TEST_CASE("pkcs11_key: keys that are no EC keys on P-256 load, and sign nothing") {
  const KeyPtr rsa(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}));
  const KeyPtr p384 = make_ec_key("P-384");
  for (EVP_PKEY* const key : {rsa.get(), p384.get()}) {
    const auto loaded = load(SoftHsm::instance().import(to_pkcs8_pem(key)));
    REQUIRE(loaded);
    SigningToken::Signature signature;
    CHECK_FALSE((*loaded)->sign({}, signature));
    CHECK(ERR_peek_error() == 0);
  }
}

}  // namespace shaken302::directory
