// SPDX-License-Identifier: MIT
//
// What the readers of TLS files share: OpenSSL's objects as owners, and its dates.
#pragma once

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/x509.h>

#include <chrono>
#include <ctime>
#include <memory>
#include <optional>
#include <string_view>

#include "shaken302/unix_time.hpp"

namespace shaken302::net {

struct FreeBio {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};
using BioPtr = std::unique_ptr<BIO, FreeBio>;
using CertificatePtr = std::unique_ptr<X509, FreeCertificate>;

/// Reads `bytes`, which must outlive it; null: no memory.
inline BioPtr read_only(std::string_view bytes) noexcept {
  return BioPtr(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

/// The time of an ASN.1 date (RFC 5280 4.1.2.5); nothing where it is none.
inline std::optional<UnixTime> read_asn1_date(const ASN1_TIME* time) noexcept {
  std::tm broken_down{};
  // It takes nothing for "now".
  if (time == nullptr || ASN1_TIME_to_tm(time, &broken_down) != 1) return std::nullopt;
  return UnixTime(std::chrono::seconds(::timegm(&broken_down)));
}

}  // namespace shaken302::net
