// SPDX-License-Identifier: MIT
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <utility>

#include "certificate_data.hpp"
#include "private_key_traces.hpp"

namespace shaken302 {
namespace {

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

/// Takes one certificate off the front of `der`.
X509Ptr take_certificate(std::string_view& der) {
  const auto* begin = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* position = begin;
  X509Ptr certificate(d2i_X509(nullptr, &position, static_cast<long>(der.size())));
  if (!certificate || !has_readable_extensions(certificate.get())) return nullptr;
  der.remove_prefix(static_cast<std::size_t>(position - begin));
  return certificate;
}

/// Nothing at the end of the text.
Parsed<std::optional<X509Ptr>> read_block(BIO* bio) {
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
  std::string_view der(reinterpret_cast<const char*>(block.data),
                       static_cast<std::size_t>(block.size));
  X509Ptr certificate = take_certificate(der);
  if (!certificate || !der.empty()) return Failure{CertificateError::syntax};
  return std::optional<X509Ptr>(std::move(certificate));
}

/// A SEQUENCE whose length takes the long form, as that of every certificate and of every key but
/// the smallest does: no text begins so.
bool is_der(std::string_view bytes) {
  return bytes.size() > 2 && bytes[0] == '\x30' && static_cast<unsigned char>(bytes[1]) >= 0x80;
}

Parsed<std::vector<X509Ptr>> read_der(std::string_view bytes, std::size_t certificates_max) {
  std::vector<X509Ptr> certificates;
  while (!bytes.empty()) {
    X509Ptr certificate = take_certificate(bytes);
    if (!certificate) return Failure{CertificateError::syntax};
    if (certificates.size() == certificates_max) return Failure{CertificateError::too_large};
    certificates.push_back(std::move(certificate));
  }
  return certificates;
}

Parsed<std::vector<X509Ptr>> read_pem(std::string_view pem, std::size_t certificates_max) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!bio) return Failure{CertificateError::syntax};
  std::vector<X509Ptr> certificates;
  while (true) {
    auto next = read_block(bio.get());
    if (!next) return Failure{next.error()};
    if (!next->has_value()) break;
    if (certificates.size() == certificates_max) return Failure{CertificateError::too_large};
    certificates.push_back(std::move(**next));
  }
  if (certificates.empty()) return Failure{CertificateError::empty};
  return certificates;
}

/// Where the leaf is: the first that is no CA's; the first of all when there is none.
std::size_t find_leaf(const std::vector<X509Ptr>& certificates) {
  const auto is_leaf = [](const X509Ptr& one) { return !is_authority(one.get()); };
  const auto at = std::ranges::find_if(certificates, is_leaf);
  return at == certificates.end() ? 0 : static_cast<std::size_t>(at - certificates.begin());
}

}  // namespace

Parsed<std::vector<X509Ptr>> read_certificates(std::string_view bytes, CertificateLimits limits) {
  const QuietErrors quiet;
  if (bytes.size() > limits.bytes) return Failure{CertificateError::too_large};
  // What is read here is what gets published: no key in it, as text or as DER, damaged or whole,
  // beside a certificate or within one.
  if (holds_private_key(bytes)) return Failure{CertificateError::private_key};
  return is_der(bytes) ? read_der(bytes, limits.certificates)
                       : read_pem(bytes, limits.certificates);
}

bool is_authority(X509* certificate) {
  return (X509_get_extension_flags(certificate) & EXFLAG_CA) != 0 ||
         X509_check_ca(certificate) != 0;
}

bool has_issued(X509* issuer, X509* certificate) {
  return X509_check_issued(issuer, certificate) == X509_V_OK &&
         X509_verify(certificate, X509_get0_pubkey(issuer)) == 1;
}

bool put_leaf_first(std::vector<X509Ptr>& certificates) {
  const QuietErrors quiet;
  bool has_moved = false;
  const auto move_to = [&](std::size_t place, std::size_t from) {
    if (place == from) return;
    const auto begin = certificates.begin();
    std::rotate(begin + static_cast<std::ptrdiff_t>(place),
                begin + static_cast<std::ptrdiff_t>(from),
                begin + static_cast<std::ptrdiff_t>(from) + 1);
    has_moved = true;
  };
  move_to(0, find_leaf(certificates));
  for (std::size_t place = 1; place < certificates.size(); ++place) {
    std::size_t from = place;
    while (from < certificates.size() &&
           !has_issued(certificates[from].get(), certificates[place - 1].get())) {
      ++from;
    }
    if (from == certificates.size()) break;
    move_to(place, from);
  }
  return has_moved;
}

}  // namespace shaken302
