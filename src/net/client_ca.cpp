// SPDX-License-Identifier: MIT
#include "client_ca.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <vector>

#include "certificate_parts.hpp"

namespace shaken302::net {
namespace {

struct Ca {
  CertificatePtr certificate;
  UnixTime until;
};

/// A renewed one has the name and the key of the one before: OpenSSL takes the one that is valid.
bool is_same_ca(const X509* one, const X509* other) noexcept {
  return X509_NAME_cmp(X509_get_subject_name(one), X509_get_subject_name(other)) == 0 &&
         EVP_PKEY_eq(X509_get0_pubkey(one), X509_get0_pubkey(other)) == 1;
}

std::string subject_of(const X509* certificate) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (!out) return {};
  X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

}  // namespace

ClientCaFacts read_client_ca(std::string_view pem) {
  ClientCaFacts facts;
  std::vector<Ca> all;
  const BioPtr bio = read_only(pem);
  while (bio) {
    CertificatePtr next(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!next) break;
    facts.has_ca = facts.has_ca || X509_check_ca(next.get()) != 0;
    const auto until = read_asn1_date(X509_get0_notAfter(next.get()));
    const auto same = std::ranges::find_if(
        all, [&next](const Ca& ca) { return is_same_ca(ca.certificate.get(), next.get()); });
    if (same == all.end()) {
      all.push_back({std::move(next), until.value_or(UnixTime::max())});
    } else if (until) {
      same->until = std::max(same->until, *until);
    }
  }
  ERR_clear_error();
  const auto first = std::ranges::min_element(all, {}, &Ca::until);
  if (first != all.end()) {
    facts.until = first->until;
    facts.subject = subject_of(first->certificate.get());
  }
  return facts;
}

}  // namespace shaken302::net
