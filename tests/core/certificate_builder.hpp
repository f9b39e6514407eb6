// SPDX-License-Identifier: MIT
//
// Certificates and keys of every odd kind, for tests: made with OpenSSL when needed, never stored.
#pragma once

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/openssl_ptr.hpp"
#include "core/tn_auth_list.hpp"
#include "shaken302/unix_time.hpp"

namespace shaken302::test {

inline void require_ok(bool done) {
  if (!done) throw std::runtime_error("OpenSSL cannot make what the test needs");
}

/// "P-256", "P-384", "secp256k1", …; `encoding` is "named_curve" or "explicit".
inline KeyPtr make_ec_key(const char* curve = "P-256", const char* encoding = "named_curve") {
  const KeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, const_cast<char*>(curve), 0),
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_EC_ENCODING, const_cast<char*>(encoding), 0),
      OSSL_PARAM_construct_end()};
  require_ok(EVP_PKEY_keygen_init(context.get()) == 1 &&
             EVP_PKEY_CTX_set_params(context.get(), params) == 1 &&
             EVP_PKEY_generate(context.get(), &key) == 1);
  return KeyPtr(key);
}

inline std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

inline std::string to_pem(X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  require_ok(PEM_write_bio_X509(bio.get(), certificate) == 1);
  return text_of(bio.get());
}

/// PKCS#8; encrypted when there is a passphrase, which may be empty.
inline std::string to_pkcs8_pem(EVP_PKEY* key, const char* passphrase = nullptr) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  const EVP_CIPHER* cipher = passphrase == nullptr ? nullptr : EVP_aes_256_cbc();
  const int size = passphrase == nullptr ? 0 : static_cast<int>(std::string(passphrase).size());
  require_ok(PEM_write_bio_PKCS8PrivateKey(bio.get(), key, cipher, passphrase, size, nullptr,
                                           nullptr) == 1);
  return text_of(bio.get());
}

/// The older form, BEGIN EC PRIVATE KEY; encrypted when there is a passphrase.
inline std::string to_sec1_pem(EVP_PKEY* key, const std::string& passphrase = "") {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  const EVP_CIPHER* cipher = passphrase.empty() ? nullptr : EVP_aes_256_cbc();
  require_ok(PEM_write_bio_PrivateKey_traditional(
                 bio.get(), key, cipher, reinterpret_cast<const unsigned char*>(passphrase.data()),
                 static_cast<int>(passphrase.size()), nullptr, nullptr) == 1);
  return text_of(bio.get());
}

struct CertificateSpec {
  EVP_PKEY* key = nullptr;
  std::string common_name = "SHAKEN 1234";
  X509* issuer = nullptr;  ///< nullptr: self-signed
  EVP_PKEY* issuer_key = nullptr;
  UnixTime not_before{};
  UnixTime not_after{};
  std::vector<std::pair<int, const char*>> extensions;   ///< NID and OpenSSL's text form
  std::vector<std::vector<std::uint8_t>> tn_auth_lists;  ///< one extension each
  const EVP_MD* digest = EVP_sha256();
};

inline X509Ptr make_certificate(const CertificateSpec& spec) {
  X509Ptr certificate(X509_new());
  X509* made = certificate.get();
  const auto seconds = [](UnixTime time) { return time.time_since_epoch().count(); };
  require_ok(X509_set_version(made, 2) == 1 &&
             ASN1_INTEGER_set(X509_get_serialNumber(made), 4711) == 1 &&
             ASN1_TIME_adj(X509_getm_notBefore(made), seconds(spec.not_before), 0, 0) != nullptr &&
             ASN1_TIME_adj(X509_getm_notAfter(made), seconds(spec.not_after), 0, 0) != nullptr &&
             X509_set_pubkey(made, spec.key) == 1);
  require_ok(
      X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(spec.common_name.data()),
                                 static_cast<int>(spec.common_name.size()), -1, 0) == 1);
  X509* issuer = spec.issuer == nullptr ? made : spec.issuer;
  require_ok(X509_set_issuer_name(made, X509_get_subject_name(issuer)) == 1);

  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, made, nullptr, nullptr, 0);
  using ExtensionPtr = OpensslPtr<X509_EXTENSION, X509_EXTENSION_free>;
  for (const auto& entry : spec.extensions) {
    const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, entry.first, entry.second));
    require_ok(extension && X509_add_ext(made, extension.get(), -1) == 1);
  }
  for (const auto& der : spec.tn_auth_lists) {
    const OpensslPtr<ASN1_OBJECT, ASN1_OBJECT_free> oid(OBJ_txt2obj(tn_auth_list_oid, 1));
    const OpensslPtr<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> value(ASN1_OCTET_STRING_new());
    require_ok(ASN1_OCTET_STRING_set(value.get(), der.data(), static_cast<int>(der.size())) == 1);
    const ExtensionPtr extension(X509_EXTENSION_create_by_OBJ(nullptr, oid.get(), 0, value.get()));
    require_ok(extension && X509_add_ext(made, extension.get(), -1) == 1);
  }
  EVP_PKEY* signer = spec.issuer_key == nullptr ? spec.key : spec.issuer_key;
  require_ok(X509_sign(made, signer, spec.digest) > 0);
  return certificate;
}

}  // namespace shaken302::test
