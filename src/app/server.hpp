// SPDX-License-Identifier: MIT
//
// The server as one call: what `shaken302 serve` runs.
#pragma once

#include <filesystem>

namespace shaken302::app {

/// Serves until SIGTERM or SIGINT. Returns the exit status: 0, 78 when the configuration or
/// something that it names is wrong, 1 when the machine refuses (an address in use). Throws nothing
/// but what the standard library throws when the machine is out of memory or threads.
int run_server(const std::filesystem::path& configuration_file);

/// No core file, no debugger, no files for others: the process holds keys. Call it before threads
/// start.
void harden_process() noexcept;

}  // namespace shaken302::app
