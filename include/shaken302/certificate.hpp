// SPDX-License-Identifier: MIT
//
// The public half of a credential: a chain of X.509 certificates, leaf first, and what RFC 8226 and
// RFC 8224 need to know of the leaf. Bytes come in, files do not: callers read them. Immutable;
// thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shaken302/result.hpp"
#include "shaken302/unix_time.hpp"

struct x509_st;  // OpenSSL's X509

namespace shaken302 {

enum class CertificateError : std::uint8_t {
  empty,         ///< no certificate in the bytes
  syntax,        ///< PEM or DER that OpenSSL does not read, or trailing data
  too_large,     ///< more than 64 KiB or more than 4 certificates (hazards A10)
  private_key,   ///< the public file holds a private key: it must never be served
  key_type,      ///< the leaf's key is not EC on the named curve P-256 (RFC 8225 4.2, ATIS-1000080)
  tn_auth_list,  ///< a TNAuthList that is not exact DER of RFC 8226 section 9
};

/// What the TNAuthList of the leaf entitles to (RFC 8226 section 9).
struct TnAuthList {
  struct Range {
    std::string start;
    std::uint64_t count = 0;
  };
  std::vector<std::string> service_provider_codes;
  std::vector<Range> ranges;
  std::vector<std::string> numbers;
};

/// What the claim constraints of the leaf demand of its tokens (RFC 8226 section 8, RFC 9118).
struct ClaimConstraints {
  enum class State : std::uint8_t {
    absent,
    read,
    twice,      ///< both extensions, or one of them twice: RFC 9118 section 4 forbids it
    malformed,  ///< not exact DER of the grammar
  };
  struct Values {
    std::string claim;
    std::vector<std::string> values;
  };
  State state = State::absent;
  bool is_enhanced = false;  ///< RFC 9118's extension
  bool is_critical = false;
  std::vector<std::string> must_include;
  std::vector<Values> permitted_values;
  std::vector<std::string> must_exclude;

  /// They exclude a claim that every token has: then they count as absent (RFC 9118 section 4).
  [[nodiscard]] bool is_void() const noexcept;
};

/// One certificate for people and for comparing.
struct CertificateDetails {
  std::string subject;  ///< RFC 2253 text, control characters escaped
  std::string issuer;
  std::string serial;  ///< "1F:B6:…"
  UnixTime not_before{};
  UnixTime not_after{};
  std::string key_type;             ///< "EC P-256", "EC secp384r1", "RSA 2048"
  std::string signature_algorithm;  ///< "ecdsa-with-SHA256"
  bool is_authority = false;
  std::vector<std::string> key_usage;                ///< RFC 5280 4.2.1.3: "digitalSignature"
  std::vector<std::string> policies;                 ///< OIDs, "2.16.840.1.114569.1.1.4"
  std::vector<std::string> crl_distribution_points;  ///< URLs, control characters escaped
  std::string crl_issuer;         ///< of the first point; RFC 2253 text, or empty
  std::string sha256;             ///< of the certificate's DER: "AB:CD:…"
  std::string public_key_sha256;  ///< of its SubjectPublicKeyInfo
};

/// Certificates that somebody trusts; any number up to a bound, of any type of key.
class TrustAnchors {
 public:
  static constexpr std::size_t bytes_max = 1U << 20U;
  static constexpr std::size_t certificates_max = 256;

  /// PEM or DER, one or more.
  static Result<TrustAnchors, CertificateError> parse(std::string_view bytes);
  /// Those of another file too.
  void add(const TrustAnchors& others);
  [[nodiscard]] std::size_t size() const noexcept;

 private:
  friend class CertificateChain;
  struct Data;
  std::shared_ptr<const Data> data_;
};

class CertificateChain {
 public:
  /// PEM or DER, leaf first, in the order in which they came.
  static Result<CertificateChain, CertificateError> parse_pem(std::string_view pem);
  /// PEM or DER (one certificate, or one behind the other), in any order: the leaf is put in front
  /// and each issuer behind what it issued.
  static Result<CertificateChain, CertificateError> parse(std::string_view bytes);

  [[nodiscard]] const std::string& subject() const noexcept;  ///< RFC 2253 text
  [[nodiscard]] const std::string& issuer() const noexcept;
  [[nodiscard]] UnixTime not_before() const noexcept;  ///< of the leaf
  [[nodiscard]] UnixTime not_after() const noexcept;
  /// When all certificates of the chain are valid at once; it may be never.
  [[nodiscard]] UnixTime valid_from() const noexcept;
  [[nodiscard]] UnixTime valid_until() const noexcept;
  /// Whether every certificate of the chain is valid: with one that is not, no verifier builds the
  /// path (RFC 5280 6.1.3). Both ends inclusive (RFC 5280 4.1.2.5).
  [[nodiscard]] bool is_valid_at(UnixTime now) const noexcept;
  /// How many certificates from the leaf on make a path, each issued by the next one: size() when
  /// the chain is as it should be.
  [[nodiscard]] std::size_t linked_size() const noexcept;
  [[nodiscard]] bool has_tn_auth_list() const noexcept;
  /// SHA-256 of the leaf's public key, in pairs of hexadecimal digits: the same text is the same
  /// key, whatever certificate it is in. Empty without a leaf.
  [[nodiscard]] std::string public_key_id() const;
  [[nodiscard]] const TnAuthList& tn_auth_list() const noexcept;
  [[nodiscard]] const ClaimConstraints& claim_constraints() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept;    ///< number of certificates
  [[nodiscard]] bool was_reordered() const noexcept;  ///< they came in another order
  /// One per certificate, leaf first. Made when asked for.
  [[nodiscard]] std::vector<CertificateDetails> details() const;
  /// The chain as verifiers should get it: PEM, leaf first.
  [[nodiscard]] std::string to_pem() const;

  /// The leaf, borrowed; lives as long as this chain or a copy of it.
  [[nodiscard]] x509_st* leaf() const noexcept;
  /// Likewise. Precondition: index < size().
  [[nodiscard]] x509_st* certificate(std::size_t index) const noexcept;

  /// Raw r||s over `signing_input` by the leaf's key (RFC 7518 3.4).
  [[nodiscard]] bool verifies(std::string_view signing_input,
                              const std::array<std::uint8_t, 64>& signature) const noexcept;

  /// Whether the chain leads to one of `anchors` at `now` (path validation without CRLs; the very
  /// last second of a certificate in the path counts as past).
  [[nodiscard]] bool leads_to(const CertificateChain& anchors, UnixTime now) const noexcept;

  /// Why it does not lead to one of `anchors`: OpenSSL's words; empty when it does. Without a time,
  /// validity is not looked at.
  [[nodiscard]] std::string path_fault(const TrustAnchors& anchors,
                                       std::optional<UnixTime> now) const;

 private:
  struct Data;
  std::shared_ptr<const Data> data_;
};

}  // namespace shaken302
