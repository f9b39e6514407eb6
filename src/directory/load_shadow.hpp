// SPDX-License-Identifier: MIT
//
// The second directory that calls are compared with.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>

#include "config/configuration.hpp"
#include "load_snapshot.hpp"
#include "shaken302/snapshot.hpp"

namespace shaken302::directory {

/// A shadow as it was read, of which a later load may keep what has not changed.
struct LoadedShadow {
  config::Configuration configuration;  ///< without the peers and accounts of files
  LoadedSnapshot loaded;
};

/// What a shadow is loaded of.
struct ShadowOrder {
  const config::Configuration& live;  ///< names the shadow, and says where calls come in
  std::uint64_t generation = 1;
  UnixTime now{};
  std::stop_token stop{};
  std::shared_ptr<const LoadedShadow> before{};
  /// Only a database has changed, perhaps the shadow's: no file is read again, it may be half
  /// edited.
  bool is_same_configuration = false;
};

using LoadSnapshot = std::function<Result<LoadedSnapshot, config::ConfigIssues>(
    const config::Configuration&, std::uint64_t generation, UnixTime now, MetricsSlots&,
    const std::stop_token&, const Earlier&)>;

/// The shadow that `order.live` names; `order.before` itself when nothing of it has changed; null
/// when there is none, or none that is good. That is a warning and no more, also when `load`
/// throws, since nothing is ever done because of a shadow. A shadow of its own is not read.
std::shared_ptr<const LoadedShadow> load_shadow(const ShadowOrder& order,
                                                config::ConfigIssues& warnings,
                                                const LoadSnapshot& load = load_snapshot);

}  // namespace shaken302::directory
