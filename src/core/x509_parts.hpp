// SPDX-License-Identifier: MIT
//
// Pieces that certificates and certificate requests are made of. They throw std::runtime_error when
// OpenSSL fails (no memory, no entropy): for start-up, commands and tests alone.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "openssl_ptr.hpp"
#include "shaken302/certificate.hpp"

namespace shaken302 {

using NamePtr = OpensslPtr<X509_NAME, X509_NAME_free>;
using ExtensionPtr = OpensslPtr<X509_EXTENSION, X509_EXTENSION_free>;

/// OpenSSL's answers: a pointer that must be there, or a number that must be positive.
template <class T>
T* require(T* object) {
  if (object == nullptr) throw std::runtime_error("OpenSSL cannot make what is asked of it");
  return object;
}
inline void require(int answer) {
  if (answer <= 0) throw std::runtime_error("OpenSSL cannot make what is asked of it");
}

/// Appends one attribute, "C" or "O" or the like. False when the text does not fit its type: too
/// long for X.520, or not UTF-8.
[[nodiscard]] bool add_name_entry(X509_NAME* name, const std::string& field, std::string_view text);

/// 1 to 32 digits and upper-case letters (ATIS-1000080 6.4.1 knows no other characters).
[[nodiscard]] bool is_service_provider_code(std::string_view text) noexcept;

/// Not critical (RFC 8226 9). Precondition: that of to_der.
ExtensionPtr make_tn_auth_list_extension(const TnAuthList& list);

/// What was written into a memory BIO.
std::string content_of(BIO* bio);

/// PKCS#8, not encrypted. The caller wipes it.
std::string to_pem(EVP_PKEY* key);
std::string to_pem(X509* certificate);

}  // namespace shaken302
