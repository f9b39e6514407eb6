// SPDX-License-Identifier: MIT
#include "app/reload.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <future>
#include <stdexcept>
#include <thread>

#include "config/key_table.hpp"

namespace shaken302::app {
namespace {

Failure<config::ConfigIssues> make_issue(const std::string& problem) {
  return Failure{config::ConfigIssues{{"f", 1, "k", problem, "r"}}};
}

// Whether an operator finds that name in the configuration.
bool is_known(const std::string& name) {
  const auto dot = name.find('.');
  return std::ranges::any_of(config::section_table(), [&](const config::SectionRow& section) {
    return section.name == name.substr(0, dot) &&
           (dot == std::string::npos ||
            config::find_key(section.section, name.substr(dot + 1)) != nullptr);
  });
}

TEST_CASE("reload: the job runs elsewhere, its result is heard on the control thread") {
  boost::asio::io_context control;
  const auto work = boost::asio::make_work_guard(control);
  std::thread::id job_thread;
  std::thread::id finish_thread;
  std::string problem;
  Reloader reloader(control, {[&] {
                                return [&](const std::stop_token&) -> LoadResult {
                                  job_thread = std::this_thread::get_id();
                                  return make_issue("bad");
                                };
                              },
                              [&](const LoadResult& result) {
                                finish_thread = std::this_thread::get_id();
                                problem = result.error().front().problem;
                                control.stop();
                              }});
  reloader.request();
  control.run();
  CHECK(problem == "bad");
  CHECK(finish_thread == std::this_thread::get_id());
  CHECK(job_thread != std::this_thread::get_id());
}

TEST_CASE("reload: what is asked for while a result is heard begins when that is done") {
  boost::asio::io_context control;
  const auto work = boost::asio::make_work_guard(control);
  bool is_hearing = false;
  int begun = 0;
  Reloader* again = nullptr;
  Reloader reloader(control, {[&] {
                                CHECK_FALSE(is_hearing);
                                ++begun;
                                return [](const std::stop_token&) -> LoadResult {
                                  return make_issue("x");
                                };
                              },
                              [&](const LoadResult&) {
                                is_hearing = true;
                                if (begun == 1) again->request();
                                if (begun == 2) control.stop();
                                is_hearing = false;
                              }});
  again = &reloader;
  reloader.request();
  control.run();
  CHECK(begun == 2);
}

TEST_CASE("reload: no job is no reload, and the next request is heard") {
  boost::asio::io_context control;
  const auto work = boost::asio::make_work_guard(control);
  bool is_wanted = false;
  int finished = 0;
  Reloader reloader(control, {[&]() -> Reloader::Job {
                                if (!is_wanted) return {};
                                return [](const std::stop_token&) -> LoadResult {
                                  return make_issue("x");
                                };
                              },
                              [&](const LoadResult&) {
                                ++finished;
                                control.stop();
                              }});
  reloader.request();
  control.poll();
  CHECK(finished == 0);
  is_wanted = true;
  reloader.request();
  control.run();
  CHECK(finished == 1);
}

TEST_CASE("reload: whatever is asked for during a reload becomes one more") {
  boost::asio::io_context control;
  const auto work = boost::asio::make_work_guard(control);
  std::promise<void> go_on;
  const auto gate = go_on.get_future().share();
  int begun = 0;
  int finished = 0;
  Reloader reloader(control, {[&] {
                                ++begun;
                                return [gate](const std::stop_token&) -> LoadResult {
                                  gate.wait();
                                  return make_issue("x");
                                };
                              },
                              [&](const LoadResult&) {
                                if (++finished == 2) control.stop();
                              }});
  for (int i = 0; i < 5; ++i) reloader.request();
  CHECK(begun == 1);
  go_on.set_value();
  control.run();
  CHECK(begun == 2);
  CHECK(finished == 2);
}

TEST_CASE("reload: an exception refuses the reload and ends nothing") {
  boost::asio::io_context control;
  const auto work = boost::asio::make_work_guard(control);
  std::string problem;
  Reloader reloader(control, {[] {
                                return [](const std::stop_token&) -> LoadResult {
                                  throw std::runtime_error("disk on fire");
                                };
                              },
                              [&](const LoadResult& result) {
                                problem = result.error().front().problem;
                                control.stop();
                              }});
  reloader.request();
  control.run();
  CHECK(problem == "disk on fire");
}

TEST_CASE("reload: one that is under way when everything ends is waited for and not heard of") {
  std::atomic<bool> is_done{false};
  bool is_heard = false;
  {
    boost::asio::io_context control;
    Reloader reloader(control, {[&] {
                                  return [&](const std::stop_token&) -> LoadResult {
                                    std::this_thread::sleep_for(std::chrono::milliseconds(50));
                                    is_done = true;
                                    return make_issue("x");
                                  };
                                },
                                [&](const LoadResult&) { is_heard = true; }});
    reloader.request();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  CHECK(is_done);
  CHECK_FALSE(is_heard);
}

TEST_CASE("reload: one that is under way when everything ends is told to stop") {
  bool was_told = false;
  boost::asio::io_context control;
  {
    std::promise<void> begun;
    Reloader reloader(
        control, {[&] {
                    return [&](const std::stop_token& stop) -> LoadResult {
                      begun.set_value();
                      const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
                      while (!stop.stop_requested() && std::chrono::steady_clock::now() < end) {
                        std::this_thread::yield();
                      }
                      was_told = stop.stop_requested();
                      return make_issue("x");
                    };
                  },
                  [](const LoadResult&) {}});
    reloader.request();
    begun.get_future().wait();
  }
  CHECK(was_told);
}

TEST_CASE("reload: what nobody has to correct is told from what somebody wrote") {
  const config::ConfigIssue written{"f", 1, "k", "p", "r"};
  const config::ConfigIssue down{"db", 0, "", "p", "r", true};
  CHECK_FALSE(is_temporary({}));
  CHECK_FALSE(is_temporary({written}));
  CHECK_FALSE(is_temporary({down, written}));
  CHECK(is_temporary({down}));
}

TEST_CASE("reload: the parts that were rebuilt are named with their time") {
  using std::chrono::milliseconds;
  CHECK(describe({{"numbers", milliseconds(3400)}}) ==
        "rebuilt numbers in 3400 ms; the rest is kept");
  CHECK(
      describe({{"credentials", milliseconds(1)},
                {"peers and accounts", milliseconds(2)},
                {"numbers", milliseconds(3)},
                {"never_calls", milliseconds(4)}}) ==
      "rebuilt credentials in 1 ms, peers and accounts in 2 ms, numbers in 3 ms, never_calls in 4 "
      "ms");
  CHECK(describe({{"numbers", milliseconds(3)},
                  {"never_calls", milliseconds(4)},
                  {"peers and accounts", milliseconds(5)},
                  {"shadow", milliseconds(6)}})
            .ends_with("shadow in 6 ms; the rest is kept"));
}

TEST_CASE("reload: settings that take a restart are named") {
  const config::Settings running;
  CHECK(sealed_changes(running, running).empty());
  struct Row {
    const char* key;
    void (*change)(config::Settings&);
  };
  for (const Row& row : {
           Row{"server.listen", [](config::Settings& s) { s.listen.emplace_back(); }},
           Row{"server.workers", [](config::Settings& s) { s.workers = 3; }},
           Row{"server.secret_file", [](config::Settings& s) { s.secret_file = "x"; }},
           Row{"server.probe_sources", [](config::Settings& s) { s.probe_sources.emplace_back(); }},
           Row{"server.unknown_source",
               [](config::Settings& s) { s.forbid_unknown_sources = true; }},
           Row{"server.dscp", [](config::Settings& s) { s.dscp = 46; }},
           Row{"server.receive_buffer", [](config::Settings& s) { s.receive_buffer_bytes = 1; }},
           Row{"server.server_header", [](config::Settings& s) { s.server_header = "x"; }},
           Row{"server.drain_time",
               [](config::Settings& s) { s.drain_time = std::chrono::seconds(9); }},
           Row{"server.retransmission_memory",
               [](config::Settings& s) { s.retransmission_memory = std::chrono::seconds(9); }},
           Row{"server.retransmission_slots",
               [](config::Settings& s) { s.retransmission_slots = 9; }},
           Row{"server.connections_max", [](config::Settings& s) { s.connections_max = 9; }},
           Row{"server.connections_per_source",
               [](config::Settings& s) { s.connections_per_source = 9; }},
           Row{"server.idle_timeout",
               [](config::Settings& s) { s.idle_timeout = std::chrono::seconds(99); }},
           Row{"tls.certificate", [](config::Settings& s) { s.tls.certificate = "x"; }},
           Row{"tls.key", [](config::Settings& s) { s.tls.key = "x"; }},
           Row{"tls.passphrase_file", [](config::Settings& s) { s.tls.passphrase = "x"; }},
           Row{"tls.client_ca", [](config::Settings& s) { s.tls.client_ca = "x"; }},
           Row{"tls.client_certificate",
               [](config::Settings& s) {
                 s.tls.client_certificates = config::ClientCertificates::required;
               }},
           Row{"signing.iat_backdate",
               [](config::Settings& s) { s.iat_backdate = std::chrono::seconds(1); }},
           Row{"log", [](config::Settings& s) { s.log.decisions = false; }},
       }) {
    CAPTURE(row.key);
    config::Settings changed = running;
    row.change(changed);
    CHECK(sealed_changes(running, changed) == std::vector<std::string>{row.key});
    CHECK(is_known(row.key));
  }
}

}  // namespace
}  // namespace shaken302::app
