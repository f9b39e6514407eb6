// SPDX-License-Identifier: MIT
#include "load_credentials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "file_state.hpp"
#include "inspect_credential.hpp"
#include "load_snapshot.hpp"

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
  return {configuration.file.string(), line == 0 ? files.line : line,
          fmt::format("credential[{}].{}", files.name, found.key), std::move(found.problem),
          std::move(found.remedy)};
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
      : order_(order), findings_(findings) {}

  LoadedCredentials run() {
    const std::size_t issues = findings_.issues.size();
    anchors_ = load_trust_anchors(order_.configuration, findings_.issues);
    // A whole load is refused then; a lesser one leaves everything as it is.
    if (order_.names != nullptr && findings_.issues.size() != issues) return *order_.before;
    for (const config::CredentialFiles& files : order_.configuration.directory.credentials) {
      if (order_.stop.stop_requested()) break;
      if (is_kept(files.name)) {
        keep(files.name);
      } else {
        read(files);
      }
    }
    loaded_.table = std::make_shared<const CredentialTable>(std::move(table_));
    refuse_useless();
    return std::move(loaded_);
  }

 private:
  /// Where one of that name is in what serves.
  [[nodiscard]] std::size_t place_of(const std::string& name) const {
    if (order_.before == nullptr) return not_there;
    const auto& origins = order_.before->origins;
    const auto found = std::ranges::find(origins, name, &CredentialOrigin::name);
    return found == origins.end() ? not_there : static_cast<std::size_t>(found - origins.begin());
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
    for (CredentialFinding& found : inspected.findings) {
      auto& list = refuses(found.finding.which) ? origin.faults : findings_.warnings;
      list.push_back(issue_of(order_.configuration, files, std::move(found)));
    }
    if (inspected.credential) {
      const Attestation most = most_permitted(*inspected.credential, files.max_attestation);
      table_.entries.push_back({std::move(*inspected.credential), most, false,
                                !inspected.passes_self_test, files.publish_check});
    } else if (order_.rule == CredentialRule::each_alone) {
      origin.serves_on = serve_on(files);
    } else {
      findings_.issues.insert(findings_.issues.end(), origin.faults.begin(), origin.faults.end());
    }
    loaded_.origins.push_back(std::move(origin));
  }

  /// False: there was none, and there is nothing but a name now.
  bool serve_on(const config::CredentialFiles& files) {
    const std::size_t place = place_of(files.name);
    if (place != not_there && !order_.before->table->entries[place].faulty) {
      CredentialTable::Entry& entry =
          table_.entries.emplace_back(order_.before->table->entries[place]);
      entry.max_attestation = cap(entry.max_attestation, files.max_attestation);
      entry.unpublished = files.publish_check;
      return true;
    }
    table_.entries.push_back({Credential::absent(files.name), Attestation::C, true, false, false});
    return false;
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
  Findings& findings_;
  std::optional<TrustAnchors> anchors_;
  CredentialTable table_;
  LoadedCredentials loaded_;
};

}  // namespace

LoadedCredentials load_credentials(const CredentialOrder& order, Findings& findings) {
  return CredentialLoad(order, findings).run();
}

}  // namespace shaken302::directory
