// SPDX-License-Identifier: MIT
//
// What somebody should be told of credentials whose files were read again.
#pragma once

#include <vector>

#include "directory/load_credentials.hpp"
#include "monitor_event.hpp"

namespace shaken302::app {

/// Renewed ones; those whose files were not taken, an alarm for each thing that is wrong with them,
/// unless it was said before and is not to be said `again`; and those whose files are good again.
/// `before` is empty at the start.
std::vector<MonitorEvent> compare_credentials(const directory::LoadedCredentials& before,
                                              const directory::LoadedCredentials& after,
                                              bool again = false);

}  // namespace shaken302::app
