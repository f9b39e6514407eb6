// SPDX-License-Identifier: MIT
#include "credential_key.hpp"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>
#include <vector>

#include "certificate_der.hpp"
#include "private_key_traces.hpp"

namespace shaken302 {
namespace {

using InfoPtr = OpensslPtr<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;  // it wipes

constexpr std::size_t key_bytes_max = 65536;
constexpr std::size_t number_bytes = 32;  // of P-256
constexpr std::uint8_t one[] = {1};

/// What OpenSSL is told when it meets an encrypted key.
struct Asked {
  std::optional<std::string_view> passphrase;
  bool was_asked = false;
};

/// Without it OpenSSL would ask the terminal; -1 refuses, where 0 would try the empty passphrase.
int give_passphrase(char* buffer, int size, int, void* context) {
  Asked& asked = *static_cast<Asked*>(context);
  asked.was_asked = true;
  if (!asked.passphrase || size < 0) return -1;
  const std::string_view text = *asked.passphrase;
  if (text.size() > static_cast<std::size_t>(size)) return -1;
  std::ranges::copy(text, buffer);
  return static_cast<int>(text.size());
}

/// ECPrivateKey (RFC 5915) with its public half, on P-256.
struct Halves {
  DerBytes secret;
  DerBytes point;  ///< empty: not there
};

/// Nothing when it is not exact DER, or names no curve where `is_curve_known` wants it named.
std::optional<Halves> read_halves(DerBytes der, bool is_curve_known) {
  constexpr std::uint8_t octet_string = 0x04;
  constexpr std::uint8_t bit_string = 0x03;
  constexpr std::uint8_t p256[] = {0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};
  auto rest = content_of_only(der, der_sequence);
  if (!rest) return std::nullopt;
  const auto version = take_element(*rest);
  const auto secret = take_element(*rest);
  if (!version || version->tag != der_integer || !std::ranges::equal(version->content, one) ||
      !secret || secret->tag != octet_string || secret->content.size() != number_bytes) {
    return std::nullopt;
  }
  Halves halves{secret->content, {}};
  bool is_named = is_curve_known;
  if (!rest->empty() && rest->front() == der_explicit(0)) {
    const auto curve = take_element(*rest);
    if (!curve || !std::ranges::equal(curve->content, p256)) return std::nullopt;
    is_named = true;
  }
  if (!rest->empty()) {
    const auto content = content_of_only(*rest, der_explicit(1));
    const auto bits = content ? content_of_only(*content, bit_string) : std::nullopt;
    if (!bits || bits->empty() || bits->front() != 0) return std::nullopt;
    halves.point = bits->subspan(1);
  }
  return is_named ? std::optional(halves) : std::nullopt;
}

/// What OpenSSL's decoders leave unwiped of a key (in 3.0, the whole of it) is the reason for this:
/// the number alone is handed over. nullptr when OpenSSL does not take it.
KeyPtr make_key(const Halves& halves) {
  std::array<unsigned char, number_bytes> secret;
  std::ranges::reverse_copy(halves.secret, secret.begin());  // OSSL_PARAM's order on this machine
  static_assert(std::endian::native == std::endian::little);
  std::array<char, 6> group{"P-256"};
  std::vector<unsigned char> point(halves.point.begin(), halves.point.end());
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
      OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, secret.data(), secret.size()),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
      OSSL_PARAM_construct_end()};
  const KeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  const bool is_made = context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                       EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params) == 1;
  OPENSSL_cleanse(secret.data(), secret.size());
  return KeyPtr(is_made ? key : nullptr);
}

bool names_p256(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  const void* parameter = nullptr;
  int type = 0;
  X509_ALGOR_get0(&object, &type, &parameter, algorithm);
  return OBJ_obj2nid(object) == NID_X9_62_id_ecPublicKey && type == V_ASN1_OBJECT &&
         OBJ_obj2nid(static_cast<const ASN1_OBJECT*>(parameter)) == NID_X9_62_prime256v1;
}

/// The usual form, with both halves, or else whatever OpenSSL makes of it: for the error, mostly.
KeyPtr read_pkcs8(const PKCS8_PRIV_KEY_INFO* info) {
  const unsigned char* inner = nullptr;
  int size = 0;
  const X509_ALGOR* algorithm = nullptr;
  if (PKCS8_pkey_get0(nullptr, &inner, &size, &algorithm, info) == 1 && names_p256(algorithm)) {
    const auto halves = read_halves({inner, static_cast<std::size_t>(size)}, true);
    if (halves && !halves->point.empty()) return make_key(*halves);
  }
  return KeyPtr(EVP_PKCS82PKEY(info));
}

KeyPtr read_encrypted(const X509_SIG& encrypted, Asked& asked) {
  std::array<char, PEM_BUFSIZE> passphrase;
  const int size = give_passphrase(passphrase.data(), PEM_BUFSIZE, 0, &asked);
  const InfoPtr info(size < 0 ? nullptr : PKCS8_decrypt(&encrypted, passphrase.data(), size));
  OPENSSL_cleanse(passphrase.data(), passphrase.size());
  return info ? read_pkcs8(info.get()) : nullptr;
}

/// PKCS#8 or SEC1, or an encrypted PKCS#8; nothing behind it.
KeyPtr read_der_key(std::string_view der, Asked& asked) {
  const auto* begin = reinterpret_cast<const unsigned char*>(der.data());
  const auto size = static_cast<long>(der.size());
  const unsigned char* position = begin;
  const OpensslPtr<X509_SIG, X509_SIG_free> encrypted(d2i_X509_SIG(nullptr, &position, size));
  if (encrypted && position == begin + size) return read_encrypted(*encrypted, asked);
  position = begin;
  const InfoPtr info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &position, size));
  if (info && position == begin + size) return read_pkcs8(info.get());
  const auto halves = read_halves({begin, der.size()}, false);
  if (halves && !halves->point.empty()) return make_key(*halves);
  position = begin;
  KeyPtr key(d2i_AutoPrivateKey(nullptr, &position, size));
  return position == begin + size ? std::move(key) : nullptr;
}

/// One BEGIN/END block whose bytes may be a key, wiped at the end.
struct SecretBlock {
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;

  SecretBlock() = default;
  SecretBlock(const SecretBlock&) = delete;
  SecretBlock& operator=(const SecretBlock&) = delete;
  ~SecretBlock() {
    OPENSSL_secure_free(name);
    OPENSSL_secure_free(header);
    OPENSSL_secure_clear_free(data, static_cast<std::size_t>(reserved));
  }
  bool read_from(BIO* bio) {
    const bool is_read = PEM_read_bio_ex(bio, &name, &header, &data, &size, PEM_FLAG_SECURE) == 1;
    reserved = size;
    return is_read;
  }
  /// The older encryption, which the lines in front of the base64 tell of (RFC 1421 4.6).
  bool decrypt(Asked& asked) {
    EVP_CIPHER_INFO cipher{};
    return PEM_get_EVP_CIPHER_INFO(header, &cipher) == 1 &&
           PEM_do_header(&cipher, data, &size, give_passphrase, &asked) == 1;
  }

 private:
  long reserved = 0;
};

/// The first block that is a private key; parameters and text may come before it.
KeyPtr read_pem_key(std::string_view pem, Asked& asked) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  while (bio) {
    SecretBlock block;
    if (!block.read_from(bio.get())) break;
    if (!std::string_view(block.name).ends_with("PRIVATE KEY")) continue;
    if (!block.decrypt(asked)) break;
    return read_der_key(
        {reinterpret_cast<const char*>(block.data), static_cast<std::size_t>(block.size)}, asked);
  }
  return nullptr;
}

}  // namespace

Result<KeyPtr, CredentialError> read_private_key(std::string_view bytes,
                                                 std::optional<std::string_view> passphrase) {
  if (bytes.size() > key_bytes_max) return Failure{CredentialError::key_syntax};
  Asked asked{passphrase};
  const bool is_pem = bytes.find("-----BEGIN ") != std::string_view::npos;
  KeyPtr key = is_pem ? read_pem_key(bytes, asked) : read_der_key(bytes, asked);
  // OpenSSL reads more than RFC 5915 and DER allow. A key in a form that would not be noticed if it
  // were published is none that we use.
  if (key && !holds_private_key(bytes)) return Failure{CredentialError::key_syntax};
  if (key) return key;
  if (!asked.was_asked) return Failure{CredentialError::key_syntax};
  return Failure{passphrase ? CredentialError::passphrase_wrong
                            : CredentialError::passphrase_needed};
}

Result<KeyPtr, CredentialError> read_public_key(std::string_view der) {
  const auto* const begin = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* position = begin;
  KeyPtr key(d2i_PUBKEY(nullptr, &position, static_cast<long>(der.size())));
  if (!key || position != begin + der.size()) return Failure{CredentialError::key_syntax};
  return key;
}

}  // namespace shaken302
