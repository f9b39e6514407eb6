// SPDX-License-Identifier: MIT
#include "certificate_extensions.hpp"

#include <openssl/x509v3.h>

#include <new>
#include <utility>

#include "jwt_claim_constraints.hpp"
#include "tn_auth_list.hpp"

namespace shaken302 {

FoundExtension find_extension(const X509* certificate, const char* oid) {
  const OpensslPtr<ASN1_OBJECT, ASN1_OBJECT_free> object(OBJ_txt2obj(oid, 1));
  if (!object) throw std::bad_alloc();
  FoundExtension found;
  int index = X509_get_ext_by_OBJ(certificate, object.get(), -1);
  if (index < 0) return found;
  X509_EXTENSION* extension = X509_get_ext(certificate, index);
  const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(extension);
  found.is_critical = X509_EXTENSION_get_critical(extension) == 1;
  found.value = {ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value))};
  for (; index >= 0; index = X509_get_ext_by_OBJ(certificate, object.get(), index)) ++found.count;
  return found;
}

Result<std::optional<TnAuthList>, CertificateError> read_tn_auth_list(const X509* certificate) {
  const FoundExtension found = find_extension(certificate, tn_auth_list_oid);
  if (found.count == 0) return std::optional<TnAuthList>();
  auto list = found.count == 1 ? parse_tn_auth_list(found.value) : std::nullopt;
  if (!list) return Failure{CertificateError::tn_auth_list};
  return list;
}

ClaimConstraints read_claim_constraints(const X509* certificate) {
  const FoundExtension plain = find_extension(certificate, claim_constraints_oid);
  const FoundExtension enhanced = find_extension(certificate, enhanced_claim_constraints_oid);
  const bool is_enhanced = enhanced.count != 0;
  ClaimConstraints constraints;
  if (plain.count + enhanced.count == 1) {
    auto read = parse_claim_constraints(is_enhanced ? enhanced.value : plain.value, is_enhanced);
    if (read) {
      constraints = std::move(*read);
    } else {
      constraints.state = ClaimConstraints::State::malformed;
    }
  } else if (plain.count + enhanced.count > 1) {
    constraints.state = ClaimConstraints::State::twice;
  }
  constraints.is_enhanced = is_enhanced;
  constraints.is_critical = plain.is_critical || enhanced.is_critical;
  return constraints;
}

}  // namespace shaken302
