// SPDX-License-Identifier: MIT
#include "stream_worker.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>

#include "signals_blocked.hpp"

namespace shaken302::net {
namespace {

constexpr std::chrono::milliseconds tick_time{100};
constexpr std::chrono::milliseconds tick_time_with_old_keys{1};
/// A connection ends when this long after the order to stop nothing has come, so that what is on
/// the way at that moment is answered: also on one that is new, or was quiet before.
constexpr std::chrono::milliseconds quiet_time{200};
/// Then those that are never quiet end, too, and those amid something: behind what has come.
constexpr std::chrono::milliseconds patience{1500};
/// And then those whose replies wait for their readers.
constexpr std::chrono::milliseconds finish_time_max{2000};

}  // namespace

StreamWorker::StreamWorker(const Parts& parts)
    : parts_(parts),
      answering_({.snapshots = parts.snapshots,
                  .settings = parts.settings,
                  .secret = parts.secret,
                  .orders = parts.orders,
                  .metrics = parts.metrics,
                  .clock = parts.clock}),
      heartbeat_ns_(steady_clock_ns()) {}

StreamWorker::~StreamWorker() {
  if (thread_.joinable()) thread_.join();
}

void StreamWorker::start() {
  const SignalsBlocked blocked;
  thread_ = std::thread([this] { run(); });
}

void StreamWorker::adopt(NewConnection connection) {
  // Asio wants handlers that can be copied.
  auto made = std::make_shared<NewConnection>(std::move(connection));
  boost::asio::post(context_, [this, made = std::move(made)] { begin(std::move(*made)); });
}

void StreamWorker::hear_orders() {
  boost::asio::post(context_, [this] { follow_orders(); });
}

// What a handler could not do for want of memory is counted; the loop goes on.
void StreamWorker::run() noexcept {
  bool is_timer_set = false;
  while (!context_.stopped()) {
    try {
      if (!std::exchange(is_timer_set, true)) tick();
      context_.run();
    } catch (...) {
      parts_.metrics.add(Counter::stream_failed);
      is_timer_set = false;
    }
  }
  while (!connections_.empty()) connections_.back()->end();
  ended_.store(true, std::memory_order_release);
  parts_.ended();
}

void StreamWorker::begin(NewConnection made) {
  const IpAddress source = made.source.address;
  const bool is_unproven = made.is_unproven;
  try {
    auto connection = std::make_shared<StreamConnection>(
        StreamConnection::Parts{
            .context = context_,
            .answering = answering_,
            .scratch = scratch_,
            .limits = parts_.limits,
            .turned_away = turned_away_,
            .proven = [this](StreamConnection& one) { parts_.proven(one.source()); },
            .ended = [this](StreamConnection& over) { forget(over); }},
        std::move(made));
    connection->place = connections_.size();
    connections_.push_back(connection);
    connection->start();
  } catch (...) {
    parts_.metrics.add(Counter::stream_failed);
    parts_.released(source, is_unproven);
  }
}

void StreamWorker::forget(StreamConnection& connection) noexcept {
  const IpAddress source = connection.source();
  const bool is_unproven = connection.is_unproven();
  const std::size_t place = connection.place;
  connections_[place].swap(connections_.back());
  connections_[place]->place = place;
  connections_.pop_back();  // whoever runs it holds it still
  parts_.released(source, is_unproven);
}

void StreamWorker::wait_for_tick() {
  const bool has_old_keys = answering_.begin_batch();
  timer_.expires_after(has_old_keys ? tick_time_with_old_keys : tick_time);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

// Also without calls: a worker without traffic follows the snapshot, so that an old one is freed,
// with its keys.
void StreamWorker::tick() {
  const std::int64_t now_ns = steady_clock_ns();
  heartbeat_ns_.store(now_ns, std::memory_order_relaxed);
  wait_for_tick();
  // From the last: what ends is replaced by one that has been looked at.
  for (std::size_t i = connections_.size(); i-- > 0;) connections_[i]->look_at_clock(now_ns);
  follow_orders();
}

void StreamWorker::follow_orders() {
  if (!parts_.orders.stop.load(std::memory_order_acquire)) return;
  const std::int64_t now_ns = steady_clock_ns();
  if (stop_seen_ns_ == 0) stop_seen_ns_ = now_ns;
  const std::chrono::nanoseconds since(now_ns - stop_seen_ns_);
  for (std::size_t i = connections_.size(); i-- > 0;) {
    StreamConnection& connection = *connections_[i];
    const bool is_quiet =
        !connection.is_amid() && std::min(since, connection.quiet_for(now_ns)) >= quiet_time;
    if (since > patience || is_quiet) connection.finish();
  }
  // The acceptor may have given one in the meantime: it hears of the stop as this worker does.
  const bool is_over = connections_.empty() && since >= quiet_time;
  if (is_over || since > finish_time_max) context_.stop();
}

}  // namespace shaken302::net
