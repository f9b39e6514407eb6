// SPDX-License-Identifier: MIT
//
// Whether an Identity (RFC 8224 full form) is what a call was owed: an ES256 JWS (RFC 7515,
// 7518 3.4) that verifies with the key of a given certificate, with orig, dest and a fresh iat (RFC
// 8225). Plain OpenSSL, none of the server's code. Not thread-safe.
#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sip_load {

class IdentityCheck {
 public:
  /// The first certificate of a PEM file; throws std::runtime_error when there is none with a P-256
  /// key.
  explicit IdentityCheck(const std::string& certificate_file);

  struct Expected {
    std::string_view calling;  ///< digits
    std::string_view called;   ///< digits
    std::int64_t now_s = 0;    ///< Unix time; iat may be 60 s from it (RFC 8224 5.2)
  };
  /// Empty when all is well; else what is wrong, a text that lives as long as the program.
  [[nodiscard]] std::string_view finding(std::string_view identity, const Expected& expected) const;

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  [[nodiscard]] bool verifies(std::string_view text, std::string_view raw_signature) const;

  std::unique_ptr<EVP_PKEY, Free> key_;
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace sip_load
