// SPDX-License-Identifier: MIT
#include "reload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <utility>

#include "net/signals_blocked.hpp"

namespace shaken302::app {
namespace {

// A job may throw what a file system or an allocator throws; that refuses the reload, it ends
// nothing.
LoadResult run_job(const Reloader::Job& job, const std::stop_token& stop) noexcept try {
  return job(stop);
} catch (const std::exception& error) {
  return Failure{config::ConfigIssues{{{}, 0, {}, error.what(), "try again"}}};
}

}  // namespace

LoadResult load_everything(const LoadOrder& order, const std::stop_token& stop) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (!order.renewals.empty()) {
    return Loaded{
        *order.configuration,
        directory::renew_credentials(*order.configuration, *order.before, order.renewals, now),
        order.slots};
  }
  auto configuration =
      order.configuration
          ? Result<config::Configuration, config::ConfigIssues>(*order.configuration)
          : config::read_configuration(order.file);
  if (!configuration) return Failure{configuration.error()};
  directory::MetricsSlots slots = order.slots;
  auto snapshot = directory::load_snapshot(
      *configuration, 1, now, slots, stop,
      {order.before.get(), order.configuration.has_value(), directory::CredentialRule::each_alone});
  if (!snapshot) return Failure{snapshot.error()};
  return Loaded{*std::move(configuration), *std::move(snapshot), std::move(slots)};
}

bool is_temporary(const config::ConfigIssues& issues) noexcept {
  return !issues.empty() && std::ranges::all_of(issues, &config::ConfigIssue::is_temporary);
}

std::string describe(const std::vector<directory::BuiltPart>& built) {
  std::string out;
  for (const directory::BuiltPart& part : built) {
    out +=
        fmt::format("{}{} in {} ms", out.empty() ? "rebuilt " : ", ", part.name, part.time.count());
  }
  constexpr std::ptrdiff_t parts = 4;  // and a shadow
  const auto rebuilt = std::ranges::count_if(
      built, [](const directory::BuiltPart& part) { return part.name != "shadow"; });
  return rebuilt < parts ? out + "; the rest is kept" : out;
}

std::vector<std::string> sealed_changes(const config::Settings& running,
                                        const config::Settings& read) {
  std::vector<std::string> keys;
  const auto compare = [&keys](bool is_equal, const char* key) {
    if (!is_equal) keys.emplace_back(key);
  };
  compare(running.listen == read.listen, "server.listen");
  compare(running.workers == read.workers, "server.workers");
  compare(running.secret_file == read.secret_file, "server.secret_file");
  compare(running.probe_sources == read.probe_sources, "server.probe_sources");
  compare(running.forbid_unknown_sources == read.forbid_unknown_sources, "server.unknown_source");
  compare(running.dscp == read.dscp, "server.dscp");
  compare(running.receive_buffer_bytes == read.receive_buffer_bytes, "server.receive_buffer");
  compare(running.server_header == read.server_header, "server.server_header");
  compare(running.drain_time == read.drain_time, "server.drain_time");
  compare(running.retransmission_memory == read.retransmission_memory,
          "server.retransmission_memory");
  compare(running.retransmission_slots == read.retransmission_slots, "server.retransmission_slots");
  compare(running.connections_max == read.connections_max, "server.connections_max");
  compare(running.connections_per_source == read.connections_per_source,
          "server.connections_per_source");
  compare(running.idle_timeout == read.idle_timeout, "server.idle_timeout");
  compare(running.tls.certificate == read.tls.certificate, "tls.certificate");
  compare(running.tls.key == read.tls.key, "tls.key");
  compare(running.tls.passphrase == read.tls.passphrase, "tls.passphrase_file");
  compare(running.tls.client_ca == read.tls.client_ca, "tls.client_ca");
  compare(running.tls.client_certificates == read.tls.client_certificates,
          "tls.client_certificate");
  compare(running.queue_deadline == read.queue_deadline, "server.queue_deadline");
  compare(running.reply_ratio_max == read.reply_ratio_max, "server.reply_ratio_max");
  compare(running.iat_backdate == read.iat_backdate, "signing.iat_backdate");
  compare(running.log == read.log, "log");
  return keys;
}

Reloader::Reloader(boost::asio::io_context& control, Steps steps)
    : control_(control), steps_(std::move(steps)) {
  const net::SignalsBlocked blocked;
  thread_.emplace(1);
}

Reloader::~Reloader() {
  stop();
  thread_->stop();
  thread_->join();
}

void Reloader::request() {
  if (is_running_) {
    is_requested_again_ = true;
  } else {
    begin();
  }
}

void Reloader::begin() {
  Job next = steps_.begin();
  if (!next) return;
  is_running_ = true;
  boost::asio::post(*thread_, [this, job = std::move(next), stop = stop_.get_token()] {
    auto result = std::make_shared<LoadResult>(run_job(job, stop));
    boost::asio::post(control_, [this, result] { end(std::move(*result)); });
  });
}

void Reloader::end(LoadResult result) {
  steps_.finish(std::move(result));  // what is requested meanwhile begins when this is done
  is_running_ = false;
  if (std::exchange(is_requested_again_, false)) request();
}

}  // namespace shaken302::app
