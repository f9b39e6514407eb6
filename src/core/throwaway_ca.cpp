// SPDX-License-Identifier: MIT
#include "throwaway_ca.hpp"

#include <openssl/x509v3.h>

#include <algorithm>
#include <string_view>

#include "openssl_ptr.hpp"
#include "x509_parts.hpp"

namespace shaken302 {
namespace {

constexpr long x509_version_3 = 2;
constexpr const char* example_policy = "2.999.302";  // below the arc for examples (X.660)
constexpr std::string_view crl_url = "http://crl.invalid/throw-away.crl";  // RFC 2606: nowhere
constexpr std::string_view root_common_name = "shaken302 throw-away root";

using PoliciesPtr = OpensslPtr<CERTIFICATEPOLICIES, CERTIFICATEPOLICIES_free>;
using CrlPointsPtr = OpensslPtr<CRL_DIST_POINTS, CRL_DIST_POINTS_free>;

struct Subject {
  std::string_view common_name;
  std::string_view organization;
};

NamePtr make_name(const Subject& subject) {
  NamePtr name(require(X509_NAME_new()));
  require(add_name_entry(name.get(), "C", "US"));
  require(add_name_entry(name.get(), "O", subject.organization));
  require(add_name_entry(name.get(), "CN", subject.common_name));
  return name;
}

/// Positive, with 126 random bits (ATIS-1000080: at least 64).
void set_random_serial(X509* certificate) {
  BignumPtr serial(require(BN_new()));
  require(BN_rand(serial.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY));
  require(BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)));
}

void add_extension(X509* certificate, X509* issuer, int nid, const char* text) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  ExtensionPtr extension(require(X509V3_EXT_conf_nid(nullptr, &context, nid, text)));
  require(X509_add_ext(certificate, extension.get(), -1));
}

void add_tn_auth_list(X509* certificate, const std::string& service_provider_code) {
  TnAuthList list;
  list.service_provider_codes.push_back(service_provider_code);
  const ExtensionPtr extension = make_tn_auth_list_extension(list);
  require(X509_add_ext(certificate, extension.get(), -1));
}

/// By hand: the text form wants a configuration of OpenSSL.
void add_policy(X509* certificate) {
  const PoliciesPtr policies(require(CERTIFICATEPOLICIES_new()));
  POLICYINFO* policy = require(POLICYINFO_new());
  if (sk_POLICYINFO_push(policies.get(), policy) <= 0) {
    POLICYINFO_free(policy);
    require(0);
  }
  policy->policyid = require(OBJ_txt2obj(example_policy, 1));
  require(X509_add1_ext_i2d(certificate, NID_certificate_policies, policies.get(), 0, 0));
}

GENERAL_NAME* add_name(GENERAL_NAMES* names) {
  GENERAL_NAME* name = require(GENERAL_NAME_new());
  if (sk_GENERAL_NAME_push(names, name) <= 0) {
    GENERAL_NAME_free(name);
    require(0);
  }
  return name;
}

/// One indirect CRL, as the profile demands: its URL and who signs it. Nobody is there.
void add_crl_distribution_point(X509* certificate) {
  const CrlPointsPtr points(require(CRL_DIST_POINTS_new()));
  DIST_POINT* point = require(DIST_POINT_new());
  if (sk_DIST_POINT_push(points.get(), point) <= 0) {
    DIST_POINT_free(point);
    require(0);
  }
  constexpr int full_name = 0;
  point->distpoint = require(DIST_POINT_NAME_new());
  point->distpoint->type = full_name;
  point->distpoint->name.fullname = require(GENERAL_NAMES_new());
  ASN1_IA5STRING* url = require(ASN1_IA5STRING_new());
  GENERAL_NAME_set0_value(add_name(point->distpoint->name.fullname), GEN_URI, url);
  require(ASN1_STRING_set(url, crl_url.data(), static_cast<int>(crl_url.size())));
  point->CRLissuer = require(GENERAL_NAMES_new());
  const Subject issuer{"Throw-away CRL", "Throw-away"};
  GENERAL_NAME_set0_value(add_name(point->CRLissuer), GEN_DIRNAME, make_name(issuer).release());
  require(X509_add1_ext_i2d(certificate, NID_crl_distribution_points, points.get(), 0, 0));
}

X509Ptr make_certificate(const ThrowawayCaRequest& request, const X509_NAME* subject,
                         const X509_NAME* issuer, EVP_PKEY* key) {
  X509Ptr certificate(require(X509_new()));
  require(X509_set_version(certificate.get(), x509_version_3));
  set_random_serial(certificate.get());
  require(ASN1_TIME_adj(X509_getm_notBefore(certificate.get()),
                        request.not_before.time_since_epoch().count(), 0, 0));
  require(ASN1_TIME_adj(X509_getm_notAfter(certificate.get()),
                        request.not_after.time_since_epoch().count(), 0, 0));
  require(X509_set_subject_name(certificate.get(), subject));
  require(X509_set_issuer_name(certificate.get(), issuer));
  require(X509_set_pubkey(certificate.get(), key));
  return certificate;
}

X509Ptr make_root(const ThrowawayCaRequest& request, EVP_PKEY* key) {
  const NamePtr name = make_name({root_common_name, request.organization});
  X509Ptr root = make_certificate(request, name.get(), name.get(), key);
  add_extension(root.get(), root.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(root.get(), root.get(), NID_key_usage, "critical,keyCertSign");
  add_extension(root.get(), root.get(), NID_subject_key_identifier, "hash");
  require(X509_sign(root.get(), key, EVP_sha256()));
  return root;
}

X509Ptr make_leaf(const ThrowawayCaRequest& request, EVP_PKEY* key, X509* root,
                  EVP_PKEY* root_key) {
  const std::string common_name = "SHAKEN " + request.service_provider_code;
  const NamePtr name = make_name({common_name, request.organization});
  X509Ptr leaf = make_certificate(request, name.get(), X509_get_subject_name(root), key);
  add_extension(leaf.get(), root, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(leaf.get(), root, NID_key_usage, "critical,digitalSignature");
  add_extension(leaf.get(), root, NID_subject_key_identifier, "hash");
  add_extension(leaf.get(), root, NID_authority_key_identifier, "keyid:always");
  add_policy(leaf.get());
  add_crl_distribution_point(leaf.get());
  add_tn_auth_list(leaf.get(), request.service_provider_code);
  require(X509_sign(leaf.get(), root_key, EVP_sha256()));
  return leaf;
}

/// X.520 ub-organization-name is 64; visible ASCII keeps every tool's output readable.
bool is_organization(std::string_view text) {
  const auto is_allowed = [](char c) { return c >= 0x20 && c < 0x7F; };
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, is_allowed);
}

bool is_validity(UnixTime not_before, UnixTime not_after) {
  using namespace std::chrono;
  constexpr UnixTime first = sys_days{year{1950} / 1 / 1};  // what X.509's two time types can say
  constexpr UnixTime end = sys_days{year{10000} / 1 / 1};
  return first <= not_before && not_before < not_after && not_after < end;
}

}  // namespace

Result<ThrowawayCa, ThrowawayCaError> make_throwaway_ca(const ThrowawayCaRequest& request) {
  if (!is_service_provider_code(request.service_provider_code)) {
    return Failure{ThrowawayCaError::service_provider_code};
  }
  if (!is_organization(request.organization)) return Failure{ThrowawayCaError::organization};
  if (!is_validity(request.not_before, request.not_after)) {
    return Failure{ThrowawayCaError::validity};
  }
  const KeyPtr root_key(require(EVP_EC_gen("P-256")));
  const KeyPtr leaf_key(require(EVP_EC_gen("P-256")));
  const X509Ptr root = make_root(request, root_key.get());
  const X509Ptr leaf = make_leaf(request, leaf_key.get(), root.get(), root_key.get());
  return ThrowawayCa{to_pem(root.get()), to_pem(leaf_key.get()), to_pem(leaf.get())};
}

}  // namespace shaken302
