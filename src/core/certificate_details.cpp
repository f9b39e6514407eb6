// SPDX-License-Identifier: MIT
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <new>
#include <utility>

#include "certificate_data.hpp"

namespace shaken302 {
namespace {

using CrlPointsPtr = OpensslPtr<CRL_DIST_POINTS, CRL_DIST_POINTS_free>;
using PoliciesPtr = OpensslPtr<CERTIFICATEPOLICIES, CERTIFICATEPOLICIES_free>;

/// "1F:B6"
std::string to_hex_pairs(std::span<const unsigned char> bytes) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const unsigned char byte : bytes) {
    if (!out.empty()) out += ':';
    out += digits[byte >> 4];
    out += digits[byte & 0x0F];
  }
  return out;
}

std::string serial_of(const X509* certificate) {
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
  const auto size = static_cast<std::size_t>(ASN1_STRING_length(serial));
  const bool is_negative = ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER;
  return (is_negative ? "-" : "") + to_hex_pairs({ASN1_STRING_get0_data(serial), size});
}

std::string key_type_of(X509* certificate) {
  const EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr) return "unreadable";
  if (EVP_PKEY_is_a(key, "EC") == 1) {
    std::array<char, 64> group{};
    std::size_t size = 0;
    if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) != 1) {
      return "EC, explicit parameters";
    }
    const std::string_view name(group.data(), size);
    return "EC " + std::string(name == "prime256v1" ? "P-256" : name);
  }
  const char* name = EVP_PKEY_get0_type_name(key);
  return std::string(name == nullptr ? "unknown" : name) + ' ' +
         std::to_string(EVP_PKEY_get_bits(key));
}

std::vector<std::string> key_usage_of(X509* certificate) {
  constexpr std::pair<std::uint32_t, const char*> names[] = {
      {KU_DIGITAL_SIGNATURE, "digitalSignature"},
      {KU_NON_REPUDIATION, "nonRepudiation"},
      {KU_KEY_ENCIPHERMENT, "keyEncipherment"},
      {KU_DATA_ENCIPHERMENT, "dataEncipherment"},
      {KU_KEY_AGREEMENT, "keyAgreement"},
      {KU_KEY_CERT_SIGN, "keyCertSign"},
      {KU_CRL_SIGN, "cRLSign"},
      {KU_ENCIPHER_ONLY, "encipherOnly"},
      {KU_DECIPHER_ONLY, "decipherOnly"},
  };
  std::vector<std::string> usage;
  const std::uint32_t bits = X509_get_key_usage(certificate);
  if (bits == UINT32_MAX) return usage;  // the extension is absent
  for (const auto& [bit, name] : names) {
    if ((bits & bit) != 0) usage.emplace_back(name);
  }
  return usage;
}

std::string oid_text(const ASN1_OBJECT* object) {
  std::array<char, 128> text{};
  constexpr int numbers_alone = 1;
  OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object, numbers_alone);
  return text.data();
}

std::vector<std::string> policies_of(const X509* certificate) {
  std::vector<std::string> oids;
  const PoliciesPtr policies(static_cast<CERTIFICATEPOLICIES*>(
      X509_get_ext_d2i(certificate, NID_certificate_policies, nullptr, nullptr)));
  for (int i = 0; policies && i < sk_POLICYINFO_num(policies.get()); ++i) {
    oids.push_back(oid_text(sk_POLICYINFO_value(policies.get(), i)->policyid));
  }
  return oids;
}

/// An IA5String as it may be shown.
std::string visible_text(const ASN1_STRING* text) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio ||
      ASN1_STRING_print_ex(bio.get(), text, ASN1_STRFLGS_ESC_CTRL | ASN1_STRFLGS_ESC_MSB) < 0) {
    return {};
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

void add_urls(const DIST_POINT& point, std::vector<std::string>& urls) {
  constexpr int full_name = 0;
  if (point.distpoint == nullptr || point.distpoint->type != full_name) return;
  const GENERAL_NAMES* names = point.distpoint->name.fullname;
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type == GEN_URI) urls.push_back(visible_text(name->d.uniformResourceIdentifier));
  }
}

std::string crl_issuer_of(const DIST_POINT& point) {
  for (int i = 0; i < sk_GENERAL_NAME_num(point.CRLissuer); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(point.CRLissuer, i);
    if (name->type == GEN_DIRNAME) return to_text(name->d.directoryName);
  }
  return {};
}

void read_crl_points(const X509* certificate, CertificateDetails& details) {
  const CrlPointsPtr points(static_cast<CRL_DIST_POINTS*>(
      X509_get_ext_d2i(certificate, NID_crl_distribution_points, nullptr, nullptr)));
  for (int i = 0; points && i < sk_DIST_POINT_num(points.get()); ++i) {
    const DIST_POINT& point = *sk_DIST_POINT_value(points.get(), i);
    add_urls(point, details.crl_distribution_points);
    if (i == 0) details.crl_issuer = crl_issuer_of(point);
  }
}

std::string fingerprint_of(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
  return to_hex_pairs({digest.data(), size});
}

std::string key_fingerprint_of(X509* certificate) {
  unsigned char* der = nullptr;
  const int der_size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const bool is_done = der_size > 0 && EVP_Digest(der, static_cast<std::size_t>(der_size),
                                                  digest.data(), &size, EVP_sha256(), nullptr) == 1;
  OPENSSL_free(der);
  return is_done ? to_hex_pairs({digest.data(), size}) : std::string();
}

CertificateDetails describe(X509* certificate) {
  CertificateDetails details;
  details.subject = to_text(X509_get_subject_name(certificate));
  details.issuer = to_text(X509_get_issuer_name(certificate));
  details.serial = serial_of(certificate);
  const Validity validity = validity_of(certificate).value_or(Validity{});
  details.not_before = validity.begin;
  details.not_after = validity.end;
  details.key_type = key_type_of(certificate);
  const int algorithm = X509_get_signature_nid(certificate);
  const X509_ALGOR* algorithm_parts = X509_get0_tbs_sigalg(certificate);
  details.signature_algorithm =
      algorithm == NID_undef ? oid_text(algorithm_parts->algorithm) : OBJ_nid2ln(algorithm);
  details.is_authority = shaken302::is_authority(certificate);
  details.key_usage = key_usage_of(certificate);
  details.policies = policies_of(certificate);
  read_crl_points(certificate, details);
  details.sha256 = fingerprint_of(certificate);
  details.public_key_sha256 = key_fingerprint_of(certificate);
  return details;
}

}  // namespace

std::vector<CertificateDetails> CertificateChain::details() const {
  const QuietErrors quiet;
  std::vector<CertificateDetails> all;
  for (std::size_t i = 0; i < size(); ++i) all.push_back(describe(certificate(i)));
  return all;
}

std::string CertificateChain::public_key_id() const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const X509* own = leaf();
  if (own == nullptr || X509_pubkey_digest(own, EVP_sha256(), digest.data(), &size) != 1) return {};
  return to_hex_pairs({digest.data(), size});
}

std::string CertificateChain::to_pem() const {
  const QuietErrors quiet;
  const BioPtr bio(BIO_new(BIO_s_mem()));
  for (std::size_t i = 0; i < size(); ++i) {
    if (!bio || PEM_write_bio_X509(bio.get(), certificate(i)) != 1) throw std::bad_alloc();
  }
  char* data = nullptr;
  const long bytes = BIO_get_mem_data(bio.get(), &data);
  return size() == 0 ? std::string() : std::string(data, static_cast<std::size_t>(bytes));
}

}  // namespace shaken302
