// SPDX-License-Identifier: MIT
//
// What holds of every configuration that is accepted and of every one that is refused, however it
// came about.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "config/configuration.hpp"
#include "config/ip_text.hpp"
#include "config/value_text.hpp"
#include "shaken302/credential.hpp"

namespace shaken302::config::test {

inline std::string wrong_peer(const PeerEntry& entry) {
  const Peer& peer = entry.peer;
  if (!is_identifier(peer.name)) return "a peer's name";
  if (peer.sources.empty()) return "a peer without sources";
  for (const IpNetwork& source : peer.sources) {
    if (without_host_bits(source) != source) return "a source with host bits";
  }
  if (!peer.dialect.identity && !peer.dialect.x_identity && !peer.dialect.contact) {
    return "a peer without a dialect";
  }
  if (peer.dialect.contact && peer.next_hop.empty()) return "a Contact without next_hop";
  if (!peer.next_hop.empty() && !is_host_port(peer.next_hop)) return "a next_hop";
  if (peer.redirect_status != 302 && peer.redirect_status != 300) return "a status";
  if (peer.calling_sources.empty() || peer.account_sources.empty()) return "a peer without orig";
  if (peer.account_sources.size() > account_sources_max ||
      peer.account_sources.size() != entry.fixed_accounts.size()) {
    return "the account sources";
  }
  return peer.plan.emergency.empty() ? "a plan without emergency numbers" : "";
}

/// Empty, or what is missing in one that was accepted.
inline std::string wrong_whole(const Configuration& configuration) {
  const Settings& settings = configuration.settings;
  const DirectorySource& directory = configuration.directory;
  if (settings.listen.empty() || settings.workers > 256 || settings.secret_file.empty()) {
    return "the settings";
  }
  if (directory.kind == SourceKind::files && directory.peers.empty()) return "no peers";
  if (directory.kind != SourceKind::files &&
      (!directory.peers.empty() || !directory.accounts.empty() || directory.database.empty())) {
    return "two places for peers";
  }
  for (const PeerEntry& entry : directory.peers) {
    if (auto wrong = wrong_peer(entry); !wrong.empty()) return wrong;
  }
  for (const CredentialFiles& credential : directory.credentials) {
    if (!is_identifier(credential.name) || credential.certificate.empty()) return "a credential";
    if (credential.key.empty() != credential.token_key.has_value()) return "a credential's key";
    if (credential.x5u.empty() == credential.x5u_base.empty()) return "neither or both x5u";
    if (!credential.x5u.empty() && !is_acceptable_x5u(credential.x5u)) return "an x5u";
  }
  for (const AccountEntry& entry : directory.accounts) {
    if (!is_identifier(entry.account.id)) return "an account's id";
  }
  return {};
}

/// Empty, or what is wrong with an issue of a text of `lines` lines that is called `file`.
inline std::string wrong_issue(const ConfigIssue& issue, const std::string& file,
                               std::size_t lines) {
  if (issue.file != file) return "an issue of another file";
  if (issue.problem.empty()) return "an issue without a problem";
  if (issue.remedy.empty()) return "an issue without a remedy";
  if (issue.line > lines) return "an issue behind the end";
  // What is not there has no line, and then a key.
  if (issue.line == 0 && issue.key.empty()) return "an issue without a place";
  const std::string text = to_text(issue);
  if (text.size() > 2048) return "an issue without end";
  const bool is_printable = std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F;
  });
  return is_printable ? "" : "a control character in an issue";
}

inline std::size_t lines_of(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
}

}  // namespace shaken302::config::test
