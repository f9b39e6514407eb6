// SPDX-License-Identifier: MIT
//
// The configuration as written, checked as far as the one file allows: what is sealed at start
// (Settings) and what a reload may change (DirectorySource). Names are resolved and files are read
// by src/directory.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config_issue.hpp"
#include "pkcs11_uri.hpp"
#include "shaken302/certificate.hpp"
#include "shaken302/directory.hpp"
#include "shaken302/result.hpp"

namespace shaken302::config {

using shaken302::Transport;

/// "udp:0.0.0.0:5060", "tls:[::]:5061".
struct ListenAddress {
  Transport transport = Transport::udp;
  IpAddress address;
  bool is_ipv6 = false;
  std::uint16_t port = 5060;
  std::string text;  ///< as written
  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

struct LogSettings {
  bool decisions = true;                    ///< a line per decision
  std::uint32_t decisions_per_second = 50;  ///< above it, a summary line a second with counts
  std::string level = "info";
  friend bool operator==(const LogSettings&, const LogSettings&) = default;
};

/// The lines of an entry's keys, for what is found out when names are resolved and files are read.
class KeyLines {
 public:
  void add(std::string_view key, std::uint32_t line) { lines_.emplace_back(key, line); }
  /// 0: nobody wrote that key.
  [[nodiscard]] std::uint32_t of(std::string_view key) const noexcept {
    for (const auto& [name, line] : lines_) {
      if (name == key) return line;
    }
    return 0;
  }

 private:
  std::vector<std::pair<std::string_view, std::uint32_t>> lines_;  ///< names of the key table
};

/// Whether TLS clients are asked for a certificate.
enum class ClientCertificates : std::uint8_t {
  none,      ///< not asked for
  optional,  ///< asked for; one that is shown must be good
  required,
};

/// How TLS listeners present themselves. Which files is sealed at start; what is in them is read
/// again on a reload.
struct TlsSettings {
  std::filesystem::path certificate;  ///< chain, PEM, leaf first; empty: there is no TLS listener
  std::filesystem::path key;
  std::filesystem::path passphrase;  ///< a file; empty: the key is not encrypted
  std::filesystem::path client_ca;   ///< whose client certificates are good; empty: nobody's
  ClientCertificates client_certificates = ClientCertificates::none;
  KeyLines lines{};
};

/// Sealed at start: a reload that changes them is told that it takes a restart.
struct Settings {
  std::vector<ListenAddress> listen;
  std::uint32_t workers = 0;  ///< a listener; 0: one per core
  std::filesystem::path secret_file;
  std::uint32_t secret_file_line = 0;  ///< 0: nobody wrote it
  std::vector<IpNetwork> probe_sources;
  bool forbid_unknown_sources = false;
  std::uint8_t dscp = 24;  ///< CS3 for signalling (RFC 4594); 0..63
  std::uint32_t receive_buffer_bytes = 4194304;
  std::chrono::seconds iat_backdate{0};
  std::string server_header;
  std::chrono::seconds drain_time{2};             ///< how long a stop is announced; 0..60
  std::chrono::seconds retransmission_memory{8};  ///< 0: off; up to 32, RFC 3261's timer B
  std::uint32_t retransmission_slots = 131072;
  std::uint32_t connections_max = 1024;        ///< TCP and TLS, over all listeners
  std::uint32_t connections_per_source = 256;  ///< of them from one address
  std::chrono::seconds idle_timeout{600};      ///< of a connection; 10 to 86400
  TlsSettings tls;
  std::chrono::milliseconds queue_deadline{400};  ///< in the socket; 0: any time; at most 10 s
  std::uint32_t reply_ratio_max = 5;  ///< bytes of a reply for one of its request; 0: any
  LogSettings log;
};

/// How tokens are spoken to. Read with the credentials, and on a reload again.
struct TokenAccess {
  std::filesystem::path module;            ///< PKCS#11; empty: the engine's own, that of p11-kit
  std::chrono::milliseconds deadline{50};  ///< of a signature, on the path of a call
  std::chrono::milliseconds load_deadline{10'000};  ///< of finding a key; no key of the file
};

struct CredentialFiles {
  std::string name;
  std::filesystem::path key;  ///< empty: it is in a token
  std::filesystem::path certificate;
  std::filesystem::path passphrase;  ///< a file; empty: the key is not encrypted
  std::string x5u;                   ///< empty: it follows from `x5u_base` and the chain
  std::string x5u_base;              ///< without a slash at its end; empty: `x5u` is there
  bool publish_check = false;        ///< signs only after its x5u has served its chain
  Attestation max_attestation = Attestation::A;
  std::string expected_spc;                         ///< empty: any
  std::vector<TnAuthList::Range> expected_numbers;  ///< empty: any
  std::uint32_t line = 0;
  KeyLines lines{};
  std::optional<Pkcs11Uri> token_key{};  ///< the key in its token; `passphrase` holds its PIN
  TokenAccess token{};
};

/// A listener that a peer names: it has to be one that the server has.
struct NamedListener {
  Listener listener;
  std::string key;   ///< "peer[edge].listeners"
  std::string text;  ///< as written
  std::uint32_t line = 0;
};

/// Peers and accounts with names still unresolved beside the core's own structs.
struct PeerEntry {
  Peer peer;  ///< all but credentials, account_sources[].account, metrics_slot
  std::vector<std::string> credentials;        ///< names
  std::vector<std::string> fixed_accounts;     ///< id per account source; empty unless it is fixed
  std::vector<NamedListener> named_listeners;  ///< see peer_listeners.hpp
  std::uint32_t line = 0;
  KeyLines lines{};
};
struct AccountEntry {
  Account account;                       ///< all but credentials
  std::vector<std::string> credentials;  ///< names
  std::uint32_t line = 0;
  KeyLines lines{};
};

/// Where peers, accounts and numbers are kept. Keys are files in any case.
enum class SourceKind : std::uint8_t { files, sqlite, postgresql };

struct DirectorySource {
  SourceKind kind = SourceKind::files;
  /// How messages name where peers and accounts come from: the configuration file, "sqlite:/path",
  /// "postgresql://host/database". Never holds a password.
  std::string name;
  /// SQLite: the path. PostgreSQL: the URI, which may hold a password: it belongs into no message.
  std::string database;
  std::filesystem::path numbers;           ///< CSV; empty: no numbers
  std::filesystem::path do_not_originate;  ///< CSV of numbers that never call; empty: none
  KeyLines lines{};                        ///< of the keys of [directory]
  std::vector<CredentialFiles> credentials;
  std::vector<std::filesystem::path> trust_anchors;  ///< files; empty: no path is checked
  /// CAs of the web servers behind x5u; empty: those of the system.
  std::filesystem::path publish_check_ca;
  std::vector<PeerEntry> peers;        ///< of files; a database's are read by src/directory
  std::vector<AccountEntry> accounts;  ///< likewise
};

struct Configuration {
  std::filesystem::path file;
  Settings settings;
  DirectorySource directory;
  /// Another configuration, whose peers, accounts, numbers and credentials every call is decided by
  /// as well, for comparison; empty: none.
  std::filesystem::path shadow;
  std::uint32_t shadow_line = 0;
  ConfigIssues warnings{};  ///< of what is good and does nothing
};

/// Reads and checks `file`; relative paths in it are relative to its folder. Returns every issue
/// that it finds, not only the first. Reads no other file.
Result<Configuration, ConfigIssues> read_configuration(const std::filesystem::path& file);

/// The same for the shadow of a server that listens at `listen`: its own [server] is not looked at.
Result<Configuration, ConfigIssues> read_shadow_configuration(
    const std::filesystem::path& file, const std::vector<ListenAddress>& listen);

/// The same for a text (tests, fuzzing); `file` only names it.
Result<Configuration, ConfigIssues> parse_configuration(std::string_view toml,
                                                        const std::filesystem::path& file);

}  // namespace shaken302::config
