// SPDX-License-Identifier: MIT
//
// A token that is a key in memory, and does before each signature what a test says.
#pragma once

#include <openssl/x509.h>

#include <functional>
#include <string>
#include <utility>

#include "core/es256.hpp"
#include "core/test_credentials.hpp"
#include "shaken302/signing_token.hpp"

namespace shaken302::test {

inline std::string spki_of(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) throw std::runtime_error("no public key");
  std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

inline KeyPtr key_of(const ThrowawayCa& ca) {
  const BioPtr bio(BIO_new_mem_buf(ca.leaf_key.data(), static_cast<int>(ca.leaf_key.size())));
  return KeyPtr(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

class FakeToken final : public SigningToken {
 public:
  /// `before` says whether it signs. `public_key` empty: that of `key`.
  explicit FakeToken(
      KeyPtr key, std::function<bool()> before = [] { return true; }, std::string public_key = {})
      : key_(std::move(key)),
        before_(std::move(before)),
        public_key_(public_key.empty() ? spki_of(key_.get()) : std::move(public_key)) {}

  [[nodiscard]] bool sign(const Digest& digest, Signature& out) const noexcept override {
    if (!before_()) return false;
    const KeyContextPtr prepared = prepare_signing(key_.get());
    return prepared && sign_es256(prepared.get(), digest, out);
  }
  [[nodiscard]] std::string_view public_key() const noexcept override { return public_key_; }

 private:
  KeyPtr key_;
  std::function<bool()> before_;
  std::string public_key_;
};

}  // namespace shaken302::test
