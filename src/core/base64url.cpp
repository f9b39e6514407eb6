// SPDX-License-Identifier: MIT
#include "base64url.hpp"

#include <array>
#include <cstdint>

#include "shaken302/passport.hpp"

namespace shaken302 {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t no_value = 0xFF;

constexpr std::array<std::uint8_t, 256> make_values() noexcept {
  std::array<std::uint8_t, 256> values{};
  values.fill(no_value);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}
constexpr auto values = make_values();

constexpr std::uint32_t byte_at(std::string_view bytes, std::size_t i) noexcept {
  return static_cast<std::uint8_t>(bytes[i]);
}

}  // namespace

void append_base64url(BoundedText& out, std::string_view bytes) noexcept {
  const auto room = out.room();
  const std::size_t size = (bytes.size() * 4 + 2) / 3;
  if (out.overflowed() || size > room.size()) {
    out.mark_overflowed();
    return;
  }
  char* to = room.data();
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const auto group = byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8 | byte_at(bytes, i + 2);
    *to++ = alphabet[group >> 18];
    *to++ = alphabet[group >> 12 & 63];
    *to++ = alphabet[group >> 6 & 63];
    *to++ = alphabet[group & 63];
  }
  if (bytes.size() - i == 1) {
    *to++ = alphabet[byte_at(bytes, i) >> 2];
    *to++ = alphabet[byte_at(bytes, i) << 4 & 63];
  } else if (bytes.size() - i == 2) {
    const auto group = byte_at(bytes, i) << 8 | byte_at(bytes, i + 1);
    *to++ = alphabet[group >> 10];
    *to++ = alphabet[group >> 4 & 63];
    *to++ = alphabet[group << 2 & 63];
  }
  out.commit(size);
}

std::optional<std::string> decode_base64url(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  unsigned pending = 0;
  for (const char c : text) {
    const auto value = values[static_cast<std::uint8_t>(c)];
    if (value == no_value) return std::nullopt;
    bits = bits << 6 | value;
    pending += 6;
    if (pending >= 8) {
      pending -= 8;
      bytes += static_cast<char>(bits >> pending & 0xFF);
    }
  }
  const std::uint32_t leftover = bits & ((1U << pending) - 1);
  if (leftover != 0) return std::nullopt;
  return bytes;
}

}  // namespace shaken302
