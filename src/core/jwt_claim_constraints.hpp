// SPDX-License-Identifier: MIT
//
// The DER of the certificate extensions JWTClaimConstraints (RFC 8226 section 8) and
// EnhancedJWTClaimConstraints (RFC 9118 section 3), read exactly. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "shaken302/certificate.hpp"

namespace shaken302 {

inline constexpr const char* claim_constraints_oid = "1.3.6.1.5.5.7.1.27";
inline constexpr const char* enhanced_claim_constraints_oid = "1.3.6.1.5.5.7.1.33";

/// The value of the extension (the content of its OCTET STRING); `is_enhanced` says which. Nothing
/// for whatever is not exact DER of the grammar, and for names and values with characters that are
/// not printable: no claim has them, and they end up on terminals.
std::optional<ClaimConstraints> parse_claim_constraints(std::span<const std::uint8_t> der,
                                                        bool is_enhanced);

}  // namespace shaken302
