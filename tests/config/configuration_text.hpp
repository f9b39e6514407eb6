// SPDX-License-Identifier: MIT
//
// Everything that a configuration says, as text: two configurations are equal when their texts are.
#pragma once

#include <fmt/format.h>

#include <string>

#include "config/configuration.hpp"
#include "config/ip_text.hpp"

namespace shaken302::config::test {

inline std::string joined(const std::vector<IpNetwork>& networks) {
  std::string out;
  for (const IpNetwork& network : networks) out += to_text(network) + ' ';
  return out;
}

inline std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += text + ' ';
  return out;
}

inline std::string text_of(const Settings& s) {
  std::string out;
  for (const ListenAddress& listen : s.listen) {
    out += fmt::format("listen {} {} {} {} {}\n", static_cast<int>(listen.transport),
                       to_text(listen.address), listen.is_ipv6, listen.port, listen.text);
  }
  out +=
      fmt::format("workers {}\nsecret {}\nprobe {}\nforbid {}\ndscp {}\nbuffer {}\ndrain {}\n",
                  s.workers, s.secret_file.string(), joined(s.probe_sources),
                  s.forbid_unknown_sources, s.dscp, s.receive_buffer_bytes, s.drain_time.count());
  out += fmt::format("retransmissions {} in {}\n", s.retransmission_memory.count(),
                     s.retransmission_slots);
  out += fmt::format("deadline {}\nratio {}\n", s.queue_deadline.count(), s.reply_ratio_max);
  out += fmt::format("iat {}\nserver {}\nlog {} {} {}\n", s.iat_backdate.count(), s.server_header,
                     s.log.decisions, s.log.decisions_per_second, s.log.level);
  out += fmt::format("connections {}\nper source {}\nidle {}\n", s.connections_max,
                     s.connections_per_source, s.idle_timeout.count());
  out += fmt::format("tls '{}' '{}'\ntls passphrase '{}'\nclients '{}' {}\n",
                     s.tls.certificate.string(), s.tls.key.string(), s.tls.passphrase.string(),
                     s.tls.client_ca.string(), static_cast<int>(s.tls.client_certificates));
  return out;
}

inline std::string text_of(const OrigidPolicy& origid) {
  switch (origid.mode) {
    case OrigidMode::per_call:
      return "per call";
    case OrigidMode::per_account:
      return "per account";
    case OrigidMode::per_peer:
      return "per peer";
    case OrigidMode::fixed:
      break;
  }
  return std::string(origid.uuid.text());
}

inline std::string text_of(const Listener& listener) {
  return fmt::format("{} {} {}", static_cast<int>(listener.transport), to_text(listener.address),
                     listener.port);
}

inline std::string text_of(const NumberPlan& plan) {
  return fmt::format("plan '{}' '{}' '{}' {}..{} {} {}", plan.country_code,
                     plan.international_prefix, plan.national_prefix, plan.national_digits_min,
                     plan.national_digits_max, plan.bare_international, joined(plan.emergency));
}

/// What a peer says about how high its calls are signed, and which are not.
inline std::string policy_text_of(const Peer& p) {
  std::string out =
      fmt::format("override {}\nretargeted {}\nsigns suspended {} unknown {}\nblock {}\n",
                  static_cast<int>(p.override_right), to_char(p.retargeted_max_attestation),
                  p.signs_suspended, p.signs_unknown, static_cast<int>(p.block_outcome));
  out += fmt::format("peer origid {}\n", text_of(p.origid));
  out += fmt::format("limit {} {}\n", p.limits.calls_per_second, static_cast<int>(p.over_limit));
  for (const LevelSource& source : p.level_sources) {
    out += fmt::format("level from {} '{}' {} {}\n", static_cast<int>(source.kind), source.name,
                       text_of(source.listener), to_char(source.level));
  }
  for (const CallerRule& rule : p.caller_rules) {
    out += fmt::format("caller {} '{}' {}\n", static_cast<int>(rule.kind), rule.prefix,
                       static_cast<int>(rule.treatment));
  }
  for (const CalledRule& rule : p.called_rules) {
    out += fmt::format("called {} '{}' {}\n", static_cast<int>(rule.kind), rule.prefix,
                       static_cast<int>(rule.treatment));
  }
  return out;
}

inline std::string text_of(const PeerEntry& entry) {
  const Peer& p = entry.peer;
  std::string out =
      fmt::format("peer {}\nsources {}\n{}\n", p.name, joined(p.sources), text_of(p.plan));
  for (const Listener& listener : p.listeners) out += fmt::format("at {}\n", text_of(listener));
  out += fmt::format("hosts {}\n", joined(p.hosts));
  for (const std::string& name : p.client_names) out += fmt::format("client {}\n", name);
  out += fmt::format("dialect {} {} {} {}\nstatus {}\nnext_hop '{}'\nunsigned {}\n",
                     p.dialect.identity, p.dialect.x_identity, p.dialect.contact, p.x_identity_name,
                     p.redirect_status, p.next_hop, static_cast<int>(p.unsigned_outcome));
  out += "orig";
  for (const CallingSource source : p.calling_sources)
    out += fmt::format(" {}", static_cast<int>(source));
  out += fmt::format("\ndest {}\n", static_cast<int>(p.called_source));
  for (std::size_t i = 0; i < p.account_sources.size(); ++i) {
    const AccountSource& source = p.account_sources[i];
    out += fmt::format("account_from {} '{}' '{}'\n", static_cast<int>(source.kind), source.name,
                       entry.fixed_accounts.at(i));
  }
  out += fmt::format("screened {}\nmax {}\nexisting {}\ncredential '{}'\n", p.caller_id_screened,
                     to_char(p.max_attestation), static_cast<int>(p.existing_identity),
                     joined(entry.credentials));
  out += fmt::format("uri vouched {}\n", p.account_uri_vouched);
  out += fmt::format("flags {} {} {} {}\n", p.force_rport, p.attestation_header,
                     p.origination_id_header, static_cast<int>(p.ppt_form));
  return out + policy_text_of(p);
}

inline std::string text_of(const AccountEntry& entry) {
  const Account& a = entry.account;
  return fmt::format("account {} parent '{}' {} {} {} max {} credential '{}' origid {}\n", a.id,
                     a.parent, static_cast<int>(a.status), static_cast<int>(a.business_profile),
                     static_cast<int>(a.trust_product), to_char(a.max_attestation),
                     joined(entry.credentials), text_of(a.origid)) +
         fmt::format("outside {} family {} own {} labels {}\n", to_char(a.outside_attestation),
                     a.family_numbers, a.own_certificate_required, joined(a.labels)) +
         fmt::format("limits {} {}\n", a.limits.calls_per_second, a.limits.calls_per_day);
}

/// Without lines: those are where it was written, not what.
inline std::string text_of(const Configuration& configuration) {
  const DirectorySource& directory = configuration.directory;
  std::string out = text_of(configuration.settings);
  out += fmt::format("numbers '{}'\n", directory.numbers.string());
  out += fmt::format("never '{}'\n", directory.do_not_originate.string());
  out += fmt::format("shadow '{}'\n", configuration.shadow.string());
  for (const CredentialFiles& c : directory.credentials) {
    out += fmt::format("credential {} {} {} {} {}\nexpects '{}' '{}'", c.name, c.key.string(),
                       c.certificate.string(), c.x5u, to_char(c.max_attestation),
                       c.passphrase.string(), c.expected_spc);
    if (!c.x5u_base.empty()) out += fmt::format(" below {}", c.x5u_base);
    if (c.publish_check) out += " once published";
    for (const auto& range : c.expected_numbers) {
      out += fmt::format(" {}+{}", range.start, range.count);
    }
    out += fmt::format("\ntoken '{}' {} '{}'\n", c.token.module.string(), c.token.deadline.count(),
                       c.token_key ? c.token_key->text : "");
  }
  for (const auto& file : directory.trust_anchors) out += fmt::format("anchor {}\n", file.string());
  if (const auto& ca = directory.publish_check_ca; !ca.empty()) {
    out += fmt::format("publication by {}\n", ca.string());
  }
  for (const PeerEntry& entry : directory.peers) out += text_of(entry);
  for (const AccountEntry& entry : directory.accounts) out += text_of(entry);
  return out;
}

/// Every issue on its line.
inline std::string text_of(const ConfigIssues& issues) {
  std::string out;
  for (const ConfigIssue& issue : issues) out += to_text(issue) + '\n';
  return out;
}

}  // namespace shaken302::config::test
