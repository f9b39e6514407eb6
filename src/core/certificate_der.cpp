// SPDX-License-Identifier: MIT
#include "certificate_der.hpp"

namespace shaken302 {

std::optional<DerElement> take_element(DerBytes& rest) noexcept {
  if (rest.size() < 2) return std::nullopt;
  std::size_t length = rest[1];
  std::size_t header = 2;
  if (length >= 0x80) {
    const std::size_t length_bytes = length - 0x80;  // 0 would be the indefinite form of BER
    if (length_bytes < 1 || length_bytes > 3 || rest.size() < 2 + length_bytes) return std::nullopt;
    length = 0;
    for (std::size_t i = 0; i < length_bytes; ++i) length = length << 8 | rest[2 + i];
    header += length_bytes;
    // DER (X.690 10.1): the short form up to 127, and no leading zero byte in the long form.
    if (length < 0x80 || rest[2] == 0) return std::nullopt;
  }
  if (rest.size() - header < length) return std::nullopt;
  const DerElement element{rest[0], rest.subspan(header, length)};
  rest = rest.subspan(header + length);
  return element;
}

std::optional<DerBytes> content_of_only(DerBytes bytes, std::uint8_t tag) noexcept {
  const auto element = take_element(bytes);
  if (!element || element->tag != tag || !bytes.empty()) return std::nullopt;
  return element->content;
}

}  // namespace shaken302
