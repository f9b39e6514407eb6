// SPDX-License-Identifier: MIT
//
// A certificate put to every test that can be made of it, with its key and its x5u where they are
// named: the tests that the server makes when it loads.
#pragma once

#include <vector>

#include "directory/inspect_credential.hpp"

namespace shaken302::cli {

/// Errors first. No key file: the certificate alone. Neither name nor x5u: these are not looked at.
std::vector<directory::CredentialFinding> inspect(const config::CredentialFiles& files,
                                                  const TrustAnchors* anchors, UnixTime at);

/// Whether one of them is an error.
bool has_error(const std::vector<directory::CredentialFinding>& findings) noexcept;

}  // namespace shaken302::cli
