// SPDX-License-Identifier: MIT
#include "published_name.hpp"

#include <cstddef>
#include <stdexcept>

#include "es256.hpp"

namespace shaken302 {

std::string published_name(std::string_view content) {
  constexpr std::size_t bytes = 16;
  constexpr std::string_view digits = "0123456789abcdef";
  Sha256 sha256;
  Sha256::Digest digest;
  if (!sha256.digest(content, digest)) throw std::runtime_error("OpenSSL makes no SHA-256");
  std::string name;
  for (std::size_t i = 0; i < bytes; ++i) {
    name += digits[digest[i] >> 4U];
    name += digits[digest[i] & 15U];
  }
  return name + ".pem";
}

}  // namespace shaken302
