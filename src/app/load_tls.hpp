// SPDX-License-Identifier: MIT
//
// The files of [tls], read and made into what TLS listeners present themselves with.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>

#include "config/configuration.hpp"
#include "net/tls_context.hpp"

namespace shaken302::app {

/// Null where no listener speaks TLS. An issue names `file`, the configuration, with line and key,
/// and the file that is at fault; no byte of a key or passphrase is in it. Blocks: it reads files.
Result<std::shared_ptr<const net::TlsContext>, config::ConfigIssues> load_tls(
    const std::filesystem::path& file, const config::Settings& settings);

/// Why clients will not take the certificate at that time, or will soon not take it; nothing: they
/// will.
std::optional<config::ConfigIssue> find_tls_validity_issue(const net::TlsContext& tls,
                                                           const std::filesystem::path& file,
                                                           const config::Settings& settings,
                                                           UnixTime now);
/// How long before its end that begins: 14 days, or the last quarter of a shorter life.
std::chrono::seconds tls_warning_time(const net::TlsContext& tls);

/// Which CA of clients has ended, or does within 14 days; nothing: none.
std::optional<config::ConfigIssue> find_client_ca_issue(const net::TlsContext& tls,
                                                        const std::filesystem::path& file,
                                                        const config::Settings& settings,
                                                        UnixTime now);
/// What else of them turns clients away, whatever the time.
config::ConfigIssues find_tls_warnings(const net::TlsContext& tls,
                                       const std::filesystem::path& file,
                                       const config::Settings& settings);

}  // namespace shaken302::app
