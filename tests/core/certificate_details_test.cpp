// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "core/certificate_builder.hpp"
#include "core/test_credentials.hpp"
#include "core/test_files.hpp"
#include "shaken302/certificate_findings.hpp"

namespace shaken302 {
namespace {

using namespace test;
using std::chrono::seconds;

bool has(const std::vector<CertificateFinding>& findings, CertificateFault fault) {
  return std::ranges::any_of(findings, [&](const auto& one) { return one.which == fault; });
}

CertificateChain rfc9118_chain() {
  const auto chain = CertificateChain::parse(read_vector("rfc9118_fig1_cert.pem"));
  REQUIRE(chain);
  return *chain;
}

}  // namespace

TEST_CASE("certificate_details: the example of RFC 9118, value by value") {
  const auto all = rfc9118_chain().details();
  REQUIRE(all.size() == 1);
  const CertificateDetails& details = all[0];
  CHECK(details.subject == "CN=SHAKEN,OU=VoIP,O=Bogus Example Telecom,L=Herndon,ST=VA,C=US");
  CHECK(details.issuer == "CN=BOGUS SHAKEN ROOT,C=US");
  CHECK(details.serial == "1F:B6:5D:DE:B4:39:02:CB:CE:97:32:E7:CD:41:E1:AD:58:43:4A:5B");
  CHECK(details.not_before == UnixTime(seconds{1626385935}));
  CHECK(details.not_after == UnixTime(seconds{1657921935}));
  CHECK(details.key_type == "EC P-256");
  CHECK(details.signature_algorithm == "ecdsa-with-SHA256");
  CHECK_FALSE(details.is_authority);
  CHECK(details.key_usage == std::vector<std::string>{"digitalSignature"});
  CHECK(details.policies.empty());
  CHECK(details.crl_distribution_points.empty());
  CHECK(details.crl_issuer.empty());
  // openssl x509 -fingerprint -sha256, and openssl x509 -pubkey | openssl pkey -pubin -outform DER
  // | sha256sum
  CHECK(details.sha256 ==
        "85:B1:A7:80:A9:A5:15:C7:23:EB:28:B0:C9:72:E2:24:B5:4E:D5:54:B1:AC:EF:3A:A1:6D:FD:15:D9:E0:"
        "1C:25");
  CHECK(details.public_key_sha256 ==
        "43:F7:43:B9:D6:40:FC:AA:DE:90:E7:E1:32:21:C9:F7:36:74:26:1A:BF:A8:67:2F:FD:91:5B:9B:CE:27:"
        "41:C8");
}

TEST_CASE("certificate_details: the constraints of RFC 9118's example are read, and not met") {
  const auto chain = rfc9118_chain();
  const ClaimConstraints& constraints = chain.claim_constraints();
  CHECK(constraints.state == ClaimConstraints::State::read);
  CHECK(constraints.is_enhanced);
  CHECK_FALSE(constraints.is_critical);
  CHECK_FALSE(constraints.is_void());
  CHECK(constraints.must_include == std::vector<std::string>{"confidence"});
  REQUIRE(constraints.permitted_values.size() == 1);
  CHECK(constraints.permitted_values[0].claim == "confidence");
  CHECK(constraints.permitted_values[0].values == std::vector<std::string>{"high", "medium"});
  CHECK(constraints.must_exclude == std::vector<std::string>{"priority"});

  const auto findings = check_certificate(chain, UnixTime(seconds{1640000000}));
  REQUIRE_FALSE(findings.empty());
  CHECK(findings[0].which == CertificateFault::constraints_not_met);
  CHECK(findings[0].detail == "confidence must be in every token");
  CHECK_FALSE(has(findings, CertificateFault::expired));
  CHECK(has(check_certificate(chain, noon), CertificateFault::expired));
}

TEST_CASE("certificate_details: all certificates of a chain, each with its own") {
  const ThrowawayCa ca = make_test_pem("505J");
  const auto chain = CertificateChain::parse(ca.root_certificate + ca.leaf_certificate);
  REQUIRE(chain);
  CHECK(chain->was_reordered());
  const auto all = chain->details();
  REQUIRE(all.size() == 2);
  CHECK(all[0].subject == "CN=SHAKEN 505J,O=Throw-away Example,C=US");
  CHECK(all[0].policies == std::vector<std::string>{"2.999.302"});
  CHECK(all[0].crl_distribution_points ==
        std::vector<std::string>{"http://crl.invalid/throw-away.crl"});
  CHECK(all[0].crl_issuer == "CN=Throw-away CRL,O=Throw-away,C=US");
  CHECK(all[1].is_authority);
  CHECK(all[1].key_usage == std::vector<std::string>{"keyCertSign"});
  CHECK(all[0].sha256 != all[1].sha256);
  CHECK(all[0].public_key_sha256 != all[1].public_key_sha256);
  CHECK(chain->to_pem() == ca.leaf_certificate + ca.root_certificate);
  CHECK_FALSE(CertificateChain::parse(ca.leaf_certificate + ca.root_certificate)->was_reordered());
  CHECK(CertificateChain().details().empty());
  CHECK(CertificateChain().to_pem().empty());
}

TEST_CASE("certificate_details: control characters in a URL are escaped") {
  const KeyPtr key = make_ec_key();
  CertificateSpec spec;
  spec.key = key.get();
  spec.not_before = day_before_noon;
  spec.not_after = day_after_noon;
  spec.extensions = {{NID_crl_distribution_points, "URI:http://crl.example.com/\x1b[2J"}};
  const auto chain = CertificateChain::parse(to_pem(make_certificate(spec).get()));
  REQUIRE(chain);
  CHECK(chain->details()[0].crl_distribution_points ==
        std::vector<std::string>{"http://crl.example.com/\\1B[2J"});
}

TEST_CASE("certificate_details: keys of authorities may be of any type") {
  struct Row {
    std::string why;
    KeyPtr key;
    std::string type;
  };
  Row rows[] = {
      {"a larger curve", make_ec_key("P-384"), "EC secp384r1"},
      {"RSA", KeyPtr(EVP_RSA_gen(2048)), "RSA 2048"},
  };
  const ThrowawayCa ca = make_test_pem();
  for (Row& row : rows) {
    CAPTURE(row.why);
    CertificateSpec spec;
    spec.key = row.key.get();
    spec.not_before = day_before_noon;
    spec.not_after = day_after_noon;
    spec.extensions = {{NID_basic_constraints, "critical,CA:TRUE"}};
    const std::string root = to_pem(make_certificate(spec).get());
    const auto chain = CertificateChain::parse(ca.leaf_certificate + root);
    REQUIRE(chain);
    CHECK(chain->details()[1].key_type == row.type);
    const auto anchors = TrustAnchors::parse(root + ca.root_certificate);
    REQUIRE(anchors);
    CHECK(anchors->size() == 2);
    CHECK(chain->path_fault(*anchors, noon).empty());
  }
}

TEST_CASE("certificate_details: trust anchors are bounded, and a chain leads to them or says why") {
  const ThrowawayCa ca = make_test_pem();
  const auto chain = CertificateChain::parse(ca.leaf_certificate);
  REQUIRE(chain);
  std::string many;
  for (std::size_t i = 0; i < TrustAnchors::certificates_max; ++i) many += ca.root_certificate;
  const auto anchors = TrustAnchors::parse(many);
  REQUIRE(anchors);
  CHECK(chain->path_fault(*anchors, noon).empty());
  CHECK(chain->path_fault(*anchors, std::nullopt).empty());
  CHECK(chain->path_fault(*anchors, day_after_noon + seconds(1)) == "certificate has expired");
  CHECK(chain->path_fault(TrustAnchors(), noon) == "there is nothing to compare");
  const auto others = TrustAnchors::parse(make_test_pem().root_certificate);
  REQUIRE(others);
  CHECK_FALSE(chain->path_fault(*others, noon).empty());
  CHECK(TrustAnchors::parse(many + ca.root_certificate).error() == CertificateError::too_large);
  CHECK(TrustAnchors::parse("").error() == CertificateError::empty);
  CHECK(TrustAnchors::parse(ca.leaf_key).error() == CertificateError::private_key);
}

TEST_CASE("certificate_details: a chain without certificates has the one finding that says so") {
  const auto findings = check_certificate(CertificateChain(), noon);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].which == CertificateFault::no_certificate);
  CHECK(findings[0].severity == FindingSeverity::error);
}

TEST_CASE("certificate_details: every fault has a name of its own, words and a subject") {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < certificate_faults; ++i) {
    const auto fault = static_cast<CertificateFault>(i);
    const auto text = text_of(fault);
    const std::string name(text.name);
    CAPTURE(name);
    CHECK_FALSE(text.name.empty());
    CHECK_FALSE(text.problem.empty());
    CHECK_FALSE(text.remedy.empty());
    CHECK_FALSE(subject_of(fault).empty());
    CHECK(std::ranges::find(names, text.name) == names.end());
    names.push_back(text.name);
  }
}

TEST_CASE("certificate_details: errors of reading and making have their faults") {
  using Fault = CertificateFault;
  CHECK(fault_of(CertificateError::empty) == Fault::no_certificate);
  CHECK(fault_of(CertificateError::syntax) == Fault::unreadable_certificate);
  CHECK(fault_of(CertificateError::too_large) == Fault::too_many_certificates);
  CHECK(fault_of(CertificateError::private_key) == Fault::private_key_published);
  CHECK(fault_of(CertificateError::key_type) == Fault::certificate_key_type);
  CHECK(fault_of(CertificateError::tn_auth_list) == Fault::tn_auth_list_malformed);
  CHECK(fault_of(CredentialError::key_syntax) == Fault::unreadable_key);
  CHECK(fault_of(CredentialError::passphrase_needed) == Fault::passphrase_needed);
  CHECK(fault_of(CredentialError::passphrase_wrong) == Fault::passphrase_wrong);
  CHECK(fault_of(CredentialError::key_type) == Fault::key_type);
  CHECK(fault_of(CredentialError::certificate) == Fault::authority);
  CHECK(fault_of(CredentialError::mismatch) == Fault::key_mismatch);
  CHECK(fault_of(CredentialError::x5u) == Fault::x5u_form);
  CHECK(fault_of(CredentialError::name) == Fault::name_form);
}

}  // namespace shaken302
