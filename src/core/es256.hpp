// SPDX-License-Identifier: MIT
//
// ES256 with a bare key (RFC 7518 3.4): the one place where OpenSSL's DER signatures and the raw
// r||s of a JWS meet. No function here reads a clock or a file; those that say noexcept throw
// nothing.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "openssl_ptr.hpp"

namespace shaken302 {

/// r and then s, 32 bytes each, big-endian, padded with zeros on the left.
using RawSignature = std::array<std::uint8_t, 64>;

/// The largest ECDSA-Sig-Value on P-256: 30 46, and twice 02 21 00 with 32 bytes.
inline constexpr std::size_t der_signature_bytes_max = 72;

/// SHA-256 with a context that is made once. Not thread-safe.
class Sha256 {
 public:
  using Digest = std::array<std::uint8_t, 32>;
  /// Throws std::runtime_error when OpenSSL has no SHA-256 (start-up only).
  Sha256();
  [[nodiscard]] bool digest(std::string_view text, Digest& out) noexcept;

 private:
  DigestPtr algorithm_;
  DigestContextPtr context_;
};

/// Whether `key` is an EC key on the named curve P-256. Explicit parameters are refused even when
/// they are those of P-256 (the class of CVE-2022-0778).
[[nodiscard]] bool is_named_p256(const EVP_PKEY* key) noexcept;

/// A context that sign_es256 may use again and again; nullptr when OpenSSL refuses. It holds a
/// reference to the key. One context belongs to one thread.
[[nodiscard]] KeyContextPtr prepare_signing(EVP_PKEY* key) noexcept;

/// Signs with OpenSSL's own random nonce. False, and `out` is not to be used, unless all 64 bytes
/// exist.
[[nodiscard]] bool sign_es256(EVP_PKEY_CTX* prepared, const Sha256::Digest& digest,
                              RawSignature& out) noexcept;

/// Exact DER of SEQUENCE { INTEGER r, INTEGER s } with 0 < r, s < 2^256 and nothing behind it.
[[nodiscard]] bool to_raw_signature(std::span<const std::uint8_t> der, RawSignature& out) noexcept;

/// Whether `signature` over `signing_input` is by the private half of `key`.
[[nodiscard]] bool verify_es256(EVP_PKEY* key, std::string_view signing_input,
                                const RawSignature& signature) noexcept;

}  // namespace shaken302
