// SPDX-License-Identifier: MIT
//
// Whether the constraints of a certificate let a token say what it says (RFC 8226 section 8, RFC
// 9118 sections 3 to 5). Pure.
#pragma once

#include <string>
#include <string_view>

#include "shaken302/certificate.hpp"

namespace shaken302 {

/// Why a token with this payload is forbidden, in words; empty when it is not. A value that is no
/// string counts as its JSON without white space; of a list, each value has to be permitted.
[[nodiscard]] std::string forbidden_claim(const ClaimConstraints& constraints,
                                          std::string_view payload_json);

}  // namespace shaken302
