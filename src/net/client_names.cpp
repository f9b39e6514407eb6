// SPDX-License-Identifier: MIT
#include "client_names.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <string_view>

namespace shaken302::net {
namespace {

struct FreeNames {
  void operator()(GENERAL_NAMES* names) const noexcept { GENERAL_NAMES_free(names); }
};

constexpr std::size_t name_bytes_max = 253;  // RFC 1035 2.3.4, as text

std::string_view text_of(const ASN1_STRING* string) noexcept {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// No NUL, no wildcard (RFC 5922 7.2), nothing that a log or a comparison could stumble over.
bool is_host_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= name_bytes_max && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  });
}

class Names {
 public:
  void add(std::string_view name) {
    if (!is_host_name(name) || names_.size() == client_names_max) return;
    std::string lower(name);
    std::ranges::transform(lower, lower.begin(), to_lower);
    if (std::ranges::find(names_, lower) == names_.end()) names_.push_back(std::move(lower));
  }
  /// RFC 5922 7.1: a URI with a user part names a user and no domain.
  void add_uri(std::string_view uri) {
    constexpr std::string_view scheme = "sip:";
    if (uri.size() <= scheme.size() ||
        !std::equal(scheme.begin(), scheme.end(), uri.begin(),
                    [](char a, char b) { return a == to_lower(b); })) {
      return;
    }
    add(uri.substr(scheme.size()));
  }
  std::vector<std::string> take() { return std::move(names_); }

 private:
  std::vector<std::string> names_;
};

/// Whether there was a name of a host or a URI, good or bad: then the common name does not count.
bool add_alternative_names(X509* certificate, Names& names) {
  const std::unique_ptr<GENERAL_NAMES, FreeNames> all(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  bool found = false;
  for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type == GEN_DNS) names.add(text_of(name->d.dNSName));
    if (name->type == GEN_URI) names.add_uri(text_of(name->d.uniformResourceIdentifier));
    found = found || name->type == GEN_DNS || name->type == GEN_URI;
  }
  return found;
}

void add_common_name(X509* certificate, Names& names) {
  const X509_NAME* const subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return;
  // Where there are several, nobody can say which one is meant.
  if (X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return;
  names.add(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
}

}  // namespace

std::optional<std::string> to_client_name(std::string_view text) {
  Names names;
  names.add_uri(text);
  names.add(text);
  auto found = names.take();
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<std::string> read_client_names(ssl_st& ssl) {
  X509* const certificate = SSL_get0_peer_certificate(&ssl);
  if (certificate == nullptr || SSL_get_verify_result(&ssl) != X509_V_OK) return {};
  Names names;
  if (!add_alternative_names(certificate, names)) add_common_name(certificate, names);
  return names.take();
}

}  // namespace shaken302::net
