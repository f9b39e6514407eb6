// SPDX-License-Identifier: MIT
#include "read_peer_policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "header_names.hpp"
#include "listen_text.hpp"
#include "read_call_rules.hpp"
#include "read_settings.hpp"
#include "value_text.hpp"

namespace shaken302::config {
namespace {

void read_caps(SectionReader& reader, Peer& peer) {
  peer.caller_id_screened = reader.flag("caller_id_screened").value_or(false);
  peer.account_uri_vouched = reader.flag("account_uri_vouched").value_or(false);
  peer.max_attestation =
      read_choice(reader, Section::peer, "max_attestation",
                  {Attestation::A, Attestation::B, Attestation::C}, Attestation::C);
  peer.existing_identity =
      read_choice(reader, Section::peer, "existing_identity",
                  {ExistingIdentity::replace, ExistingIdentity::add, ExistingIdentity::pass},
                  ExistingIdentity::replace);
  if (peer.existing_identity == ExistingIdentity::pass &&
      reader.flag("verifies_identity") == false) {
    reader.report("existing_identity",
                  "\"pass\" is only for peers marked as trusted to have verified it",
                  "add verifies_identity = true if this peer does, or use \"replace\"");
  }
}

void read_outcomes(SectionReader& reader, Peer& peer) {
  peer.retargeted_max_attestation =
      read_choice(reader, Section::peer, "retargeted_max_attestation",
                  {Attestation::A, Attestation::B, Attestation::C}, Attestation::C);
  peer.signs_suspended =
      read_choice(reader, Section::peer, "suspended_accounts", {false, true}, false);
  peer.signs_unknown = read_choice(reader, Section::peer, "unknown_accounts", {true, false}, false);
  peer.block_outcome = read_choice(reader, Section::peer, "block",
                                   {UnsignedOutcome::decline, UnsignedOutcome::forbidden,
                                    UnsignedOutcome::not_found, UnsignedOutcome::unavailable},
                                   UnsignedOutcome::decline);
}

// --- what a peer may ask for

constexpr std::string_view level_source_remedy =
    "use \"header:NAME\", \"from-param:NAME\", \"uri-param:NAME\" or "
    "\"listener:udp:ADDRESS:PORT=LEVEL\"";

/// "udp:0.0.0.0:5062=B"
std::optional<LevelSource> parse_listener_level(std::string_view text) {
  const auto equals = text.rfind('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const auto level = parse_attestation(text.substr(equals + 1));
  const auto listen = parse_listen(text.substr(0, equals));
  if (!level || !listen) return std::nullopt;
  return LevelSource{
      LevelSource::Kind::listener, "", {listen->transport, listen->address, listen->port}, *level};
}

std::optional<LevelSource> parse_level_source(std::string_view text) {
  using Kind = LevelSource::Kind;
  static constexpr std::array<std::pair<std::string_view, Kind>, 3> named{
      {{"header:", Kind::header},
       {"from-param:", Kind::from_parameter},
       {"uri-param:", Kind::request_parameter}}};
  for (const auto& [prefix, kind] : named) {
    if (!text.starts_with(prefix)) continue;
    const auto name = text.substr(prefix.size());
    if (!is_token(name)) return std::nullopt;
    return LevelSource{kind, std::string(name), {}, Attestation::C};
  }
  constexpr std::string_view listener = "listener:";
  if (!text.starts_with(listener)) return std::nullopt;
  return parse_listener_level(text.substr(listener.size()));
}

/// A header has one name in any case, and a URI parameter too (RFC 3261 19.1.4).
bool is_same_place(const LevelSource& one, const LevelSource& other) {
  return one.kind == other.kind && one.listener == other.listener &&
         equals_ignoring_case(one.name, other.name);
}

/// What is never asked, and what would let a caller choose its own level.
void check_level_source(SectionReader& reader, const TextItem& item, const LevelSource& source,
                        const Peer& peer) {
  using Kind = LevelSource::Kind;
  const auto report = [&](std::string_view problem, std::string_view remedy) {
    reader.report_at(item.line, "attestation_from",
                     fmt::format("{}{}", in_quotes(item.text), problem), std::string(remedy));
  };
  const bool is_parameter =
      source.kind == Kind::from_parameter || source.kind == Kind::request_parameter;
  if (is_parameter && peer.override_right == OverrideRight::any && !peer.account_uri_vouched) {
    report(
        ": the caller writes URIs, and attestation_override = \"any\" would let it choose its "
        "level",
        "name a header that the upstream writes, or add account_uri_vouched = true if it writes "
        "that parameter itself");
  }
  if (source.kind == Kind::listener && !peer.listeners.empty() &&
      std::ranges::find(peer.listeners, source.listener) == peer.listeners.end()) {
    report(" is never asked: the peer's listeners leave that one out",
           "add it to listeners, or take it out here");
  }
}

void read_level_source(SectionReader& reader, const TextItem& item, PeerEntry& entry) {
  std::vector<LevelSource>& sources = entry.peer.level_sources;
  auto source = parse_level_source(item.text);
  if (!source) {
    reader.report_at(item.line, "attestation_from",
                     fmt::format("{} is no place for a level", in_quotes(item.text)),
                     std::string(level_source_remedy));
    return;
  }
  const auto is_same = [&](const LevelSource& other) { return is_same_place(other, *source); };
  if (source->kind == LevelSource::Kind::header && is_caller_header(source->name)) {
    reader.report_at(
        item.line, "attestation_from",
        fmt::format("{}: {}", in_quotes(item.text), caller_header_problem(source->name)),
        "name a header that the proxy alone writes, as in \"header:P-Attestation-Indicator\"");
  } else if (std::ranges::any_of(sources, is_same)) {
    reader.report_at(item.line, "attestation_from",
                     fmt::format("{} is never reached", in_quotes(item.text)),
                     "name each place once");
  }
  check_level_source(reader, item, *source, entry.peer);
  if (source->kind == LevelSource::Kind::listener) {
    constexpr std::size_t prefix = std::string_view("listener:").size();
    entry.named_listeners.push_back({source->listener, reader.label_of("attestation_from"),
                                     item.text.substr(prefix, item.text.rfind('=') - prefix),
                                     item.line});
  }
  sources.push_back(*std::move(source));
}

void read_override(SectionReader& reader, PeerEntry& entry) {
  Peer& peer = entry.peer;
  peer.override_right = read_choice(reader, Section::peer, "attestation_override",
                                    {OverrideRight::none, OverrideRight::lower, OverrideRight::any},
                                    OverrideRight::none);
  const auto items = reader.texts("attestation_from");
  if (!items) return;
  if (items->empty()) {
    reader.report("attestation_from", "is empty", "name at least one, or leave the key out");
  }
  if (items->size() > level_sources_max) {
    reader.report("attestation_from", fmt::format("has {} entries", items->size()),
                  fmt::format("name at most {}", level_sources_max));
  }
  for (const TextItem& item : *items) read_level_source(reader, item, entry);
  if (peer.override_right == OverrideRight::none && reader.changes("attestation_from")) {
    reader.warn_at(reader.line_of("attestation_from"), "attestation_from",
                   "does nothing: attestation_override is \"none\", so what the peer asks for is "
                   "ignored and counted",
                   "add attestation_override = \"lower\", or remove the key");
  }
  if (peer.override_right == OverrideRight::any && !reader.has("attestation_from")) {
    reader.report(
        "attestation_override",
        "\"any\" needs attestation_from to be written out: the default names four headers "
        "that a caller could have written",
        "name the one that the upstream writes, as in attestation_from = "
        "[\"header:P-Attestation-Indicator\"]");
  }
}

}  // namespace

OrigidPolicy read_origid(SectionReader& reader) {
  const auto text = reader.text("origid").value_or("per-call");
  if (text == "per-call") return {OrigidMode::per_call, {}};
  if (text == "per-account") return {OrigidMode::per_account, {}};
  if (text == "per-peer") return {OrigidMode::per_peer, {}};
  if (const auto uuid = Uuid::parse(text)) return {OrigidMode::fixed, *uuid};
  reader.report("origid", fmt::format("{} is not an origid", in_quotes(text)),
                "use \"per-call\", \"per-account\", \"per-peer\", or a UUID like "
                "\"6ba7b810-9dad-41d1-80b4-00c04fd430c8\"");
  return {};
}

void check_repeats(SectionReader& reader, std::string_view key,
                   const std::vector<TextItem>& items) {
  if (items.empty()) reader.report(key, "is empty", "name at least one, or leave the key out");
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto same = [&](const TextItem& other) { return other.text == items[i].text; };
    if (std::any_of(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(i), same)) {
      reader.report_at(items[i].line, key,
                       fmt::format("{} is there twice", in_quotes(items[i].text)), "name it once");
    }
  }
}

void read_peer_policy(SectionReader& reader, PeerEntry& entry) {
  Peer& peer = entry.peer;
  read_caps(reader, peer);
  read_outcomes(reader, peer);
  read_override(reader, entry);
  read_call_rules(reader, peer);
  peer.origid = read_origid(reader);
  peer.limits = read_call_limits(reader);
  peer.over_limit = read_choice(reader, Section::peer, "over_limit",
                                {OverLimit::silent, OverLimit::unavailable}, OverLimit::silent);
}

}  // namespace shaken302::config
