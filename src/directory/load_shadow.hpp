// SPDX-License-Identifier: MIT
//
// The second directory that calls are compared with.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>

#include "config/configuration.hpp"
#include "shaken302/snapshot.hpp"

namespace shaken302::directory {

/// The snapshot of `configuration.shadow`, or null when there is none, or none that is good: that
/// is a warning and no more, since nothing is ever done because of a shadow. A shadow of its own is
/// not read.
std::shared_ptr<const Snapshot> load_shadow(const config::Configuration& configuration,
                                            std::uint64_t generation, UnixTime now,
                                            config::ConfigIssues& warnings,
                                            const std::stop_token& stop);

}  // namespace shaken302::directory
