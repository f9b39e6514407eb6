// SPDX-License-Identifier: MIT
#include "certificate_profile.hpp"

#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "certificate_data.hpp"
#include "jwt_claim_constraints.hpp"
#include "tn_auth_list.hpp"

namespace shaken302 {
namespace {

using Fault = CertificateFault;

struct Leaf {
  X509* certificate;
  const TnAuthList& list;
  CertificateDetails details;
};

/// Whether there is exactly one extension of this kind, critical or not as it must be.
bool has_one(const X509* certificate, int nid, bool critical) {
  const int index = X509_get_ext_by_NID(certificate, nid, -1);
  if (index < 0 || X509_get_ext_by_NID(certificate, nid, index) >= 0) return false;
  return (X509_EXTENSION_get_critical(X509_get_ext(certificate, index)) == 1) == critical;
}

/// RFC 5280 4.1.2.2: positive, at most 20 bytes; 64 random bits make 8 bytes nearly always.
bool has_good_serial(const X509* certificate) {
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
  const BignumPtr value(ASN1_INTEGER_to_BN(serial, nullptr));
  if (!value || BN_is_negative(value.get()) == 1 || BN_is_zero(value.get()) == 1) return false;
  const int bytes = BN_num_bytes(value.get());
  return bytes >= 8 && bytes <= 20;
}

/// The text of the one attribute of this kind; empty when there is none, or more.
std::string attribute(const X509_NAME* name, int nid) {
  const int index = X509_NAME_get_index_by_NID(name, nid, -1);
  if (index < 0 || X509_NAME_get_index_by_NID(name, nid, index) >= 0) return {};
  const ASN1_STRING* text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index));
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

bool has_good_subject(const Leaf& leaf) {
  const X509_NAME* name = X509_get_subject_name(leaf.certificate);
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  const std::string country = attribute(name, NID_countryName);
  if (country.size() != 2 || !std::ranges::all_of(country, is_capital)) return false;
  if (attribute(name, NID_organizationName).empty()) return false;
  const std::string common_name = attribute(name, NID_commonName);
  const auto& codes = leaf.list.service_provider_codes;
  const std::string wanted = "SHAKEN " + (codes.empty() ? std::string() : codes.front());
  return common_name.find(wanted) != std::string::npos;
}

bool has_good_key_identifiers(X509* certificate) {
  constexpr int sha1_bytes = 20;
  const ASN1_OCTET_STRING* own = X509_get0_subject_key_id(certificate);
  return has_one(certificate, NID_subject_key_identifier, false) &&
         has_one(certificate, NID_authority_key_identifier, false) && own != nullptr &&
         ASN1_STRING_length(own) == sha1_bytes &&
         X509_get0_authority_key_id(certificate) != nullptr;
}

bool has_good_crl_point(const Leaf& leaf) {
  const auto& urls = leaf.details.crl_distribution_points;
  return has_one(leaf.certificate, NID_crl_distribution_points, false) && urls.size() == 1 &&
         (urls[0].starts_with("http://") || urls[0].starts_with("https://")) &&
         !leaf.details.crl_issuer.empty();
}

bool is_one_code(const TnAuthList& list) {
  const auto is_allowed = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); };
  return list.ranges.empty() && list.numbers.empty() && list.service_provider_codes.size() == 1 &&
         std::ranges::all_of(list.service_provider_codes.front(), is_allowed);
}

/// The OIDs of extensions that the profile does not have; claim constraints have rules of their
/// own.
std::string other_extensions(const X509* certificate) {
  constexpr std::string_view known[] = {
      "2.5.29.19",      "2.5.29.15",           "2.5.29.14",
      "2.5.29.35",      "2.5.29.32",           "2.5.29.31",
      tn_auth_list_oid, claim_constraints_oid, enhanced_claim_constraints_oid};
  std::string others;
  for (int i = 0; i < X509_get_ext_count(certificate); ++i) {
    std::array<char, 128> oid{};
    constexpr int numbers_alone = 1;
    OBJ_obj2txt(oid.data(), static_cast<int>(oid.size()),
                X509_EXTENSION_get_object(X509_get_ext(certificate, i)), numbers_alone);
    if (std::ranges::find(known, std::string_view(oid.data())) != std::end(known)) continue;
    others += (others.empty() ? "" : ", ") + std::string(oid.data());
  }
  return others;
}

std::string policy_fault(const Leaf& leaf) {
  if (!has_one(leaf.certificate, NID_certificate_policies, false)) return "none, or critical";
  const auto& policies = leaf.details.policies;
  if (policies.size() != 1) return std::to_string(policies.size()) + " policies";
  // The first of the United States, replaced in 2021 and 2023 by ….3 and ….4.
  if (policies[0] == "2.16.840.1.114569.1.1.1") return policies[0] + " is obsolete";
  return {};
}

}  // namespace

void check_profile(const CertificateChain& chain, std::vector<CertificateFinding>& findings) {
  const Leaf leaf{chain.leaf(), chain.tn_auth_list(), std::move(chain.details().front())};
  const auto expect = [&](bool is_good, Fault fault, std::string detail = {}) {
    if (!is_good) findings.push_back(make_finding(fault, std::move(detail)));
  };
  X509* certificate = leaf.certificate;
  expect(has_good_serial(certificate), Fault::profile_serial_number, leaf.details.serial);
  const int algorithm = X509_get_signature_nid(certificate);
  expect(algorithm == NID_ecdsa_with_SHA256 || algorithm == NID_ecdsa_with_SHA384,
         Fault::profile_signature, leaf.details.signature_algorithm);
  expect(has_good_subject(leaf), Fault::profile_subject, leaf.details.subject);
  expect(has_one(certificate, NID_basic_constraints, true), Fault::profile_basic_constraints);
  expect(has_one(certificate, NID_key_usage, true) &&
             X509_get_key_usage(certificate) == KU_DIGITAL_SIGNATURE,
         Fault::profile_key_usage);
  expect(has_good_key_identifiers(certificate), Fault::profile_key_identifiers);
  const std::string policy = policy_fault(leaf);
  expect(policy.empty(), Fault::profile_policies, policy);
  expect(has_good_crl_point(leaf), Fault::profile_crl_distribution_point);
  // Without any code there is a finding of its own.
  expect(leaf.list.service_provider_codes.empty() || is_one_code(leaf.list),
         Fault::profile_tn_auth_list);
  const std::string others = other_extensions(certificate);
  expect(others.empty(), Fault::profile_extensions, others);
}

}  // namespace shaken302
