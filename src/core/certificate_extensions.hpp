// SPDX-License-Identifier: MIT
//
// Extensions of one certificate that OpenSSL does not know by itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "openssl_ptr.hpp"
#include "shaken302/certificate.hpp"

namespace shaken302 {

struct FoundExtension {
  std::size_t count = 0;  ///< RFC 5280 4.2 allows one
  bool is_critical = false;
  std::span<const std::uint8_t> value;  ///< of the first; lives as long as the certificate
};

/// `oid` as dotted text.
FoundExtension find_extension(const X509* certificate, const char* oid);

Result<std::optional<TnAuthList>, CertificateError> read_tn_auth_list(const X509* certificate);

ClaimConstraints read_claim_constraints(const X509* certificate);

}  // namespace shaken302
