// SPDX-License-Identifier: MIT
//
// A private key that is kept somewhere else: in a token (PKCS#11), which signs with it and never
// gives it away.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace shaken302 {

/// Used by several threads at once. What an implementation costs is on the path of a call: it has
/// to answer within a bounded time, whatever the token does.
class SigningToken {
 public:
  using Digest = std::array<std::uint8_t, 32>;     ///< SHA-256
  using Signature = std::array<std::uint8_t, 64>;  ///< r||s (RFC 7518 3.4)

  SigningToken() = default;
  virtual ~SigningToken() = default;
  SigningToken(const SigningToken&) = delete;
  SigningToken& operator=(const SigningToken&) = delete;

  /// False, and `out` is not to be used, unless the token has signed all of it in time.
  [[nodiscard]] virtual bool sign(const Digest& digest, Signature& out) const noexcept = 0;

  /// The public half: the DER of its SubjectPublicKeyInfo (RFC 5280 4.1).
  [[nodiscard]] virtual std::string_view public_key() const noexcept = 0;
};

}  // namespace shaken302
