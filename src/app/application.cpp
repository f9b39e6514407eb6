// SPDX-License-Identifier: MIT
#include "application.hpp"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <csignal>
#include <exception>

#include "log_event.hpp"
#include "status_report.hpp"

namespace shaken302::app {
namespace {

constexpr std::chrono::milliseconds tick{50};

// Between two looks for decisions: a worker's queue holds 2,048, and the fastest has filled it
// within 11 ms (README, "How fast it is").
constexpr std::chrono::milliseconds decision_tick{5};

/// Makes `table`, unless it is switched off.
RetransmissionTable* make_table(const config::Settings& settings,
                                std::optional<RetransmissionTable>& table) {
  if (settings.retransmission_memory == std::chrono::seconds(0)) return nullptr;
  return &table.emplace(settings.retransmission_slots, settings.retransmission_memory);
}

sip::AnswerSettings make_answer_settings(const config::Settings& settings,
                                         std::optional<RetransmissionTable>& table,
                                         UsageTable& usage) {
  sip::AnswerSettings result;
  result.probe_sources = settings.probe_sources;
  result.forbid_unknown_sources = settings.forbid_unknown_sources;
  result.iat_backdate = settings.iat_backdate;
  result.server_header = settings.server_header;
  result.retransmissions = make_table(settings, table);
  result.reply_ratio_max = settings.reply_ratio_max;
  result.usage = &usage;
  return result;
}

DecisionLog::Output make_output(Log& log) {
  return {[&log](std::string_view line) { log.info(line); },
          [&log](std::string_view line) { log.warning(line); }};
}

UnixTime unix_now() noexcept {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::int64_t steady_second() noexcept { return net::steady_clock_ns() / 1'000'000'000; }

}  // namespace

Application::Application(boost::asio::io_context& control, boost::asio::signal_set& signals,
                         Log& log, Parts parts)
    : control_(control),
      signals_(signals),
      log_(log),
      timer_(control),
      decision_timer_(control),
      drain_timer_(control),
      notifier_(SystemdNotifier::from_environment()),
      handover_({.log = log,
                 .manager = notifier_,
                 .program = std::move(parts.origin.program),
                 .predecessor = std::move(parts.origin.predecessor)}),
      settings_(parts.loaded.configuration.settings),
      secret_(parts.secret),
      answer_settings_(make_answer_settings(settings_, retransmissions_, usage_)),
      decisions_(settings_.log, make_output(log)),
      directory_(control, log, parts.file, std::move(parts.loaded),
                 {.reloading = [this] { notifier_.reloading(); },
                  .reloaded = [this](const std::string& state) { notifier_.ready(state); }}),
      listeners_({.control = control,
                  .snapshots = directory_.snapshots(),
                  .answers = answer_settings_,
                  .secret = secret_,
                  .settings = settings_,
                  .file = std::move(parts.file),
                  .tls = std::move(parts.tls),
                  .log = log,
                  .inherited = std::move(parts.origin.sockets),
                  .ended = [this] { tell_ended(); }}) {
  if (const auto limit = notifier_.watchdog()) watchdog_.emplace(*limit);
}

// The manager listens to the main process alone: a successor that is not it yet asks later.
bool Application::open_listeners() {
  if (!listeners_.open()) return false;
  if (!handover_.has_predecessor()) listeners_.store(notifier_);
  return true;
}

void Application::run() {
  wait_for_signal();
  control_.poll();  // a signal that came meanwhile
  if (is_stopping_) {
    log_.info("stopped before serving");
    return;
  }
  look_after();  // what is wrong with credentials and clock is said before calls are answered
  listeners_.start();
  notifier_.ready(directory_.describe());
  log_.info("serving: " + directory_.describe());
  handover_.tell_serving();
  directory_.follow();
  if (is_reload_wanted_) reload();
  wait_for_tick();
  follow_decisions();
  control_.run();
  write_decisions();
  decisions_.finish();
  report_status();
  log_.info("stopped");
}

void Application::wait_for_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int number) {
    if (error) return;
    on_signal(number);
    wait_for_signal();
  });
}

void Application::on_signal(int number) {
  if (number == SIGUSR1) {
    report_status();
  } else if (number == SIGHUP) {
    reload();
    handover_.note_reload();
  } else if (number == SIGUSR2) {
    begin_handover();
  } else if (is_stopping_) {
    end_serving();
  } else {
    begin_stop();
  }
}

void Application::reload() {
  listeners_.reload_tls();
  directory_.reload();
}

void Application::wait_for_tick() {
  timer_.expires_after(tick);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    on_tick();
    wait_for_tick();
  });
}

void Application::follow_decisions() {
  write_decisions();
  decision_timer_.expires_after(decision_tick);
  decision_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) follow_decisions();
  });
}

void Application::on_tick() {
  directory_.snapshots().free_unused();
  look_after();
  feed_watchdog();
  if (!is_stopping_) look_at_handover();
  if (is_stopping_ && listeners_.has_ended()) close_sockets();  // should `tell_ended` have failed
}

void Application::look_after() {
  const UnixTime now = unix_now();
  directory_.look_after_credentials(now);
  listeners_.look_after(now);
  for (const MonitorEvent& event :
       ceilings_.look(*directory_.snapshots().current()->accounts, usage_, now)) {
    log_event(log_, event);
  }
  for (const MonitorEvent& event : excess_.look(listeners_.metrics(), directory_.peer_names(),
                                                std::chrono::steady_clock::now())) {
    log_event(log_, event);
  }
  if (const auto event = clock_.look(std::chrono::steady_clock::now())) log_event(log_, *event);
}

void Application::feed_watchdog() {
  if (!watchdog_) return;
  switch (watchdog_->look(net::steady_clock_ns(), listeners_.oldest_heartbeat_ns())) {
    case Watchdog::Advice::feed:
      notifier_.watchdog_alive();
      break;
    case Watchdog::Advice::stuck:
      log_.error("a worker is stuck: the watchdog is not fed any more");
      break;
    case Watchdog::Advice::give_up:
      notifier_.watchdog_expired();
      break;
    case Watchdog::Advice::wait:
      break;
  }
}

void Application::write_decisions() {
  const std::int64_t second = steady_second();
  listeners_.consume_records(
      [this, second](const DecisionRecord& record) { decisions_.add(record, second); });
  decisions_.advance(second);
}

void Application::begin_handover() {
  if (is_stopping_) {
    log_.error("no successor is started: this process stops");
  } else {
    handover_.begin(listeners_.sockets(), std::chrono::steady_clock::now());
  }
}

void Application::look_at_handover() {
  switch (handover_.look(std::chrono::steady_clock::now())) {
    case Handover::Event::none:
      break;
    case Handover::Event::taken_over:
      take_over();
      break;
    case Handover::Event::taken_over_and_reload:
      take_over();
      reload();
      break;
    case Handover::Event::handed_over:
    case Handover::Event::dismissed:
      leave_to_other();
      break;
  }
}

void Application::take_over() {
  listeners_.store(notifier_);
  notifier_.ready(directory_.describe());
}

// Nothing is announced to upstreams: somebody serves.
void Application::leave_to_other() {
  is_stopping_ = true;
  directory_.stop();
  listeners_.leave_to_other();
  end_serving();
}

void Application::begin_stop() {
  is_stopping_ = true;
  handover_.cancel(std::chrono::steady_clock::now());
  log_.info(fmt::format("stopping: OPTIONS get 503 and calls are answered for {} s",
                        settings_.drain_time.count()));
  notifier_.stopping();
  directory_.stop();
  listeners_.drain();
  drain_timer_.expires_after(settings_.drain_time);
  drain_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) end_serving();
  });
}

void Application::end_serving() {
  drain_timer_.cancel();
  listeners_.stop();
}

// By the last worker's thread: what comes from now on until the sockets are closed waits in them.
void Application::tell_ended() noexcept try {
  boost::asio::post(control_, [this] { close_sockets(); });
} catch (const std::exception&) {
  // No memory: the next tick finds out.
}

// At once and before anything else is awaited, a load above all: an upstream that is told that the
// port is closed turns elsewhere, one that is not answered waits.
void Application::close_sockets() {
  listeners_.close();
  control_.stop();
}

void Application::report_status() {
  const StatusFacts facts{.generation = directory_.snapshots().generation(),
                          .workers = listeners_.metrics(),
                          .peer_names = directory_.peer_names(),
                          .connections = listeners_.connections(),
                          .tls_valid_until = listeners_.tls_valid_until(),
                          .are_tls_files_refused = listeners_.are_tls_files_refused(),
                          .kernel_drops = listeners_.kernel_drops(),
                          .log_lines_dropped = log_.dropped(),
                          .source = directory_.source(),
                          .shadow = directory_.shadow_state(),
                          .credentials = directory_.credentials(unix_now()),
                          .clock = clock_.state(),
                          .ceilings = CeilingMonitor::facts(
                              *directory_.snapshots().current()->accounts, usage_, unix_now())};
  for (const std::string& line : make_status_report(facts)) log_.report(line);
}

}  // namespace shaken302::app
