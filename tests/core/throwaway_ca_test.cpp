// SPDX-License-Identifier: MIT
#include "core/throwaway_ca.hpp"

#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <optional>
#include <set>
#include <string>

#include "core/openssl_ptr.hpp"
#include "core/test_credentials.hpp"
#include "shaken302/certificate.hpp"
#include "shaken302/certificate_findings.hpp"

namespace shaken302 {
namespace {

using namespace test;

X509Ptr read_certificate(const std::string& pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  X509Ptr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  REQUIRE(certificate);
  return certificate;
}

/// Positions of all extensions by OpenSSL's number; 0 for those that it has no name for.
std::multiset<std::pair<int, bool>> extensions_of(X509* certificate) {
  std::multiset<std::pair<int, bool>> all;
  for (int i = 0; i < X509_get_ext_count(certificate); ++i) {
    X509_EXTENSION* extension = X509_get_ext(certificate, i);
    all.emplace(OBJ_obj2nid(X509_EXTENSION_get_object(extension)),
                X509_EXTENSION_get_critical(extension) == 1);
  }
  return all;
}

std::optional<ThrowawayCaError> error_of(const ThrowawayCaRequest& request) {
  const auto made = make_throwaway_ca(request);
  return made ? std::nullopt : std::optional(made.error());
}

}  // namespace

TEST_CASE("throwaway_ca: the leaf has the profile of ATIS-1000080 and leads to the root") {
  const ThrowawayCa ca = make_test_pem("505J");
  const auto root = CertificateChain::parse_pem(ca.root_certificate);
  const auto leaf = CertificateChain::parse_pem(ca.leaf_certificate);
  REQUIRE(root);
  REQUIRE(leaf);
  CHECK(root->subject() == "CN=shaken302 throw-away root,O=Throw-away Example,C=US");
  CHECK(leaf->subject() == "CN=SHAKEN 505J,O=Throw-away Example,C=US");
  CHECK(leaf->issuer() == root->subject());
  CHECK(leaf->not_before() == day_before_noon);
  CHECK(leaf->not_after() == day_after_noon);
  REQUIRE(leaf->has_tn_auth_list());
  CHECK(leaf->tn_auth_list().service_provider_codes == std::vector<std::string>{"505J"});
  CHECK_FALSE(root->has_tn_auth_list());
  CHECK(leaf->leads_to(*root, noon));

  const X509Ptr certificate = read_certificate(ca.leaf_certificate);
  CHECK(X509_get_version(certificate.get()) == 2);
  CHECK(extensions_of(certificate.get()) ==
        std::multiset<std::pair<int, bool>>{{NID_undef, false},
                                            {NID_basic_constraints, true},
                                            {NID_key_usage, true},
                                            {NID_subject_key_identifier, false},
                                            {NID_authority_key_identifier, false},
                                            {NID_certificate_policies, false},
                                            {NID_crl_distribution_points, false}});
  CHECK(check_certificate(*leaf, noon).empty());
  CHECK(X509_check_ca(certificate.get()) == 0);
  CHECK(X509_get_key_usage(certificate.get()) == KU_DIGITAL_SIGNATURE);
  CHECK(X509_get_signature_nid(certificate.get()) == NID_ecdsa_with_SHA256);

  const X509Ptr anchor = read_certificate(ca.root_certificate);
  CHECK(X509_check_ca(anchor.get()) == 1);
  CHECK(X509_get_key_usage(anchor.get()) == KU_KEY_CERT_SIGN);
  const ASN1_OCTET_STRING* root_id = X509_get0_subject_key_id(anchor.get());
  const ASN1_OCTET_STRING* issuer_id = X509_get0_authority_key_id(certificate.get());
  REQUIRE(root_id != nullptr);
  REQUIRE(issuer_id != nullptr);
  CHECK(ASN1_STRING_length(root_id) == 20);
  CHECK(ASN1_OCTET_STRING_cmp(root_id, issuer_id) == 0);
}

TEST_CASE("throwaway_ca: serial numbers are positive, long and never the same") {
  std::set<std::string> seen;
  for (int i = 0; i < 20; ++i) {
    const X509Ptr leaf = read_certificate(make_test_pem().leaf_certificate);
    const ASN1_INTEGER* serial = X509_get0_serialNumber(leaf.get());
    CHECK(ASN1_STRING_type(serial) == V_ASN1_INTEGER);  // V_ASN1_NEG_INTEGER otherwise
    REQUIRE(ASN1_STRING_length(serial) == 16);
    CHECK(ASN1_STRING_get0_data(serial)[0] >= 0x40);  // never shorter, never negative
    seen.insert(std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(serial)), 16));
  }
  CHECK(seen.size() == 20);
}

TEST_CASE("throwaway_ca: the key that is returned is the leaf's; the root's is nowhere") {
  const ThrowawayCa ca = make_test_pem();
  CHECK(ca.leaf_key.starts_with("-----BEGIN PRIVATE KEY-----\n"));
  CHECK(ca.leaf_key.find("-----BEGIN", 1) == std::string::npos);
  CHECK(ca.root_certificate.find("PRIVATE") == std::string::npos);
  CHECK(ca.leaf_certificate.find("PRIVATE") == std::string::npos);

  const auto leaf = CertificateChain::parse_pem(ca.leaf_certificate);
  const auto root = CertificateChain::parse_pem(ca.root_certificate);
  const auto with_leaf = Credential::make({"x", ca.leaf_key, *leaf, "https://h/x.pem"});
  REQUIRE(with_leaf);
  CHECK(with_leaf->passes_self_test());
  const BioPtr bio(BIO_new_mem_buf(ca.leaf_key.data(), static_cast<int>(ca.leaf_key.size())));
  const KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  CHECK(EVP_PKEY_eq(key.get(), X509_get0_pubkey(leaf->leaf())) == 1);
  CHECK(EVP_PKEY_eq(key.get(), X509_get0_pubkey(root->leaf())) != 1);
}

TEST_CASE("throwaway_ca: what a certificate cannot say is refused") {
  using namespace std::chrono;
  struct Row {
    std::string why;
    ThrowawayCaRequest request;
    std::optional<ThrowawayCaError> error;
  };
  const auto code = [](std::string text) {
    return ThrowawayCaRequest{std::move(text), "Example", day_before_noon, day_after_noon};
  };
  const auto organization = [](std::string text) {
    return ThrowawayCaRequest{"1234", std::move(text), day_before_noon, day_after_noon};
  };
  const auto validity = [](UnixTime from, UnixTime to) {
    return ThrowawayCaRequest{"1234", "Example", from, to};
  };
  const UnixTime year_1950 = sys_days{year{1950} / 1 / 1};
  const UnixTime year_10000 = sys_days{year{10000} / 1 / 1};
  const Row rows[] = {
      {"the usual one", code("1234"), std::nullopt},
      {"32 characters", code(std::string(32, 'A')), std::nullopt},
      {"no code", code(""), ThrowawayCaError::service_provider_code},
      {"33 characters", code(std::string(33, 'A')), ThrowawayCaError::service_provider_code},
      {"lower case (ATIS-1000080)", code("505j"), ThrowawayCaError::service_provider_code},
      {"a blank", code("50 5"), ThrowawayCaError::service_provider_code},
      {"64 characters of name", organization(std::string(64, 'x')), std::nullopt},
      {"65", organization(std::string(65, 'x')), ThrowawayCaError::organization},
      {"no name", organization(""), ThrowawayCaError::organization},
      {"a line end in it", organization("a\nb"), ThrowawayCaError::organization},
      {"UTF-8", organization("\xC3\xA4"), ThrowawayCaError::organization},
      {"one second", validity(noon, noon + seconds{1}), std::nullopt},
      {"no time at all", validity(noon, noon), ThrowawayCaError::validity},
      {"an end before the beginning", validity(noon, day_before_noon), ThrowawayCaError::validity},
      {"all that X.509 can say", validity(year_1950, year_10000 - seconds{1}), std::nullopt},
      {"before that", validity(year_1950 - seconds{1}, noon), ThrowawayCaError::validity},
      {"after that", validity(noon, year_10000), ThrowawayCaError::validity},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    CHECK(error_of(row.request) == row.error);
  }
}

}  // namespace shaken302
