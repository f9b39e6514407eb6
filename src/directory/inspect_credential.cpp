// SPDX-License-Identifier: MIT
#include "inspect_credential.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "config/value_text.hpp"
#include "load_snapshot.hpp"
#include "open_token.hpp"
#include "shaken302/published_name.hpp"
#include "wiped_text.hpp"

namespace shaken302::directory {
namespace {

constexpr std::size_t file_bytes_max = 65536;  // hazards A10; a key is smaller by far

class Inspection {
 public:
  Inspection(const config::CredentialFiles& files, const TrustAnchors* anchors, UnixTime now)
      : files_(files), anchors_(anchors), now_(now) {}

  InspectedCredential run() && {
    const auto chain = read_chain();
    if (files_.token_key) {
      const auto pin = read_private("passphrase_file", files_.passphrase);
      if (chain && pin) open_and_make(*chain, *pin);
      return std::move(result_);
    }
    const auto key = read_private("key", files_.key);
    const auto passphrase =
        files_.passphrase.empty() ? nullptr : read_private("passphrase_file", files_.passphrase);
    const bool is_complete = key && (passphrase || files_.passphrase.empty());
    if (chain && is_complete) make_credential(*chain, *key, passphrase.get());
    return std::move(result_);
  }

 private:
  std::optional<CertificateChain> read_chain() {
    const auto content = read_file(files_.certificate, file_bytes_max, false);
    if (!content) {
      add_file("certificate", content.error());
      return std::nullopt;
    }
    auto chain = CertificateChain::parse(*content);
    if (!chain) {
      add(make_finding(fault_of(chain.error())));
      return std::nullopt;
    }
    const CertificateExpectation expected{anchors_, files_.expected_spc, files_.expected_numbers};
    for (auto& finding : check_certificate(*chain, now_, expected)) add(std::move(finding));
    return *chain;
  }

  std::unique_ptr<const WipedText> read_private(std::string_view key,
                                                const std::filesystem::path& file) {
    auto content = read_file(file, file_bytes_max, true);
    if (content) return std::make_unique<const WipedText>(std::move(*content));
    add_file(key, content.error());
    return nullptr;
  }

  void make_credential(const CertificateChain& chain, const WipedText& key,
                       const WipedText* passphrase) {
    Credential::Parts parts{files_.name, key.view(), chain, x5u_of(files_, chain), std::nullopt};
    if (passphrase != nullptr) {
      parts.passphrase = passphrase_in(passphrase->view());
      if (!is_encrypted_key(key.view())) add(make_finding(CertificateFault::passphrase_not_needed));
    }
    make(std::move(parts));
  }

  void open_and_make(const CertificateChain& chain, const WipedText& pin) {
    auto token = open_token(files_, passphrase_in(pin.view()));
    if (!token) return add(token.error());
    make({files_.name, {}, chain, x5u_of(files_, chain), std::nullopt, std::move(*token)});
  }

  void make(Credential::Parts parts) {
    auto credential = Credential::make(std::move(parts));
    if (!credential) {
      // What is wrong with the certificate alone has been said.
      if (credential.error() != CredentialError::certificate) {
        add(make_finding(fault_of(credential.error())));
      }
      return;
    }
    const auto is_refused = [](const CredentialFinding& found) {
      return refuses(found.finding.which);
    };
    if (std::ranges::any_of(result_.findings, is_refused)) return;
    result_.passes_self_test = credential->passes_self_test();
    if (!result_.passes_self_test) add(make_finding(CertificateFault::self_test));
    result_.credential = std::move(*credential);
  }

  [[nodiscard]] std::string name_of(std::string_view key) const {
    if (key == "certificate") return files_.certificate.string();
    if (key == "key") return files_.token_key ? files_.token_key->text : files_.key.string();
    if (key == "passphrase_file") return files_.passphrase.string();
    return config::in_quotes(key == "x5u" ? files_.x5u : files_.name);
  }

  void add(CertificateFinding finding) {
    const CertificateFaultText text = text_of(finding.which);
    const std::string_view key = subject_of(finding.which);
    std::string problem = fmt::format("{} {}", name_of(key), text.problem);
    if (!finding.detail.empty()) problem += ": " + finding.detail;
    result_.findings.push_back(
        {std::move(finding), key, std::move(problem), std::string(text.remedy)});
  }

  /// What is wrong with a file as a file comes with a remedy of its own.
  void add_file(std::string_view key, const config::ConfigIssue& issue) {
    result_.findings.push_back({make_finding(CertificateFault::unreadable_file, issue.problem), key,
                                fmt::format("{} {}", name_of(key), issue.problem), issue.remedy});
  }

  const config::CredentialFiles& files_;
  const TrustAnchors* anchors_;
  UnixTime now_;
  InspectedCredential result_;
};

}  // namespace

std::string x5u_of(const config::CredentialFiles& files, const CertificateChain& chain) {
  if (files.x5u_base.empty()) return files.x5u;
  return files.x5u_base + '/' + published_name(chain.to_pem());
}

InspectedCredential inspect_credential(const config::CredentialFiles& files,
                                       const TrustAnchors* anchors, UnixTime now) {
  return Inspection(files, anchors, now).run();
}

}  // namespace shaken302::directory
