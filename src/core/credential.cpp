// SPDX-License-Identifier: MIT
#include "shaken302/credential.hpp"

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "certificate_data.hpp"
#include "es256.hpp"
#include "openssl_ptr.hpp"
#include "shaken302/passport.hpp"

namespace shaken302 {
namespace {

constexpr std::size_t name_characters_max = 64;
constexpr std::size_t x5u_characters_max = 255;
constexpr std::size_t key_bytes_max = 65536;
constexpr std::string_view canary = "a canary that only this credential's key can have signed";

constexpr bool is_letter_or_digit(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_name(std::string_view text) noexcept {
  const auto is_allowed = [](char c) {
    return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= name_characters_max &&
         std::ranges::all_of(text, is_allowed);
}

/// A DNS name or an IPv4 address, or an IPv6 address in brackets.
bool is_host(std::string_view text) noexcept {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    const auto is_allowed = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f') ||
             c == ':' || c == '.';
    };
    return std::ranges::all_of(text.substr(1, text.size() - 2), is_allowed);
  }
  const auto is_allowed = [](char c) {
    return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_';
  };
  return !text.empty() && std::ranges::all_of(text, is_allowed);
}

/// RFC 3986 3.3: pchar and `/`. That leaves no query, no fragment, and nothing that would have to
/// be escaped in the JSON of the token or would end the angle brackets of the Identity header.
bool is_path(std::string_view text) noexcept {
  const auto is_hex = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
    } else if (!is_letter_or_digit(c) &&
               std::string_view("/-._~!$&'()*+,;=:@").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

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

KeyPtr read_pem_key(std::string_view pem, Asked& asked) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return KeyPtr(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, give_passphrase, &asked)
                    : nullptr);
}

/// PKCS#8 or SEC1, or an encrypted PKCS#8; nothing behind it.
KeyPtr read_der_key(std::string_view der, Asked& asked) {
  const auto* begin = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* position = begin;
  const auto size = static_cast<long>(der.size());
  const OpensslPtr<X509_SIG, X509_SIG_free> encrypted(d2i_X509_SIG(nullptr, &position, size));
  if (encrypted && position == begin + size) {
    const BioPtr bio(BIO_new_mem_buf(der.data(), static_cast<int>(size)));
    return KeyPtr(bio ? d2i_PKCS8PrivateKey_bio(bio.get(), nullptr, give_passphrase, &asked)
                      : nullptr);
  }
  position = begin;
  KeyPtr key(d2i_AutoPrivateKey(nullptr, &position, size));
  return position == begin + size ? std::move(key) : nullptr;
}

Result<KeyPtr, CredentialError> read_key(std::string_view bytes,
                                         std::optional<std::string_view> passphrase) {
  if (bytes.size() > key_bytes_max) return Failure{CredentialError::key_syntax};
  Asked asked{passphrase};
  const bool is_pem = bytes.find("-----BEGIN ") != std::string_view::npos;
  KeyPtr key = is_pem ? read_pem_key(bytes, asked) : read_der_key(bytes, asked);
  if (key) return key;
  if (!asked.was_asked) return Failure{CredentialError::key_syntax};
  return Failure{passphrase ? CredentialError::passphrase_wrong
                            : CredentialError::passphrase_needed};
}

/// An end entity that may sign: no CA (RFC 8226 section 9: the scope of a CA is its subjects', not
/// its own), and a key usage, where there is one, that allows signatures.
bool may_sign(X509* leaf) {
  return !is_authority(leaf) && (X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE) != 0;
}

}  // namespace

bool is_acceptable_x5u(std::string_view x5u) noexcept {
  constexpr std::string_view scheme = "https://";
  if (x5u.size() > x5u_characters_max || !x5u.starts_with(scheme)) return false;
  const auto rest = x5u.substr(scheme.size());
  const auto authority = rest.substr(0, rest.find('/'));
  auto host = authority;
  for (const std::string_view port : {":443", ":8443"}) {
    if (authority.ends_with(port)) host.remove_suffix(port.size());
  }
  return is_host(host) && is_path(rest.substr(authority.size()));
}

std::string_view passphrase_in(std::string_view content) noexcept {
  content = content.substr(0, content.find('\n'));
  if (content.ends_with('\r')) content.remove_suffix(1);
  return content;
}

bool is_encrypted_key(std::string_view bytes) {
  const QuietErrors quiet;
  const auto read = read_key(bytes, std::nullopt);
  return !read && read.error() == CredentialError::passphrase_needed;
}

Result<Credential, CredentialError> Credential::make(Parts parts) {
  const QuietErrors quiet;
  if (!is_name(parts.name)) return Failure{CredentialError::name};
  if (!is_acceptable_x5u(parts.x5u)) return Failure{CredentialError::x5u};
  X509* leaf = parts.chain.leaf();
  if (leaf == nullptr || !may_sign(leaf)) return Failure{CredentialError::certificate};

  auto read = read_key(parts.key, parts.passphrase);
  if (!read) return Failure{read.error()};
  KeyPtr key = std::move(*read);
  if (!is_named_p256(key.get())) return Failure{CredentialError::key_type};
  // Public halves: a private half that belongs to neither is what the self-test is for.
  if (EVP_PKEY_eq(key.get(), X509_get0_pubkey(leaf)) != 1) {
    return Failure{CredentialError::mismatch};
  }

  Credential credential;
  credential.name_ = std::move(parts.name);
  credential.header_segment_ = make_shaken_header_segment(parts.x5u);
  credential.x5u_ = std::move(parts.x5u);
  credential.chain_ = std::move(parts.chain);
  credential.key_ = std::move(key);
  return credential;
}

bool Credential::passes_self_test() const noexcept {
  try {
    Sha256 sha256;
    Sha256::Digest digest;
    RawSignature signature;
    const KeyContextPtr prepared = prepare_signing(key());
    return prepared && sha256.digest(canary, digest) &&
           sign_es256(prepared.get(), digest, signature) && chain_.verifies(canary, signature);
  } catch (...) {
    return false;
  }
}

}  // namespace shaken302
