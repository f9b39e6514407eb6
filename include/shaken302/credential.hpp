// SPDX-License-Identifier: MIT
//
// A credential: private key, certificate chain and x5u, checked to belong together and parsed once;
// and the Signer that makes ES256 signatures with it (RFC 7518 3.4: raw r||s, 32 bytes each,
// left-padded). Key bytes never leave this file: no accessor, no log, no error text.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shaken302/attestation.hpp"
#include "shaken302/certificate.hpp"
#include "shaken302/result.hpp"
#include "shaken302/signing_token.hpp"
#include "shaken302/unix_time.hpp"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace shaken302 {

/// Why a credential cannot be used. The first group refuses a configuration.
enum class CredentialError : std::uint8_t {
  key_syntax,         ///< not a private key that OpenSSL reads, PKCS#8 or SEC1, PEM or DER
  passphrase_needed,  ///< the key is encrypted and there is no passphrase
  passphrase_wrong,   ///< the key is encrypted with another one
  key_type,           ///< not EC on the named curve P-256, or explicit parameters
  certificate,        ///< no chain, a CA in front, or a key usage that allows no signatures
  mismatch,           ///< the key does not belong to the leaf
  x5u,                ///< not https, port other than 443/8443, userinfo, query, fragment, too long
  name,               ///< empty, or not printable
};

/// Immutable; shared between workers; the EVP_PKEY inside may be used by several threads as long as
/// each has its own context.
class Credential {
 public:
  struct Parts {
    std::string name;
    std::string_view key;  ///< PKCS#8 or SEC1, PEM or DER; not kept
    CertificateChain chain;
    std::string x5u;
    std::optional<std::string_view> passphrase = {};  ///< of an encrypted key; not kept
    std::shared_ptr<const SigningToken> token = {};   ///< signs in place of `key`, which is empty
  };
  static Result<Credential, CredentialError> make(Parts parts);
  /// Stands for one whose files are wrong: a name without a key, which can sign nothing.
  static Credential absent(std::string name);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const std::string& x5u() const noexcept { return x5u_; }
  [[nodiscard]] const CertificateChain& chain() const noexcept { return chain_; }
  /// base64url of the PASSporT header: constant for this x5u.
  [[nodiscard]] const std::string& header_segment() const noexcept { return header_segment_; }
  /// The private key; of a token its public half.
  [[nodiscard]] evp_pkey_st* key() const noexcept { return key_.get(); }
  /// nullptr: the key itself signs.
  [[nodiscard]] const SigningToken* token() const noexcept { return token_.get(); }

  /// Whether it is the same one, not merely one of equal content: a copy, or still in use from an
  /// earlier load.
  [[nodiscard]] bool is_same(const Credential& other) const noexcept {
    return key_ == other.key_ && name_ == other.name_ && x5u_ == other.x5u_;
  }

  /// Signs a canary and verifies it with the leaf, as a stranger would.
  [[nodiscard]] bool passes_self_test() const noexcept;

 private:
  Credential() = default;
  std::string name_;
  std::string x5u_;
  std::string header_segment_;
  CertificateChain chain_;
  std::shared_ptr<evp_pkey_st> key_;
  std::shared_ptr<const SigningToken> token_;
};

/// The passphrase in the content of a file: its first line.
[[nodiscard]] std::string_view passphrase_in(std::string_view content) noexcept;

/// Whether the bytes of a private key, PEM or DER, say that it is encrypted.
[[nodiscard]] bool is_encrypted_key(std::string_view bytes);

/// ATIS-1000074 5.3.1 on the form of an x5u, and at most 255 characters. The scheme in lower case,
/// as verifiers that compare the prefix expect it.
[[nodiscard]] bool is_acceptable_x5u(std::string_view x5u) noexcept;

/// All credentials of a snapshot, by index: one entry for each that the configuration names, also
/// for one that is out of use, whose calls stay unsigned while all others are signed.
struct CredentialTable {
  struct Entry {
    Credential credential;
    Attestation max_attestation = Attestation::A;  ///< cap on what it signs
    bool faulty = false;       ///< its files are wrong and it never was good: it has but a name
    bool quarantined = false;  ///< its test signature does not verify
    bool unpublished = false;  ///< `publish_check` is on and its x5u has not served its chain yet
    bool supersedes = false;   ///< the one of its name before must not sign in its place
    [[nodiscard]] bool usable() const noexcept { return !faulty && !quarantined && !unpublished; }
  };
  std::vector<Entry> entries;
};

enum class SignError : std::uint8_t { failed };

/// Makes signatures. One per worker; not thread-safe; keeps one prepared OpenSSL context per
/// credential of the table it follows, so that a signature costs nothing but itself.
class Signer {
 public:
  using Signature = std::array<std::uint8_t, 64>;
  using Digest = std::array<std::uint8_t, 32>;

  Signer();
  ~Signer();
  Signer(Signer&&) noexcept;
  Signer& operator=(Signer&&) noexcept;

  /// How many contexts one `follow` frees at most: what a call after a reload pays.
  static constexpr std::size_t frees_max = 8;

  /// Retires all prepared contexts when `table` is another one than before, and frees some of the
  /// retired ones; true while there are more: then follow again soon. Keeps the table alive, and
  /// the one before it until its contexts are gone, so that no key is freed here as long as
  /// somebody else holds its table.
  bool follow(const std::shared_ptr<const CredentialTable>& table) noexcept;

  /// Contexts that wait to be freed.
  [[nodiscard]] std::size_t retired() const noexcept;

  /// SHA-256 of a signing input (RFC 7515 5.1): what ES256 signs.
  Result<Digest, SignError> digest(std::string_view signing_input) noexcept;
  /// ES256 over that digest with entry `credential` of the followed table. Waits for nothing,
  /// unless the credential's key is in a token: then for that one, as long as it lets itself wait.
  Result<Signature, SignError> sign(std::uint32_t credential, const Digest& digest) noexcept;
  /// Both in one.
  Result<Signature, SignError> sign(std::uint32_t credential,
                                    std::string_view signing_input) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace shaken302
