// SPDX-License-Identifier: MIT
//
// The little of DER (X.690) that the extensions of STIR certificates need, read exactly: one byte
// of tag, a definite length in the fewest bytes, the content. Pure; nothing is copied.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace shaken302 {

using DerBytes = std::span<const std::uint8_t>;

inline constexpr std::uint8_t der_integer = 0x02;
inline constexpr std::uint8_t der_utf8_string = 0x0C;
inline constexpr std::uint8_t der_ia5_string = 0x16;
inline constexpr std::uint8_t der_sequence = 0x30;
/// [number], constructed, as an EXPLICIT tag of 0 to 30 is.
constexpr std::uint8_t der_explicit(std::uint8_t number) noexcept {
  return static_cast<std::uint8_t>(0xA0 | number);
}

struct DerElement {
  std::uint8_t tag = 0;
  DerBytes content;
};

/// Takes one element off the front of `rest`. Lengths of at most three bytes: the file is bounded.
std::optional<DerElement> take_element(DerBytes& rest) noexcept;

/// The content of the one element that `bytes` must be, whole and of this tag.
std::optional<DerBytes> content_of_only(DerBytes bytes, std::uint8_t tag) noexcept;

inline std::string to_string(DerBytes bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace shaken302
