// SPDX-License-Identifier: MIT
#include "openssl_identity.hpp"

#include <openssl/pem.h>

#include <fstream>
#include <iterator>

namespace e2e {

std::string_view header(std::string_view answer, std::string_view name) {
  const std::string begin = "\r\n" + std::string(name) + ": ";
  const auto at = answer.find(begin);
  if (at == std::string_view::npos || answer.find(begin, at + 2) != std::string_view::npos)
    return {};
  answer.remove_prefix(at + begin.size());
  return answer.substr(0, answer.find("\r\n"));
}

std::optional<std::string> decoded(std::string_view text) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string bytes;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const auto value = alphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = (bits << 6U) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>((bits >> held) & 0xFFU);
  }
  return bytes;
}

bool is_signed_by(EVP_PKEY* key, std::string_view text, std::string_view raw) {
  constexpr int part = 32;
  if (raw.size() != 64) return false;
  const Signature signature(need(ECDSA_SIG_new(), "memory"));
  BIGNUM* r = need(BN_bin2bn(bytes_of(raw), part, nullptr), "memory");
  BIGNUM* s = need(BN_bin2bn(bytes_of(raw.substr(part)), part, nullptr), "memory");
  ECDSA_SIG_set0(signature.get(), r, s);
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  need(size > 0, "memory");
  const DigestContext context(need(EVP_MD_CTX_new(), "memory"));
  const bool good = EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
                    EVP_DigestVerify(context.get(), der, static_cast<std::size_t>(size),
                                     bytes_of(text), text.size()) == 1;
  OPENSSL_free(der);
  return good;
}

Key key_of_certificate(std::string_view pem) {
  const Bio bio(need(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), "memory"));
  const Certificate leaf(need(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), "PEM"));
  return Key(need(X509_get_pubkey(leaf.get()), "key"));
}

std::string read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  need(file.is_open(), path.c_str());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::optional<Token> take_apart(std::string_view identity) {
  const auto first = identity.find('.');
  const auto second = identity.find('.', first + 1);
  const auto end = identity.find(";info=<");
  const auto behind = identity.find(">;alg=ES256;ppt=shaken");
  if (first == std::string_view::npos || second == std::string_view::npos ||
      end == std::string_view::npos || behind == std::string_view::npos || second > end ||
      end > behind) {
    return std::nullopt;
  }
  const auto header = decoded(identity.substr(0, first));
  const auto payload = decoded(identity.substr(first + 1, second - first - 1));
  const auto signature = decoded(identity.substr(second + 1, end - second - 1));
  if (!header || !payload || !signature) return std::nullopt;
  return Token{identity.substr(0, second), *header, *payload, *signature,
               identity.substr(end + 7, behind - end - 7)};
}

std::uint64_t check_the_verifier(const Token& token, EVP_PKEY* key) {
  need(is_signed_by(key, token.text, token.signature), "self-check: the good one fails");
  std::uint64_t refused = 0;
  for (std::size_t bit = 0; bit < token.signature.size() * 8; ++bit) {
    std::string turned = token.signature;
    turned[bit / 8] = static_cast<char>(turned[bit / 8] ^ (1 << (bit % 8)));
    need(!is_signed_by(key, token.text, turned), "self-check: a turned signature passes");
    ++refused;
  }
  for (std::size_t at = 0; at < token.text.size(); ++at) {
    std::string turned(token.text);
    turned[at] = static_cast<char>(turned[at] ^ 1);
    need(!is_signed_by(key, turned, token.signature), "self-check: a turned text passes");
    ++refused;
  }
  return refused;
}

}  // namespace e2e
