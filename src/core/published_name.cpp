// SPDX-License-Identifier: MIT
#include "shaken302/published_name.hpp"

#include <cstddef>
#include <stdexcept>

#include "es256.hpp"

namespace shaken302 {

std::string sha256_hex(std::string_view content) {
  constexpr std::string_view digits = "0123456789abcdef";
  Sha256 sha256;
  Sha256::Digest digest;
  if (!sha256.digest(content, digest)) throw std::runtime_error("OpenSSL makes no SHA-256");
  std::string text;
  for (const unsigned byte : digest) {
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

std::string published_name(std::string_view content) {
  constexpr std::size_t characters = 32;
  return sha256_hex(content).substr(0, characters) + ".pem";
}

}  // namespace shaken302
