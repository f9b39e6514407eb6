// SPDX-License-Identifier: MIT
#include "es256.hpp"

#include <openssl/core_names.h>

#include <algorithm>
#include <stdexcept>
#include <string_view>

namespace shaken302 {
namespace {

constexpr std::size_t half = 32;  // bytes of r and of s

/// Takes one INTEGER off the front of `rest` and writes it into `out`, padded on the left.
bool take_integer(std::span<const std::uint8_t>& rest, std::span<std::uint8_t, half> out) noexcept {
  if (rest.size() < 3 || rest[0] != 0x02) return false;
  const std::size_t length = rest[1];
  if (length == 0 || length > half + 1 || rest.size() - 2 < length) return false;
  auto value = rest.subspan(2, length);
  rest = rest.subspan(2 + length);

  if (value[0] >= 0x80) return false;  // negative
  if (value[0] == 0) {
    // DER: a zero byte in front only where the number would look negative without it. Zero itself
    // is no part of a signature.
    if (value.size() == 1 || value[1] < 0x80) return false;
    value = value.subspan(1);
  }
  if (value.size() > half) return false;
  const auto padding = half - value.size();
  std::ranges::fill(out.first(padding), std::uint8_t{0});
  std::ranges::copy(value, out.subspan(padding).begin());
  return true;
}

/// DER of a raw signature; 0 when it cannot be written.
std::size_t to_der_signature(const RawSignature& raw,
                             std::array<std::uint8_t, der_signature_bytes_max>& out) noexcept {
  const EcdsaSigPtr signature(ECDSA_SIG_new());
  BignumPtr r(BN_bin2bn(raw.data(), half, nullptr));
  BignumPtr s(BN_bin2bn(raw.data() + half, half, nullptr));
  if (!signature || !r || !s) return 0;
  if (ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return 0;
  static_cast<void>(r.release());  // the signature owns both now
  static_cast<void>(s.release());
  const int size = i2d_ECDSA_SIG(signature.get(), nullptr);
  if (size <= 0 || static_cast<std::size_t>(size) > out.size()) return 0;
  unsigned char* end = out.data();
  return i2d_ECDSA_SIG(signature.get(), &end) == size ? static_cast<std::size_t>(size) : 0;
}

}  // namespace

Sha256::Sha256()
    : algorithm_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {
  if (!algorithm_ || !context_) throw std::runtime_error("OpenSSL has no SHA-256");
}

bool Sha256::digest(std::string_view text, Digest& out) noexcept {
  unsigned int size = 0;
  return EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr) == 1 &&
         EVP_DigestUpdate(context_.get(), text.data(), text.size()) == 1 &&
         EVP_DigestFinal_ex(context_.get(), out.data(), &size) == 1 && size == out.size();
}

bool is_named_p256(const EVP_PKEY* key) noexcept {
  const QuietErrors quiet;
  if (key == nullptr || EVP_PKEY_is_a(key, "EC") != 1) return false;
  std::array<char, 32> text{};
  std::size_t size = 0;
  if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, text.data(), text.size(),
                                     &size) != 1 ||
      std::string_view(text.data(), size) != "prime256v1") {
    return false;
  }
  // "explicit" also for a key that was read with the parameters of P-256 written out.
  return EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, text.data(), text.size(),
                                        &size) == 1 &&
         std::string_view(text.data(), size) == OSSL_PKEY_EC_ENCODING_GROUP;
}

KeyContextPtr prepare_signing(EVP_PKEY* key) noexcept {
  const QuietErrors quiet;
  KeyContextPtr context(key == nullptr ? nullptr
                                       : EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  if (context && EVP_PKEY_sign_init(context.get()) != 1) context.reset();
  return context;
}

bool sign_es256(EVP_PKEY_CTX* prepared, const Sha256::Digest& digest, RawSignature& out) noexcept {
  std::array<std::uint8_t, der_signature_bytes_max> der;
  std::size_t size = der.size();
  if (EVP_PKEY_sign(prepared, der.data(), &size, digest.data(), digest.size()) != 1) {
    ERR_clear_error();  // only here: a mark would cost every good call
    return false;
  }
  return size <= der.size() && to_raw_signature(std::span(der).first(size), out);
}

bool to_raw_signature(std::span<const std::uint8_t> der, RawSignature& out) noexcept {
  if (der.size() < 2 || der[0] != 0x30 || der[1] >= 0x80 || der[1] != der.size() - 2) return false;
  auto rest = der.subspan(2);
  const std::span<std::uint8_t, 64> whole(out);
  return take_integer(rest, whole.first<half>()) && take_integer(rest, whole.last<half>()) &&
         rest.empty();
}

bool verify_es256(EVP_PKEY* key, std::string_view signing_input,
                  const RawSignature& signature) noexcept {
  const QuietErrors quiet;
  std::array<std::uint8_t, der_signature_bytes_max> der;
  const std::size_t der_size = to_der_signature(signature, der);
  Sha256::Digest digest;
  unsigned int digest_size = 0;
  if (key == nullptr || der_size == 0 ||
      EVP_Digest(signing_input.data(), signing_input.size(), digest.data(), &digest_size,
                 EVP_sha256(), nullptr) != 1 ||
      digest_size != digest.size()) {
    return false;
  }
  const KeyContextPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  return context && EVP_PKEY_verify_init(context.get()) == 1 &&
         EVP_PKEY_verify(context.get(), der.data(), der_size, digest.data(), digest.size()) == 1;
}

}  // namespace shaken302
