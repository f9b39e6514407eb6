// SPDX-License-Identifier: MIT
#include "load_credentials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "file_state.hpp"
#include "inspect_credential.hpp"
#include "load_snapshot.hpp"
#include "token_patience.hpp"

namespace shaken302::directory {
namespace {

/// All the files of trust anchors as one; nothing when there are none, or when one cannot be read.
std::optional<TrustAnchors> load_trust_anchors(const config::Configuration& configuration,
                                               config::ConfigIssues& issues) {
  TrustAnchors all;
  bool is_complete = true;
  for (const auto& path : configuration.directory.trust_anchors) {
    const auto refuse = [&](std::string_view problem, std::string remedy) {
      issues.push_back({configuration.file.string(), 0, "signing.trust_anchors",
                        fmt::format("{} {}", path.string(), problem), std::move(remedy)});
      is_complete = false;
    };
    const auto content = read_file(path, TrustAnchors::bytes_max, false);
    if (!content) {
      refuse(content.error().problem, content.error().remedy);
      continue;
    }
    const auto anchors = TrustAnchors::parse(*content);
    if (!anchors) {
      const auto text = text_of(fault_of(anchors.error()));
      const bool is_too_large = anchors.error() == CertificateError::too_large;
      refuse(is_too_large ? "holds more than 256 certificates" : text.problem,
             "put the certificates of the CAs there, as PEM");
      continue;
    }
    all.add(*anchors);
  }
  if (!is_complete || all.size() == 0) return std::nullopt;
  return all;
}

config::ConfigIssue issue_of(const config::Configuration& configuration,
                             const config::CredentialFiles& files, CredentialFinding&& found) {
  const std::uint32_t line = files.lines.of(found.key);
  return {configuration.file.string(),
          line == 0 ? files.line : line,
          fmt::format("credential[{}].{}", files.name, found.key),
          std::move(found.problem),
          std::move(found.remedy),
          found.finding.which == CertificateFault::token_silent};
}

/// The most that the claim constraints of the certificate allow it to state.
Attestation most_permitted(const Credential& credential, Attestation most) {
  const ClaimConstraints& constraints = credential.chain().claim_constraints();
  if (most == Attestation::A && !permits(constraints, Attestation::A)) most = Attestation::B;
  if (most == Attestation::B && !permits(constraints, Attestation::B)) most = Attestation::C;
  return most;
}

/// One load on its way through the credentials.
class CredentialLoad {
 public:
  CredentialLoad(const CredentialOrder& order, Findings& findings)
      : order_(order), findings_(findings) {
    if (order_.before == nullptr) return;
    for (std::size_t i = 0; i < order_.before->origins.size(); ++i) {
      places_.emplace(order_.before->origins[i].name, i);
    }
  }

  LoadedCredentials run() {
    const std::size_t issues = findings_.issues.size();
    anchors_ = load_trust_anchors(order_.configuration, findings_.issues);
    if (order_.names != nullptr && findings_.issues.size() != issues) return refuse_renewals();
    for (const config::CredentialFiles& files : order_.configuration.directory.credentials) {
      if (order_.stop.stop_requested()) break;
      if (is_kept(files.name)) {
        keep(files.name);
      } else {
        read_in_time(files);
      }
    }
    warn_of_shared_x5u();
    warn_of_publish_check_ca();
    loaded_.table = std::make_shared<const CredentialTable>(std::move(table_));
    refuse_useless();
    return std::move(loaded_);
  }

 private:
  void read_in_time(config::CredentialFiles files) {
    files.token.load_deadline = patience_.left_of(files.token.load_deadline);
    const auto begin = std::chrono::steady_clock::now();
    read(files);
    if (loaded_.origins.back().faults.empty()) return;
    patience_.lose(
        std::chrono::round<TokenPatience::Time>(std::chrono::steady_clock::now() - begin));
  }

  /// Where one of that name is in what serves.
  [[nodiscard]] std::size_t place_of(const std::string& name) const {
    const auto found = places_.find(name);
    return found == places_.end() ? not_there : found->second;
  }

  /// The one of that name that was good; nullptr when there is none.
  [[nodiscard]] const CredentialTable::Entry* good_one_before(const std::string& name) const {
    const std::size_t place = place_of(name);
    if (place == not_there) return nullptr;
    const CredentialTable::Entry& entry = order_.before->table->entries[place];
    return entry.faulty ? nullptr : &entry;
  }

  /// Anchors that cannot be read refuse a whole load; a lesser one leaves everything as it is.
  LoadedCredentials refuse_renewals() {
    LoadedCredentials same = *order_.before;
    for (CredentialOrigin& origin : same.origins) {
      if (!order_.names->contains(origin.name)) continue;
      origin.serves_on = good_one_before(origin.name) != nullptr;
      origin.faults = findings_.issues;
    }
    findings_.issues.clear();
    return same;
  }

  [[nodiscard]] bool is_kept(const std::string& name) const {
    return order_.names != nullptr && !order_.names->contains(name) && place_of(name) != not_there;
  }

  void keep(const std::string& name) {
    const std::size_t place = place_of(name);
    table_.entries.push_back(order_.before->table->entries[place]);
    loaded_.origins.push_back(order_.before->origins[place]);
  }

  void read(const config::CredentialFiles& files) {
    CredentialOrigin origin{files.name, settled_file_state(files), {}, false};
    auto inspected = inspect_credential(files, anchors_ ? &*anchors_ : nullptr, order_.now);
    const bool must_wait = inspected.credential && is_worse(*inspected.credential, files);
    for (CredentialFinding& found : inspected.findings) {
      const bool is_fault = refuses(found.finding.which) || (must_wait && is_about_dates(found));
      auto& list = is_fault ? origin.faults : findings_.warnings;
      list.push_back(issue_of(order_.configuration, files, std::move(found)));
    }
    if (inspected.credential && waits_for_reload(*inspected.credential, files)) {
      origin.faults.push_back(fixed_x5u(files));
    }
    if (inspected.credential && origin.faults.empty() && is_renewal_of_nothing(inspected, files)) {
      keep(files.name);
      loaded_.origins.pop_back();
    } else if (inspected.credential && origin.faults.empty()) {
      const Attestation most = most_permitted(*inspected.credential, files.max_attestation);
      table_.entries.push_back({std::move(*inspected.credential), most, false,
                                !inspected.passes_self_test, files.publish_check,
                                !meets_expectation(files)});
    } else if (order_.rule == CredentialRule::each_alone) {
      origin.serves_on = serve_on(files);
    } else {
      findings_.issues.insert(findings_.issues.end(), origin.faults.begin(), origin.faults.end());
    }
    loaded_.origins.push_back(std::move(origin));
  }

  /// With one that is not valid now nothing would be signed any more, where the one before can.
  [[nodiscard]] bool is_worse(const Credential& credential,
                              const config::CredentialFiles& files) const {
    const CredentialTable::Entry* before = good_one_before(files.name);
    return order_.rule == CredentialRule::each_alone && before != nullptr &&
           before->credential.chain().is_valid_at(order_.now) &&
           !credential.chain().is_valid_at(order_.now) && meets_expectation(files);
  }

  /// The files were touched, and hold what they held: the one that serves stays, with all that is
  /// known of it.
  [[nodiscard]] bool is_renewal_of_nothing(const InspectedCredential& inspected,
                                           const config::CredentialFiles& files) const {
    const CredentialTable::Entry* before = good_one_before(files.name);
    return order_.names != nullptr && before != nullptr && inspected.passes_self_test &&
           !before->quarantined && before->credential.x5u() == inspected.credential->x5u() &&
           before->credential.chain().to_pem() == inspected.credential->chain().to_pem();
  }

  static bool is_about_dates(const CredentialFinding& found) {
    const CertificateFault which = found.finding.which;
    return which == CertificateFault::expired || which == CertificateFault::not_yet_valid ||
           which == CertificateFault::issuer_not_valid;
  }

  /// Files alone cannot say that a fixed x5u serves another certificate from now on: every verifier
  /// would refuse the tokens. Whoever reloads has changed it, or knows.
  [[nodiscard]] bool waits_for_reload(const Credential& credential,
                                      const config::CredentialFiles& files) const {
    if (order_.names == nullptr || !files.x5u_base.empty() || files.publish_check) return false;
    const CredentialTable::Entry* before = good_one_before(files.name);
    return before != nullptr && before->credential.chain().to_pem() != credential.chain().to_pem();
  }

  [[nodiscard]] config::ConfigIssue fixed_x5u(const config::CredentialFiles& files) const {
    return {order_.configuration.file.string(), files.lines.of("x5u"),
            fmt::format("credential[{}].x5u", files.name),
            "is fixed, and the files hold another certificate",
            "publish it, change x5u with it and reload (SIGHUP), or use x5u_base"};
  }

  /// Whether the one before is still as the configuration wants it.
  [[nodiscard]] bool meets_expectation(const config::CredentialFiles& files) const {
    const CredentialTable::Entry* before = good_one_before(files.name);
    if (before == nullptr) return true;
    const CertificateExpectation expected{anchors_ ? &*anchors_ : nullptr, files.expected_spc,
                                          files.expected_numbers};
    const auto found = check_certificate(before->credential.chain(), order_.now, expected);
    return std::ranges::none_of(
        found, [](const CertificateFinding& finding) { return refuses(finding.which); });
  }

  /// False: there was none that may, and there is nothing but a name now.
  bool serve_on(const config::CredentialFiles& files) {
    const CredentialTable::Entry* before = good_one_before(files.name);
    if (before != nullptr && meets_expectation(files)) {
      CredentialTable::Entry& entry = table_.entries.emplace_back(*before);
      entry.supersedes = false;
      entry.max_attestation = cap(entry.max_attestation, files.max_attestation);
      entry.unpublished = files.publish_check;
      return true;
    }
    table_.entries.push_back({Credential::absent(files.name), Attestation::C, true, false, false});
    return false;
  }

  /// A URL serves one chain: whoever signs with another one under it is refused everywhere.
  void warn_of_shared_x5u() {
    if (order_.names != nullptr) return;  // said when the configuration was read
    std::unordered_map<std::string_view, const Credential*> by_x5u;
    for (std::size_t i = 0; i < table_.entries.size(); ++i) {
      const Credential& credential = table_.entries[i].credential;
      if (table_.entries[i].faulty) continue;
      const auto [place, is_new] = by_x5u.emplace(credential.x5u(), &credential);
      if (is_new || place->second->chain().to_pem() == credential.chain().to_pem()) continue;
      const config::CredentialFiles& files = order_.configuration.directory.credentials[i];
      findings_.warnings.push_back(
          {order_.configuration.file.string(), files.lines.of("x5u"),
           fmt::format("credential[{}].x5u", files.name),
           fmt::format("is that of credential {}, too, whose certificate is another one",
                       place->second->name()),
           "give each certificate an x5u of its own: a URL serves one of them"});
    }
  }

  /// Without it nothing is found to be published: no reason to refuse what else there is.
  void warn_of_publish_check_ca() {
    const auto& path = order_.configuration.directory.publish_check_ca;
    if (order_.names != nullptr || path.empty()) return;
    const auto content = read_file(path, TrustAnchors::bytes_max, false);
    std::string problem = content ? "" : content.error().problem;
    if (content && !TrustAnchors::parse(*content)) problem = "holds no certificate of a CA";
    if (problem.empty()) return;
    findings_.warnings.push_back(
        {order_.configuration.file.string(), 0, "signing.publish_check_ca",
         fmt::format("{} {}", path.string(), problem),
         "put the certificates of the web servers' CAs there, as PEM; until then nothing is found "
         "to be published"});
  }

  /// One that is wrong beside good ones is one customer's matter. When all are, nothing could be
  /// signed at all: that is a mistake of the installation, to be seen at once.
  void refuse_useless() {
    const auto& entries = loaded_.table->entries;
    if (entries.empty() || !std::ranges::all_of(entries, &CredentialTable::Entry::faulty)) return;
    for (const CredentialOrigin& origin : loaded_.origins) {
      findings_.issues.insert(findings_.issues.end(), origin.faults.begin(), origin.faults.end());
    }
  }

  static constexpr std::size_t not_there = static_cast<std::size_t>(-1);

  const CredentialOrder& order_;
  TokenPatience patience_;
  Findings& findings_;
  std::unordered_map<std::string_view, std::size_t> places_;  ///< in what serves, by name
  std::optional<TrustAnchors> anchors_;
  CredentialTable table_;
  LoadedCredentials loaded_;
};

}  // namespace

LoadedCredentials load_credentials(const CredentialOrder& order, Findings& findings) {
  return CredentialLoad(order, findings).run();
}

}  // namespace shaken302::directory
