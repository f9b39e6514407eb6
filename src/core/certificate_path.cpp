// SPDX-License-Identifier: MIT
#include <openssl/x509_vfy.h>

#include <utility>

#include "certificate_data.hpp"

namespace shaken302 {
namespace {

using StorePtr = OpensslPtr<X509_STORE, X509_STORE_free>;
using StoreContextPtr = OpensslPtr<X509_STORE_CTX, X509_STORE_CTX_free>;
using StackPtr = OpensslPtr<STACK_OF(X509), [](STACK_OF(X509) * stack) { sk_X509_free(stack); }>;
using Certificates = std::span<const X509Ptr>;

/// X509_V_OK when `chain` leads to one of `anchors`. Without a time, validity is not looked at.
int path_answer(Certificates chain, Certificates anchors, std::optional<UnixTime> now) noexcept {
  const StorePtr store(X509_STORE_new());  // empty: the system's certificates have no say here
  const StackPtr between(sk_X509_new_null());
  const StoreContextPtr context(X509_STORE_CTX_new());
  if (!store || !between || !context) return X509_V_ERR_OUT_OF_MEM;
  for (const auto& anchor : anchors) {
    if (X509_STORE_add_cert(store.get(), anchor.get()) != 1) return X509_V_ERR_OUT_OF_MEM;
  }
  for (const auto& certificate : chain.subspan(1)) {
    if (sk_X509_push(between.get(), certificate.get()) <= 0) return X509_V_ERR_OUT_OF_MEM;
  }
  if (X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(), between.get()) != 1) {
    return X509_V_ERR_OUT_OF_MEM;
  }
  X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(context.get());
  // No purpose: those of OpenSSL are TLS and S/MIME. Basic constraints are checked all the same.
  // OpenSSL takes notAfter as the first second that is too late.
  if (now) {
    X509_VERIFY_PARAM_set_time(rules, now->time_since_epoch().count());
  } else {
    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_NO_CHECK_TIME);
  }
  X509_VERIFY_PARAM_set_auth_level(rules, 2);  // 112 bits: no SHA-1, no RSA under 2048
  if (X509_verify_cert(context.get()) == 1) return X509_V_OK;
  const int error = X509_STORE_CTX_get_error(context.get());
  return error == X509_V_OK ? X509_V_ERR_UNSPECIFIED : error;
}

}  // namespace

bool CertificateChain::leads_to(const CertificateChain& anchors, UnixTime now) const noexcept {
  if (!data_ || !anchors.data_) return false;
  const QuietErrors quiet;
  return path_answer(data_->certificates, anchors.data_->certificates, now) == X509_V_OK;
}

std::string CertificateChain::path_fault(const TrustAnchors& anchors,
                                         std::optional<UnixTime> now) const {
  if (!data_ || !anchors.data_) return "there is nothing to compare";
  const QuietErrors quiet;
  const int answer = path_answer(data_->certificates, anchors.data_->certificates, now);
  return answer == X509_V_OK ? std::string() : X509_verify_cert_error_string(answer);
}

Result<TrustAnchors, CertificateError> TrustAnchors::parse(std::string_view bytes) {
  auto certificates = read_certificates(bytes, {bytes_max, certificates_max});
  if (!certificates) return Failure{certificates.error()};
  auto data = std::make_shared<Data>();
  data->certificates = std::move(*certificates);
  TrustAnchors anchors;
  anchors.data_ = std::move(data);
  return anchors;
}

void TrustAnchors::add(const TrustAnchors& others) {
  auto data = std::make_shared<Data>();
  for (const TrustAnchors* from : {static_cast<const TrustAnchors*>(this), &others}) {
    if (!from->data_) continue;
    for (const auto& certificate : from->data_->certificates) {
      X509_up_ref(certificate.get());
      data->certificates.emplace_back(certificate.get());
    }
  }
  data_ = std::move(data);
}

std::size_t TrustAnchors::size() const noexcept { return data_ ? data_->certificates.size() : 0; }

}  // namespace shaken302
