// SPDX-License-Identifier: MIT
#include "shaken302/credential.hpp"

#include <openssl/x509v3.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "certificate_data.hpp"
#include "credential_key.hpp"
#include "es256.hpp"
#include "openssl_ptr.hpp"
#include "shaken302/passport.hpp"

namespace shaken302 {
namespace {

constexpr std::size_t name_characters_max = 64;
constexpr std::size_t x5u_characters_max = 255;
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
  const auto read = read_private_key(bytes, std::nullopt);
  return !read && read.error() == CredentialError::passphrase_needed;
}

Result<Credential, CredentialError> Credential::make(Parts parts) {
  const QuietErrors quiet;
  if (!is_name(parts.name)) return Failure{CredentialError::name};
  if (!is_acceptable_x5u(parts.x5u)) return Failure{CredentialError::x5u};
  X509* leaf = parts.chain.leaf();
  if (leaf == nullptr || !may_sign(leaf)) return Failure{CredentialError::certificate};

  auto read = parts.token ? read_public_key(parts.token->public_key())
                          : read_private_key(parts.key, parts.passphrase);
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
  credential.token_ = std::move(parts.token);
  return credential;
}

Credential Credential::absent(std::string name) {
  Credential credential;
  credential.name_ = std::move(name);
  return credential;
}

bool Credential::passes_self_test() const noexcept {
  if (key_ == nullptr) return false;
  try {
    Sha256 sha256;
    Sha256::Digest digest;
    RawSignature signature;
    if (!sha256.digest(canary, digest)) return false;
    if (token_) return token_->sign(digest, signature) && chain_.verifies(canary, signature);
    const KeyContextPtr prepared = prepare_signing(key());
    return prepared && sign_es256(prepared.get(), digest, signature) &&
           chain_.verifies(canary, signature);
  } catch (...) {
    return false;
  }
}

}  // namespace shaken302
