// SPDX-License-Identifier: MIT
//
// What a certificate and its findings say, as lines for people and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

#include "shaken302/certificate_findings.hpp"

namespace shaken302::cli {

/// "error" or "warning".
std::string_view to_text(FindingSeverity severity) noexcept;

/// One finding of `subject` in one line: severity, what is wrong, what to do.
std::string line_of(const std::string& subject, const CertificateFinding& finding);

nlohmann::ordered_json facts_of(const CertificateFinding& finding);
nlohmann::ordered_json facts_of(const std::vector<CertificateFinding>& findings);

/// Every certificate of the chain and what the leaf speaks for.
nlohmann::ordered_json facts_of(const CertificateChain& chain, UnixTime now);
void print_lines(const CertificateChain& chain, UnixTime now, std::ostream& out);

/// JSON that a terminal shows as it is, whatever the certificate holds.
std::string dump(const nlohmann::ordered_json& facts);

}  // namespace shaken302::cli
