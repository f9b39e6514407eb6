// SPDX-License-Identifier: MIT
//
// A keyed hash (SipHash, 128 bits, OpenSSL's EVP_MAC) of a list of texts: To tags (RFC
// 3261 8.2.7, 19.3) and per-call origids (RFC 8588 section 5) are derived with it, so that equal
// requests get equal answers from every instance that has the same secret, and nobody without the
// secret can predict them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>

#include "shaken302/result.hpp"

namespace shaken302 {

/// The secret that the instances of a fleet share. 16 bytes; wiped when destroyed.
class Secret {
 public:
  static constexpr std::size_t bytes = 16;
  explicit Secret(std::span<const std::uint8_t, bytes> value) noexcept;
  Secret(const Secret&) noexcept = default;
  Secret& operator=(const Secret&) noexcept = default;
  ~Secret();
  [[nodiscard]] std::span<const std::uint8_t, bytes> value() const noexcept { return value_; }

 private:
  std::array<std::uint8_t, bytes> value_;
};

enum class SecretError : std::uint8_t { too_short };

/// Derives the secret from the content of the secret file: any bytes, at least 16 of them (SHA-256,
/// first half; trailing line ends are ignored).
Result<Secret, SecretError> make_secret(std::string_view file_content) noexcept;

/// One that nobody else has. Throws std::runtime_error without random numbers (start-up only).
Secret make_random_secret();

/// One per worker; move-only; not thread-safe. Construction throws std::bad_alloc or
/// std::runtime_error when OpenSSL has no SipHash (start-up only).
class KeyedHash {
 public:
  using Digest = std::array<std::uint8_t, 16>;

  /// How many rounds a word of the text gets, and the end.
  enum class Rounds : std::uint8_t {
    two_four,   ///< for what others see
    one_three,  ///< for keys of tables that nobody sees: half the time
  };

  explicit KeyedHash(const Secret&, Rounds = Rounds::two_four);
  KeyedHash(KeyedHash&&) noexcept;
  KeyedHash& operator=(KeyedHash&&) noexcept;
  ~KeyedHash();

  /// `purpose` separates the uses ("to-tag", "origid"). Every part is hashed with its length, so
  /// that
  /// ("ab","c") and ("a","bc") differ. No allocation.
  [[nodiscard]] Digest digest(std::string_view purpose,
                              std::initializer_list<std::string_view> parts) noexcept;

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace shaken302
