// SPDX-License-Identifier: MIT
//
// The public half of a credential: a chain of X.509 certificates, leaf first, and what RFC 8226 and
// RFC 8224 need to know of the leaf. Bytes come in, files do not: callers read them. Immutable;
// thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
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

class CertificateChain {
 public:
  /// PEM, leaf first.
  static Result<CertificateChain, CertificateError> parse_pem(std::string_view pem);

  [[nodiscard]] const std::string& subject() const noexcept;  ///< RFC 2253 text
  [[nodiscard]] const std::string& issuer() const noexcept;
  [[nodiscard]] UnixTime not_before() const noexcept;  ///< of the leaf
  [[nodiscard]] UnixTime not_after() const noexcept;
  /// Whether every certificate of the chain is valid: with one that is not, no verifier builds the
  /// path (RFC 5280 6.1.3). Both ends inclusive (RFC 5280 4.1.2.5).
  [[nodiscard]] bool is_valid_at(UnixTime now) const noexcept;
  /// How many certificates from the leaf on make a path, each issued by the next one: size() when
  /// the chain is as it should be.
  [[nodiscard]] std::size_t linked_size() const noexcept;
  [[nodiscard]] bool has_tn_auth_list() const noexcept;
  [[nodiscard]] const TnAuthList& tn_auth_list() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept;  ///< number of certificates

  /// The leaf, borrowed; lives as long as this chain or a copy of it.
  [[nodiscard]] x509_st* leaf() const noexcept;

  /// Raw r||s over `signing_input` by the leaf's key (RFC 7518 3.4).
  [[nodiscard]] bool verifies(std::string_view signing_input,
                              const std::array<std::uint8_t, 64>& signature) const noexcept;

  /// Whether the chain leads to one of `anchors` at `now` (path validation without CRLs; the very
  /// last second of a certificate in the path counts as past).
  [[nodiscard]] bool leads_to(const CertificateChain& anchors, UnixTime now) const noexcept;

 private:
  struct Data;
  std::shared_ptr<const Data> data_;
};

}  // namespace shaken302
