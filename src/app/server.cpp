// SPDX-License-Identifier: MIT
#include "server.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "application.hpp"

namespace shaken302::app {
namespace {

constexpr int exit_done = 0;
constexpr int exit_machine = 1;         // EXIT_FAILURE
constexpr int exit_configuration = 78;  // EX_CONFIG of sysexits.h

int refuse_to_start(Log& log, const config::ConfigIssues& issues) {
  for (const config::ConfigIssue& issue : issues) log.error(config::to_text(issue));
  log.error("not started: the configuration must be put right first");
  return exit_configuration;
}

}  // namespace

void harden_process() noexcept {
  ::prctl(PR_SET_DUMPABLE, 0);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::umask(077);
  std::signal(SIGPIPE, SIG_IGN);
}

int run_server(const std::filesystem::path& configuration_file) {
  boost::asio::io_context control(1);
  boost::asio::signal_set signals(control, SIGTERM, SIGINT, SIGHUP);
  signals.add(SIGUSR1);
  Log log;

  auto loaded = load_everything(configuration_file, 1, {});
  if (!loaded) return refuse_to_start(log, loaded.error());
  const auto secret = directory::load_secret(loaded->configuration);
  if (!secret) return refuse_to_start(log, secret.error());
  log.set_level(loaded->configuration.settings.log.level);

  Application application(control, signals, log, {configuration_file, *std::move(loaded), *secret});
  if (!application.open_listeners()) return exit_machine;
  application.run();
  return exit_done;
}

}  // namespace shaken302::app
