// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "header_names.hpp"
#include "ip_text.hpp"
#include "listen_text.hpp"
#include "read_peer_policy.hpp"
#include "read_settings.hpp"
#include "value_text.hpp"

namespace shaken302::config {
namespace {

constexpr std::size_t prefix_digits_max = 4;
constexpr std::size_t country_digits_max = 3;  // E.164: country codes have one to three digits
constexpr std::size_t emergency_digits_max = 6;

// --- numbers
// ---------------------------------------------------------------------------------------

void read_prefix(SectionReader& reader, std::string_view key, std::string& prefix) {
  if (!reader.has(key)) return;
  const auto text = reader.text(key);
  if (!text) return;
  if (!text->empty() && (!is_digits(*text) || text->size() > prefix_digits_max)) {
    reader.report(key, fmt::format("{} is not a prefix", in_quotes(*text)),
                  "use at most 4 digits, or \"\" for none");
    return;
  }
  prefix = *text;
}

/// Whether a number of the country, with its country code or without, can begin with `prefix`. Of
/// national numbers only those of North America are known well enough: NPA-NXX-XXXX.
bool begins_numbers_at_home(std::string_view prefix, std::string_view country) {
  if (country.empty() || prefix.empty()) return false;
  if (prefix.starts_with(country) || country.starts_with(prefix)) return true;
  const auto is_n = [](char c) { return c >= '2'; };
  return country == "1" && is_n(prefix[0]) && (prefix.size() < 4 || is_n(prefix[3]));
}

/// A call home that is read as one to abroad would be signed with somebody else's number.
void check_prefixes(SectionReader& reader, const NumberPlan& plan) {
  const std::string& abroad = plan.international_prefix;
  const std::string& trunk = plan.national_prefix;
  constexpr std::string_view for_abroad =
      "use what is dialled before a country code, as in \"011\" or \"00\", or \"\" for none";
  constexpr std::string_view for_trunk =
      "use what is dialled before a national number, as in \"0\", or \"\" for none";
  const auto report = [&](std::string_view key, std::string_view prefix, const std::string& problem,
                          std::string_view remedy) {
    reader.report(key, fmt::format("{} {}", in_quotes(prefix), problem), std::string(remedy));
  };
  if (begins_numbers_at_home(abroad, plan.country_code)) {
    report("international_prefix", abroad,
           fmt::format("begins the numbers of country {}", in_quotes(plan.country_code)),
           for_abroad);
  } else if (!abroad.empty() && trunk.starts_with(abroad)) {
    if (reader.has("national_prefix")) {
      report("national_prefix", trunk,
             fmt::format("begins with international_prefix {}", in_quotes(abroad)), for_trunk);
    } else {
      report("international_prefix", abroad,
             fmt::format("begins the numbers behind national_prefix {}", in_quotes(trunk)),
             for_abroad);
    }
  }
  if (!trunk.empty() && trunk == plan.country_code && trunk != "1") {
    report("national_prefix", trunk, "is the country code", for_trunk);
  }
}

void read_emergency(SectionReader& reader, std::vector<std::string>& emergency) {
  const auto items = reader.texts("emergency");
  if (!reader.has("emergency") || !items) return;
  emergency.clear();
  if (items->empty()) {
    reader.report("emergency", "is empty: emergency calls could be refused",
                  "name the numbers, or leave the key out for those of the country");
  }
  for (const TextItem& item : *items) {
    if (!is_digits(item.text) || item.text.size() < 2 || item.text.size() > emergency_digits_max) {
      reader.report_at(item.line, "emergency",
                       fmt::format("{} is not an emergency number", in_quotes(item.text)),
                       "use 2 to 6 digits, as in \"112\"");
    }
    emergency.push_back(item.text);
  }
}

NumberPlan read_plan(SectionReader& reader) {
  const auto country = reader.text("country").value_or("");
  const bool good = country.empty() || (is_digits(country) && country.front() != '0' &&
                                        country.size() <= country_digits_max);
  if (!good) {
    reader.report("country", fmt::format("{} is not a country code", in_quotes(country)),
                  "use 1 to 3 digits as in \"1\" or \"44\", or \"\" for E.164 numbers only");
  }
  NumberPlan plan = make_number_plan(good ? country : "");
  read_prefix(reader, "international_prefix", plan.international_prefix);
  read_prefix(reader, "national_prefix", plan.national_prefix);
  check_prefixes(reader, plan);
  read_emergency(reader, plan.emergency);
  plan.bare_international = reader.flag("bare_international").value_or(false);
  return plan;
}

void read_number_sources(SectionReader& reader, Peer& peer) {
  peer.calling_sources.clear();
  if (const auto items = reader.texts("orig")) {
    check_repeats(reader, "orig", *items);
    for (const TextItem& item : *items) {
      peer.calling_sources.push_back(item.text == "From" ? CallingSource::from
                                     : item.text == "Remote-Party-ID"
                                         ? CallingSource::remote_party_id
                                         : CallingSource::asserted_identity);
    }
  }
  peer.called_source = read_choice(reader, Section::peer, "dest",
                                   {CalledSource::to, CalledSource::request_uri}, CalledSource::to);
}

// --- the account
// -----------------------------------------------------------------------------------

struct NamedSource {
  std::string_view prefix;
  AccountSource::Kind kind;
  std::string_view example;
};
constexpr NamedSource named_sources[] = {
    {"fixed:", AccountSource::Kind::fixed, "fixed:acme"},
    {"header:", AccountSource::Kind::header, "header:X-Account"},
    {"param:", AccountSource::Kind::parameter, "param:otg"},
};

void check_source_name(SectionReader& reader, const TextItem& item, const NamedSource& form,
                       std::string_view name) {
  const bool is_fixed = form.kind == AccountSource::Kind::fixed;
  if (is_fixed ? !is_identifier(name) : !is_token(name)) {
    reader.report_at(item.line, "account_from",
                     fmt::format("{} names nothing that can be there", in_quotes(item.text)),
                     fmt::format("write it like this: \"{}\"", form.example));
  } else if (form.kind == AccountSource::Kind::header && is_caller_header(name)) {
    reader.report_at(item.line, "account_from",
                     fmt::format("{}: {}", in_quotes(item.text), caller_header_problem(name)),
                     "name a header that the proxy alone writes, or use \"number\"");
  }
}

std::optional<AccountSource> read_source(SectionReader& reader, const TextItem& item) {
  for (const NamedSource& form : named_sources) {
    if (!item.text.starts_with(form.prefix)) continue;
    const std::string name = item.text.substr(form.prefix.size());
    check_source_name(reader, item, form, name);
    return AccountSource{form.kind, name, no_index};
  }
  if (item.text == "host") return AccountSource{AccountSource::Kind::host, "", no_index};
  if (item.text == "number") return AccountSource{AccountSource::Kind::number, "", no_index};
  constexpr std::string_view remedy =
      "use \"fixed:ID\", \"header:NAME\", \"param:NAME\", \"host\" or \"number\"";
  reader.report_at(item.line, "account_from",
                   fmt::format("{} is not a source", in_quotes(item.text)), std::string(remedy));
  return std::nullopt;
}

void read_account_sources(SectionReader& reader, PeerEntry& entry) {
  const auto items = reader.texts("account_from");
  if (!items) return;
  check_repeats(reader, "account_from", *items);
  if (items->size() > account_sources_max) {
    reader.report("account_from", fmt::format("has {} entries", items->size()),
                  fmt::format("name at most {}", account_sources_max));
  }
  for (const TextItem& item : *items) {
    auto source = read_source(reader, item);
    if (!source) continue;
    const bool is_fixed = source->kind == AccountSource::Kind::fixed;
    if (is_fixed) entry.lines.add("account_from", item.line);  // it is the last one
    entry.fixed_accounts.push_back(is_fixed ? std::exchange(source->name, {}) : std::string());
    entry.peer.account_sources.push_back(*source);
    if (is_fixed && &item != &items->back()) {
      reader.report_at(item.line, "account_from",
                       fmt::format("nothing behind {} is ever asked", in_quotes(item.text)),
                       "make it the last one");
    }
  }
}

// --- the answer
// ------------------------------------------------------------------------------------

void read_dialect(SectionReader& reader, Peer& peer) {
  if (const auto items = reader.texts("dialect")) {
    check_repeats(reader, "dialect", *items);
    const auto has = [&](std::string_view name) {
      return std::ranges::find(*items, name, &TextItem::text) != items->end();
    };
    peer.dialect = {has("identity"), has("x-identity"), has("contact")};
  }
  peer.x_identity_name = reader.text("x_identity_name").value_or("X-Identity");
  if (!is_token(peer.x_identity_name)) {
    reader.report("x_identity_name",
                  fmt::format("{} is not a header name", in_quotes(peer.x_identity_name)),
                  "use a name like \"X-Identity\"");
  } else if (is_occupied_header(peer.x_identity_name)) {
    reader.report("x_identity_name",
                  fmt::format("{} has a meaning of its own", in_quotes(peer.x_identity_name)),
                  "use a name like \"X-Identity\"");
  }
}

void read_next_hop(SectionReader& reader, Peer& peer) {
  const auto next_hop = reader.text("next_hop");
  if (!next_hop) return;
  peer.next_hop = *next_hop;
  if (!peer.next_hop.empty() && !is_host_port(peer.next_hop)) {
    reader.report("next_hop", fmt::format("{} is not a host", in_quotes(peer.next_hop)),
                  "use HOST, HOST:PORT or [IPV6]:PORT, as in \"203.0.113.5:5060\"");
  }
  if (peer.dialect.contact && peer.next_hop.empty()) {
    reader.report("dialect", "\"contact\" needs a next_hop",
                  "add next_hop = \"HOST:PORT\", where the proxy shall send the call");
  }
}

void read_answer(SectionReader& reader, Peer& peer) {
  read_dialect(reader, peer);
  read_next_hop(reader, peer);
  peer.redirect_status = static_cast<std::uint16_t>(reader.integer("status").value_or(302));
  peer.unsigned_outcome = read_choice(
      reader, Section::peer, "unsigned",
      {UnsignedOutcome::redirect, UnsignedOutcome::not_found, UnsignedOutcome::forbidden,
       UnsignedOutcome::decline, UnsignedOutcome::unavailable},
      UnsignedOutcome::redirect);
  peer.force_rport = reader.flag("force_rport").value_or(false);
  peer.attestation_header = reader.flag("attestation_header").value_or(false);
  peer.origination_id_header = reader.flag("origination_id_header").value_or(false);
  peer.ppt_form = reader.flag("ppt_quoted").value_or(false) ? PptForm::quoted : PptForm::token;
}

// --- which calls are its

void report_repeat(SectionReader& reader, std::string_view key, const TextItem& item) {
  reader.report_at(item.line, key, fmt::format("{} is there twice", in_quotes(item.text)),
                   "name it once");
}

void read_listeners(SectionReader& reader, PeerEntry& entry) {
  const auto items = reader.texts("listeners");
  if (!items) return;
  std::vector<Listener>& listeners = entry.peer.listeners;
  for (const TextItem& item : *items) {
    const auto listen = parse_listen(item.text);
    if (!listen) {
      reader.report_at(item.line, "listeners", listen.error().problem, listen.error().remedy);
      continue;
    }
    const Listener listener{listen->transport, listen->address, listen->port};
    if (std::ranges::find(listeners, listener) != listeners.end()) {
      report_repeat(reader, "listeners", item);
      continue;
    }
    listeners.push_back(listener);
    entry.named_listeners.push_back({listener, reader.label_of("listeners"), item.text, item.line});
  }
}

/// Names have no case (RFC 3261 19.1.4), and two peers with the same one have to be noticed.
std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

void read_hosts(SectionReader& reader, std::vector<std::string>& hosts) {
  const auto items = reader.texts("hosts");
  if (!items) return;
  for (const TextItem& item : *items) {
    if (!is_host_port(item.text) || item.text.ends_with(']') ||
        item.text.find(':') != std::string::npos) {
      reader.report_at(item.line, "hosts", fmt::format("{} is not a host", in_quotes(item.text)),
                       "use the host of the Request-URI without a port, as in \"gw.example.com\"");
      continue;
    }
    const std::string host = lower_case(item.text);
    if (std::ranges::find(hosts, host) != hosts.end()) report_repeat(reader, "hosts", item);
    hosts.push_back(host);
  }
}

/// A host or domain name of a certificate (RFC 5922 7.1): no wildcard, no address, and no dot at
/// its end (RFC 5280 4.2.1.6: the preferred name syntax has none).
bool is_client_name(std::string_view text) {
  return !text.empty() && text.size() <= 253 && is_host_port(text) && text.front() != '[' &&
         text.back() != '.' && text.find(':') == std::string_view::npos && !parse_ip(text);
}

void read_client_names(SectionReader& reader, std::vector<std::string>& names) {
  const auto items = reader.texts("client_names");
  if (!items) return;
  for (const TextItem& item : *items) {
    if (!is_client_name(item.text)) {
      reader.report_at(item.line, "client_names",
                       fmt::format("{} is not a name of a client", in_quotes(item.text)),
                       "use a host or domain name that is in its certificate, as in "
                       "\"sbc1.example.com\"");
      continue;
    }
    const std::string name = lower_case(item.text);
    if (std::ranges::find(names, name) != names.end()) report_repeat(reader, "client_names", item);
    names.push_back(name);
  }
}

/// Names of clients where none are looked at, and none where some were.
void warn_of_client_names(SectionReader& reader, const PeerEntry& entry) {
  const auto warn = [&reader](std::string problem, std::string remedy) {
    reader.warn_at(reader.line_of("client_names"), "client_names", std::move(problem),
                   std::move(remedy));
  };
  const auto& listeners = entry.peer.listeners;
  const auto named = reader.texts("listeners");
  const bool are_all_read = named && named->size() == listeners.size();
  const bool speaks_tls = std::ranges::any_of(
      listeners, [](const Listener& one) { return one.transport == Transport::tls; });
  if (!entry.peer.client_names.empty() && are_all_read && !listeners.empty() && !speaks_tls) {
    warn("none of the peer's listeners speaks TLS, so no call is ever its",
         "name a \"tls:\" listener in listeners, or remove the key");
  }
  if (reader.has("client_names") && entry.peer.client_names.empty() &&
      reader.texts("client_names")) {
    warn(
        "is empty: every client of the peer's sources and listeners is taken for it, without a "
        "certificate",
        "name a client, or remove the key if that is meant");
  }
}

void read_match(SectionReader& reader, PeerEntry& entry) {
  entry.peer.sources = read_networks(reader, "sources", NetworkWidth::narrow);
  read_listeners(reader, entry);
  read_client_names(reader, entry.peer.client_names);
  const auto is_empty = [&reader](std::string_view name) {
    const auto items = reader.texts(name);
    return items && items->empty();
  };
  if (is_empty("sources") && is_empty("listeners") && is_empty("client_names")) {
    reader.report("sources", reader.has("sources") ? "is empty" : "is missing",
                  "name at least one, for example \"10.0.0.0/24\", or the listeners whose calls "
                  "are all of this peer");
  }
  warn_of_client_names(reader, entry);
  read_hosts(reader, entry.peer.hosts);
}

}  // namespace

PeerEntry read_peer(SectionReader reader) {
  PeerEntry entry;
  entry.line = reader.line();
  Peer& peer = entry.peer;
  peer.name = reader.text("name").value_or("");
  if (reader.text("name") && !is_identifier(peer.name)) {
    reader.report("name", fmt::format("{} is not a name", in_quotes(peer.name)),
                  "use 1 to 64 letters, digits, \".\", \"_\" and \"-\"");
  }
  read_match(reader, entry);
  peer.plan = read_plan(reader);
  read_number_sources(reader, peer);
  read_account_sources(reader, entry);
  read_answer(reader, peer);
  read_peer_policy(reader, entry);
  entry.credentials = read_credential_names(reader);
  for (const std::string_view key :
       {"name", "sources", "listeners", "client_names", "credential"}) {
    if (reader.has(key)) entry.lines.add(key, reader.line_of(key));
  }
  return entry;
}

}  // namespace shaken302::config
