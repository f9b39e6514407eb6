// SPDX-License-Identifier: MIT
//
// The certificate profile of ATIS-1000080 6.4.1, clause by clause: warnings, because half of the
// certificates in use break one of them and verify all the same.
#pragma once

#include <vector>

#include "shaken302/certificate_findings.hpp"

namespace shaken302 {

/// Appends what the leaf breaks. Precondition: chain.size() > 0.
void check_profile(const CertificateChain& chain, std::vector<CertificateFinding>& findings);

}  // namespace shaken302
