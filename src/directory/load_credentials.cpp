// SPDX-License-Identifier: MIT
#include "load_credentials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "inspect_credential.hpp"
#include "load_snapshot.hpp"

namespace shaken302::directory {
namespace {

/// All the files of trust anchors as one; nothing when there are none, or when one cannot be read.
std::optional<TrustAnchors> load_trust_anchors(const config::Configuration& configuration,
                                               config::ConfigIssues& issues) {
  TrustAnchors all;
  bool is_complete = true;
  for (const auto& path : configuration.directory.trust_anchors) {
    const auto refuse = [&](std::string_view problem, std::string remedy) {
      issues.push_back({configuration.file.string(), 0, "signing.trust_anchors",
                        fmt::format("{} {}", path.string(), problem), std::move(remedy)});
      is_complete = false;
    };
    const auto content = read_file(path, TrustAnchors::bytes_max, false);
    if (!content) {
      refuse(content.error().problem, content.error().remedy);
      continue;
    }
    const auto anchors = TrustAnchors::parse(*content);
    if (!anchors) {
      const auto text = text_of(fault_of(anchors.error()));
      const bool is_too_large = anchors.error() == CertificateError::too_large;
      refuse(is_too_large ? "holds more than 256 certificates" : text.problem,
             "put the certificates of the CAs there, as PEM");
      continue;
    }
    all.add(*anchors);
  }
  if (!is_complete || all.size() == 0) return std::nullopt;
  return all;
}

config::ConfigIssue issue_of(const config::Configuration& configuration,
                             const config::CredentialFiles& files, CredentialFinding&& found) {
  return {configuration.file.string(), files.line,
          fmt::format("credential[{}].{}", files.name, found.key), std::move(found.problem),
          std::move(found.remedy)};
}

/// The most that the claim constraints of the certificate allow it to state.
Attestation most_permitted(const Credential& credential, Attestation most) {
  const ClaimConstraints& constraints = credential.chain().claim_constraints();
  if (most == Attestation::A && !permits(constraints, Attestation::A)) most = Attestation::B;
  if (most == Attestation::B && !permits(constraints, Attestation::B)) most = Attestation::C;
  return most;
}

}  // namespace

CredentialTable load_credentials(const config::Configuration& configuration, UnixTime now,
                                 Findings& findings, const std::stop_token& stop) {
  CredentialTable table;
  const auto anchors = load_trust_anchors(configuration, findings.issues);
  for (const config::CredentialFiles& files : configuration.directory.credentials) {
    if (stop.stop_requested()) break;
    auto inspected = inspect_credential(files, anchors ? &*anchors : nullptr, now);
    for (CredentialFinding& found : inspected.findings) {
      auto& list = refuses(found.finding.which) ? findings.issues : findings.warnings;
      list.push_back(issue_of(configuration, files, std::move(found)));
    }
    if (!inspected.credential) continue;
    const Attestation most = most_permitted(*inspected.credential, files.max_attestation);
    table.entries.push_back({std::move(*inspected.credential), inspected.passes_self_test, most});
  }
  return table;
}

}  // namespace shaken302::directory
