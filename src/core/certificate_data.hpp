// SPDX-License-Identifier: MIT
//
// What chains and trust anchors keep, and how both are read: shared by the files that implement
// them and by nobody else.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "openssl_ptr.hpp"
#include "shaken302/certificate.hpp"

namespace shaken302 {

struct CertificateLimits {
  std::size_t bytes = 65536;
  std::size_t certificates = 4;  // hazards of endless chains: no path is longer
};

/// PEM or DER, in the order of the file; every certificate has had its extensions read, so that
/// threads only read them from now on.
Result<std::vector<X509Ptr>, CertificateError> read_certificates(std::string_view bytes,
                                                                 CertificateLimits limits);

/// Puts the leaf in front and each issuer behind what it issued; what issued nothing keeps its
/// order at the end. Whether anything moved.
bool put_leaf_first(std::vector<X509Ptr>& certificates);

/// Names, key identifiers, the right to sign certificates, and the signature itself.
bool has_issued(X509* issuer, X509* certificate);

/// By its basic constraints, whatever its key usage says, or for lack of both by its age (version
/// 1).
bool is_authority(X509* certificate);

struct Validity {
  UnixTime begin = UnixTime::min();
  UnixTime end = UnixTime::max();
};
std::optional<Validity> validity_of(const X509* certificate);

/// RFC 2253 text, which escapes control characters and everything beyond ASCII: safe in a log line.
std::string to_text(const X509_NAME* name);

struct CertificateChain::Data {
  std::vector<X509Ptr> certificates;  // leaf first, never empty
  std::string subject;
  std::string issuer;
  Validity leaf_validity;
  Validity validity;  // of all of them
  std::size_t linked_size = 0;
  bool was_reordered = false;
  std::optional<TnAuthList> tn_auth_list;
  ClaimConstraints claim_constraints;

  static Result<CertificateChain, CertificateError> make_chain(std::vector<X509Ptr> certificates,
                                                               bool was_reordered);
};

struct TrustAnchors::Data {
  std::vector<X509Ptr> certificates;
};

}  // namespace shaken302
