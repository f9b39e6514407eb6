// SPDX-License-Identifier: MIT
#include "key_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "shaken302/rate_limit.hpp"

namespace shaken302::config {
namespace {

constexpr SectionRow section_rows[] = {
    {Section::server, "server", false},        {Section::tls, "tls", false},
    {Section::signing, "signing", false},      {Section::log, "log", false},
    {Section::directory, "directory", false},  {Section::shadow, "shadow", false},
    {Section::credential, "credential", true}, {Section::peer, "peer", true},
    {Section::account, "account", true},
};

constexpr KeyType text = KeyType::text;
constexpr KeyType integer = KeyType::integer;
constexpr KeyType flag = KeyType::flag;
constexpr KeyType texts = KeyType::texts;
constexpr KeyType names = KeyType::names;

constexpr KeyRow key_rows[] = {
    // --- server: sealed at start, a change takes a restart
    {Section::server, "listen", texts, R"(["udp:0.0.0.0:5060"])", R"(["udp:0.0.0.0:5060"])",
     "where calls come in", "", ""},
    {Section::server, "workers", integer, "0", "4",
     "threads a UDP listener, and as many for all of TCP and TLS; 0: one per core", "", "", 0, 256},
    {Section::server, "secret_file", text, R"("secret")", R"("secret")",
     "the secret of To tags and origids; the same file on every instance of a fleet", "", ""},
    {Section::server, "probe_sources", texts, "[]", R"(["192.0.2.10"])",
     "who besides the peers gets an answer to OPTIONS", "", ""},
    {Section::server, "unknown_source", text, R"("silent")", R"("silent")",
     "what somebody gets who is no peer", "an answer to unknown sources", "silent 403"},
    {Section::server, "dscp", integer, "24", "24", "DSCP of our packets; 24 is CS3", "", "", 0, 63},
    {Section::server, "receive_buffer", integer, "4194304", "4194304",
     "bytes that a listener's socket may hold", "", "", 65536, 268435456},
    {Section::server, "server_header", text, R"("")", R"("shaken302")",
     "Server header of the answers; empty: none", "", ""},
    {Section::server, "drain_time", text, R"("2s")", R"("2s")",
     "how long OPTIONS get 503 and calls are still answered before it stops", "", ""},
    {Section::server, "retransmission_memory", text, R"("8s")", R"("8s")",
     "how long a retransmission over UDP gets the signature that its call has; \"0s\": none does",
     "", ""},
    {Section::server, "retransmission_slots", integer, "131072", "131072",
     "for how many calls that is kept; 128 bytes each", "", "", 1024, 8388608},
    {Section::server, "connections_max", integer, "1024", "1024",
     "TCP and TLS connections at the same time", "", "", 1, 65536},
    {Section::server, "connections_per_source", integer, "256", "256",
     "connections of them from one address", "", "", 1, 65536},
    {Section::server, "idle_timeout", text, R"("600s")", R"("600s")",
     "a connection that is idle for longer is closed", "", ""},
    {Section::server, "queue_deadline", text, R"("400ms")", R"("400ms")",
     "how long a datagram may have waited in the socket to be answered; 0ms: any time", "", ""},
    {Section::server, "reply_ratio_max", integer, "5", "5",
     "an answer on UDP is at most this many times as large as its request; 0: any size", "", "", 0,
     1000},
    // --- tls: how TLS listeners present themselves
    {Section::tls, "certificate", text, R"("")", R"("tls/server.pem")",
     "the certificate chain of the TLS listeners, PEM, leaf first", "", ""},
    {Section::tls, "key", text, R"("")", R"("tls/server.key")",
     "its private key, PEM, readable by its owner alone", "", ""},
    {Section::tls, "passphrase_file", text, R"("")", R"("tls/server.pass")",
     "the passphrase of an encrypted key, readable by its owner alone; empty: none", "", ""},
    {Section::tls, "client_ca", text, R"("")", R"("tls/clients.pem")",
     "the CAs of client certificates, PEM; the store of the machine is never used", "", ""},
    {Section::tls, "client_certificate", text, R"("none")", R"("required")",
     "whether clients are asked for a certificate", "an answer", "none optional required"},
    // --- signing
    {Section::signing, "iat_backdate", text, R"("0s")", R"("1s")",
     "how far iat and Date lie in the past", "a back-date", "0s 1s 2s"},
    {Section::signing, "trust_anchors", texts, "[]", R"(["keys/anchors.pem"])",
     "files with the CAs' certificates that verifiers trust; every certificate must lead to one",
     "", ""},
    {Section::signing, "publish_check_ca", text, R"("")", R"("keys/web-ca.pem")",
     "the CAs that publish_check trusts for HTTPS; empty: those of the system", "", ""},
    {Section::signing, "pkcs11_module", text, R"("")", R"("/usr/lib/softhsm/libsofthsm2.so")",
     "the PKCS#11 module of keys in a token; empty: that of p11-kit", "", ""},
    {Section::signing, "token_deadline", text, R"("50ms")", R"("50ms")",
     "how long a call waits for the signature of a token; then it stays unsigned", "", ""},
    // --- log
    {Section::log, "decisions", flag, "true", "true", "a line per decision", "", ""},
    {Section::log, "decisions_per_second", integer, "50", "50", "above it, a summary line a second",
     "", "", 0, 100000},
    {Section::log, "level", text, R"("info")", R"("info")", "the least that is logged",
     "a log level", "error warning info debug"},
    // --- directory
    {Section::directory, "source", text, R"("files")", R"("files")",
     "where peers, accounts and numbers are kept: files, sqlite:PATH or postgresql://", "", ""},
    {Section::directory, "numbers", text, R"("numbers.csv")", R"("numbers.csv")",
     "the number table; empty: none", "", ""},
    {Section::directory, "do_not_originate", text, R"("")", R"("never.csv")",
     "numbers that never call; empty: none", "", ""},
    // --- shadow
    {Section::shadow, "configuration", text, R"("")", R"("shadow.toml")",
     "a second configuration that every call is decided by as well; empty: none", "", ""},
    // --- credential
    {Section::credential, "name", text, "", R"("house")", "how peers and accounts refer to it", "",
     ""},
    {Section::credential, "key", text, "", R"("keys/house.key")",
     "the private key: a file, PEM or DER, readable by its owner alone, or \"pkcs11:...\"", "", ""},
    {Section::credential, "passphrase_file", text, R"("")", R"("keys/house.pass")",
     "the passphrase of an encrypted key or the PIN of its token, readable by its owner alone; "
     "empty: "
     "none",
     "", ""},
    {Section::credential, "certificate", text, "", R"("keys/house.pem")",
     "the certificate chain, PEM or DER, leaf first", "", ""},
    {Section::credential, "x5u", text, R"("")", R"("https://cert.example.com/house.pem")",
     "where verifiers fetch that chain", "", ""},
    {Section::credential, "x5u_base", text, R"("")", R"("https://cert.example.com/certs")",
     "instead of x5u: the folder of `cert publish`; each chain has a name of its own there", "",
     ""},
    {Section::credential, "publish_check", flag, "false", "true",
     "nothing is signed with it before its x5u has served its chain", "", ""},
    {Section::credential, "max_attestation", text, R"("A")", R"("B")", "cap on what it signs",
     "a level", "A B C"},
    {Section::credential, "expected_spc", text, R"("")", R"("1234")",
     "the service provider code that the certificate must have; empty: any", "", ""},
    {Section::credential, "expected_numbers", texts, "[]", R"(["12155550100-12155550199"])",
     "numbers that a certificate for numbers must have", "", ""},
    // --- peer
    {Section::peer, "name", text, "", R"("edge")", "its name in logs and counters", "", ""},
    {Section::peer, "sources", texts, "[]", R"(["10.0.0.0/24"])",
     "the addresses that its calls come from", "", ""},
    {Section::peer, "listeners", texts, "[]", R"(["udp:0.0.0.0:5060"])",
     "the listeners that its calls come in at; empty: all", "", ""},
    {Section::peer, "client_names", texts, "[]", R"(["sbc1.example.com"])",
     "what the certificate of its TLS connections must name, one of them; empty: none is needed",
     "", ""},
    {Section::peer, "hosts", texts, "[]", R"(["gw.example.com"])",
     "the hosts of the Request-URI of its calls; empty: all", "", ""},
    {Section::peer, "country", text, R"("1")", R"("1")",
     "country code of its number plan; empty: E.164 only", "", ""},
    {Section::peer, "international_prefix", text, R"("011")", R"("011")", "instead of the plan's",
     "", ""},
    {Section::peer, "national_prefix", text, R"("1")", R"("1")", "instead of the plan's", "", ""},
    {Section::peer, "bare_international", flag, "false", "true",
     "foreign numbers may come without + and prefix", "", ""},
    {Section::peer, "emergency", texts, R"(["112", "911", "933"])", R"(["911", "112"])",
     "never refused; instead of the plan's", "", ""},
    {Section::peer, "dialect", texts, R"(["identity"])", R"(["identity"])",
     "where the Identity goes in the answer", "a dialect", "identity x-identity contact"},
    {Section::peer, "x_identity_name", text, R"("X-Identity")", R"("X-Identity")",
     "header of the dialect \"x-identity\"", "", ""},
    {Section::peer, "status", integer, "302", "302", "status of a redirection",
     "a status that redirects here", "302 300"},
    {Section::peer, "next_hop", text, R"("")", R"("203.0.113.5:5060")",
     "host and port of the Contact; empty: the requester", "", ""},
    {Section::peer, "unsigned", text, R"("302")", R"("302")",
     "what it gets when there is no signature", "an unsigned outcome", "302 404 403 603 503"},
    {Section::peer, "orig", texts, R"(["P-Asserted-Identity", "From"])",
     R"(["P-Asserted-Identity", "From"])", "where the calling number is, in this order",
     "a source of the calling number", "P-Asserted-Identity Remote-Party-ID From"},
    {Section::peer, "dest", text, R"("To")", R"("To")", "where the called number is",
     "a source of the called number", "To Request-URI"},
    {Section::peer, "account_from", texts, R"(["number"])", R"(["header:X-Account", "number"])",
     "who says which account a call belongs to, in this order", "", ""},
    {Section::peer, "caller_id_screened", flag, "false", "true",
     "the peer has checked that its customer may use the caller id", "", ""},
    {Section::peer, "account_uri_vouched", flag, "false", "true",
     "the peer itself writes the parameter or host that names the account", "", ""},
    {Section::peer, "max_attestation", text, R"("A")", R"("A")", "cap on the level of its calls",
     "a level", "A B C"},
    {Section::peer, "attestation_override", text, R"("none")", R"("none")",
     "whether the peer may ask for a level", "a right to ask", "none lower any"},
    {Section::peer, "attestation_from", texts,
     R"(["header:P-Attestation-Indicator", "header:Attestation-Info", "header:Attestation", "header:X-Attestation"])",
     R"(["header:P-Attestation-Indicator"])", "where it asks for a level, in this order", "", ""},
    {Section::peer, "retargeted_max_attestation", text, R"("A")", R"("B")",
     "cap on calls that were diverted", "a level", "A B C"},
    {Section::peer, "suspended_accounts", text, R"("unsigned")", R"("unsigned")",
     "what calls of suspended accounts get", "an outcome", "unsigned C"},
    {Section::peer, "unknown_accounts", text, R"("C")", R"("unsigned")",
     "what calls of no known account get", "an outcome", "C unsigned"},
    {Section::peer, "caller_rules", texts, "[]", R"(["impossible=block"])",
     "what becomes of calls from kinds of callers; the first match counts", "", ""},
    {Section::peer, "called_rules", texts, "[]", R"(["international=C"])",
     "what becomes of calls to kinds of destinations; the first match counts", "", ""},
    {Section::peer, "block", text, R"("603")", R"("603")", "what a blocked call gets", "a refusal",
     "603 403 404 503"},
    {Section::peer, "existing_identity", text, R"("replace")", R"("replace")",
     "what happens to a call that has an Identity", "a treatment", "replace add pass"},
    {Section::peer, "verifies_identity", flag, "false", "true",
     "the peer has verified the Identity that it passes on", "", ""},
    {Section::peer, "credential", names, R"("")", R"("house")",
     "signs, as C, the calls of no known account; empty: they stay unsigned", "", ""},
    {Section::peer, "origid", text, R"("per-call")", R"("per-peer")",
     "origid of the calls of no known account: per call, per peer, or a UUID", "", ""},
    {Section::peer, "force_rport", flag, "false", "true",
     "answers go to the source port without rport too", "", ""},
    {Section::peer, "attestation_header", flag, "false", "true", "adds P-Attestation-Indicator", "",
     ""},
    {Section::peer, "origination_id_header", flag, "false", "true", "adds P-Origination-ID", "",
     ""},
    {Section::peer, "ppt_quoted", flag, "false", "true", "writes ppt=\"shaken\" with quotes", "",
     ""},
    {Section::peer, "calls_per_second", integer, "0", "200",
     "how many requests a second are looked at; 0: any number", "", "", 0, calls_per_second_max},
    {Section::peer, "over_limit", text, R"("silent")", R"("503")",
     "what it gets for what is over calls_per_second or too late", "an answer to what is too much",
     "silent 503"},
    // --- account
    {Section::account, "id", text, "", R"("acme")", "how numbers and peers refer to it", "", ""},
    {Section::account, "parent", text, R"("")", R"("acme")", "the account that it belongs to", "",
     ""},
    {Section::account, "status", text, R"("active")", R"("active")",
     "a suspended account signs nothing", "an account status", "active suspended"},
    {Section::account, "business_profile", text, R"("none")", R"("approved")",
     "review of who it is", "a review status", "none pending approved rejected"},
    {Section::account, "trust_product", text, R"("none")", R"("approved")",
     "review of what it does", "a review status", "none pending approved rejected"},
    {Section::account, "max_attestation", text, R"("A")", R"("A")", "cap on its level", "a level",
     "A B C"},
    {Section::account, "credential", names, R"("")", R"("house")",
     "signs its calls; of several the newest that is valid; empty: those of its parent", "", ""},
    {Section::account, "outside_attestation", text, R"("B")", R"("C")",
     "level of callers that are not its numbers", "a level for other callers", "B C"},
    {Section::account, "family_numbers", flag, "false", "true",
     "numbers of the accounts above and below it count as its own", "", ""},
    {Section::account, "own_certificate_required", flag, "false", "true",
     "it signs with a credential of its own or not at all", "", ""},
    {Section::account, "origid", text, R"("per-call")", R"("per-call")",
     "per call, per account, per peer, or a fixed UUID", "", ""},
    {Section::account, "calls_per_second", integer, "0", "20",
     "how many of its calls are signed a second; 0: any number", "", "", 0, calls_per_second_max},
    {Section::account, "calls_per_day", integer, "0", "50000",
     "how many of its calls a UTC day may be signed without an alarm; 0: any number", "", "", 0,
     calls_per_day_max},
    {Section::account, "labels", texts, "[]", R"(["wholesale"])", "words for people and reports",
     "", ""},
};

}  // namespace

std::span<const SectionRow> section_table() noexcept { return section_rows; }
std::span<const KeyRow> key_table() noexcept { return key_rows; }

const SectionRow& section_row(Section section) noexcept {
  return *std::ranges::find(section_rows, section, &SectionRow::section);
}

std::string header_of(const SectionRow& section) {
  return section.repeated ? fmt::format("[[{}]]", section.name) : fmt::format("[{}]", section.name);
}

const KeyRow* find_key(Section section, std::string_view name) noexcept {
  const auto* row = std::ranges::find_if(key_rows, [&](const KeyRow& candidate) {
    return candidate.section == section && candidate.name == name;
  });
  return row == std::end(key_rows) ? nullptr : row;
}

std::vector<std::string_view> key_names(Section section) {
  std::vector<std::string_view> all;
  for (const KeyRow& row : key_rows) {
    if (row.section == section) all.push_back(row.name);
  }
  return all;
}

std::vector<std::string_view> choices_of(const KeyRow& row) {
  std::vector<std::string_view> words;
  for (std::string_view rest = row.choices; !rest.empty();) {
    const auto end = std::min(rest.find(' '), rest.size());
    words.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return words;
}

std::string allowed_values(const KeyRow& row) {
  const auto words = choices_of(row);
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i != 0) out += i + 1 == words.size() ? " or " : ", ";
    out += row.type == KeyType::integer ? std::string(words[i]) : fmt::format("\"{}\"", words[i]);
  }
  if (words.empty() && row.max != 0) return fmt::format("{} to {}", row.min, row.max);
  return out;
}

}  // namespace shaken302::config
