// SPDX-License-Identifier: MIT
//
// What the helper programs of the end-to-end tests share: reading an answer and an Identity, and
// OpenSSL's verdict on its signature. They share no code with shaken302.
#pragma once

#include <openssl/bio.h>
#include <openssl/conf.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace e2e {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
template <class T, auto Free>
using Owned = std::unique_ptr<T, Freed<Free>>;

using Bio = Owned<BIO, BIO_free>;
using Conf = Owned<CONF, NCONF_free>;
using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using Certificate = Owned<X509, X509_free>;
using DigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using Signature = Owned<ECDSA_SIG, ECDSA_SIG_free>;

using Arguments = std::span<const std::string_view>;

/// What OpenSSL returned, unless it is a failure.
template <class T>
T need(T value, const char* what) {
  if (!value) throw std::runtime_error(what);
  return value;
}

inline std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) {
    throw std::runtime_error("not a number: " + std::string(text));
  }
  return number;
}

/// The clock of Python's time.monotonic_ns().
inline std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// OpenSSL's type for bytes is unsigned char.
inline const unsigned char* bytes_of(std::string_view text) {
  return static_cast<const unsigned char*>(static_cast<const void*>(text.data()));
}

/// The value of a header that the answer has once; empty when it has none or two.
std::string_view header(std::string_view answer, std::string_view name);

/// RFC 4648 5 without padding; nothing for another character.
std::optional<std::string> decoded(std::string_view text);

/// RFC 7518 3.4: `raw` is R and S as 32 bytes each.
bool is_signed_by(EVP_PKEY* key, std::string_view text, std::string_view raw);

/// The key of the first certificate in a PEM text.
Key key_of_certificate(std::string_view pem);

/// The content of a file; an exception when there is none.
std::string read_whole(const std::string& path);

/// An Identity in full form (RFC 8224 4): the signed text, and what stands around it.
struct Token {
  std::string_view text;  ///< header and payload, as they were signed
  std::string header;
  std::string payload;
  std::string signature;
  std::string_view info;
};
std::optional<Token> take_apart(std::string_view identity);

/// Whether the verifier can fail: a good token with any bit of its signature or of a character of
/// its text turned. The number of refusals; an exception when something passes.
std::uint64_t check_the_verifier(const Token& token, EVP_PKEY* key);

}  // namespace e2e
