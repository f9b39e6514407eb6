// SPDX-License-Identifier: MIT
#include "shaken302/certificate.hpp"

#include <openssl/x509.h>

#include <optional>
#include <utility>

#include "certificate_data.hpp"
#include "certificate_extensions.hpp"
#include "es256.hpp"
#include "openssl_ptr.hpp"

namespace shaken302 {
namespace {

const std::string no_text;  // what a chain without certificates answers
const TnAuthList no_list;
const ClaimConstraints no_constraints;

std::optional<UnixTime> to_unix_time(const ASN1_TIME* time) {
  using namespace std::chrono;
  std::tm parts{};
  // OpenSSL answers the present for a null pointer.
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  const auto day = sys_days{year{parts.tm_year + 1900} / (parts.tm_mon + 1) / parts.tm_mday};
  return day + hours{parts.tm_hour} + minutes{parts.tm_min} + seconds{parts.tm_sec};
}

/// The key's algorithm names the curve by its OID; whoever wrote out the parameters is refused.
bool has_named_p256_key(X509* certificate) {
  X509_ALGOR* algorithm = nullptr;
  if (X509_PUBKEY_get0_param(nullptr, nullptr, nullptr, &algorithm,
                             X509_get_X509_PUBKEY(certificate)) != 1) {
    return false;
  }
  int parameter_type = 0;
  X509_ALGOR_get0(nullptr, &parameter_type, nullptr, algorithm);
  return parameter_type == V_ASN1_OBJECT && is_named_p256(X509_get0_pubkey(certificate));
}

/// When all of the certificates are valid at once; it may be never.
std::optional<Validity> common_validity(const std::vector<X509Ptr>& certificates) {
  Validity common;
  for (const auto& certificate : certificates) {
    const auto own = validity_of(certificate.get());
    if (!own) return std::nullopt;
    common.begin = std::max(common.begin, own->begin);
    common.end = std::min(common.end, own->end);
  }
  return common;
}

std::size_t count_linked(const std::vector<X509Ptr>& certificates) {
  std::size_t linked = 1;
  while (linked < certificates.size() &&
         has_issued(certificates[linked].get(), certificates[linked - 1].get())) {
    ++linked;
  }
  return linked;
}

}  // namespace

std::string to_text(const X509_NAME* name) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253) < 0) return {};
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

std::optional<Validity> validity_of(const X509* certificate) {
  const auto begin = to_unix_time(X509_get0_notBefore(certificate));
  const auto end = to_unix_time(X509_get0_notAfter(certificate));
  if (!begin || !end) return std::nullopt;
  return Validity{*begin, *end};
}

Result<CertificateChain, CertificateError> CertificateChain::Data::make_chain(
    std::vector<X509Ptr> certificates, bool was_reordered) {
  X509* leaf = certificates.front().get();
  const auto leaf_validity = validity_of(leaf);
  const auto validity = common_validity(certificates);
  if (!leaf_validity || !validity) return Failure{CertificateError::syntax};
  if (!has_named_p256_key(leaf)) return Failure{CertificateError::key_type};
  auto list = read_tn_auth_list(leaf);
  if (!list) return Failure{list.error()};

  auto data = std::make_shared<Data>();
  data->subject = to_text(X509_get_subject_name(leaf));
  data->issuer = to_text(X509_get_issuer_name(leaf));
  data->leaf_validity = *leaf_validity;
  data->validity = *validity;
  data->linked_size = count_linked(certificates);
  data->was_reordered = was_reordered;
  data->tn_auth_list = std::move(*list);
  data->claim_constraints = read_claim_constraints(leaf);
  data->certificates = std::move(certificates);
  CertificateChain chain;
  chain.data_ = std::move(data);
  return chain;
}

Result<CertificateChain, CertificateError> CertificateChain::parse_pem(std::string_view pem) {
  const QuietErrors quiet;
  auto certificates = read_certificates(pem, {});
  if (!certificates) return Failure{certificates.error()};
  return Data::make_chain(std::move(*certificates), false);
}

Result<CertificateChain, CertificateError> CertificateChain::parse(std::string_view bytes) {
  const QuietErrors quiet;
  auto certificates = read_certificates(bytes, {});
  if (!certificates) return Failure{certificates.error()};
  const bool was_reordered = put_leaf_first(*certificates);
  return Data::make_chain(std::move(*certificates), was_reordered);
}

const std::string& CertificateChain::subject() const noexcept {
  return data_ ? data_->subject : no_text;
}
const std::string& CertificateChain::issuer() const noexcept {
  return data_ ? data_->issuer : no_text;
}
UnixTime CertificateChain::not_before() const noexcept {
  return data_ ? data_->leaf_validity.begin : UnixTime::max();
}
UnixTime CertificateChain::not_after() const noexcept {
  return data_ ? data_->leaf_validity.end : UnixTime::min();
}
UnixTime CertificateChain::valid_from() const noexcept {
  return data_ ? data_->validity.begin : UnixTime::max();
}
UnixTime CertificateChain::valid_until() const noexcept {
  return data_ ? data_->validity.end : UnixTime::min();
}
bool CertificateChain::is_valid_at(UnixTime now) const noexcept {
  return data_ && data_->validity.begin <= now && now <= data_->validity.end;
}
std::size_t CertificateChain::linked_size() const noexcept {
  return data_ ? data_->linked_size : 0;
}
bool CertificateChain::has_tn_auth_list() const noexcept {
  return data_ && data_->tn_auth_list.has_value();
}
const TnAuthList& CertificateChain::tn_auth_list() const noexcept {
  return has_tn_auth_list() ? *data_->tn_auth_list : no_list;
}
std::size_t CertificateChain::size() const noexcept {
  return data_ ? data_->certificates.size() : 0;
}
x509_st* CertificateChain::leaf() const noexcept {
  return data_ ? data_->certificates.front().get() : nullptr;
}

bool CertificateChain::verifies(std::string_view signing_input,
                                const std::array<std::uint8_t, 64>& signature) const noexcept {
  return data_ && verify_es256(X509_get0_pubkey(leaf()), signing_input, signature);
}
bool CertificateChain::was_reordered() const noexcept { return data_ && data_->was_reordered; }
const ClaimConstraints& CertificateChain::claim_constraints() const noexcept {
  return data_ ? data_->claim_constraints : no_constraints;
}
x509_st* CertificateChain::certificate(std::size_t index) const noexcept {
  return data_->certificates[index].get();
}

}  // namespace shaken302
