// SPDX-License-Identifier: MIT
//
// Whole answers, and what a worker does around them: the kernel's part on loopback, its clocks and
// its queue. The client's side of a row is not timed, only made.
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "net/answering.hpp"
#include "net/datagram_batch.hpp"
#include "net/outgoing_batch.hpp"
#include "net/udp_socket.hpp"
#include "stages.hpp"

namespace shaken302::bench {
namespace {

using sip::Outcome;

/// Ends the program where a row is not about what it says.
void expect(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

/// sip::answer to ever new INVITEs of one kind.
struct Asking {
  Asking(CallWorld& made_in, CallWorld::Caller who, CallWorker::Retransmissions which)
      : world(made_in), caller(who), worker(made_in, which) {}
  CallWorld& world;
  CallWorld::Caller caller;
  CallWorker worker;
  std::string bytes;

  sip::Answer ask_anew() {
    world.write_invite(bytes, caller);
    return worker.ask(bytes);
  }
};

void add_whole(CallWorld& world, const std::string& name, CallWorld::Caller caller,
               CallWorker::Retransmissions which, Outcome outcome) {
  const auto asking = std::make_shared<Asking>(world, caller, which);
  add_row(name, [asking, outcome](std::size_t) {
    expect(asking->ask_anew().outcome == outcome, "another outcome than the row is about");
  });
}

void add_repeated(CallWorld& world) {
  const auto asking =
      std::make_shared<Asking>(world, CallWorld::Caller::signs, CallWorker::Retransmissions::kept);
  asking->ask_anew();
  add_row("whole/retransmission, without bench/request", [asking](std::size_t n) {
    // The table keeps a signature for some seconds, and the clock of the worker goes on.
    if (n % 100000 == 0) asking->ask_anew();
    expect(asking->worker.ask(asking->bytes).outcome == Outcome::repeated_redirect,
           "the retransmission was not known");
  });
}

// --- a worker's loop -----------------------------------------------------------------------------

constexpr std::size_t batches = 8;
constexpr std::size_t datagrams = batches * net::DatagramBatch::datagrams_max;

net::UdpSocket open_socket() {
  auto socket = net::UdpSocket::open(
      {.local = {*sip::parse_address("127.0.0.1"), 0}, .receive_buffer_bytes = 4U << 20U});
  if (!socket) throw std::runtime_error("no socket on loopback");
  return std::move(*socket);
}

std::int64_t clock_of_calls() noexcept { return call_time_ns; }

/// A client that puts 64 INVITEs into the socket of a worker, and what the worker does with them.
class Loopback {
 public:
  explicit Loopback(CallWorld& world)
      : world_(world),
        settings_worker_(world),
        snapshots_(world.shared_snapshot()),
        answering_({.snapshots = snapshots_,
                    .settings = settings_worker_.settings(),
                    .secret = world.secret(),
                    .orders = orders_,
                    .metrics = metrics_,
                    .clock = clock_of_calls}) {}

  void send_invites() {
    std::string bytes;
    for (std::size_t i = 0; i < datagrams; ++i) {
      world_.write_invite(bytes);
      put(invites_, {bytes, {loopback_, server_.port()}, {}, 0});
    }
    flush(invites_);
  }
  void drain_replies() {
    std::array<char, 2048> reply;
    std::size_t count = 0;
    while (::recv(client_.number(), reply.data(), reply.size(), MSG_DONTWAIT) > 0) ++count;
    expect(count == datagrams, "a reply is lost");
  }

  /// Receives a batch, and does `work` with each of its datagrams.
  template <class Work>
  void receive_batch(Work work) {
    const std::size_t count = batch_.receive(server_, net::DatagramBatch::Wait::no);
    expect(count == net::DatagramBatch::datagrams_max, "a datagram is lost");
    for (std::size_t i = 0; i < count; ++i) work(batch_.at(i));
  }
  static void put(net::OutgoingBatch& batch, const net::OutgoingDatagram& datagram) {
    if (batch.add(datagram)) return;
    flush(batch);
    expect(batch.add(datagram), "a datagram finds no room");
  }
  static void flush(net::OutgoingBatch& batch) {
    expect(batch.send() == 0, "a datagram is not sent");
  }

  double seconds_to_receive() {
    send_invites();
    const double begin = processor_seconds();
    for (std::size_t i = 0; i < batches; ++i) {
      receive_batch([](const net::Datagram& datagram) { benchmark::DoNotOptimize(datagram); });
    }
    return processor_seconds() - begin;
  }
  double seconds_to_send(std::string_view reply) {
    const double begin = processor_seconds();
    for (std::size_t i = 0; i < datagrams; ++i) {
      put(replies_, {reply, {loopback_, client_.port()}, loopback_, 0});
    }
    flush(replies_);
    const double seconds = processor_seconds() - begin;
    drain_replies();
    return seconds;
  }
  /// As net::UdpWorker does it, but that its socket is never empty.
  double seconds_to_serve() {
    send_invites();
    const double begin = processor_seconds();
    for (std::size_t i = 0; i < batches; ++i) {
      answering_.begin_batch();
      receive_batch([this](const net::Datagram& datagram) { serve(datagram); });
      flush(replies_);
    }
    const double seconds = processor_seconds() - begin;
    drain_replies();
    answering_.consume_records([](const DecisionRecord&) {});
    return seconds;
  }

 private:
  void serve(const net::Datagram& datagram) {
    benchmark::DoNotOptimize(net::wall_clock_ns() - datagram.queued_ns);
    sip::Request request = CallWorld::request_of(datagram.bytes);
    request.source = datagram.source;
    const sip::Answer answer = answering_.answer(request);
    expect(answer.outcome == Outcome::signed_redirect, "a call of the loop is not signed");
    put(replies_, {answer.reply, answer.destination, datagram.local, datagram.interface});
  }

  CallWorld& world_;
  const IpAddress loopback_ = *sip::parse_address("127.0.0.1");
  net::UdpSocket client_ = open_socket();
  net::UdpSocket server_ = open_socket();
  net::DatagramBatch batch_;
  net::OutgoingBatch invites_{client_};
  net::OutgoingBatch replies_{server_};
  CallWorker settings_worker_;  ///< for what it shares
  SnapshotHolder snapshots_;
  net::WorkerOrders orders_;
  WorkerMetrics metrics_;
  net::Answering answering_;
};

/// A record into the queue that the control thread empties, beside the clock that a datagram's age
/// is told by.
double seconds_to_queue(net::RecordQueue& queue, const DecisionRecord& record) {
  const double begin = processor_seconds();
  for (std::size_t i = 0; i < datagrams; ++i) {
    benchmark::DoNotOptimize(net::wall_clock_ns());
    expect(queue.push(record), "the queue is full");
  }
  const double seconds = processor_seconds() - begin;
  queue.consume_all([](const DecisionRecord&) {});
  return seconds;
}

}  // namespace

void add_wholes(CallWorld& world) {
  using Caller = CallWorld::Caller;
  using Retransmissions = CallWorker::Retransmissions;
  add_row("bench/request", [&world, bytes = std::string()](std::size_t) mutable {
    world.write_invite(bytes);
    benchmark::DoNotOptimize(bytes.data());
    benchmark::ClobberMemory();
  });
  add_whole(world, "whole/signed", Caller::signs, Retransmissions::kept, Outcome::signed_redirect);
  add_whole(world, "whole/signed, nothing kept", Caller::signs, Retransmissions::not_kept,
            Outcome::signed_redirect);
  add_whole(world, "whole/unsigned", Caller::suspended, Retransmissions::kept,
            Outcome::unsigned_redirect);
  add_repeated(world);
}

void add_server_rows(CallWorld& world) {
  const auto loopback = std::make_shared<Loopback>(world);
  Asking asking(world, CallWorld::Caller::signs, CallWorker::Retransmissions::kept);
  const auto reply = std::make_shared<std::string>(asking.ask_anew().reply);
  const auto record = std::make_shared<DecisionRecord>(asking.worker.state().record);
  const auto queue = std::make_shared<net::RecordQueue>();
  constexpr auto items = static_cast<double>(datagrams);
  add_timed_row("server/receive, eight at once", items,
                [loopback] { return loopback->seconds_to_receive(); });
  add_timed_row("server/send, eight at once", items,
                [loopback, reply] { return loopback->seconds_to_send(*reply); });
  add_timed_row("server/clock and record queue", items,
                [queue, record] { return seconds_to_queue(*queue, *record); });
  add_timed_row("server/whole loop", items, [loopback] { return loopback->seconds_to_serve(); });
  benchmark::RegisterBenchmark("load/1,000 accounts, 100,000 numbers", [&world](auto& state) {
    for ([[maybe_unused]] auto round : state) benchmark::DoNotOptimize(world.load().snapshot);
  });
}

}  // namespace shaken302::bench
