// SPDX-License-Identifier: MIT
//
// Whether bytes that are public hold a private key somewhere: as a PEM block, as DER, as DER in
// base64, base64url or hexadecimal digits, as `openssl ec -text` or `rsa -text` print it, or as a
// JWK. Looked for by form alone, so that a damaged or encrypted key is found too. Pure.
#pragma once

#include <string_view>

namespace shaken302 {

[[nodiscard]] bool holds_private_key(std::string_view bytes);

}  // namespace shaken302
