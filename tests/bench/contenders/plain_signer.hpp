// SPDX-License-Identifier: MIT
//
// ES256 with OpenSSL in its fastest form: a fetched digest and one EVP_PKEY_CTX, used again for
// every call. What the contenders sign with; deliberately none of the server's own code.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace contenders {

using RawSignature = std::array<unsigned char, 64>;  ///< r and s side by side (RFC 7518 3.4)

/// Of one thread. Throws std::runtime_error when the key cannot be used or OpenSSL fails.
class PlainSigner {
 public:
  explicit PlainSigner(const std::string& key_file);
  [[nodiscard]] RawSignature sign(std::string_view text);

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
    void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_PKEY, Free> key_;
  std::unique_ptr<EVP_PKEY_CTX, Free> context_;
  std::unique_ptr<EVP_MD, Free> sha256_;
  std::unique_ptr<EVP_MD_CTX, Free> digest_;
};

/// base64url without padding (RFC 7515 2), added to `out`.
void append_base64url(std::string_view bytes, std::string& out);
void append_base64url(const RawSignature& signature, std::string& out);

}  // namespace contenders
