// SPDX-License-Identifier: MIT
//
// The files of [tls], read and made into what TLS listeners present themselves with.
#pragma once

#include <filesystem>
#include <memory>

#include "config/configuration.hpp"
#include "net/tls_context.hpp"

namespace shaken302::app {

/// Null where no listener speaks TLS. An issue names `file`, the configuration, with line and key,
/// and the file that is at fault; no byte of a key or passphrase is in it. Blocks: it reads files.
Result<std::shared_ptr<const net::TlsContext>, config::ConfigIssues> load_tls(
    const std::filesystem::path& file, const config::Settings& settings);

}  // namespace shaken302::app
