// SPDX-License-Identifier: MIT
//
// What is wrong or odd with a credential, one finding per fault, each with a text for people: the
// same for the server when it loads and for the commands that show and check. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shaken302/certificate.hpp"
#include "shaken302/credential.hpp"
#include "shaken302/unix_time.hpp"

namespace shaken302 {

enum class CertificateFault : std::uint8_t {
  // The files.
  unreadable_file,         ///< missing, a folder, too large, open to others: the detail says which
  no_certificate,          ///< nothing in the file is a certificate
  unreadable_certificate,  ///< neither PEM nor DER that can be read
  too_many_certificates,   ///< more than 64 KiB or more than 4 certificates
  private_key_published,   ///< the certificate's file holds a private key
  // The key.
  certificate_key_type,   ///< the leaf is not for a key on the named curve P-256
  unreadable_key,         ///< neither PKCS#8 nor SEC1
  passphrase_needed,      ///< the key is encrypted and no passphrase is given
  passphrase_wrong,       ///< the key is encrypted with another passphrase
  passphrase_not_needed,  ///< a passphrase is given for a key that is not encrypted
  key_type,               ///< the private key is not on the named curve P-256
  key_mismatch,           ///< the private key does not belong to the leaf
  self_test,              ///< the key's test signature does not verify with the leaf
  // The key in a token.
  token_module,      ///< no engine, no module, or not the one of this process
  token_missing,     ///< no such token, or it has no private key that may be seen
  token_pin,         ///< the token does not take the PIN
  token_key,         ///< the token has no such private key
  token_public_key,  ///< it is there without its public half
  token_silent,      ///< the token did not answer in time
  // What the configuration says of it.
  name_form,
  x5u_form,  ///< ATIS-1000074 5.3.1
  // What the leaf is for.
  authority,                   ///< the leaf is a CA's certificate
  key_usage,                   ///< the leaf's key usage allows no signatures
  unknown_critical_extension,  ///< verifiers must refuse it (RFC 5280 4.2)
  // Time. These come and go by themselves: no configuration is refused for them.
  not_yet_valid,
  expired,
  issuer_not_valid,  ///< a certificate behind the leaf is not valid now
  anchor_not_valid,  ///< the trust anchors that it leads to are not valid now
  // The chain.
  reordered,          ///< the file has the right certificates in another order
  not_linked,         ///< a certificate of the chain did not issue the one in front of it
  no_path_to_anchor,  ///< the chain does not lead to a configured trust anchor
  // TNAuthList (RFC 8226 section 9).
  tn_auth_list_missing,
  tn_auth_list_critical,
  tn_auth_list_malformed,
  other_service_provider,  ///< not the expected service provider code
  other_numbers,           ///< not all of the expected numbers
  numbers_alone,           ///< it speaks for the listed numbers and for no others
  // Claim constraints (RFC 8226 section 8, RFC 9118).
  constraints_twice,  ///< both extensions, or one of them twice
  constraints_malformed,
  constraints_critical,
  constraints_void,     ///< excludes iat, orig or dest: counts as absent (RFC 9118 section 4)
  constraints_not_met,  ///< no token of this program can satisfy them
  attestation_limited,  ///< satisfied by some levels of attestation alone
  // The profile of ATIS-1000080 6.4.1; some verifiers insist on it.
  profile_serial_number,
  profile_signature,
  profile_subject,
  profile_basic_constraints,
  profile_key_usage,
  profile_key_identifiers,
  profile_policies,
  profile_crl_distribution_point,
  profile_tn_auth_list,
  profile_extensions,
};
inline constexpr std::size_t certificate_faults =
    static_cast<std::size_t>(CertificateFault::profile_extensions) + 1;

enum class FindingSeverity : std::uint8_t {
  warning,
  error,  ///< nothing is signed with it
};

struct CertificateFinding {
  CertificateFault which{};
  FindingSeverity severity{};
  std::string detail;  ///< one line, printable; may be empty
};

/// The words for one fault.
struct CertificateFaultText {
  std::string_view name;     ///< the enumerator, with hyphens, for machines: "key-mismatch"
  std::string_view problem;  ///< goes on after the name of the file or value: "is …", "holds …"
  std::string_view remedy;
};
[[nodiscard]] CertificateFaultText text_of(CertificateFault fault) noexcept;

/// The same for every finding of one fault.
[[nodiscard]] FindingSeverity severity_of(CertificateFault fault) noexcept;

/// Which part of a credential a fault is about: "certificate", "key", "passphrase_file", "x5u",
/// "name": a key of [[credential]].
[[nodiscard]] std::string_view subject_of(CertificateFault fault) noexcept;

/// Whether a fault keeps a credential from being loaded at all: errors other than those of time and
/// of the self-test, which are looked at again for every call and every minute.
[[nodiscard]] bool refuses(CertificateFault fault) noexcept;

[[nodiscard]] CertificateFinding make_finding(CertificateFault fault, std::string detail = {});

[[nodiscard]] CertificateFault fault_of(CertificateError error) noexcept;
[[nodiscard]] CertificateFault fault_of(CredentialError error) noexcept;

/// What a certificate is compared with, where somebody said what it should be.
struct CertificateExpectation {
  const TrustAnchors* anchors = nullptr;  ///< nullptr: only the links of the chain are checked
  std::string service_provider_code;      ///< empty: any
  /// Numbers that it should speak for; a single one is a range of one. A certificate with a service
  /// provider code speaks for whatever that provider has: it is not compared then.
  std::vector<TnAuthList::Range> numbers;
};

/// Everything that is to be said of a chain that could be read, errors first.
[[nodiscard]] std::vector<CertificateFinding> check_certificate(
    const CertificateChain& chain, UnixTime now, const CertificateExpectation& expected = {});

/// The levels of attestation that the leaf's claim constraints allow.
[[nodiscard]] bool permits(const ClaimConstraints& constraints, Attestation level) noexcept;

}  // namespace shaken302
