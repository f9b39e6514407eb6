// SPDX-License-Identifier: MIT
//
// Reads the files of one credential and says everything that is wrong or odd with them, whatever
// they are. Nothing with an error comes out as a credential to sign with.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/configuration.hpp"
#include "shaken302/certificate_findings.hpp"

namespace shaken302::directory {

struct CredentialFinding {
  CertificateFinding finding;
  std::string_view key;  ///< of [[credential]]: "certificate", "key", "passphrase_file", …
  std::string problem;   ///< with the name of the file or value in front
  std::string remedy;
};

struct InspectedCredential {
  std::optional<Credential> credential;  ///< absent when a finding refuses it
  bool passes_self_test = false;
  std::vector<CredentialFinding> findings;  ///< of the certificate, of the key, of both together
};

/// The one that is written, or, below a base, one of this chain alone: no token can name another
/// one's.
std::string x5u_of(const config::CredentialFiles& files, const CertificateChain& chain);

/// `anchors` may be nullptr: then only the links of the chain are checked.
InspectedCredential inspect_credential(const config::CredentialFiles& files,
                                       const TrustAnchors* anchors, UnixTime now);

}  // namespace shaken302::directory
