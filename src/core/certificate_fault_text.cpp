// SPDX-License-Identifier: MIT
//
// One row per fault: its severity, which key of [[credential]] it is about, and its words.
#include <iterator>
#include <utility>

#include "shaken302/certificate_findings.hpp"

namespace shaken302 {
namespace {

using Fault = CertificateFault;
constexpr FindingSeverity error = FindingSeverity::error;
constexpr FindingSeverity warning = FindingSeverity::warning;

constexpr std::string_view certificate = "certificate";
constexpr std::string_view key = "key";
constexpr std::string_view passphrase = "passphrase_file";

struct Row {
  Fault fault;
  FindingSeverity severity;
  std::string_view subject;
  CertificateFaultText text;
};

constexpr auto profile_remedy =
    "nothing has to be done at once: verifiers that insist on the profile mark its calls as not "
    "verified; ask the CA";

constexpr Row rows[] = {
    {Fault::unreadable_file,
     error,
     certificate,
     {"unreadable-file", "cannot be read", "name a regular file that this program may read"}},
    {Fault::no_certificate,
     error,
     certificate,
     {"no-certificate", "holds no certificate",
      "put the certificate of the leaf there, then its intermediates"}},
    {Fault::unreadable_certificate,
     error,
     certificate,
     {"unreadable-certificate", "is neither PEM nor DER that can be read",
      "export the certificates again, as PEM, leaf first"}},
    {Fault::too_many_certificates,
     error,
     certificate,
     {"too-many-certificates", "holds more than 4 certificates or 64 KiB",
      "keep the leaf and its intermediates; the root does not belong there"}},
    {Fault::private_key_published,
     error,
     certificate,
     {"private-key-published", "holds a private key, and this file is for everybody",
      "keep the certificates alone; if it was published, have a new key certified"}},
    {Fault::certificate_key_type,
     error,
     certificate,
     {"certificate-key-type", "is for a key that is not EC on the named curve P-256",
      "have a P-256 key certified; SHAKEN knows no other"}},
    {Fault::unreadable_key,
     error,
     key,
     {"unreadable-key", "is not a private key, PKCS#8 or SEC1, PEM or DER",
      "export it with: openssl pkcs8 -topk8"}},
    {Fault::passphrase_needed,
     error,
     key,
     {"passphrase-needed", "is encrypted, and no passphrase is given",
      "name the file of its passphrase as passphrase_file"}},
    {Fault::passphrase_wrong,
     error,
     passphrase,
     {"passphrase-wrong", "does not hold the passphrase of the key",
      "put the passphrase there, alone on one line"}},
    {Fault::passphrase_not_needed,
     warning,
     passphrase,
     {"passphrase-not-needed", "is named, and the key is not encrypted",
      "encrypt the key with: openssl pkcs8 -topk8, or remove passphrase_file"}},
    {Fault::key_type,
     error,
     key,
     {"key-type", "is not an EC key on the named curve P-256",
      "make one with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"}},
    {Fault::key_mismatch,
     error,
     key,
     {"key-mismatch", "does not belong to the certificate", "name the key that was certified"}},
    {Fault::self_test,
     error,
     key,
     {"self-test", "makes test signatures that do not verify: it is in quarantine",
      "replace key and certificate; its calls stay unsigned until then"}},
    {Fault::token_module,
     error,
     key,
     {"token-module", "needs a PKCS#11 module that cannot be used",
      "install libengine-pkcs11-openssl and name the token's module as signing.pkcs11_module"}},
    {Fault::token_missing,
     error,
     key,
     {"token-missing", "is of a token that is not there, is there twice, or holds no private key",
      "compare with: pkcs11-tool --module MODULE --list-token-slots; a token that has come since "
      "the "
      "start takes a restart"}},
    {Fault::token_pin,
     error,
     passphrase,
     {"token-pin", "does not hold the PIN that the token takes",
      "put the user's PIN there, alone on one line, before the token locks itself"}},
    {Fault::token_key,
     error,
     key,
     {"token-key", "is not in the token",
      "compare with: pkcs11-tool --module MODULE --login --list-objects"}},
    {Fault::token_public_key,
     error,
     key,
     {"token-public-key", "is in the token without its public half",
      "put the public key or the certificate there too, with the same id"}},
    {Fault::token_silent,
     error,
     key,
     {"token-silent", "is in a token that does not answer",
      "look after the token, its module and its daemon, then reload"}},
    {Fault::name_form,
     error,
     "name",
     {"name-form", "is not a name", "use letters, digits, \".\", \"_\" and \"-\""}},
    {Fault::x5u_form,
     error,
     "x5u",
     {"x5u-form", "is not a URL for certificates",
      "use https, port 443 or 8443, no user, query or fragment, at most 255 characters"}},
    {Fault::authority,
     error,
     certificate,
     {"authority", "begins with the certificate of a CA, which signs no calls",
      "put the leaf there, then its intermediates"}},
    {Fault::key_usage,
     error,
     certificate,
     {"key-usage", "is for another use: its key usage allows no signatures",
      "have the key certified with the key usage digitalSignature"}},
    {Fault::unknown_critical_extension,
     error,
     certificate,
     {"unknown-critical-extension",
      "has a critical extension that verifiers do not know, and refuse it for",
      "ask the CA for a certificate without it"}},
    {Fault::not_yet_valid,
     error,
     certificate,
     {"not-yet-valid", "is not valid yet", "its calls stay unsigned until then; check the clock"}},
    {Fault::expired,
     error,
     certificate,
     {"expired", "has expired", "renew it; its calls stay unsigned until then"}},
    {Fault::issuer_not_valid,
     error,
     certificate,
     {"issuer-not-valid", "holds a certificate behind the leaf that is not valid now",
      "put the CA's present one there; its calls stay unsigned until then"}},
    {Fault::anchor_not_valid,
     warning,
     certificate,
     {"anchor-not-valid", "leads to a trust anchor that is not valid now",
      "put the CA's present root into the file of trust anchors"}},
    {Fault::reordered,
     warning,
     certificate,
     {"reordered", "does not begin with the leaf and go on with its issuers",
      "put the leaf first and each certificate's issuer right behind it; this program does so by "
      "itself, what is published should be so too"}},
    {Fault::not_linked,
     warning,
     certificate,
     {"not-linked", "does not link up: verifiers cannot build the path",
      "put each certificate's issuer right behind it"}},
    {Fault::no_path_to_anchor,
     error,
     certificate,
     {"no-path-to-anchor", "does not lead to a trust anchor",
      "put the missing intermediates there, or the CA's root among the trust anchors"}},
    {Fault::tn_auth_list_missing,
     error,
     certificate,
     {"tn-auth-list-missing", "has no TNAuthList",
      "verifiers refuse it: use a SHAKEN certificate"}},
    {Fault::tn_auth_list_critical,
     error,
     certificate,
     {"tn-auth-list-critical", "has a critical TNAuthList",
      "verifiers that do not know it must refuse it: ask the CA for one that is not critical"}},
    {Fault::tn_auth_list_malformed,
     error,
     certificate,
     {"tn-auth-list-malformed", "has a TNAuthList that is not RFC 8226",
      "ask the CA for a certificate without that fault"}},
    {Fault::other_service_provider,
     error,
     certificate,
     {"other-service-provider", "is for another service provider code than expected_spc",
      "name the certificate of that provider, or correct expected_spc"}},
    {Fault::other_numbers,
     error,
     certificate,
     {"other-numbers", "does not speak for all of expected_numbers",
      "name a certificate for those numbers, or correct expected_numbers"}},
    {Fault::numbers_alone,
     warning,
     certificate,
     {"numbers-alone",
      "signs only for the numbers in its TNAuthList; calls of other numbers would be refused by "
      "verifiers",
      "use a certificate with a service provider code, or give it to accounts with those numbers "
      "alone"}},
    {Fault::constraints_twice,
     error,
     certificate,
     {"constraints-twice", "has two extensions with claim constraints",
      "RFC 9118 forbids it: ask the CA for a certificate with one"}},
    {Fault::constraints_malformed,
     error,
     certificate,
     {"constraints-malformed", "has claim constraints that cannot be read",
      "ask the CA for a certificate without that fault"}},
    {Fault::constraints_critical,
     error,
     certificate,
     {"constraints-critical", "has critical claim constraints",
      "verifiers that do not know them must refuse it: ask the CA for some that are not critical"}},
    {Fault::constraints_void,
     warning,
     certificate,
     {"constraints-void",
      "has claim constraints that exclude a claim every token has: they count as absent",
      "ask the CA for a certificate without that fault"}},
    {Fault::constraints_not_met,
     error,
     certificate,
     {"constraints-not-met", "has claim constraints that no SHAKEN token can meet",
      "ask the CA for a certificate whose constraints allow attest, dest, iat, orig and origid"}},
    {Fault::attestation_limited,
     warning,
     certificate,
     {"attestation-limited", "has claim constraints that allow some attestations alone",
      "calls of other levels stay unsigned or are signed lower; use another certificate for "
      "them"}},
    {Fault::profile_serial_number,
     warning,
     certificate,
     {"profile-serial-number", "has a serial number that is not positive and of 8 to 20 bytes",
      profile_remedy}},
    {Fault::profile_signature,
     warning,
     certificate,
     {"profile-signature", "is not signed with ecdsa-with-SHA256 or ecdsa-with-SHA384",
      profile_remedy}},
    {Fault::profile_subject,
     warning,
     certificate,
     {"profile-subject", "has a subject without C, O and a CN of \"SHAKEN\" and its code",
      profile_remedy}},
    {Fault::profile_basic_constraints,
     warning,
     certificate,
     {"profile-basic-constraints", "has no critical basic constraints with CA:FALSE",
      profile_remedy}},
    {Fault::profile_key_usage,
     warning,
     certificate,
     {"profile-key-usage", "has no critical key usage of digitalSignature alone", profile_remedy}},
    {Fault::profile_key_identifiers,
     warning,
     certificate,
     {"profile-key-identifiers",
      "has no subject key identifier of 160 bits, or no authority key identifier, or a critical "
      "one",
      profile_remedy}},
    {Fault::profile_policies,
     warning,
     certificate,
     {"profile-policies",
      "has not exactly one policy in certificate policies that are not critical", profile_remedy}},
    {Fault::profile_crl_distribution_point,
     warning,
     certificate,
     {"profile-crl-distribution-point",
      "has not exactly one CRL distribution point with an HTTP URL and the name of the CRL's "
      "issuer",
      profile_remedy}},
    {Fault::profile_tn_auth_list,
     warning,
     certificate,
     {"profile-tn-auth-list",
      "has a TNAuthList that is not exactly one service provider code of digits and capitals",
      profile_remedy}},
    {Fault::profile_extensions,
     warning,
     certificate,
     {"profile-extensions", "has extensions beyond those of the profile", profile_remedy}},
};

constexpr bool rows_are_in_order() {
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    if (static_cast<std::size_t>(rows[i].fault) != i) return false;
  }
  return std::size(rows) == certificate_faults;
}
static_assert(rows_are_in_order());

constexpr const Row& row_of(Fault fault) { return rows[static_cast<std::size_t>(fault)]; }

}  // namespace

CertificateFaultText text_of(CertificateFault fault) noexcept { return row_of(fault).text; }
FindingSeverity severity_of(CertificateFault fault) noexcept { return row_of(fault).severity; }
std::string_view subject_of(CertificateFault fault) noexcept { return row_of(fault).subject; }

bool refuses(CertificateFault fault) noexcept {
  switch (fault) {
    case Fault::not_yet_valid:
    case Fault::expired:
    case Fault::issuer_not_valid:
    case Fault::self_test:
      return false;
    default:
      return severity_of(fault) == error;
  }
}

CertificateFinding make_finding(CertificateFault fault, std::string detail) {
  return {fault, severity_of(fault), std::move(detail)};
}

CertificateFault fault_of(CertificateError error_of_reading) noexcept {
  switch (error_of_reading) {
    case CertificateError::empty:
      return Fault::no_certificate;
    case CertificateError::syntax:
      return Fault::unreadable_certificate;
    case CertificateError::too_large:
      return Fault::too_many_certificates;
    case CertificateError::private_key:
      return Fault::private_key_published;
    case CertificateError::key_type:
      return Fault::certificate_key_type;
    case CertificateError::tn_auth_list:
      return Fault::tn_auth_list_malformed;
  }
  return Fault::unreadable_certificate;
}

CertificateFault fault_of(CredentialError error_of_making) noexcept {
  switch (error_of_making) {
    case CredentialError::key_syntax:
      return Fault::unreadable_key;
    case CredentialError::passphrase_needed:
      return Fault::passphrase_needed;
    case CredentialError::passphrase_wrong:
      return Fault::passphrase_wrong;
    case CredentialError::key_type:
      return Fault::key_type;
    case CredentialError::certificate:
      return Fault::authority;
    case CredentialError::mismatch:
      return Fault::key_mismatch;
    case CredentialError::x5u:
      return Fault::x5u_form;
    case CredentialError::name:
      return Fault::name_form;
  }
  return Fault::unreadable_key;
}

}  // namespace shaken302
