// SPDX-License-Identifier: MIT
#include "read_peer_policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "header_names.hpp"
#include "listen_text.hpp"
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
        fmt::format("{}: every caller writes that header itself", in_quotes(item.text)),
        "name a header that the proxy alone writes, as in \"header:P-Attestation-Indicator\"");
  } else if (std::ranges::any_of(sources, is_same)) {
    reader.report_at(item.line, "attestation_from",
                     fmt::format("{} is never reached", in_quotes(item.text)),
                     "name each place once");
  }
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
}

// --- kinds of callers and destinations

template <class Kind>
struct KindName {
  std::string_view name;
  Kind kind;
};
constexpr KindName<CallerRule::Kind> caller_kinds[] = {
    {"anonymous", CallerRule::Kind::anonymous},
    {"not-a-number", CallerRule::Kind::not_a_number},
    {"short-code", CallerRule::Kind::short_code},
    {"impossible", CallerRule::Kind::impossible},
};
constexpr KindName<CalledRule::Kind> called_kinds[] = {
    {"emergency", CalledRule::Kind::emergency},
    {"toll-free", CalledRule::Kind::toll_free},
    {"international", CalledRule::Kind::international},
    {"short-code", CalledRule::Kind::short_code},
    {"star-code", CalledRule::Kind::star_code},
    {"not-a-number", CalledRule::Kind::not_a_number},
};
constexpr KindName<Treatment> treatments[] = {
    {"sign", Treatment::sign},   {"B", Treatment::cap_b},
    {"C", Treatment::cap_c},     {"unsigned", Treatment::leave_unsigned},
    {"block", Treatment::block},
};

template <class Kinds>
auto find_kind(const Kinds& kinds, std::string_view name) {
  const auto* found =
      std::ranges::find_if(kinds, [&](const auto& row) { return row.name == name; });
  return found == std::end(kinds) ? std::optional<decltype(found->kind)>()
                                  : std::optional(found->kind);
}

bool is_number_prefix(std::string_view text) {
  return text.size() >= 2 && text.size() <= phone_number_digits_max + 1 && text.starts_with('+') &&
         is_digits(text.substr(1)) && text[1] != '0';
}

/// "WHAT=OUTCOME", where WHAT is one of `kinds` or the beginning of numbers.
template <class Rule, class Kinds>
std::optional<Rule> parse_rule(std::string_view text, const Kinds& kinds) {
  const auto equals = std::min(text.find('='), text.size());
  const auto what = text.substr(0, equals);
  const auto treatment = find_kind(treatments, text.substr(std::min(equals + 1, text.size())));
  if (!treatment) return std::nullopt;
  if (is_number_prefix(what)) {
    return Rule{Rule::Kind::prefix, std::string(what.substr(1)), *treatment};
  }
  const auto kind = find_kind(kinds, what);
  if (!kind) return std::nullopt;
  return Rule{*kind, "", *treatment};
}

template <class Kinds>
std::string rule_remedy(const Kinds& kinds) {
  std::string names;
  for (const auto& row : kinds) names += fmt::format("{}, ", row.name);
  return fmt::format(
      "write WHAT=OUTCOME; WHAT is {}or the beginning of numbers like +1900; OUTCOME is sign, B, "
      "C, unsigned or block",
      names);
}

template <class Rule, class Kinds>
std::vector<Rule> read_rules(SectionReader& reader, std::string_view key, const Kinds& kinds) {
  std::vector<Rule> rules;
  const auto items = reader.texts(key);
  if (!items) return rules;
  if (items->size() > call_rules_max) {
    reader.report(key, fmt::format("has {} entries", items->size()),
                  fmt::format("name at most {}", call_rules_max));
  }
  for (const TextItem& item : *items) {
    auto rule = parse_rule<Rule>(item.text, kinds);
    if (!rule) {
      reader.report_at(item.line, key, fmt::format("{} is not a rule", in_quotes(item.text)),
                       rule_remedy(kinds));
      continue;
    }
    const auto same = [&](const Rule& other) {
      return other.kind == rule->kind && rule->prefix.starts_with(other.prefix);
    };
    if (std::ranges::any_of(rules, same)) {
      reader.report_at(item.line, key, fmt::format("{} is never reached", in_quotes(item.text)),
                       "put it in front of the rule that matches the same calls");
    }
    rules.push_back(*std::move(rule));
  }
  return rules;
}

/// What there is nothing to sign about cannot be signed, and a call for help is not refused.
void check_called_rules(SectionReader& reader, const Peer& peer) {
  for (const CalledRule& rule : peer.called_rules) {
    const bool blocks = rule.treatment == Treatment::block;
    if (rule.kind == CalledRule::Kind::emergency && blocks) {
      reader.report("called_rules", "emergency calls are never blocked",
                    "use \"emergency=sign\" or \"emergency=unsigned\"");
    }
    if (rule.kind == CalledRule::Kind::not_a_number && !blocks &&
        rule.treatment != Treatment::leave_unsigned) {
      reader.report("called_rules", "a call to what is not a number cannot be signed",
                    "use \"not-a-number=unsigned\" or \"not-a-number=block\"");
    }
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
  peer.caller_rules = read_rules<CallerRule>(reader, "caller_rules", caller_kinds);
  peer.called_rules = read_rules<CalledRule>(reader, "called_rules", called_kinds);
  check_called_rules(reader, peer);
  peer.origid = read_origid(reader);
}

}  // namespace shaken302::config
