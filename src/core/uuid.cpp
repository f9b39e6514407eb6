// SPDX-License-Identifier: MIT
#include "shaken302/passport.hpp"

namespace shaken302 {
namespace {

constexpr bool is_dash_at(std::size_t i) noexcept {
  return i == 8 || i == 13 || i == 18 || i == 23;
}

}  // namespace

Uuid Uuid::from_bytes(std::array<std::uint8_t, 16> random_or_hashed) noexcept {
  auto& bytes = random_or_hashed;
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | 0x80);  // RFC 9562 5.8: version 8
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);  // RFC 9562 4.1: variant 10
  constexpr std::string_view hex = "0123456789abcdef";
  Uuid uuid;
  std::size_t at = 0;
  for (const auto byte : bytes) {
    if (is_dash_at(at)) uuid.text_[at++] = '-';
    uuid.text_[at++] = hex[byte >> 4];
    uuid.text_[at++] = hex[byte & 15];
  }
  return uuid;
}

std::optional<Uuid> Uuid::parse(std::string_view text) noexcept {
  Uuid uuid;
  if (text.size() != uuid.text_.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    const bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (is_dash_at(i) ? c != '-' : !is_hex) return std::nullopt;
    uuid.text_[i] = c;
  }
  return uuid;
}

}  // namespace shaken302
