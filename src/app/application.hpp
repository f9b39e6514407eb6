// SPDX-License-Identifier: MIT
//
// The composition root: everything that makes up the server, made, connected and taken apart in one
// place. All of it belongs to the control thread, which never touches a call.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "ceiling_monitor.hpp"
#include "clock_monitor.hpp"
#include "decision_log.hpp"
#include "excess_monitor.hpp"
#include "handover.hpp"
#include "listeners.hpp"
#include "live_directory.hpp"
#include "log.hpp"
#include "systemd_notify.hpp"
#include "watchdog.hpp"

namespace shaken302::app {

/// How this process was started, and with what.
struct Origin {
  net::InheritedSockets sockets{};
  std::optional<Predecessor> predecessor{};
  std::optional<OwnProgram> program{};
};

class Application {
 public:
  /// What was read before anything is bound. `file` is read again on a reload.
  struct Parts {
    std::filesystem::path file;
    Loaded loaded;
    Secret secret;
    std::shared_ptr<const net::TlsContext> tls;  ///< null: no listener speaks it
    Origin origin{};
  };
  /// `control` and `signals` exist already, so that no signal is lost while things are loaded.
  Application(boost::asio::io_context& control, boost::asio::signal_set& signals, Log& log,
              Parts parts);

  /// Opens every listener; false when one cannot be, which is logged.
  bool open_listeners();
  /// Answers calls until SIGTERM or SIGINT, announces the end while it goes on for drain_time (a
  /// second signal shortens that), then answers what is queued; or until a successor, which SIGUSR2
  /// starts, serves. Returns when the sockets are closed.
  void run();
  /// Before `run`: as if SIGHUP came as soon as it serves.
  void reload_at_once() noexcept { is_reload_wanted_ = true; }

 private:
  void wait_for_signal();
  void on_signal(int number);
  /// Certificate of the TLS listeners, and everything of the directory.
  void reload();
  void wait_for_tick();
  void follow_decisions();
  void on_tick();
  void feed_watchdog();
  void look_after();
  void write_decisions();
  void begin_handover();
  void look_at_handover();
  void take_over();
  void leave_to_other();
  void begin_stop();
  void end_serving();
  void close_sockets();
  void tell_ended() noexcept;
  void report_status();

  boost::asio::io_context& control_;
  boost::asio::signal_set& signals_;
  Log& log_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer decision_timer_;
  boost::asio::steady_timer drain_timer_;
  SystemdNotifier notifier_;
  Handover handover_;                // uses the one above
  const config::Settings settings_;  // as of the start: sealed
  const Secret secret_;
  std::optional<RetransmissionTable> retransmissions_;  // unless it is switched off
  UsageTable usage_;
  const sip::AnswerSettings answer_settings_;
  DecisionLog decisions_;
  LiveDirectory directory_;
  ClockMonitor clock_;
  CeilingMonitor ceilings_;
  ExcessMonitor excess_;
  Listeners listeners_;               // uses most of the above
  std::optional<Watchdog> watchdog_;  // when the manager watches
  bool is_reload_wanted_ = false;
  bool is_stopping_ = false;
};

}  // namespace shaken302::app
