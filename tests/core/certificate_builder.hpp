// SPDX-License-Identifier: MIT
//
// Certificates and keys of every odd kind, for tests: made with OpenSSL when needed, never stored.
#pragma once

#include <openssl/conf.h>
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

inline std::string to_der_bytes(X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  require_ok(i2d_X509_bio(bio.get(), certificate) == 1);
  return text_of(bio.get());
}

/// PKCS#8; encrypted when there is a passphrase.
inline std::string to_pkcs8_der(EVP_PKEY* key, const std::string& passphrase = "") {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  const EVP_CIPHER* cipher = passphrase.empty() ? nullptr : EVP_aes_256_cbc();
  require_ok(i2d_PKCS8PrivateKey_bio(bio.get(), key, cipher, passphrase.data(),
                                     static_cast<int>(passphrase.size()), nullptr, nullptr) == 1);
  return text_of(bio.get());
}

inline std::string to_sec1_der(EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  require_ok(i2d_PrivateKey_bio(bio.get(), key) == 1);
  return text_of(bio.get());
}

/// An extension that OpenSSL need not understand.
struct RawExtension {
  std::string oid;
  bool critical = false;
  std::vector<std::uint8_t> value;
};

/// The extension of that kind as `certificate` has it.
inline RawExtension extension_of(const X509* certificate, int nid) {
  const int index = X509_get_ext_by_NID(certificate, nid, -1);
  require_ok(index >= 0);
  X509_EXTENSION* extension = X509_get_ext(certificate, index);
  const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(extension);
  const unsigned char* begin = ASN1_STRING_get0_data(value);
  char oid[80];
  require_ok(OBJ_obj2txt(oid, sizeof oid, X509_EXTENSION_get_object(extension), 1) > 0);
  return {oid, X509_EXTENSION_get_critical(extension) == 1,
          std::vector<std::uint8_t>(begin, begin + ASN1_STRING_length(value))};
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
  std::vector<std::pair<const char*, std::string>> attributes = {};  ///< of the subject, before CN
  std::vector<RawExtension> raw_extensions = {};
  std::string serial = "1267";  ///< hexadecimal, "-" in front of a negative one
};

inline void add_extension(X509* certificate, const RawExtension& raw) {
  const OpensslPtr<ASN1_OBJECT, ASN1_OBJECT_free> oid(OBJ_txt2obj(raw.oid.c_str(), 1));
  const OpensslPtr<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> value(ASN1_OCTET_STRING_new());
  require_ok(oid && value &&
             ASN1_OCTET_STRING_set(value.get(), raw.value.data(),
                                   static_cast<int>(raw.value.size())) == 1);
  const OpensslPtr<X509_EXTENSION, X509_EXTENSION_free> extension(
      X509_EXTENSION_create_by_OBJ(nullptr, oid.get(), raw.critical ? 1 : 0, value.get()));
  require_ok(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

inline void set_serial(X509* certificate, const std::string& hexadecimal) {
  BIGNUM* number = nullptr;
  require_ok(BN_hex2bn(&number, hexadecimal.c_str()) > 0);
  const BignumPtr owned(number);
  require_ok(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr);
}

inline void add_to_subject(X509* certificate, const char* field, const std::string& text) {
  require_ok(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), field, MBSTRING_UTF8,
                                        reinterpret_cast<const unsigned char*>(text.data()),
                                        static_cast<int>(text.size()), -1, 0) == 1);
}

inline X509Ptr make_certificate(const CertificateSpec& spec) {
  X509Ptr certificate(X509_new());
  X509* made = certificate.get();
  const auto seconds = [](UnixTime time) { return time.time_since_epoch().count(); };
  set_serial(made, spec.serial);
  require_ok(X509_set_version(made, 2) == 1 &&
             ASN1_TIME_adj(X509_getm_notBefore(made), seconds(spec.not_before), 0, 0) != nullptr &&
             ASN1_TIME_adj(X509_getm_notAfter(made), seconds(spec.not_after), 0, 0) != nullptr &&
             X509_set_pubkey(made, spec.key) == 1);
  for (const auto& [field, text] : spec.attributes) add_to_subject(made, field, text);
  add_to_subject(made, "CN", spec.common_name);
  X509* issuer = spec.issuer == nullptr ? made : spec.issuer;
  require_ok(X509_set_issuer_name(made, X509_get_subject_name(issuer)) == 1);

  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, made, nullptr, nullptr, 0);
  // Some text forms want a configuration, be it empty.
  const OpensslPtr<CONF, NCONF_free> configuration(NCONF_new(nullptr));
  X509V3_set_nconf(&context, configuration.get());
  using ExtensionPtr = OpensslPtr<X509_EXTENSION, X509_EXTENSION_free>;
  for (const auto& entry : spec.extensions) {
    const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, entry.first, entry.second));
    require_ok(extension && X509_add_ext(made, extension.get(), -1) == 1);
  }
  for (const auto& der : spec.tn_auth_lists) add_extension(made, {tn_auth_list_oid, false, der});
  for (const auto& raw : spec.raw_extensions) add_extension(made, raw);
  EVP_PKEY* signer = spec.issuer_key == nullptr ? spec.key : spec.issuer_key;
  require_ok(X509_sign(made, signer, spec.digest) > 0);
  return certificate;
}

}  // namespace shaken302::test
