// SPDX-License-Identifier: MIT
//
// Checks a received Identity value against a given certificate (RFC 8224 section 6.2 without
// fetching it): form, signature over the received bytes, freshness, certificate validity, and,
// where given, the numbers and the trust anchor. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shaken302/certificate.hpp"
#include "shaken302/identity_header.hpp"
#include "shaken302/passport.hpp"
#include "shaken302/unix_time.hpp"

namespace shaken302 {

struct VerificationInput {
  std::string_view identity;  ///< the header value, or a bare token
  const CertificateChain* certificate = nullptr;
  const CertificateChain* anchors = nullptr;  ///< nullptr: the chain is not checked
  std::optional<PhoneNumber> calling;         ///< compared with orig where given
  std::optional<PhoneNumber> called;          ///< must be among dest where given
  UnixTime now{};
  std::chrono::seconds freshness{60};  ///< RFC 8224 section 4.1: 60 s recommended, both ways
};

/// The first check that failed, in this order.
enum class VerificationResult : std::uint8_t {
  valid,
  malformed_identity,         ///< 438
  malformed_passport,         ///< 438; also when the header field's ppt is not the token's
  info_differs_from_x5u,      ///< 436
  untrusted_certificate,      ///< 437
  certificate_not_valid_now,  ///< 437: at iat or now
  bad_signature,              ///< 438
  claims_not_permitted,       ///< 438: by the constraints of the leaf (RFC 8226 8, RFC 9118 5)
  stale,                      ///< 403: iat outside the window
  calling_differs,            ///< 438
  called_differs,             ///< 438
};
std::string_view to_text(VerificationResult result) noexcept;

struct Verification {
  VerificationResult result = VerificationResult::malformed_identity;
  std::optional<Passport> passport;  ///< whenever it could be read
  std::string detail = {};           ///< of `claims_not_permitted`: which claim, and why
};

Verification verify(const VerificationInput& input);

}  // namespace shaken302
