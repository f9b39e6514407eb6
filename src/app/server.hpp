// SPDX-License-Identifier: MIT
//
// The server as one call: what `shaken302 serve` runs.
#pragma once

#include <filesystem>

namespace shaken302::app {

/// Serves until SIGTERM or SIGINT, or until a successor does. Returns the exit status: 0, 78 when
/// the configuration or something that it names is wrong, 69 when a database that it names does not
/// answer, 1 when the machine refuses (an address in use). Throws nothing but what the standard
/// library throws when the machine is out of memory or threads.
int run_server(const std::filesystem::path& configuration_file);

/// No core file and no debugger: the process holds keys, whichever command it runs. Call it before
/// threads start.
void forbid_dumps() noexcept;

/// That, and no files for others, nor an end by a pipe that nobody reads: for a server.
void harden_process() noexcept;

}  // namespace shaken302::app
