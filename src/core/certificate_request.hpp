// SPDX-License-Identifier: MIT
//
// A new key and the PKCS#10 request that asks a CA to certify it for a service provider code or for
// numbers. Makes no files; the key's bytes are in the result alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shaken302/certificate.hpp"

namespace shaken302 {

/// "C" or "O" or another short name, and its value. In the order of the request.
using SubjectName = std::vector<std::pair<std::string, std::string>>;

enum class CertificateRequestError : std::uint8_t {
  service_provider_code,  ///< empty, longer than 32, or other characters than 0-9 A-Z
  number,                 ///< not 1 to 15 digits
  range,                  ///< fewer than two numbers, or counting up makes them longer
  nothing_asked,          ///< neither a code nor a number
  too_many,               ///< more entries than CAs and verifiers can be asked to read
  subject,                ///< not TYPE=value pairs of known types, or a value that X.520 has not
};
/// A sentence without its subject, for people.
std::string_view to_text(CertificateRequestError error) noexcept;

/// "1234" as code; "12155550100", "+12155550100" or "12155550110-12155550119" as numbers.
Result<TnAuthList, CertificateRequestError> read_tn_auth_list(
    const std::vector<std::string>& codes, const std::vector<std::string>& numbers);

/// "C=US, O=Example Telecom, CN=SHAKEN 1234"; a backslash takes the next character as it is; empty
/// for a request without a subject, which some CAs insist on.
Result<SubjectName, CertificateRequestError> read_subject(std::string_view text);

/// PEM texts. The caller writes `key` where its owner alone can read it, and wipes it.
struct CertificateRequest {
  std::string key;  ///< PKCS#8, not encrypted
  std::string request;
};

/// A new key on P-256 and a request, signed with it (ECDSA with SHA-256), for this subject and, as
/// an extension that is not critical, this list: one that read_tn_auth_list gives. Throws
/// std::runtime_error when OpenSSL fails.
Result<CertificateRequest, CertificateRequestError> make_certificate_request(
    const SubjectName& subject, const TnAuthList& list);

/// The list alone, in DER and then base64: with padding, as `tkvalue` of an SPC token
/// (RFC 9448 5.4) and forms want it, or as base64url without, as the identifier of an ACME order
/// (RFC 9448 3).
struct TnAuthListTexts {
  std::string base64;
  std::string base64url;
};
TnAuthListTexts to_texts(const TnAuthList& list);

}  // namespace shaken302
