// SPDX-License-Identifier: MIT
#include "udp_server.hpp"

#include <algorithm>
#include <limits>

namespace shaken302::net {

UdpServer::~UdpServer() { stop(); }

Result<const UdpSocket*, SocketError> UdpServer::add_listener(
    const UdpSocketOptions& options, std::uint32_t workers,
    std::optional<FileDescriptor> inherited) {
  const bool is_inherited = inherited.has_value();
  const OtherHolder holder = is_inherited ? OtherHolder::somebody : OtherHolder::nobody;
  auto socket =
      inherited ? UdpSocket::adopt(*std::move(inherited), options) : UdpSocket::open(options);
  if (!socket) return Failure{socket.error()};
  listeners_.push_back({std::make_unique<UdpSocket>(*std::move(socket)), holder});
  const UdpSocket& listener = *listeners_.back().socket;
  for (std::uint32_t i = 0; i < std::max(workers, 1U); ++i) {
    metrics_.push_back(std::make_unique<WorkerMetrics>());
    workers_.push_back(
        std::make_unique<UdpWorker>(UdpWorker::Parts{.socket = listener,
                                                     .snapshots = parts_.snapshots,
                                                     .settings = parts_.settings,
                                                     .secret = parts_.secret,
                                                     .orders = orders_,
                                                     .metrics = *metrics_.back(),
                                                     .clock = parts_.clock,
                                                     .queue_deadline = parts_.queue_deadline,
                                                     .is_inherited = is_inherited,
                                                     .ended = [this] {
                                                       if (++ended_ == workers_.size())
                                                         parts_.ended();
                                                     }}));
    listeners_.back().workers.push_back(workers_.back().get());
  }
  return &listener;
}

void UdpServer::start() {
  for (const auto& worker : workers_) worker->start();
}

void UdpServer::share(OtherHolder holder) noexcept {
  for (Listener& listener : listeners_) listener.holder = std::max(listener.holder, holder);
}

void UdpServer::stop() noexcept {
  for (const Listener& listener : listeners_) {
    if (listener.holder != OtherHolder::somebody) continue;
    for (UdpWorker* worker : listener.workers) worker->leave_queue();
  }
  orders_.stop.store(true, std::memory_order_release);
}

bool UdpServer::has_ended() const noexcept {
  return std::all_of(workers_.begin(), workers_.end(),
                     [](const auto& worker) { return worker->has_ended(); });
}

void UdpServer::close() noexcept {
  for (const Listener& listener : listeners_) {
    if (!listener.socket->is_open()) continue;
    if (listener.holder == OtherHolder::nobody) {
      listener.socket->refuse_more();
      listener.workers.back()->sweep();
    }
    drops_of_closed_ += listener.socket->kernel_drops();
    listener.socket->close();
  }
}

std::int64_t UdpServer::oldest_heartbeat_ns() const noexcept {
  auto oldest = std::numeric_limits<std::int64_t>::max();
  for (const auto& worker : workers_) oldest = std::min(oldest, worker->heartbeat_ns());
  return oldest;
}

std::uint64_t UdpServer::kernel_drops() const noexcept {
  std::uint64_t sum = drops_of_closed_;
  for (const Listener& listener : listeners_) {
    if (listener.socket->is_open()) sum += listener.socket->kernel_drops();
  }
  return sum;
}

}  // namespace shaken302::net
