// SPDX-License-Identifier: MIT
//
// Certificates for TLS on loopback: a CA, a server, clients. Made when needed, never stored.
#pragma once

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <string>

#include "core/certificate_builder.hpp"

namespace shaken302::net::test {

/// A key and a certificate of it, as PEM.
struct TlsIdentity {
  std::string key;
  std::string certificate;
};

class TlsAuthority {
 public:
  using Extensions = std::vector<std::pair<int, const char*>>;

  /// `parent` has issued it; nullptr: nobody has.
  explicit TlsAuthority(const std::string& common_name = "ca",
                        const TlsAuthority* parent = nullptr) {
    const auto certificate =
        (parent == nullptr ? this : parent)
            ->make(common_name, {{NID_basic_constraints, "critical,CA:TRUE"}}, key_.get());
    certificate_ = shaken302::test::to_pem(certificate.get());
    issuer_ = std::shared_ptr<X509>(X509_dup(certificate.get()), X509_free);
  }
  [[nodiscard]] const std::string& certificate() const { return certificate_; }

  /// `names`: OpenSSL's text of a subjectAltName, or nullptr.
  [[nodiscard]] TlsIdentity issue(const std::string& common_name, const char* names,
                                  Extensions extensions = {}) const {
    const auto key = shaken302::test::make_ec_key();
    extensions.emplace_back(NID_basic_constraints, "CA:FALSE");
    if (names != nullptr) extensions.emplace_back(NID_subject_alt_name, names);
    const auto made = make(common_name, extensions, key.get());
    return {shaken302::test::to_pkcs8_pem(key.get()), shaken302::test::to_pem(made.get())};
  }

 private:
  [[nodiscard]] X509Ptr make(const std::string& common_name,
                             std::vector<std::pair<int, const char*>> extensions,
                             EVP_PKEY* key) const {
    using namespace std::chrono;
    const UnixTime now = floor<seconds>(system_clock::now());
    shaken302::test::CertificateSpec spec;
    spec.key = key;
    spec.common_name = common_name;
    spec.issuer = issuer_.get();
    spec.issuer_key = issuer_ ? key_.get() : nullptr;
    spec.not_before = now - hours(1);
    spec.not_after = now + hours(24);
    spec.extensions = std::move(extensions);
    spec.serial = std::to_string(++serial_);
    return shaken302::test::make_certificate(spec);
  }

  KeyPtr key_ = shaken302::test::make_ec_key();
  std::shared_ptr<X509> issuer_;
  std::string certificate_;
  mutable int serial_ = 100;
};

}  // namespace shaken302::net::test
