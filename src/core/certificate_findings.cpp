// SPDX-License-Identifier: MIT
#include "shaken302/certificate_findings.hpp"

namespace shaken302 {

std::vector<CertificateFinding> check_certificate(const CertificateChain&, UnixTime,
                                                  const CertificateExpectation&) {
  return {};
}

bool permits(const ClaimConstraints&, Attestation) noexcept { return true; }

}  // namespace shaken302

#include "openssl_ptr.hpp"

namespace shaken302 {

bool ClaimConstraints::is_void() const noexcept { return false; }
struct TrustAnchors::Data {};
Result<TrustAnchors, CertificateError> TrustAnchors::parse(std::string_view) {
  return Failure{CertificateError::empty};
}
std::size_t TrustAnchors::size() const noexcept { return 0; }
Result<CertificateChain, CertificateError> CertificateChain::parse(std::string_view bytes) {
  return parse_pem(bytes);
}
const ClaimConstraints& CertificateChain::claim_constraints() const noexcept {
  static const ClaimConstraints none;
  return none;
}
bool CertificateChain::was_reordered() const noexcept { return false; }
std::vector<CertificateDetails> CertificateChain::details() const { return {}; }
std::string CertificateChain::to_pem() const { return {}; }
x509_st* CertificateChain::certificate(std::size_t) const noexcept { return leaf(); }
std::string CertificateChain::path_fault(const TrustAnchors&, std::optional<UnixTime>) const {
  return {};
}

}  // namespace shaken302
