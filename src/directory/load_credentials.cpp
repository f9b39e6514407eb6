// SPDX-License-Identifier: MIT
#include "load_credentials.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "config/value_text.hpp"
#include "load_snapshot.hpp"
#include "wiped_text.hpp"

namespace shaken302::directory {
namespace {

constexpr std::size_t pem_bytes_max = 1U << 20U;

struct Explained {
  std::string_view problem;
  std::string_view remedy;
};

Explained explain(CertificateError error) {
  switch (error) {
    case CertificateError::empty:
      return {"holds no certificate", "put the PEM of the leaf there, then its intermediates"};
    case CertificateError::syntax:
      return {"is not PEM that can be read", "export the certificates as PEM, leaf first"};
    case CertificateError::too_large:
      return {"holds more than 4 certificates or 64 KiB",
              "keep the leaf and its intermediates; the root does not belong there"};
    case CertificateError::private_key:
      return {"holds a private key, and this file is for everybody",
              "keep the certificates alone; if it was published, have a new key certified"};
    case CertificateError::key_type:
      return {"is for a key that is not EC P-256",
              "have a P-256 key certified; SHAKEN knows no other"};
    case CertificateError::tn_auth_list:
      return {"has a TNAuthList that is not RFC 8226",
              "ask the CA for a certificate without that fault"};
  }
  return {};
}

/// Which key of the credential an error is about, and what to do.
struct CredentialFault {
  std::string_view key;
  Explained text;
};

CredentialFault explain(CredentialError error) {
  switch (error) {
    case CredentialError::key_syntax:
    case CredentialError::passphrase_needed:
    case CredentialError::passphrase_wrong:
      return {"key",
              {"is not a PEM private key without a passphrase",
               "export it with: openssl pkcs8 -topk8 -nocrypt"}};
    case CredentialError::key_type:
      return {"key",
              {"is not an EC key on the named curve P-256",
               "make one with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"}};
    case CredentialError::certificate:
      return {"certificate",
              {"begins with a certificate that may not sign: a CA's, or one for another use",
               "put the leaf first, then its intermediates"}};
    case CredentialError::mismatch:
      return {"key", {"does not belong to the certificate", "name the key that was certified"}};
    case CredentialError::x5u:
      return {"x5u",
              {"is not a URL for certificates", "use https, port 443 or 8443, and no query"}};
    case CredentialError::name:
      return {"name", {"is not a name", "use letters, digits, \".\", \"_\" and \"-\""}};
  }
  return {};
}

/// One credential of the configuration on its way into the table.
class CredentialLoader {
 public:
  CredentialLoader(const config::Configuration& configuration, const config::CredentialFiles& files,
                   Findings& findings)
      : configuration_(configuration), files_(files), findings_(findings) {}

  std::optional<Credential> load() {
    const auto chain = load_chain();
    auto content = read_file(files_.key, pem_bytes_max, true);
    if (!content) {
      report("key", files_.key.string(), {content.error().problem, content.error().remedy});
      return std::nullopt;
    }
    const WipedText key(std::move(*content));
    if (!chain) return std::nullopt;
    auto credential = Credential::make({files_.name, key.view(), *chain, files_.x5u});
    if (credential) return std::move(*credential);
    const CredentialFault fault = explain(credential.error());
    report(fault.key, subject_of(fault.key), fault.text);
    return std::nullopt;
  }

  void warn(std::string_view key, std::string problem, std::string remedy) {
    add(findings_.warnings, key, std::move(problem), std::move(remedy));
  }

  [[nodiscard]] std::string certificate_file() const { return files_.certificate.string(); }

 private:
  std::optional<CertificateChain> load_chain() {
    const auto content = read_file(files_.certificate, pem_bytes_max, false);
    if (!content) {
      report("certificate", files_.certificate.string(),
             {content.error().problem, content.error().remedy});
      return std::nullopt;
    }
    const auto chain = CertificateChain::parse_pem(*content);
    if (chain) return *chain;
    report("certificate", files_.certificate.string(), explain(chain.error()));
    return std::nullopt;
  }

  [[nodiscard]] std::string subject_of(std::string_view key) const {
    if (key == "certificate") return files_.certificate.string();
    if (key == "x5u") return config::in_quotes(files_.x5u);
    return key == "name" ? config::in_quotes(files_.name) : files_.key.string();
  }

  void report(std::string_view key, const std::string& subject, Explained text) {
    add(findings_.issues, key, fmt::format("{} {}", subject, text.problem),
        std::string(text.remedy));
  }
  void add(config::ConfigIssues& to, std::string_view key, std::string problem,
           std::string remedy) {
    to.push_back({configuration_.file.string(), files_.line,
                  fmt::format("credential[{}].{}", files_.name, key), std::move(problem),
                  std::move(remedy)});
  }

  const config::Configuration& configuration_;
  const config::CredentialFiles& files_;
  Findings& findings_;
};

/// How people count, for a chain of at most four.
std::string_view ordinal(std::size_t index) {
  constexpr std::string_view ordinals[] = {"first", "second", "third", "fourth"};
  return index < std::size(ordinals) ? ordinals[index] : "last";
}

void warn_about_chain(CredentialLoader& loader, const CertificateChain& chain,
                      const std::string& file, UnixTime now) {
  if (now < chain.not_before()) {
    loader.warn("certificate", fmt::format("not valid before {:%F %T} UTC", chain.not_before()),
                "its calls stay unsigned until then; check the clock");
  } else if (chain.not_after() < now) {
    loader.warn("certificate", fmt::format("expired at {:%F %T} UTC", chain.not_after()),
                "renew it; its calls stay unsigned until then");
  } else if (!chain.is_valid_at(now)) {
    loader.warn("certificate", file + ": a certificate behind the leaf is not valid now",
                "put the CA's present one there; its calls stay unsigned until then");
  }
  if (const std::size_t linked = chain.linked_size(); linked < chain.size()) {
    loader.warn(
        "certificate",
        fmt::format("{}: the {} certificate did not issue the {}: verifiers cannot build the "
                    "path",
                    file, ordinal(linked), ordinal(linked - 1)),
        "put each certificate's issuer right behind it");
  }
}

void warn_about(CredentialLoader& loader, const Credential& credential, bool usable, UnixTime now) {
  const CertificateChain& chain = credential.chain();
  if (!usable) {
    loader.warn("key", "in quarantine: its test signature does not verify",
                "replace key and certificate; its calls stay unsigned until then");
  }
  warn_about_chain(loader, chain, loader.certificate_file(), now);
  if (!chain.has_tn_auth_list()) {
    loader.warn("certificate", "has no TNAuthList",
                "verifiers refuse it: use a SHAKEN certificate");
  } else if (chain.tn_auth_list().service_provider_codes.empty()) {
    // RFC 8226 section 9: it speaks for those numbers and no others.
    loader.warn("certificate",
                "signs only for the numbers in its TNAuthList; calls of other numbers would be "
                "refused by verifiers",
                "use a certificate with a service provider code, or give it to accounts with those "
                "numbers alone");
  }
}

}  // namespace

CredentialTable load_credentials(const config::Configuration& configuration, UnixTime now,
                                 Findings& findings, const std::stop_token& stop) {
  CredentialTable table;
  for (const config::CredentialFiles& files : configuration.directory.credentials) {
    if (stop.stop_requested()) break;
    CredentialLoader loader(configuration, files, findings);
    auto credential = loader.load();
    if (!credential) continue;
    const bool usable = credential->passes_self_test();
    warn_about(loader, *credential, usable, now);
    table.entries.push_back({std::move(*credential), usable, files.max_attestation});
  }
  return table;
}

}  // namespace shaken302::directory
