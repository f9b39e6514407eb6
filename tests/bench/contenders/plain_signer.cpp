// SPDX-License-Identifier: MIT
#include "plain_signer.hpp"

#include <openssl/pem.h>

#include <algorithm>
#include <cstdio>
#include <span>
#include <stdexcept>

namespace contenders {
namespace {

constexpr std::size_t half_bytes = 32;

void demand(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

/// One INTEGER of a DER signature: without the zero that says that it is not negative, and filled
/// up with zeros on the left. Taken off `der`.
void take_half(std::span<const unsigned char>& der, unsigned char* half) {
  demand(der.size() > 2 && der[0] == 0x02 && der.size() >= 2U + der[1], "no INTEGER in DER");
  std::span<const unsigned char> number = der.subspan(2, der[1]);
  der = der.subspan(2 + number.size());
  while (number.size() > half_bytes) number = number.subspan(1);
  std::fill_n(half, half_bytes - number.size(), static_cast<unsigned char>(0));
  std::copy(number.begin(), number.end(), half + (half_bytes - number.size()));
}

}  // namespace

PlainSigner::PlainSigner(const std::string& key_file)
    : sha256_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), digest_(EVP_MD_CTX_new()) {
  std::FILE* file = std::fopen(key_file.c_str(), "re");
  demand(file != nullptr, "the key cannot be read");
  key_.reset(PEM_read_PrivateKey(file, nullptr, nullptr, nullptr));
  std::fclose(file);
  demand(key_ && sha256_ && digest_ && EVP_PKEY_get_bits(key_.get()) == 256, "no P-256 key");
  context_.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
  demand(context_ && EVP_PKEY_sign_init(context_.get()) == 1, "the key cannot sign");
}

RawSignature PlainSigner::sign(std::string_view text) {
  std::array<unsigned char, 32> hash{};
  std::array<unsigned char, 80> der{};
  std::size_t size = der.size();
  demand(EVP_DigestInit_ex2(digest_.get(), sha256_.get(), nullptr) == 1 &&
             EVP_DigestUpdate(digest_.get(), text.data(), text.size()) == 1 &&
             EVP_DigestFinal_ex(digest_.get(), hash.data(), nullptr) == 1 &&
             EVP_PKEY_sign(context_.get(), der.data(), &size, hash.data(), hash.size()) == 1,
         "not signed");
  // Two numbers of at most 33 bytes: their SEQUENCE has one byte of length.
  std::span<const unsigned char> rest(der.data() + 2, size - 2);
  RawSignature raw{};
  take_half(rest, raw.data());
  take_half(rest, raw.data() + half_bytes);
  return raw;
}

void append_base64url(std::string_view bytes, std::string& out) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  unsigned held = 0;
  unsigned bits = 0;
  for (const char c : bytes) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    held += 8;
    while (held >= 6) {
      held -= 6;
      out += letters[(bits >> held) & 63U];
    }
  }
  if (held > 0) out += letters[(bits << (6 - held)) & 63U];
}

void append_base64url(const RawSignature& signature, std::string& out) {
  append_base64url(
      {static_cast<const char*>(static_cast<const void*>(signature.data())), signature.size()},
      out);
}

}  // namespace contenders
