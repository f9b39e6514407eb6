// SPDX-License-Identifier: MIT
//
// The P-256 key of RFC 6979 A.2.5, whose private half is printed there: signs what a fuzz target
// wants signed, so that a committed input means the same in every run.
#pragma once

#include "core/certificate_builder.hpp"
#include "core/test_credentials.hpp"

namespace shaken302::fuzz {

inline KeyPtr make_published_key() {
  constexpr const char* secret = "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721";
  constexpr const char* point =
      "0460FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
      "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299";
  using test::require_ok;
  std::array<unsigned char, 65> bytes{};
  std::size_t size = 0;
  BIGNUM* number = nullptr;
  require_ok(OPENSSL_hexstr2buf_ex(bytes.data(), bytes.size(), &size, point, '\0') == 1 &&
             BN_hex2bn(&number, secret) > 0);
  const BignumPtr owned(number);
  const OpensslPtr<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  require_ok(
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1 &&
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, bytes.data(),
                                       size) == 1 &&
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, number) == 1);
  const OpensslPtr<OSSL_PARAM, OSSL_PARAM_free> params(OSSL_PARAM_BLD_to_param(builder.get()));
  const KeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  require_ok(EVP_PKEY_fromdata_init(context.get()) == 1 &&
             EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params.get()) == 1);
  return KeyPtr(key);
}

}  // namespace shaken302::fuzz
