// SPDX-License-Identifier: MIT
#include "load_shadow.hpp"

#include <fmt/format.h>

#include <exception>
#include <filesystem>
#include <system_error>

namespace shaken302::directory {
namespace {

using ShadowResult = Result<std::shared_ptr<const LoadedShadow>, config::ConfigIssues>;

void add_warnings(const config::ConfigIssues& issues, config::ConfigIssues& warnings) {
  for (config::ConfigIssue issue : issues) {
    issue.problem = fmt::format("shadow: {}", issue.problem);
    warnings.push_back(std::move(issue));
  }
}

ShadowResult load_good(const ShadowOrder& order, const LoadSnapshot& load) {
  const bool is_same = order.before != nullptr && order.is_same_configuration;
  if (is_same && order.before->configuration.directory.kind == config::SourceKind::files) {
    return order.before;
  }
  auto configuration =
      is_same ? Result<config::Configuration, config::ConfigIssues>(order.before->configuration)
              : config::read_shadow_configuration(order.live.shadow, order.live.settings.listen);
  if (!configuration) return Failure{configuration.error()};
  configuration->shadow.clear();
  MetricsSlots slots;  // of its own: the shadow counts for nobody
  const Earlier earlier{order.before == nullptr ? nullptr : &order.before->loaded, is_same};
  auto loaded = load(*configuration, order.generation, order.now, slots, order.stop, earlier);
  if (!loaded) return Failure{loaded.error()};
  if (is_same && loaded->built.empty()) return order.before;
  configuration->directory.peers = {};  // they are in the snapshot; there may be many
  configuration->directory.accounts = {};
  return std::make_shared<const LoadedShadow>(
      LoadedShadow{*std::move(configuration), *std::move(loaded)});
}

ShadowResult load_caught(const ShadowOrder& order, const LoadSnapshot& load) try {
  return load_good(order, load);
} catch (const std::exception& error) {
  return Failure{config::ConfigIssues{
      {order.live.shadow.string(), 0, {}, error.what(), "try again with a reload"}}};
}

}  // namespace

std::shared_ptr<const LoadedShadow> load_shadow(const ShadowOrder& order,
                                                config::ConfigIssues& warnings,
                                                const LoadSnapshot& load) {
  if (order.live.shadow.empty()) return nullptr;
  std::error_code unknown;
  if (std::filesystem::equivalent(order.live.shadow, order.live.file, unknown)) {
    warnings.push_back({order.live.file.string(), order.live.shadow_line, "shadow.configuration",
                        "names this very file: every call is compared with itself",
                        "name another file, or remove the section"});
  }
  const auto loaded = load_caught(order, load);
  if (loaded) {
    if (*loaded != order.before) add_warnings((*loaded)->loaded.warnings, warnings);
    return *loaded;
  }
  add_warnings(loaded.error(), warnings);
  warnings.push_back({order.live.file.string(), order.live.shadow_line, "shadow.configuration",
                      "is not good: calls are served without it",
                      "correct what is said above about the shadow"});
  return nullptr;
}

}  // namespace shaken302::directory
