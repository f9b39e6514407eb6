// SPDX-License-Identifier: MIT
#include "shaken302/certificate.hpp"

#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "es256.hpp"
#include "openssl_ptr.hpp"
#include "tn_auth_list.hpp"

namespace shaken302 {
namespace {

constexpr std::size_t file_bytes_max = 65536;
constexpr std::size_t certificates_max = 4;

const std::string no_text;  // what a chain without certificates answers
const TnAuthList no_list;

using StorePtr = OpensslPtr<X509_STORE, X509_STORE_free>;
using StoreContextPtr = OpensslPtr<X509_STORE_CTX, X509_STORE_CTX_free>;
using StackPtr = OpensslPtr<STACK_OF(X509), [](STACK_OF(X509) * stack) { sk_X509_free(stack); }>;
using ObjectPtr = OpensslPtr<ASN1_OBJECT, ASN1_OBJECT_free>;

template <class T>
using Parsed = Result<T, CertificateError>;

/// One BEGIN/END block as OpenSSL hands it out.
struct PemBlock {
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;

  PemBlock() = default;
  PemBlock(const PemBlock&) = delete;
  PemBlock& operator=(const PemBlock&) = delete;
  ~PemBlock() {
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(data);
  }
  bool read_from(BIO* bio) { return PEM_read_bio(bio, &name, &header, &data, &size) == 1; }
};

/// OpenSSL reads the extensions at their first use and keeps the result in the certificate. Done
/// here, while one thread has it: afterwards every thread only reads.
bool has_readable_extensions(X509* certificate) {
  constexpr int no_purpose = -1;
  return X509_check_purpose(certificate, no_purpose, 0) == 1;
}

/// Nothing at the end of the text.
Parsed<std::optional<X509Ptr>> read_certificate(BIO* bio) {
  PemBlock block;
  if (!block.read_from(bio)) {
    const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (at_end) return std::optional<X509Ptr>();
    return Failure{CertificateError::syntax};
  }
  const std::string_view name(block.name);
  // Some other block (a request, a CRL, parameters) in a file that is published as a chain is a
  // mistake.
  if (name != PEM_STRING_X509 && name != PEM_STRING_X509_OLD) {
    return Failure{CertificateError::syntax};
  }
  const unsigned char* position = block.data;
  X509Ptr certificate(d2i_X509(nullptr, &position, block.size));
  if (!certificate || position != block.data + block.size) return Failure{CertificateError::syntax};
  if (!has_readable_extensions(certificate.get())) return Failure{CertificateError::syntax};
  return std::optional<X509Ptr>(std::move(certificate));
}

Parsed<std::vector<X509Ptr>> read_certificates(std::string_view pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!bio) return Failure{CertificateError::syntax};
  std::vector<X509Ptr> certificates;
  while (true) {
    auto next = read_certificate(bio.get());
    if (!next) return Failure{next.error()};
    if (!next->has_value()) break;
    if (certificates.size() == certificates_max) return Failure{CertificateError::too_large};
    certificates.push_back(std::move(**next));
  }
  if (certificates.empty()) return Failure{CertificateError::empty};
  return certificates;
}

std::string to_text(const X509_NAME* name) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  // RFC 2253 escapes control characters and everything beyond ASCII: safe in a log line.
  if (!bio || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253) < 0) return {};
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

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

Parsed<std::optional<TnAuthList>> read_tn_auth_list(X509* certificate) {
  const ObjectPtr oid(OBJ_txt2obj(tn_auth_list_oid, 1));
  if (!oid) return Failure{CertificateError::tn_auth_list};
  const int index = X509_get_ext_by_OBJ(certificate, oid.get(), -1);
  if (index < 0) return std::optional<TnAuthList>();
  // RFC 5280 4.2: an extension at most once.
  if (X509_get_ext_by_OBJ(certificate, oid.get(), index) >= 0) {
    return Failure{CertificateError::tn_auth_list};
  }
  const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(X509_get_ext(certificate, index));
  auto list = parse_tn_auth_list(
      {ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value))});
  if (!list) return Failure{CertificateError::tn_auth_list};
  return list;
}

struct Validity {
  UnixTime begin = UnixTime::min();
  UnixTime end = UnixTime::max();
};

std::optional<Validity> validity_of(const X509* certificate) {
  const auto begin = to_unix_time(X509_get0_notBefore(certificate));
  const auto end = to_unix_time(X509_get0_notAfter(certificate));
  if (!begin || !end) return std::nullopt;
  return Validity{*begin, *end};
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

/// Names, key identifiers, the right to sign certificates, and the signature itself.
bool has_issued(X509* issuer, X509* certificate) {
  return X509_check_issued(issuer, certificate) == X509_V_OK &&
         X509_verify(certificate, X509_get0_pubkey(issuer)) == 1;
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

struct CertificateChain::Data {
  std::vector<X509Ptr> certificates;  // leaf first, never empty
  std::string subject;
  std::string issuer;
  Validity leaf_validity;
  Validity validity;  // of all of them
  std::size_t linked_size = 0;
  std::optional<TnAuthList> tn_auth_list;
};

Result<CertificateChain, CertificateError> CertificateChain::parse_pem(std::string_view pem) {
  const QuietErrors quiet;
  if (pem.size() > file_bytes_max) return Failure{CertificateError::too_large};
  // Looked for as text, so that a damaged or encrypted key is found too.
  if (pem.find("PRIVATE KEY-----") != std::string_view::npos) {
    return Failure{CertificateError::private_key};
  }
  auto certificates = read_certificates(pem);
  if (!certificates) return Failure{certificates.error()};
  X509* leaf = certificates->front().get();

  const auto leaf_validity = validity_of(leaf);
  const auto validity = common_validity(*certificates);
  if (!leaf_validity || !validity) return Failure{CertificateError::syntax};
  if (!has_named_p256_key(leaf)) return Failure{CertificateError::key_type};
  auto list = read_tn_auth_list(leaf);
  if (!list) return Failure{list.error()};

  auto data = std::make_shared<Data>();
  data->subject = to_text(X509_get_subject_name(leaf));
  data->issuer = to_text(X509_get_issuer_name(leaf));
  data->leaf_validity = *leaf_validity;
  data->validity = *validity;
  data->linked_size = count_linked(*certificates);
  data->tn_auth_list = std::move(*list);
  data->certificates = std::move(*certificates);
  CertificateChain chain;
  chain.data_ = std::move(data);
  return chain;
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

bool CertificateChain::leads_to(const CertificateChain& anchors, UnixTime now) const noexcept {
  if (!data_ || !anchors.data_) return false;
  const QuietErrors quiet;
  const StorePtr store(X509_STORE_new());  // empty: the system's certificates have no say here
  const StackPtr between(sk_X509_new_null());
  const StoreContextPtr context(X509_STORE_CTX_new());
  if (!store || !between || !context) return false;
  for (const auto& anchor : anchors.data_->certificates) {
    if (X509_STORE_add_cert(store.get(), anchor.get()) != 1) return false;
  }
  for (const auto& certificate : std::span(data_->certificates).subspan(1)) {
    if (sk_X509_push(between.get(), certificate.get()) <= 0) return false;
  }
  if (X509_STORE_CTX_init(context.get(), store.get(), leaf(), between.get()) != 1) return false;
  X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(context.get());
  // No purpose: those of OpenSSL are TLS and S/MIME. Basic constraints are checked all the same.
  // OpenSSL takes notAfter as the first second that is too late.
  X509_VERIFY_PARAM_set_time(rules, now.time_since_epoch().count());
  X509_VERIFY_PARAM_set_auth_level(rules, 2);  // 112 bits: no SHA-1, no RSA under 2048
  return X509_verify_cert(context.get()) == 1;
}

}  // namespace shaken302
