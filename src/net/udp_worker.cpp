// SPDX-License-Identifier: MIT
#include "udp_worker.hpp"

#include <chrono>

#include "signals_blocked.hpp"

namespace shaken302::net {
namespace {

constexpr std::chrono::nanoseconds transaction_time_max = std::chrono::seconds(32);  // timer B
// A socket that is flooded is never empty; what was queued when the order to stop came is answered
// long before this.
constexpr std::chrono::nanoseconds drain_time_max = std::chrono::seconds(2);

}  // namespace

UdpWorker::UdpWorker(const Parts& parts)
    : socket_(parts.socket),
      orders_(parts.orders),
      queue_deadline_ns_(parts.queue_deadline.count()),
      is_inherited_(parts.is_inherited),
      metrics_(parts.metrics),
      on_end_(parts.ended),
      answering_({.snapshots = parts.snapshots,
                  .settings = parts.settings,
                  .secret = parts.secret,
                  .orders = parts.orders,
                  .metrics = parts.metrics,
                  .clock = parts.clock}),
      batch_(parts.datagram_bytes_max),
      replies_(parts.socket),
      heartbeat_ns_(steady_clock_ns()) {}

UdpWorker::~UdpWorker() {
  if (thread_.joinable()) thread_.join();
}

void UdpWorker::start() {
  const SignalsBlocked blocked;
  thread_ = std::thread([this] { run(); });
}

void UdpWorker::run() noexcept {
  std::int64_t stop_seen_ns = 0;
  began_ns_ = answering_.wall_clock();
  for (;;) {
    const std::int64_t now_ns = steady_clock_ns();
    heartbeat_ns_.store(now_ns, std::memory_order_relaxed);
    const bool stopping = orders_.stop.load(std::memory_order_acquire);
    if (stopping && leaves_queue_.load(std::memory_order_relaxed)) break;
    if (stopping && stop_seen_ns == 0) stop_seen_ns = now_ns;
    // While keys of an earlier snapshot are left, it looks for calls between two helpings of them.
    const bool is_idle = !stopping && !has_old_keys_;
    const auto wait = is_idle ? DatagramBatch::Wait::until_timeout : DatagramBatch::Wait::no;
    const std::size_t count = batch_.receive(socket_, wait);
    serve(count);
    if (stopping && (count == 0 || now_ns - stop_seen_ns > drain_time_max.count())) break;
  }
  ended_.store(true, std::memory_order_release);
  on_end_();
}

void UdpWorker::sweep() noexcept {
  const std::int64_t end_ns = steady_clock_ns() + drain_time_max.count();
  while (steady_clock_ns() < end_ns) {
    const std::size_t count = batch_.receive(socket_, DatagramBatch::Wait::no);
    if (count == 0) return;
    serve(count);
  }
}

// Also with an empty batch: a worker without traffic follows the snapshot, so that an old one is
// freed, with its keys.
void UdpWorker::serve(std::size_t count) noexcept {
  has_old_keys_ = answering_.begin_batch();
  for (std::size_t i = 0; i < count; ++i) {
    serve_one(batch_.at(i));
    if (answering_.has_tokens()) send();
  }
  send();
}

void UdpWorker::serve_one(const Datagram& datagram) noexcept {
  if (datagram.is_truncated) {
    metrics_.add(Counter::received);
    metrics_.add(Counter::truncated);
    return;
  }
  if (!is_answerable(datagram)) {
    metrics_.add(Counter::received);
    metrics_.add(Counter::unanswerable);
    metrics_.add(Counter::silent);
    return;
  }
  sip::Request request;
  request.bytes = datagram.bytes;
  request.source = datagram.source;
  request.local = {datagram.local, socket_.port()};
  request.transport = sip::Transport::udp;
  request.listener = socket_.listener();
  request.is_late = is_late(datagram);
  const sip::Answer answer = answering_.answer(request);
  if (!answer.reply.empty()) queue(answer, datagram);
}

// A single answer to a broadcast is one of many that its source gets; an answer to one is many
// answers. Nobody can be answered at port 0. On an IPv6-only socket ::ffff:a.b.c.d can only be
// forged: it must not pass for the IPv4 peer of that address.
bool UdpWorker::is_answerable(const Datagram& datagram) const noexcept {
  const IpAddress& source = datagram.source.address;
  return datagram.is_unicast && datagram.source.port != 0 && is_usable_source(source) &&
         (socket_.family() == Family::ipv4 || !sip::is_ipv4_mapped(source));
}

// Where the wall clock steps forward, what is queued at that instant is late and nothing after it;
// where it steps back, the age is negative and nothing is.
bool UdpWorker::is_late(const Datagram& datagram) const noexcept {
  if (queue_deadline_ns_ == 0 || datagram.queued_ns == 0) return false;
  const std::int64_t age_ns = answering_.message_clock() - datagram.queued_ns;
  if (age_ns <= queue_deadline_ns_) return false;
  // A restart is no overload: what came between two processes is answered while anybody can wait
  // for it.
  const bool is_of_gap = is_inherited_ && datagram.queued_ns < began_ns_;
  return !is_of_gap || age_ns > transaction_time_max.count();
}

void UdpWorker::queue(const sip::Answer& answer, const Datagram& datagram) noexcept {
  static_assert(sip::reply_bytes_max <= OutgoingBatch::buffer_bytes);
  const OutgoingDatagram reply{answer.reply, answer.destination, datagram.local,
                               datagram.interface};
  if (replies_.add(reply)) return;
  send();
  static_cast<void>(replies_.add(reply));  // there is room for any reply now
}

// A reply that the kernel does not take is lost like one on the wire: the upstream retransmits.
void UdpWorker::send() noexcept {
  const std::size_t failed = replies_.send();
  if (failed != 0) metrics_.add(Counter::send_failed, failed);
}

}  // namespace shaken302::net
