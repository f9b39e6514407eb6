// SPDX-License-Identifier: MIT
#include "publication_check.hpp"

#include <algorithm>
#include <vector>

#include "core/private_key_traces.hpp"
#include "shaken302/credential.hpp"
#include "shaken302/published_name.hpp"

namespace shaken302::app {
namespace {

using Finding = std::optional<PublicationFinding>;
using Fingerprints = std::vector<std::string>;

Finding find(PublicationFault which, std::string_view detail) {
  constexpr std::size_t characters_max = 240;
  PublicationFinding finding{which, std::string(detail.substr(0, characters_max))};
  for (char& c : finding.detail) {
    if (c < ' ' || c > '~') c = '?';
  }
  return finding;
}

Fingerprints fingerprints_of(const CertificateChain& chain) {
  Fingerprints fingerprints;
  for (const CertificateDetails& one : chain.details()) fingerprints.push_back(one.sha256);
  return fingerprints;
}

std::string count_of(std::size_t certificates) {
  return std::to_string(certificates) + (certificates == 1 ? " certificate" : " certificates");
}

/// In how far `served` is not `wanted`.
std::string difference(const Fingerprints& served, const Fingerprints& wanted) {
  const auto [stopped, wanted_from] = std::ranges::mismatch(served, wanted);
  const auto place = std::to_string(stopped - served.begin() + 1);
  if (stopped == served.end()) {
    return "only the first " + count_of(served.size()) + " of " + std::to_string(wanted.size());
  }
  if (wanted_from == wanted.end()) {
    return count_of(served.size()) + ", " + std::to_string(served.size() - wanted.size()) +
           " more than the chain has";
  }
  if (std::ranges::is_permutation(served, wanted)) {
    return "the right certificates in another order";
  }
  return "certificate " + place + " is the one with the SHA-256 fingerprint " + *stopped;
}

Finding compare(const CertificateChain& expected, const std::string& body) {
  // Not CertificateChain::parse, which repairs the order: what came is what verifiers get.
  const auto served = CertificateChain::parse_pem(body);
  if (served) {
    const Fingerprints is = fingerprints_of(*served);
    const Fingerprints should_be = fingerprints_of(expected);
    if (is == should_be) return std::nullopt;
    return find(PublicationFault::another_chain, difference(is, should_be));
  }
  switch (served.error()) {
    case CertificateError::empty:
      return find(PublicationFault::no_certificate,
                  "no certificate in " + std::to_string(body.size()) + " bytes");
    case CertificateError::private_key:
      return find(PublicationFault::private_key, "a private key");
    case CertificateError::too_large:
      return find(PublicationFault::another_chain, "more certificates than any chain has");
    case CertificateError::key_type:
    case CertificateError::tn_auth_list:
      return find(PublicationFault::another_chain,
                  "the first certificate is none that calls are signed with");
    case CertificateError::syntax:
      break;
  }
  return find(PublicationFault::no_certificate, "not readable as certificates, PEM or DER");
}

/// Whether the key can be read and belongs to another certificate.
bool is_key_of_another(const CertificateChain& expected, std::string_view body) {
  const auto made =
      Credential::make({"judged", body, expected, "https://cert.example.com/judged.pem"});
  return !made && made.error() == CredentialError::mismatch;
}

}  // namespace

std::string_view to_text(PublicationFault fault) noexcept {
  switch (fault) {
    case PublicationFault::unreachable:
      return "it cannot be fetched";
    case PublicationFault::tls:
      return "its web server cannot be trusted";
    case PublicationFault::redirect:
      return "it is a redirection, which verifiers do not follow";
    case PublicationFault::status:
      return "the answer is not 200";
    case PublicationFault::too_large:
      return "it is too large";
    case PublicationFault::no_certificate:
      return "it is no certificate";
    case PublicationFault::another_chain:
      return "it is another chain";
    case PublicationFault::private_key:
      return "a private key is published";
  }
  return "";
}

std::string publication_id(const Publication& publication) {
  // PEM and DER are each a function of the other; no URL has a line feed.
  return sha256_hex(publication.x5u + '\n' + publication.chain.to_pem());
}

Finding judge(const CertificateChain& expected, const Fetched& fetched) {
  using End = Fetched::End;
  const std::string status = "status " + std::to_string(fetched.status);
  if (holds_private_key(fetched.body)) {
    auto finding = find(PublicationFault::private_key, "in an answer with " + status);
    finding->is_own_key = !is_key_of_another(expected, fetched.body);
    return finding;
  }
  if (fetched.end == End::unreachable) return find(PublicationFault::unreachable, fetched.detail);
  if (fetched.end == End::tls) return find(PublicationFault::tls, fetched.detail);
  // Of these the size matters to nobody: an error page may be long.
  if (fetched.status >= 300 && fetched.status < 400 && fetched.status != 304) {
    return find(PublicationFault::redirect, status);
  }
  if (fetched.status != 200) return find(PublicationFault::status, status);
  if (fetched.end == End::too_large) return find(PublicationFault::too_large, fetched.detail);
  return compare(expected, fetched.body);
}

}  // namespace shaken302::app
