// SPDX-License-Identifier: MIT
#include "identity_check.hpp"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <vector>

namespace sip_load {
namespace {

constexpr std::size_t half_bytes = 32;
constexpr std::int64_t fresh_s = 60;

int sextet(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '-' ? 62 : c == '_' ? 63 : -1;
}

/// base64url without padding (RFC 7515 2).
std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  unsigned bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const int value = sextet(c);
    if (value < 0) return {};
    bits = (bits << 6) | static_cast<unsigned>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>((bits >> held) & 0xFF);
    }
  }
  return out;
}

const unsigned char* unsigned_bytes(std::string_view text) {
  return static_cast<const unsigned char*>(static_cast<const void*>(text.data()));
}

/// r and s side by side (RFC 7518 3.4) as OpenSSL wants them; empty when it cannot be made.
std::vector<unsigned char> der_of(std::string_view raw) {
  ECDSA_SIG* signature = ECDSA_SIG_new();
  BIGNUM* r = BN_bin2bn(unsigned_bytes(raw), half_bytes, nullptr);
  BIGNUM* s = BN_bin2bn(unsigned_bytes(raw.substr(half_bytes)), half_bytes, nullptr);
  if (signature == nullptr || r == nullptr || s == nullptr || ECDSA_SIG_set0(signature, r, s) != 1)
    throw std::bad_alloc();
  unsigned char* bytes = nullptr;
  const int size = i2d_ECDSA_SIG(signature, &bytes);
  std::vector<unsigned char> der;
  if (size > 0) der.assign(bytes, bytes + size);
  OPENSSL_free(bytes);
  ECDSA_SIG_free(signature);
  return der;
}

std::string_view claims_finding(const nlohmann::json& claims, const IdentityCheck::Expected& due) {
  const auto orig = claims.value("/orig/tn"_json_pointer, std::string());
  if (orig != due.calling) return "orig is not the caller";
  const auto dest = claims.value("/dest/tn"_json_pointer, nlohmann::json());
  if (dest != nlohmann::json::array({std::string(due.called)})) return "dest is not the called";
  const auto iat = claims.value("iat", std::int64_t{0});
  if (std::llabs(iat - due.now_s) > fresh_s) return "iat is not now";
  const auto attest = claims.value("attest", std::string());
  if (attest != "A" && attest != "B" && attest != "C") return "attest is no level";
  return {};
}

}  // namespace

IdentityCheck::IdentityCheck(const std::string& certificate_file) : context_(EVP_MD_CTX_new()) {
  std::FILE* file = std::fopen(certificate_file.c_str(), "re");
  if (file == nullptr) throw std::runtime_error("cannot read " + certificate_file);
  X509* certificate = PEM_read_X509(file, nullptr, nullptr, nullptr);
  std::fclose(file);
  if (certificate != nullptr) key_.reset(X509_get_pubkey(certificate));
  X509_free(certificate);
  if (!key_ || EVP_PKEY_get_base_id(key_.get()) != EVP_PKEY_EC ||
      EVP_PKEY_get_bits(key_.get()) != 256)
    throw std::runtime_error("no certificate with a P-256 key in " + certificate_file);
}

bool IdentityCheck::verifies(std::string_view text, std::string_view raw_signature) const {
  const std::vector<unsigned char> der = der_of(raw_signature);
  return EVP_MD_CTX_reset(context_.get()) == 1 &&
         EVP_DigestVerifyInit(context_.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
         EVP_DigestVerify(context_.get(), der.data(), der.size(), unsigned_bytes(text),
                          text.size()) == 1;
}

std::string_view IdentityCheck::finding(std::string_view identity, const Expected& expected) const {
  const std::string_view token = identity.substr(0, identity.find(';'));
  const std::string_view parameters = identity.substr(token.size());
  if (parameters.find(";info=<") == std::string_view::npos) return "no info parameter";
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  if (first == std::string_view::npos || last == first) return "no compact JWS";
  const auto header_text = decoded(token.substr(0, first));
  const auto claims_text = decoded(token.substr(first + 1, last - first - 1));
  const auto signature = decoded(token.substr(last + 1));
  if (!header_text || !claims_text || !signature) return "not base64url";
  if (signature->size() != 2 * half_bytes) return "the signature is not 64 bytes";
  const auto header = nlohmann::json::parse(*header_text, nullptr, false);
  const auto claims = nlohmann::json::parse(*claims_text, nullptr, false);
  if (!header.is_object() || !claims.is_object()) return "not JSON";
  if (!verifies(token.substr(0, last), *signature)) return "the signature does not verify";
  try {
    if (header.value("alg", std::string()) != "ES256") return "alg is not ES256";
    if (header.value("typ", std::string()) != "passport") return "typ is not passport";
    if (header.value("ppt", std::string()) != "shaken") return "ppt is not shaken";
    return claims_finding(claims, expected);
  } catch (const nlohmann::json::exception&) {
    return "a claim of the wrong type";
  }
}

}  // namespace sip_load
