// SPDX-License-Identifier: MIT
#include "cert_inspection.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cert_source.hpp"
#include "config/value_text.hpp"

namespace shaken302::cli {
namespace {

using directory::CredentialFinding;

bool is_error(const CredentialFinding& found) noexcept {
  return found.finding.severity == FindingSeverity::error;
}

CredentialFinding about(const std::string& subject, CertificateFinding finding) {
  const CertificateFaultText text = text_of(finding.which);
  std::string problem = fmt::format("{} {}{}{}", subject, text.problem,
                                    finding.detail.empty() ? "" : ": ", finding.detail);
  const auto on = subject_of(finding.which);
  return {std::move(finding), on, std::move(problem), std::string(text.remedy)};
}

std::vector<CredentialFinding> inspect_certificate(const config::CredentialFiles& files,
                                                   const TrustAnchors* anchors, UnixTime at) {
  const std::string file = files.certificate.string();
  const auto chain = read_chain(file);
  std::vector<CredentialFinding> findings;
  if (!chain) {
    findings.push_back(about(file, chain.error()));
    return findings;
  }
  const CertificateExpectation expected{anchors, files.expected_spc, files.expected_numbers};
  for (auto& finding : check_certificate(*chain, at, expected)) {
    findings.push_back(about(file, std::move(finding)));
  }
  return findings;
}

}  // namespace

std::vector<CredentialFinding> inspect(const config::CredentialFiles& files,
                                       const TrustAnchors* anchors, UnixTime at) {
  std::vector<CredentialFinding> findings;
  if (files.key.empty() && !files.token_key) {
    findings = inspect_certificate(files, anchors, at);
  } else {
    // A name and an x5u that stand in: a wrong one is told below, and must not hide the key.
    config::CredentialFiles complete = files;
    complete.name = "inspected";
    complete.x5u = "https://cert.example.com/inspected.pem";
    findings = directory::inspect_credential(complete, anchors, at).findings;
  }
  if (!files.x5u.empty() && !is_acceptable_x5u(files.x5u)) {
    findings.push_back(
        about(config::in_quotes(files.x5u), make_finding(CertificateFault::x5u_form)));
  }
  std::stable_partition(findings.begin(), findings.end(), is_error);
  return findings;
}

bool has_error(const std::vector<CredentialFinding>& findings) noexcept {
  return std::ranges::any_of(findings, is_error);
}

}  // namespace shaken302::cli
