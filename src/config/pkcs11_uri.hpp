// SPDX-License-Identifier: MIT
//
// "pkcs11:token=shaken;object=house;type=private" (RFC 7512): which private key of which token.
// Those parts of the RFC that OpenSSL's engine knows: what it would ignore or refuse is refused
// here, with a line.
#pragma once

#include <string>
#include <string_view>

#include "shaken302/result.hpp"

namespace shaken302::config {

struct Pkcs11Uri {
  std::string text;   ///< as written; holds no PIN
  std::string token;  ///< what it says of the token alone, as a URI; equal for equal tokens
};

/// Why a text is no such URI. Never quotes it: there may be a PIN in it.
struct Pkcs11UriProblem {
  std::string problem;
  std::string remedy;
};

/// Whether a text means to be one, and not a file.
[[nodiscard]] bool is_pkcs11_uri(std::string_view text) noexcept;

Result<Pkcs11Uri, Pkcs11UriProblem> parse_pkcs11_uri(std::string_view text);

}  // namespace shaken302::config
