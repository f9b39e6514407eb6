// SPDX-License-Identifier: MIT
//
// The one door to PKCS#11: OpenSSL's engine "pkcs11" (package libengine-pkcs11-openssl). OpenSSL 3
// calls engines deprecated, so nothing else may use them. Every function here may wait for a token
// as long as it likes: call them where nobody waits.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "config/pkcs11_uri.hpp"
#include "shaken302/certificate_findings.hpp"
#include "shaken302/signing_token.hpp"

namespace shaken302::directory {

/// The key, logged in to its token: it may be used by several threads, waits for the token, and
/// asks the module when it is destroyed. `module` empty: the engine's own. A PIN that a token has
/// refused is not tried on it again: each try brings the token nearer to locking itself.
Result<std::shared_ptr<const SigningToken>, CertificateFinding> load_pkcs11_key(
    const std::filesystem::path& module, const config::Pkcs11Uri& uri, std::string_view pin);

}  // namespace shaken302::directory
