// SPDX-License-Identifier: MIT
#include "server.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <memory>
#include <optional>

#include "application.hpp"
#include "load_tls.hpp"

namespace shaken302::app {
namespace {

constexpr int exit_done = 0;
constexpr int exit_machine = 1;         // EXIT_FAILURE
constexpr int exit_unavailable = 69;    // EX_UNAVAILABLE of sysexits.h
constexpr int exit_configuration = 78;  // EX_CONFIG

int refuse_to_start(Log& log, const config::ConfigIssues& issues) {
  for (const config::ConfigIssue& issue : issues) log.error(config::to_text(issue));
  if (is_temporary(issues)) {
    log.error("not started: what does not answer must answer first");
    return exit_unavailable;
  }
  log.error("not started: the configuration must be put right first");
  return exit_configuration;
}

/// The first load, on a thread of its own, so that a signal is heard meanwhile.
class FirstLoad {
 public:
  FirstLoad(boost::asio::io_context& control, boost::asio::signal_set& signals,
            const std::filesystem::path& file)
      : control_(control),
        signals_(signals),
        loader_(control, {[file] {
                            return [file](const std::stop_token& stop) {
                              return load_everything({.file = file}, stop);
                            };
                          },
                          [this](LoadResult result) {
                            result_.emplace(std::move(result));
                            signals_.cancel();
                          }}) {}

  /// Returns when it is done, or a signal has stopped it.
  LoadResult run() {
    wait_for_signal();
    loader_.request();
    control_.run();
    control_.restart();
    return *std::move(result_);
  }
  [[nodiscard]] bool is_stopped() const noexcept { return is_stopped_; }
  [[nodiscard]] bool is_reload_wanted() const noexcept { return is_reload_wanted_; }

 private:
  void wait_for_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int number) {
      if (error) return;
      if (number == SIGHUP) is_reload_wanted_ = true;
      if (number == SIGTERM || number == SIGINT) {
        is_stopped_ = true;
        loader_.stop();
      }
      if (!result_) wait_for_signal();
    });
  }

  boost::asio::io_context& control_;
  boost::asio::signal_set& signals_;
  std::optional<LoadResult> result_;
  bool is_stopped_ = false;
  bool is_reload_wanted_ = false;
  Reloader loader_;  // last: it uses all of the above
};

}  // namespace

void forbid_dumps() noexcept {
  ::prctl(PR_SET_DUMPABLE, 0);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

void harden_process() noexcept {
  forbid_dumps();
  ::umask(077);
  std::signal(SIGPIPE, SIG_IGN);
}

int run_server(const std::filesystem::path& configuration_file) {
  // Before anything else is opened: what is inherited lies right behind standard error.
  auto predecessor = Predecessor::from_environment();
  Origin origin{.sockets = net::InheritedSockets::from_environment(),
                .predecessor = std::move(predecessor),
                .program = read_own_program()};
  boost::asio::io_context control(1);
  boost::asio::signal_set signals(control, SIGTERM, SIGINT, SIGHUP);
  signals.add(SIGUSR1);
  signals.add(SIGUSR2);  // heeded once it serves
  Log log;

  auto first = std::make_unique<FirstLoad>(control, signals, configuration_file);
  auto loaded = first->run();
  const bool is_stopped = first->is_stopped();
  const bool is_reload_wanted = first->is_reload_wanted();
  first.reset();  // with its thread
  if (is_stopped) {
    log.info("stopped before serving");
    return exit_done;
  }
  if (!loaded) return refuse_to_start(log, loaded.error());
  const auto secret = directory::load_secret(loaded->configuration);
  if (!secret) return refuse_to_start(log, secret.error());
  const auto tls = load_tls(configuration_file, loaded->configuration.settings);
  if (!tls) return refuse_to_start(log, tls.error());
  log.set_level(loaded->configuration.settings.log.level);

  Application application(
      control, signals, log,
      {configuration_file, *std::move(loaded), *secret, *tls, std::move(origin)});
  if (!application.open_listeners()) return exit_machine;
  if (is_reload_wanted) application.reload_at_once();
  application.run();
  return exit_done;
}

}  // namespace shaken302::app
