// SPDX-License-Identifier: MIT
#include "shaken302/verification_service.hpp"

#include <algorithm>
#include <utility>

#include "claim_permission.hpp"

namespace shaken302 {
namespace {

/// Files and pipes put a line end behind the value.
std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view white_space = " \t\r\n";
  const auto first = text.find_first_not_of(white_space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

/// At a time when the leaf itself is valid, so that an expired leaf of a known authority is
/// reported as expired and not as a stranger's; `now` is checked right after. Not at its last
/// second, which is part of the validity (RFC 5280 4.1.2.5) and which OpenSSL counts as past.
bool is_trusted(const VerificationInput& input) noexcept {
  if (input.certificate == nullptr || input.certificate->size() == 0) return false;
  if (input.anchors == nullptr) return true;
  const auto& chain = *input.certificate;
  const auto last = chain.not_after() - std::chrono::seconds{1};
  if (last < chain.not_before()) return false;
  return chain.leads_to(*input.anchors, std::clamp(input.now, chain.not_before(), last));
}

bool is_fresh(UnixTime iat, UnixTime now, std::chrono::seconds freshness) noexcept {
  return iat <= now ? now - iat <= freshness : iat - now <= freshness;
}

bool contains(const std::vector<std::string>& values, std::string_view value) noexcept {
  return std::ranges::find(values, value) != values.end();
}

/// Everything that needs the certificate and the clock.
VerificationResult check(const Passport& passport, const VerificationInput& input,
                         std::string& detail) {
  if (!is_trusted(input)) return VerificationResult::untrusted_certificate;
  const auto& certificate = *input.certificate;
  if (!certificate.is_valid_at(passport.iat) || !certificate.is_valid_at(input.now)) {
    return VerificationResult::certificate_not_valid_now;
  }
  if (!certificate.verifies(passport.signing_input, passport.signature)) {
    return VerificationResult::bad_signature;
  }
  detail = forbidden_claim(certificate.claim_constraints(), passport.payload_json);
  if (!detail.empty()) return VerificationResult::claims_not_permitted;
  if (!is_fresh(passport.iat, input.now, input.freshness)) return VerificationResult::stale;
  if (input.calling && !contains(passport.orig.tn, input.calling->digits())) {
    return VerificationResult::calling_differs;
  }
  if (input.called && !contains(passport.dest.tn, input.called->digits())) {
    return VerificationResult::called_differs;
  }
  return VerificationResult::valid;
}

}  // namespace

std::string_view to_text(VerificationResult result) noexcept {
  switch (result) {
    case VerificationResult::valid:
      return "valid";
    case VerificationResult::malformed_identity:
      return "malformed_identity";
    case VerificationResult::malformed_passport:
      return "malformed_passport";
    case VerificationResult::info_differs_from_x5u:
      return "info_differs_from_x5u";
    case VerificationResult::untrusted_certificate:
      return "untrusted_certificate";
    case VerificationResult::certificate_not_valid_now:
      return "certificate_not_valid_now";
    case VerificationResult::bad_signature:
      return "bad_signature";
    case VerificationResult::claims_not_permitted:
      return "claims_not_permitted";
    case VerificationResult::stale:
      return "stale";
    case VerificationResult::calling_differs:
      return "calling_differs";
    case VerificationResult::called_differs:
      return "called_differs";
  }
  return "";
}

Verification verify(const VerificationInput& input) {
  const auto identity = trimmed(input.identity);
  // Without a semicolon there is no parameter: a bare token, which names its certificate once only.
  const bool is_bare = identity.find(';') == std::string_view::npos;
  IdentityHeader header{identity, {}, {}};
  if (!is_bare) {
    const auto parsed = parse_identity(identity);
    if (!parsed) return {VerificationResult::malformed_identity, std::nullopt};
    header = *parsed;
  }
  auto passport = parse_passport(header.token);
  if (!passport) return {VerificationResult::malformed_passport, std::nullopt};

  VerificationResult result = VerificationResult::valid;
  std::string detail;
  if (!is_bare && header.ppt != passport->ppt) {
    // RFC 8224 section 4: the parameter repeats the token's ppt. Two names for one token are a
    // defect of the PASSporT and not of the header field, which is well formed.
    result = VerificationResult::malformed_passport;
  } else if (!is_bare && header.info != passport->x5u) {
    result = VerificationResult::info_differs_from_x5u;  // simple comparison, RFC 3986 6.2.1
  } else {
    result = check(*passport, input, detail);
  }
  return {result, std::move(*passport), std::move(detail)};
}

}  // namespace shaken302
