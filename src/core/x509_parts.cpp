// SPDX-License-Identifier: MIT
#include "x509_parts.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "tn_auth_list.hpp"

namespace shaken302 {
namespace {

using ObjectPtr = OpensslPtr<ASN1_OBJECT, ASN1_OBJECT_free>;
using OctetsPtr = OpensslPtr<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free>;

}  // namespace

bool add_name_entry(X509_NAME* name, const std::string& field, std::string_view text) {
  constexpr int at_the_end = -1;
  return X509_NAME_add_entry_by_txt(name, field.c_str(), MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()), at_the_end, 0) == 1;
}

bool is_service_provider_code(std::string_view text) noexcept {
  const auto is_allowed = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); };
  return !text.empty() && text.size() <= 32 && std::ranges::all_of(text, is_allowed);
}

ExtensionPtr make_tn_auth_list_extension(const TnAuthList& list) {
  const auto der = to_der(list);
  const OctetsPtr octets(require(ASN1_OCTET_STRING_new()));
  require(ASN1_OCTET_STRING_set(octets.get(), der.data(), static_cast<int>(der.size())));
  const ObjectPtr oid(require(OBJ_txt2obj(tn_auth_list_oid, 1)));
  return ExtensionPtr(require(X509_EXTENSION_create_by_OBJ(nullptr, oid.get(), 0, octets.get())));
}

std::string content_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string to_pem(EVP_PKEY* key) {
  const BioPtr bio(require(BIO_new(BIO_s_mem())));  // OpenSSL wipes the buffer when it frees it
  require(PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr));
  return content_of(bio.get());
}

std::string to_pem(X509* certificate) {
  const BioPtr bio(require(BIO_new(BIO_s_mem())));
  require(PEM_write_bio_X509(bio.get(), certificate));
  return content_of(bio.get());
}

}  // namespace shaken302
