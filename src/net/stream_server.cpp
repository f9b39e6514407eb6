// SPDX-License-Identifier: MIT
#include "stream_server.hpp"

#include <algorithm>
#include <limits>

namespace shaken302::net {
namespace {

std::vector<std::unique_ptr<WorkerMetrics>> one_metrics() {
  std::vector<std::unique_ptr<WorkerMetrics>> metrics;
  metrics.push_back(std::make_unique<WorkerMetrics>());
  return metrics;
}

}  // namespace

StreamServer::StreamServer(Parts parts)
    : parts_(std::move(parts)),
      metrics_(one_metrics()),
      acceptor_({.snapshots = parts_.snapshots,
                 .settings = parts_.settings,
                 .limits = parts_.limits,
                 .metrics = *metrics_.front(),
                 .give = [this](std::size_t worker,
                                NewConnection made) { workers_[worker]->adopt(std::move(made)); },
                 .ended = [this] { tell_ended(); }}) {}

// The acceptor first: it gives to workers as long as it runs.
StreamServer::~StreamServer() {
  stop();
  acceptor_.join();
}

Result<std::uint16_t, SocketError> StreamServer::add_listener(Transport transport,
                                                              const StreamSocketOptions& options) {
  auto socket = open_stream_socket(options);
  if (!socket) return Failure{socket.error()};
  const std::uint16_t port = local_endpoint(socket->number()).port;
  acceptor_.add(*std::move(socket), {transport, options.local.address, options.local.port});
  has_listeners_ = true;
  return port;
}

Result<std::uint16_t, SocketError> StreamServer::add_listener(Transport transport,
                                                              FileDescriptor socket,
                                                              const StreamSocketOptions& options) {
  auto adopted = adopt_stream_socket(std::move(socket), options);
  if (!adopted) return Failure{adopted.error()};
  const std::uint16_t port = local_endpoint(adopted->number()).port;
  acceptor_.share();
  acceptor_.add(*std::move(adopted), {transport, options.local.address, options.local.port});
  has_listeners_ = true;
  return port;
}

void StreamServer::make_worker() {
  const std::size_t number = workers_.size();
  metrics_.push_back(std::make_unique<WorkerMetrics>());
  workers_.push_back(std::make_unique<StreamWorker>(StreamWorker::Parts{
      .snapshots = parts_.snapshots,
      .settings = parts_.settings,
      .secret = parts_.secret,
      .orders = orders_,
      .limits = parts_.limits,
      .metrics = *metrics_.back(),
      .clock = parts_.clock,
      .proven = [this](const IpAddress& source) { acceptor_.prove(source); },
      .released = [this, number](
                      const IpAddress& source,
                      bool is_unproven) { acceptor_.release(number, source, is_unproven); },
      .ended = [this] { tell_ended(); }}));
}

void StreamServer::start() {
  if (!has_listeners_) return;
  for (std::uint32_t i = 0; i < std::max(parts_.workers, 1U); ++i) make_worker();
  running_ = workers_.size() + 1;
  for (const auto& worker : workers_) worker->start();
  acceptor_.start(workers_.size());
}

void StreamServer::stop() noexcept try {
  if (workers_.empty() || orders_.stop.exchange(true)) return;
  acceptor_.stop();
  for (const auto& worker : workers_) worker->hear_orders();
} catch (...) {
  // No memory: workers hear it at their next tick.
}

std::optional<TurnedAway> StreamServer::take_turned_away() noexcept {
  const std::size_t slots = workers_.size() + 1;
  for (std::size_t looked = 0; looked < slots; ++looked) {
    turned_away_slot_ = (turned_away_slot_ + 1) % slots;
    const auto one = turned_away_slot_ == 0 ? acceptor_.take_turned_away()
                                            : workers_[turned_away_slot_ - 1]->take_turned_away();
    if (one) return one;
  }
  return std::nullopt;
}

void StreamServer::tell_ended() noexcept {
  if (--running_ == 0) parts_.ended();
}

bool StreamServer::has_ended() const noexcept {
  return workers_.empty() ||
         (acceptor_.has_ended() &&
          std::ranges::all_of(workers_, [](const auto& worker) { return worker->has_ended(); }));
}

std::int64_t StreamServer::oldest_heartbeat_ns() const noexcept {
  if (workers_.empty()) return std::numeric_limits<std::int64_t>::max();
  auto oldest = acceptor_.heartbeat_ns();
  for (const auto& worker : workers_) oldest = std::min(oldest, worker->heartbeat_ns());
  return oldest;
}

}  // namespace shaken302::net
