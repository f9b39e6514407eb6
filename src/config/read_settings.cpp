// SPDX-License-Identifier: MIT
#include "read_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "ip_text.hpp"
#include "listen_text.hpp"
#include "read_peer_policy.hpp"
#include "value_text.hpp"

namespace shaken302::config {
namespace {

constexpr std::size_t server_header_max = 128;

bool is_wildcard(const ListenAddress& listener) {
  return listener.address == parse_ip(listener.is_ipv6 ? "::" : "0.0.0.0");
}

/// Whether the kernel refuses the second of them: without SO_REUSEADDR a wildcard has the port of
/// every address of its family (our IPv6 sockets are IPV6_V6ONLY). Port 0 is another one each time.
bool overlap(const ListenAddress& one, const ListenAddress& other) {
  if (one.port != other.port || one.is_ipv6 != other.is_ipv6) return false;
  if ((one.transport == Transport::udp) != (other.transport == Transport::udp)) return false;
  if (one.address == other.address) return true;
  return one.port != 0 && (is_wildcard(one) || is_wildcard(other));
}

std::vector<ListenAddress> read_listen(SectionReader& reader) {
  std::vector<ListenAddress> listeners;
  const auto items = reader.texts("listen");
  if (!items) return listeners;
  if (items->empty()) {
    reader.report("listen", "is empty", "name at least one, for example \"udp:0.0.0.0:5060\"");
  }
  for (const TextItem& item : *items) {
    const auto listener = parse_listen(item.text);
    if (!listener) {
      reader.report_at(item.line, "listen", listener.error().problem, listener.error().remedy);
      continue;
    }
    const auto other = std::ranges::find_if(
        listeners, [&](const ListenAddress& before) { return overlap(before, *listener); });
    if (other == listeners.end()) {
      listeners.push_back(*listener);
    } else if (other->address == listener->address) {
      reader.report_at(
          item.line, "listen",
          fmt::format("{} is the same as {}", in_quotes(item.text), in_quotes(other->text)),
          "name each address once");
    } else {
      reader.report_at(
          item.line, "listen",
          fmt::format("{} and {} cannot both be bound", in_quotes(item.text),
                      in_quotes(other->text)),
          "one of them is every address of the machine: keep that one, or the single ones");
    }
  }
  return listeners;
}

/// RFC 3261 25.1 `Server`: products and comments; a comment that stays open would swallow the rest.
bool is_server_header(std::string_view text) {
  int open = 0;
  for (const char c : text) {
    if (c == '(') ++open;
    if (c == ')' && --open < 0) return false;
    if (c == '"' || c == '\\') return false;
  }
  return open == 0 && text.size() <= server_header_max && is_printable(text);
}

/// "2s" with the unit "s": 2.
std::optional<int> parse_time(std::string_view text, std::string_view unit, int max) {
  int value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  const bool is_number = error == std::errc{} && text.front() != '-' && value <= max;
  if (!is_number || std::string_view(stop, end) != unit) return std::nullopt;
  return value;
}

void read_connections(SectionReader& reader, Settings& settings) {
  const auto count = [&reader](std::string_view name, std::uint32_t otherwise) {
    return static_cast<std::uint32_t>(reader.integer(name).value_or(otherwise));
  };
  settings.connections_max = count("connections_max", settings.connections_max);
  settings.connections_per_source =
      count("connections_per_source", settings.connections_per_source);
  if (reader.has("connections_per_source") &&
      settings.connections_per_source > settings.connections_max) {
    reader.warn_at(reader.line_of("connections_per_source"), "connections_per_source",
                   fmt::format("{} from one source are never reached: connections_max is {}",
                               settings.connections_per_source, settings.connections_max),
                   "make it smaller than connections_max, or raise that");
  }
  const auto text = reader.text("idle_timeout");
  if (!text) return;
  const auto time = parse_time(*text, "s", 86400);
  if (time && *time >= 10) {
    settings.idle_timeout = std::chrono::seconds(*time);
  } else {
    reader.report("idle_timeout", fmt::format("{} is not a time to be idle", in_quotes(*text)),
                  "use \"10s\" to \"86400s\", longer than the upstream keeps a connection");
  }
}

/// A number of seconds that ends at `max`; `meaning` as in "is not a time to drain".
void read_seconds(SectionReader& reader, std::string_view name, int max, std::string_view meaning,
                  std::chrono::seconds& seconds) {
  const auto text = reader.text(name);
  if (!text) return;
  if (const auto time = parse_time(*text, "s", max)) {
    seconds = std::chrono::seconds(*time);
  } else {
    reader.report(name, fmt::format("{} is not a time to {}", in_quotes(*text), meaning),
                  fmt::format("use \"0s\" to \"{}s\"", max));
  }
}

void read_queue_deadline(SectionReader& reader, Settings& settings) {
  const auto text = reader.text("queue_deadline");
  if (!text) return;
  if (const auto time = parse_time(*text, "ms", 10'000)) {
    settings.queue_deadline = std::chrono::milliseconds(*time);
  } else {
    reader.report("queue_deadline",
                  fmt::format("{} is not a time to wait in a socket", in_quotes(*text)),
                  "use \"0ms\", which is any time, to \"10000ms\"");
  }
}

/// An answer with one Identity has about 900 bytes.
void read_reply_ratio(SectionReader& reader, Settings& settings) {
  constexpr std::uint32_t answer_bytes = 900;
  constexpr std::uint32_t answers_fit = 3;  // an INVITE is hardly shorter than 300 bytes
  settings.reply_ratio_max =
      static_cast<std::uint32_t>(reader.integer("reply_ratio_max").value_or(0));
  const std::uint32_t most = settings.reply_ratio_max;
  if (most == 0 || most >= answers_fit) return;
  reader.warn_at(reader.line_of("reply_ratio_max"), "reply_ratio_max",
                 fmt::format("{}: a signed answer has about {} bytes, so calls by UDP whose INVITE "
                             "is shorter than {} get no answer at all",
                             most, answer_bytes, answer_bytes / most),
                 "use 5, or 0 where no datagram can come from a forged source");
}

void report_network(SectionReader& reader, std::string_view name, const TextItem& item,
                    NetworkTextError error) {
  const auto report = [&](std::string_view problem, std::string remedy) {
    reader.report_at(item.line, name, fmt::format("{} {}", in_quotes(item.text), problem),
                     std::move(remedy));
  };
  switch (error) {
    case NetworkTextError::address:
      return report("is not an address", "use \"10.0.0.1\", \"10.0.0.0/24\" or \"2001:db8::/64\"");
    case NetworkTextError::prefix:
      return report("has no good prefix length", "use /0 to /32, for IPv6 /0 to /128");
    case NetworkTextError::host_bits: {
      const auto meant = without_host_bits(*parse_any_network(item.text));
      return report("has bits set behind its prefix",
                    fmt::format("use \"{}\", or \"{}\" for that one address", to_text(meant),
                                item.text.substr(0, item.text.find('/'))));
    }
    case NetworkTextError::both_families:
      return report("holds every IPv4 address too", "list the addresses that are meant");
  }
}

/// More than any one network operator has: shorter than 10.0.0.0/8, or an IPv6 allocation of /32.
bool is_too_wide(const IpNetwork& network) {
  constexpr std::uint8_t mapped_bits = 96;  // ::ffff:0:0/96 is all of IPv4
  const bool v4 = is_ipv4(network.address) && network.prefix >= mapped_bits;
  return network.prefix < (v4 ? mapped_bits + 8 : 32);
}

}  // namespace

std::filesystem::path read_path(SectionReader& reader, std::string_view name,
                                const std::filesystem::path& folder) {
  const auto text = reader.text(name);
  if (!text) return {};
  if (text->empty()) {
    reader.report(name, "is empty", "name a file; a relative path begins at this file's folder");
    return {};
  }
  return (folder / *text).lexically_normal();
}

std::vector<IpNetwork> read_networks(SectionReader& reader, std::string_view name,
                                     NetworkWidth width) {
  std::vector<IpNetwork> networks;
  const auto items = reader.texts(name);
  if (!items) return networks;
  for (const TextItem& item : *items) {
    const auto network = parse_network(item.text);
    const auto written = parse_any_network(item.text);
    if (width == NetworkWidth::narrow && written && is_too_wide(*written)) {
      reader.report_at(
          item.line, name,
          fmt::format("{} lets far too many hosts ask for signatures", in_quotes(item.text)),
          "list the proxy's own addresses");
    } else if (!network) {
      report_network(reader, name, item, network.error());
    } else if (std::ranges::find(networks, *network) != networks.end()) {
      reader.report_at(item.line, name, fmt::format("{} is there twice", in_quotes(item.text)),
                       "name it once");
    } else {
      networks.push_back(*network);
    }
  }
  return networks;
}

CallLimits read_call_limits(const SectionReader& reader) {
  CallLimits limits;
  limits.calls_per_second =
      static_cast<std::uint32_t>(reader.integer("calls_per_second").value_or(0));
  return limits;
}

void read_server(SectionReader reader, const std::filesystem::path& folder, Settings& settings) {
  settings.listen = read_listen(reader);
  settings.workers = static_cast<std::uint32_t>(reader.integer("workers").value_or(0));
  settings.secret_file = read_path(reader, "secret_file", folder);
  if (reader.has("secret_file")) settings.secret_file_line = reader.line_of("secret_file");
  settings.probe_sources = read_networks(reader, "probe_sources", NetworkWidth::any);
  if (std::ranges::any_of(settings.probe_sources, is_too_wide)) {
    reader.warn_at(reader.line_of("probe_sources"), "probe_sources",
                   "far too many hosts may learn that a server is here",
                   "name the networks of the monitoring");
  }
  settings.forbid_unknown_sources = reader.text("unknown_source") == "403";
  settings.dscp = static_cast<std::uint8_t>(reader.integer("dscp").value_or(0));
  settings.receive_buffer_bytes =
      static_cast<std::uint32_t>(reader.integer("receive_buffer").value_or(0));
  read_seconds(reader, "drain_time", 60, "drain", settings.drain_time);
  read_seconds(reader, "retransmission_memory", 32, "keep signatures",
               settings.retransmission_memory);
  settings.retransmission_slots =
      static_cast<std::uint32_t>(reader.integer("retransmission_slots").value_or(0));
  read_connections(reader, settings);
  read_queue_deadline(reader, settings);
  read_reply_ratio(reader, settings);
  settings.server_header = reader.text("server_header").value_or("");
  if (!settings.server_header.empty() && !is_server_header(settings.server_header)) {
    reader.report("server_header",
                  fmt::format("{} cannot be a Server header", in_quotes(settings.server_header)),
                  "use at most 128 printable ASCII characters without quotes and open brackets, as "
                  "in \"shaken302\"");
  }
}

namespace {

/// What of the clients' certificates is missing, or does nothing.
void check_clients(SectionReader& reader, const TlsSettings& tls) {
  const bool is_asked = tls.client_certificates != ClientCertificates::none;
  if (is_asked && tls.client_ca.empty()) {
    reader.report(
        "client_ca", "is needed to tell good client certificates from others",
        "name a PEM file with the CAs of your clients, or set client_certificate = \"none\"");
  }
  if (!is_asked && !tls.client_ca.empty()) {
    reader.report("client_certificate",
                  fmt::format("{}: nobody is asked for what client_ca is there for",
                              reader.has("client_certificate") ? "is \"none\"" : "is not set"),
                  "use \"required\" or \"optional\", or remove client_ca");
  }
}

/// The same of the server's own. `is_choice_known`: what client_certificate says could be read; of
/// a word that is no choice nothing follows.
void check_tls(SectionReader& reader, const Settings& settings, bool is_choice_known) {
  const TlsSettings& tls = settings.tls;
  const auto listener =
      std::ranges::find(settings.listen, Transport::tls, &ListenAddress::transport);
  if (listener == settings.listen.end()) {
    if (!tls.certificate.empty()) {
      reader.warn_at(tls.lines.of("certificate"), "certificate",
                     "no listener of this server speaks TLS",
                     "add \"tls:ADDRESS:PORT\" to [server] listen, or remove [tls]");
    }
    return;
  }
  for (const std::string_view name : {"certificate", "key"}) {
    if (!(name == "key" ? tls.key : tls.certificate).empty()) continue;
    reader.report(
        name, fmt::format("is needed by {}", in_quotes(listener->text)),
        fmt::format("write in [tls]: {} = {}", name, find_key(Section::tls, name)->example));
  }
  if (is_choice_known) check_clients(reader, tls);
}

}  // namespace

void read_tls(SectionReader reader, const std::filesystem::path& folder, Settings& settings) {
  TlsSettings& tls = settings.tls;
  const auto path_of = [&](std::string_view name) {
    if (reader.has(name)) tls.lines.add(name, reader.line_of(name));
    const auto text = reader.text(name).value_or("");
    return text.empty() ? std::filesystem::path() : (folder / text).lexically_normal();
  };
  tls.certificate = path_of("certificate");
  tls.key = path_of("key");
  tls.passphrase = path_of("passphrase_file");
  tls.client_ca = path_of("client_ca");
  const bool is_set = reader.has("client_certificate");
  const auto choice = read_choice<std::optional<ClientCertificates>>(
      reader, Section::tls, "client_certificate",
      {ClientCertificates::none, ClientCertificates::optional, ClientCertificates::required}, {});
  // Whoever wrote a word that is none of them did not mean "none".
  tls.client_certificates =
      choice.value_or(is_set ? ClientCertificates::optional : ClientCertificates::none);
  check_tls(reader, settings, choice.has_value() || !is_set);
}

void read_signing(const SectionReader& reader, Settings& settings) {
  using std::chrono::seconds;
  settings.iat_backdate = read_choice(reader, Section::signing, "iat_backdate",
                                      {seconds(0), seconds(1), seconds(2)}, seconds(0));
}

void read_log(const SectionReader& reader, Settings& settings) {
  settings.log.decisions = reader.flag("decisions").value_or(true);
  settings.log.decisions_per_second =
      static_cast<std::uint32_t>(reader.integer("decisions_per_second").value_or(0));
  settings.log.level = reader.text("level").value_or("info");
}

AccountEntry read_account(SectionReader reader) {
  AccountEntry entry;
  entry.line = reader.line();
  Account& account = entry.account;
  account.id = reader.text("id").value_or("");
  if (reader.text("id") && !is_identifier(account.id)) {
    reader.report("id", fmt::format("{} is not an id", in_quotes(account.id)),
                  "use 1 to 64 letters, digits, \".\", \"_\" and \"-\"");
  }
  for (const std::string_view key : {"id", "parent", "credential"}) {
    if (reader.has(key)) entry.lines.add(key, reader.line_of(key));
  }
  account.parent = reader.text("parent").value_or("");
  entry.credentials = read_credential_names(reader);

  const auto review = [&](std::string_view name) {
    return read_choice(
        reader, Section::account, name,
        {ReviewStatus::none, ReviewStatus::pending, ReviewStatus::approved, ReviewStatus::rejected},
        ReviewStatus::none);
  };
  account.status =
      read_choice(reader, Section::account, "status",
                  {AccountStatus::active, AccountStatus::suspended}, AccountStatus::suspended);
  account.business_profile = review("business_profile");
  account.trust_product = review("trust_product");
  account.max_attestation =
      read_choice(reader, Section::account, "max_attestation",
                  {Attestation::A, Attestation::B, Attestation::C}, Attestation::C);

  account.origid = read_origid(reader);
  account.outside_attestation = read_choice(reader, Section::account, "outside_attestation",
                                            {Attestation::B, Attestation::C}, Attestation::C);
  account.limits = read_call_limits(reader);
  account.limits.calls_per_day =
      static_cast<std::uint32_t>(reader.integer("calls_per_day").value_or(0));
  account.family_numbers = reader.flag("family_numbers").value_or(false);
  account.own_certificate_required = reader.flag("own_certificate_required").value_or(true);
  if (const auto labels = reader.texts("labels")) {
    for (const TextItem& item : *labels) account.labels.push_back(item.text);
  }
  return entry;
}

}  // namespace shaken302::config
