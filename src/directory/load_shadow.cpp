// SPDX-License-Identifier: MIT
#include "load_shadow.hpp"

#include <fmt/format.h>

#include "load_snapshot.hpp"

namespace shaken302::directory {
namespace {

void add_warnings(const config::ConfigIssues& issues, config::ConfigIssues& warnings) {
  for (config::ConfigIssue issue : issues) {
    issue.problem = fmt::format("shadow: {}", issue.problem);
    warnings.push_back(std::move(issue));
  }
}

}  // namespace

std::shared_ptr<const Snapshot> load_shadow(const config::Configuration& configuration,
                                            std::uint64_t generation, UnixTime now,
                                            config::ConfigIssues& warnings,
                                            const std::stop_token& stop) {
  if (configuration.shadow.empty()) return nullptr;
  const auto give_up = [&](const config::ConfigIssues& issues) {
    add_warnings(issues, warnings);
    warnings.push_back({configuration.file.string(), 0, "shadow.configuration",
                        "is not good: calls are served without it",
                        "correct what is said above about the shadow"});
    return nullptr;
  };
  auto read = config::read_configuration(configuration.shadow);
  if (!read) return give_up(read.error());
  read->shadow.clear();
  MetricsSlots slots;  // of its own: the shadow counts for nobody
  const auto loaded = load_snapshot(*read, generation, now, slots, stop);
  if (!loaded) return give_up(loaded.error());
  add_warnings(loaded->warnings, warnings);
  return loaded->snapshot;
}

}  // namespace shaken302::directory
