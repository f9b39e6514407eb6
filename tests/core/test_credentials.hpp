// SPDX-License-Identifier: MIT
//
// Credentials for tests, each from a throw-away CA of its own. Making one costs about a
// millisecond.
#pragma once

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/throwaway_ca.hpp"
#include "shaken302/credential.hpp"

namespace shaken302::test {

/// 2030-01-01T00:00:00Z: the middle of the validity below.
inline constexpr UnixTime noon{std::chrono::seconds{1893456000}};
inline constexpr UnixTime day_before_noon = noon - std::chrono::days{1};
inline constexpr UnixTime day_after_noon = noon + std::chrono::days{1};

struct TestCredential {
  Credential credential;
  CertificateChain root;
  ThrowawayCa pem;  ///< what both were made from
};

inline ThrowawayCa make_test_pem(std::string spc = "1234", UnixTime not_before = day_before_noon,
                                 UnixTime not_after = day_after_noon) {
  ThrowawayCaRequest request;
  request.service_provider_code = std::move(spc);
  request.not_before = not_before;
  request.not_after = not_after;
  auto made = make_throwaway_ca(request);
  if (!made) throw std::runtime_error("no throw-away CA for such a request");
  return *made;
}

/// The x5u is https://cert.example.com/NAME.pem.
inline TestCredential make_test_credential(const std::string& name, ThrowawayCa pem) {
  auto chain = CertificateChain::parse_pem(pem.leaf_certificate);
  auto root = CertificateChain::parse_pem(pem.root_certificate);
  if (!chain || !root) throw std::runtime_error("no certificate in the throw-away CA's PEM");
  auto credential =
      Credential::make({name, pem.leaf_key, *chain, "https://cert.example.com/" + name + ".pem"});
  if (!credential) throw std::runtime_error("no credential from the throw-away CA");
  return {*credential, *root, std::move(pem)};
}

inline TestCredential make_test_credential(const std::string& name, std::string spc = "1234",
                                           UnixTime not_before = day_before_noon,
                                           UnixTime not_after = day_after_noon) {
  return make_test_credential(name, make_test_pem(std::move(spc), not_before, not_after));
}

/// A PKCS#8 key whose public half is that of `leaf_key` and whose private half is another key's: it
/// loads, it belongs to the certificate by all appearance, and its signatures verify with nothing.
inline std::string make_treacherous_key(const std::string& leaf_key) {
  using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  const auto check = [](bool done) {
    if (!done) throw std::runtime_error("OpenSSL cannot make the key");
  };
  std::unique_ptr<BIO, decltype(&BIO_free)> in(
      BIO_new_mem_buf(leaf_key.data(), static_cast<int>(leaf_key.size())), &BIO_free);
  const Key honest(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  const Key other(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  unsigned char point[65];
  std::size_t point_bytes = 0;
  BIGNUM* number = nullptr;
  check(honest && other &&
        EVP_PKEY_get_octet_string_param(honest.get(), OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point,
                                        &point_bytes) == 1 &&
        EVP_PKEY_get_bn_param(other.get(), OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1);
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> secret(number, &BN_free);
  const std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)> builder(
      OSSL_PARAM_BLD_new(), &OSSL_PARAM_BLD_free);
  check(OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) ==
            1 &&
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point,
                                         point_bytes) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret.get()) == 1);
  const std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> params(
      OSSL_PARAM_BLD_to_param(builder.get()), &OSSL_PARAM_free);
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr), &EVP_PKEY_CTX_free);
  EVP_PKEY* made = nullptr;
  check(EVP_PKEY_fromdata_init(context.get()) == 1 &&
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_KEYPAIR, params.get()) == 1);
  const Key treacherous(made, &EVP_PKEY_free);
  std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  check(PEM_write_bio_PKCS8PrivateKey(out.get(), made, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

/// A credential that Credential::make accepts and whose self-test fails.
inline TestCredential make_treacherous_credential(const std::string& name) {
  ThrowawayCa pem = make_test_pem();
  pem.leaf_key = make_treacherous_key(pem.leaf_key);
  return make_test_credential(name, std::move(pem));
}

}  // namespace shaken302::test
