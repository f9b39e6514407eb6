// SPDX-License-Identifier: MIT
//
// Certificates and what is in them. The first byte says what the rest is:
//
//   c       the file of a chain or of trust anchors, PEM or DER
//   n       the DER of a TNAuthList (RFC 8226 section 9)
//   j, e    the DER of claim constraints: RFC 8226 section 8, and enhanced (RFC 9118)
//   s       the common name of a certificate that is made for it
//   0 to 9  the value of that extension of a certificate that is made for it
//   k       a private key
#include <cstdint>
#include <span>

#include "core/claim_permission.hpp"
#include "core/credential_key.hpp"
#include "core/es256.hpp"
#include "core/jwt_claim_constraints.hpp"
#include "core/private_key_traces.hpp"
#include "core/tn_auth_list.hpp"
#include "fuzz_target.hpp"
#include "published_key.hpp"
#include "shaken302/certificate_findings.hpp"
#include "shaken302/credential.hpp"

namespace shaken302::fuzz {
namespace {

using test::noon;

constexpr const char* extension_oids[] = {tn_auth_list_oid,
                                          claim_constraints_oid,
                                          enhanced_claim_constraints_oid,
                                          "2.5.29.15" /* key usage */,
                                          "2.5.29.19" /* basic constraints */,
                                          "2.5.29.31" /* CRL distribution points */,
                                          "2.5.29.32" /* policies */,
                                          "2.5.29.14" /* subject key identifier */,
                                          "2.5.29.35" /* authority key identifier */,
                                          "1.2.3.4" /* nobody's */};

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

const EVP_PKEY* published_key() {
  static const KeyPtr key = make_published_key();
  return key.get();
}

std::string odd_text(std::initializer_list<const std::string*> texts) {
  for (const std::string* text : texts) {
    if (holds_control_character(*text)) return "a control character in a text for people";
  }
  return {};
}

std::string odd_texts(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    if (auto wrong = odd_text({&text}); !wrong.empty()) return wrong;
  }
  return {};
}

std::string wrong_list(const TnAuthList& list) {
  if (auto wrong = odd_texts(list.service_provider_codes); !wrong.empty()) return wrong;
  for (const std::string& number : list.numbers) {
    if (number.empty() || number.size() > 15 || !consists_of(number, "0123456789*#")) {
      return "a number of a TNAuthList";
    }
  }
  for (const auto& range : list.ranges) {
    if (range.start.empty() || range.start.size() > 15 || range.count < 2 ||
        !consists_of(range.start, "0123456789*#")) {
      return "a range of a TNAuthList";
    }
  }
  return {};
}

std::string check_list(std::string_view der) {
  const auto list = parse_tn_auth_list(bytes_of(der));
  if (!list) return {};
  if (auto wrong = wrong_list(*list); !wrong.empty()) return wrong;
  for (const std::string& code : list->service_provider_codes) {
    if (code.size() > 100) return {};  // longer than to_der writes
  }
  const auto again = to_der(*list);
  const auto reread = parse_tn_auth_list(again);
  if (!reread || reread->service_provider_codes != list->service_provider_codes ||
      reread->numbers != list->numbers || reread->ranges.size() != list->ranges.size()) {
    return "a TNAuthList that is another one when it is written";
  }
  for (std::size_t i = 0; i < list->ranges.size(); ++i) {
    if (reread->ranges[i].start != list->ranges[i].start ||
        reread->ranges[i].count != list->ranges[i].count) {
      return "another range";
    }
  }
  // DER has one text for each value: only the order of the entries may differ.
  if (again.size() != der.size()) return "a TNAuthList of another size";
  std::string longer(der);
  return parse_tn_auth_list(bytes_of(longer += '\0')) ? "trailing bytes of a TNAuthList" : "";
}

constexpr std::string_view payload =
    R"({"attest":"B","dest":{"tn":["12155550131"]},"iat":1893456000,)"
    R"("orig":{"tn":"12155550121"},"origid":"123e4567-e89b-42d3-a456-426655440000"})";

std::string wrong_constraints(const ClaimConstraints& constraints) {
  std::vector<std::string> texts = constraints.must_include;
  texts.insert(texts.end(), constraints.must_exclude.begin(), constraints.must_exclude.end());
  for (const auto& entry : constraints.permitted_values) {
    texts.push_back(entry.claim);
    texts.insert(texts.end(), entry.values.begin(), entry.values.end());
  }
  if (auto wrong = odd_texts(texts); !wrong.empty()) return wrong;
  const std::string why = forbidden_claim(constraints, payload);
  if (auto wrong = odd_text({&why}); !wrong.empty()) return wrong;
  if (why.empty() && !permits(constraints, Attestation::B)) return "a level that is forbidden";
  return {};
}

std::string check_constraints(std::string_view der, bool is_enhanced) {
  const auto constraints = parse_claim_constraints(bytes_of(der), is_enhanced);
  if (!constraints) return {};
  if (constraints->is_enhanced != is_enhanced && constraints->is_enhanced) return "enhanced";
  if (!is_enhanced && !constraints->must_exclude.empty()) return "exclusions of RFC 8226";
  std::string longer(der);
  if (parse_claim_constraints(bytes_of(longer += '\0'), is_enhanced)) return "trailing bytes";
  return wrong_constraints(*constraints);
}

std::string wrong_details(const CertificateDetails& details) {
  for (const auto* list :
       {&details.key_usage, &details.policies, &details.crl_distribution_points}) {
    if (auto wrong = odd_texts(*list); !wrong.empty()) return wrong;
  }
  if (details.sha256.size() != 95) return "a fingerprint";
  return odd_text({&details.subject, &details.issuer, &details.serial, &details.key_type,
                   &details.signature_algorithm, &details.crl_issuer, &details.sha256,
                   &details.public_key_sha256});
}

std::string wrong_findings(const std::vector<CertificateFinding>& findings) {
  bool is_past_errors = false;
  for (const CertificateFinding& finding : findings) {
    const auto words = text_of(finding.which);
    if (words.name.empty() || words.problem.empty() || words.remedy.empty()) return "no words";
    if (holds_control_character(finding.detail)) return "a control character in a finding";
    if (finding.severity != severity_of(finding.which)) return "another severity";
    is_past_errors = is_past_errors || finding.severity == FindingSeverity::warning;
    if (is_past_errors && finding.severity == FindingSeverity::error) return "errors come first";
  }
  return {};
}

std::string wrong_time(const CertificateChain& chain) {
  const auto from = chain.valid_from();
  const auto until = chain.valid_until();
  if (from < chain.not_before() || until > chain.not_after()) return "valid beyond its leaf";
  for (const UnixTime time :
       {from, until, from - std::chrono::seconds(1), until + std::chrono::seconds(1), noon}) {
    if (chain.is_valid_at(time) != (from <= time && time <= until)) return "the validity";
  }
  return {};
}

/// A file that comes back as it was said, and says the same.
std::string wrong_copy(const CertificateChain& chain) {
  const std::string pem = chain.to_pem();
  if (holds_private_key(pem)) return "a private key in what is published";
  const auto copy = CertificateChain::parse_pem(pem);
  if (!copy || copy->size() != chain.size() || copy->public_key_id() != chain.public_key_id() ||
      copy->linked_size() != chain.linked_size() || copy->to_pem() != pem) {
    return "another chain when it is written";
  }
  return {};
}

std::string wrong_credential(const CertificateChain& chain) {
  static const std::string key = test::to_pkcs8_pem(make_published_key().get());
  const bool is_ours = EVP_PKEY_eq(X509_get0_pubkey(chain.leaf()), published_key()) == 1;
  const auto credential = Credential::make({"fuzz", key, chain, "https://cert.example.com/a.pem"});
  if (credential && !is_ours) return "a credential of a key and another's certificate";
  if (credential && !credential->passes_self_test()) return "a credential that cannot sign";
  return {};
}

std::string check_chain(const CertificateChain& chain) {
  if (chain.size() == 0 || chain.size() > 4) return "the size of a chain";
  if (chain.linked_size() == 0 || chain.linked_size() > chain.size()) return "the linked size";
  if (!is_named_p256(X509_get0_pubkey(chain.leaf()))) return "a leaf of another curve";
  if (auto wrong = odd_text({&chain.subject(), &chain.issuer()}); !wrong.empty()) return wrong;
  if (auto wrong = wrong_time(chain); !wrong.empty()) return wrong;
  if (auto wrong = wrong_list(chain.tn_auth_list()); !wrong.empty()) return wrong;
  if (auto wrong = wrong_constraints(chain.claim_constraints()); !wrong.empty()) return wrong;
  const auto details = chain.details();
  if (details.size() != chain.size()) return "details of others";
  for (const CertificateDetails& one : details) {
    if (auto wrong = wrong_details(one); !wrong.empty()) return wrong;
  }
  if (auto wrong = wrong_copy(chain); !wrong.empty()) return wrong;
  const auto anchors = TrustAnchors::parse(chain.to_pem());
  if (!anchors || anchors->size() != chain.size()) return "a chain that cannot be trusted";
  CertificateExpectation expected;
  expected.anchors = &*anchors;
  expected.service_provider_code = "1234";
  expected.numbers = {{"12155550100", 20}};
  for (const UnixTime now : {noon, chain.valid_from(), chain.valid_until()}) {
    if (auto wrong = wrong_findings(check_certificate(chain, now, expected)); !wrong.empty()) {
      return wrong;
    }
  }
  const std::string fault = chain.path_fault(*anchors, noon);
  if (holds_control_character(fault)) return "a control character in the path's fault";
  std::array<std::uint8_t, 64> nothing{};
  if (chain.verifies("text", nothing)) return "a signature of zeros verifies";
  nothing.fill(0x5A);
  if (chain.verifies("text", nothing)) return "a signature of nobody verifies";
  return wrong_credential(chain);
}

std::string check_file(std::string_view file) {
  const bool names_key = file.find("PRIVATE KEY-----") != std::string_view::npos;
  if (const auto anchors = TrustAnchors::parse(file)) {
    if (anchors->size() == 0 || anchors->size() > TrustAnchors::certificates_max) return "anchors";
  }
  const auto in_order = CertificateChain::parse_pem(file);
  const auto chain = CertificateChain::parse(file);
  if (names_key && (in_order || chain)) return "a chain out of a file with a private key";
  if (in_order) {
    if (auto wrong = check_chain(*in_order); !wrong.empty()) return wrong;
  }
  if (!chain) return {};
  if (in_order && in_order->size() != chain->size()) return "an order that loses certificates";
  // Most often both are the same, and checking takes milliseconds.
  return in_order && in_order->to_pem() == chain->to_pem() ? "" : check_chain(*chain);
}

/// A certificate that is made for the input, as a chain of one.
std::string check_made(const test::CertificateSpec& spec) {
  const X509Ptr made = test::make_certificate(spec);
  return check_file(test::to_der_bytes(made.get()));
}

test::CertificateSpec plain_spec() {
  static const KeyPtr key = make_published_key();
  test::CertificateSpec spec;
  spec.key = key.get();
  spec.not_before = test::day_before_noon;
  spec.not_after = test::day_after_noon;
  return spec;
}

std::string check_extension(std::size_t which, std::string_view value) {
  auto spec = plain_spec();
  const auto bytes = bytes_of(value);
  spec.raw_extensions = {{extension_oids[which], false, {bytes.begin(), bytes.end()}}};
  return check_made(spec);
}

std::string check_name(std::string_view name) {
  auto spec = plain_spec();
  // What X.520 allows; OpenSSL refuses to make others.
  spec.common_name = std::string(name.substr(0, 64));
  try {
    return check_made(spec);
  } catch (const std::runtime_error&) {
    return {};  // not UTF-8
  }
}

std::string check_key(std::string_view bytes) {
  // Without a passphrase: what an encrypted key costs to open is written in its own file.
  const auto key = read_private_key(bytes, std::nullopt);
  if (!key) return key.error() == CredentialError::passphrase_wrong ? "no passphrase is wrong" : "";
  if (*key == nullptr) return "no key";
  if (is_encrypted_key(bytes)) return "an encrypted key without a passphrase";
  if (!is_named_p256(key->get())) return {};
  if (!holds_private_key(bytes)) return "a private key that would be published";
  return {};
}

}  // namespace

std::string broken_by(std::string_view input) {
  if (input.empty()) return {};
  const char kind = input.front();
  const auto rest = input.substr(1);
  if (kind >= '0' && kind <= '9')
    return check_extension(static_cast<std::size_t>(kind - '0'), rest);
  switch (kind) {
    case 'n':
      return check_list(rest);
    case 'j':
    case 'e':
      return check_constraints(rest, kind == 'e');
    case 's':
      return check_name(rest);
    case 'k':
      return check_key(rest);
    default:
      return check_file(rest);
  }
}

}  // namespace shaken302::fuzz
