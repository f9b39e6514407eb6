// SPDX-License-Identifier: MIT
#include "listeners.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <thread>
#include <utility>

namespace shaken302::app {
namespace {

std::string_view describe(net::SocketError::Step step) noexcept {
  switch (step) {
    case net::SocketError::Step::create:
      return "no socket of that kind";
    case net::SocketError::Step::configure:
      return "a socket option was refused";
    case net::SocketError::Step::bind:
      return "the address cannot be bound";
  }
  return "";
}

/// Of a listener.
std::uint32_t worker_count(const config::Settings& settings) noexcept {
  return settings.workers != 0 ? settings.workers
                               : std::max(std::thread::hardware_concurrency(), 1U);
}

}  // namespace

Listeners::Listeners(Parts parts)
    : parts_(std::move(parts)),
      udp_({.snapshots = parts_.snapshots,
            .settings = parts_.answers,
            .secret = parts_.secret,
            .ended = [this] { parts_.ended(); }}) {}

bool Listeners::open() {
  return std::ranges::all_of(parts_.settings.listen, [this](const config::ListenAddress& listen) {
    return open_udp(listen);
  });
}

bool Listeners::open_udp(const config::ListenAddress& listen) {
  const config::Settings& settings = parts_.settings;
  const std::uint32_t workers = worker_count(settings);
  const net::UdpSocketOptions options{
      .local = {listen.address, listen.port},
      .family = listen.is_ipv6 ? net::Family::ipv6 : net::Family::ipv4,
      .dscp = settings.dscp,
      .receive_buffer_bytes = settings.receive_buffer_bytes};
  const auto socket = udp_.add_listener(options, workers);
  if (!socket) {
    parts_.log.error(fmt::format("cannot listen on {}: {}: {}", listen.text,
                                 describe(socket.error().step),
                                 std::generic_category().message(socket.error().error)));
    return false;
  }
  const std::uint32_t granted = (*socket)->receive_buffer_bytes();
  parts_.log.info(fmt::format("listening on {}: {} workers, receive buffer {} bytes", listen.text,
                              workers, granted));
  if (granted < settings.receive_buffer_bytes) {
    parts_.log.warning(
        fmt::format("{}: the receive buffer is {} bytes instead of {}; raise "
                    "net.core.rmem_max, or bursts are dropped by the kernel",
                    listen.text, granted, settings.receive_buffer_bytes));
  }
  return true;
}

std::vector<const WorkerMetrics*> Listeners::metrics() const {
  std::vector<const WorkerMetrics*> all;
  for (const auto& worker : udp_.metrics()) all.push_back(worker.get());
  return all;
}

}  // namespace shaken302::app
