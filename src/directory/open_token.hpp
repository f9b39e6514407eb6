// SPDX-License-Identifier: MIT
//
// A key in a token, found within a bounded time and used with a deadline.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "config/configuration.hpp"
#include "shaken302/certificate_findings.hpp"
#include "shaken302/signing_token.hpp"

namespace shaken302::directory {

using OpenedToken = Result<std::shared_ptr<const SigningToken>, CertificateFinding>;

/// How a key is found; may wait for the token as long as it likes.
using KeyFinder = std::function<OpenedToken(const std::filesystem::path& module,
                                            const config::Pkcs11Uri& uri, std::string_view pin)>;

/// `files.token_key` with the PIN `pin`, ready to sign calls. Keys of one token share its threads,
/// also with those of an earlier load. `token_silent` after the deadline for loading, and at
/// once for everything that asks a module while a request is beyond it.
OpenedToken open_token(const config::CredentialFiles& files, std::string_view pin);

/// The same with another way to find a key (tests).
OpenedToken open_token(const config::CredentialFiles& files, std::string_view pin,
                       KeyFinder finder);

}  // namespace shaken302::directory
