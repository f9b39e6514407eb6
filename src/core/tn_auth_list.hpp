// SPDX-License-Identifier: MIT
//
// The DER of a TNAuthList certificate extension (RFC 8226 section 9), read exactly and written.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "shaken302/certificate.hpp"

namespace shaken302 {

/// Dotted text of id-pe-TNAuthList.
inline constexpr const char* tn_auth_list_oid = "1.3.6.1.5.5.7.1.26";

/// The value of the extension (the content of its OCTET STRING). Nothing for whatever is not exact
/// DER of the grammar, or breaks the rules of RFC 8226 section 9 on ranges.
std::optional<TnAuthList> parse_tn_auth_list(std::span<const std::uint8_t> der);

/// The inverse: codes first, then ranges, then numbers. Precondition: `list` would be accepted by
/// parse_tn_auth_list, and no text is longer than 100 characters.
std::vector<std::uint8_t> to_der(const TnAuthList& list);

}  // namespace shaken302
