// SPDX-License-Identifier: MIT
//
// The attestation level of a SHAKEN PASSporT (RFC 8588 section 4, ATIS-1000074): A, the signer
// knows the customer and that it may use the number; B, it knows the customer only; C, it knows
// neither.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace shaken302 {

/// Ordered by how much is vouched for: C < B < A. A cap is a minimum.
enum class Attestation : std::uint8_t { C = 0, B = 1, A = 2 };

constexpr Attestation cap(Attestation level, Attestation most) noexcept {
  return level < most ? level : most;
}

/// The one upper-case letter of RFC 8588 section 4.
constexpr char to_char(Attestation level) noexcept {
  return level == Attestation::A ? 'A' : level == Attestation::B ? 'B' : 'C';
}

/// Exactly one of "A", "B", "C"; anything else is nothing.
constexpr std::optional<Attestation> parse_attestation(std::string_view text) noexcept {
  if (text == "A") return Attestation::A;
  if (text == "B") return Attestation::B;
  if (text == "C") return Attestation::C;
  return std::nullopt;
}

/// A level as peers write it: one letter, in either case and with blanks around it.
constexpr std::optional<Attestation> parse_requested_level(std::string_view text) noexcept {
  constexpr std::string_view blanks = " \t\r\n";
  while (!text.empty() && blanks.find(text.front()) != std::string_view::npos) {
    text.remove_prefix(1);
  }
  while (!text.empty() && blanks.find(text.back()) != std::string_view::npos) text.remove_suffix(1);
  if (text == "a") return Attestation::A;
  if (text == "b") return Attestation::B;
  if (text == "c") return Attestation::C;
  return parse_attestation(text);
}

}  // namespace shaken302
