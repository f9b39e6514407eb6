// SPDX-License-Identifier: MIT
//
// From the bytes of an INVITE to a decision. Each stage takes its input from samples that the
// stages before it have made; there are enough of them that no row learns one by heart, and few
// enough that they stay in the cache, where the kernel has just put a datagram.
#include <memory>
#include <vector>

#include "sip/admission.hpp"
#include "sip/exchange.hpp"
#include "sip/reply_writer.hpp"
#include "stages.hpp"

namespace shaken302::bench {
namespace {

constexpr std::size_t sample_count = 32;

using Samples = std::shared_ptr<const std::vector<std::unique_ptr<CallSample>>>;

Samples make_samples(CallWorld& world) {
  return std::make_shared<const std::vector<std::unique_ptr<CallSample>>>(
      world.make_samples(sample_count));
}
CallSample& sample_at(const Samples& samples, std::size_t n) {
  return *(*samples)[n % sample_count];
}

/// Source and listener to a peer, before anything is read.
void add_peer_rows(CallWorld& world, const Samples& samples) {
  const Snapshot& snapshot = world.snapshot();
  add_row("stage/peer by source", [&snapshot, samples](std::size_t n) {
    const sip::Request request = CallWorld::request_of(sample_at(samples, n).bytes);
    benchmark::DoNotOptimize(snapshot.peers->find(sip::origin_of(request)));
  });
}

void add_scan_rows(const Samples& samples) {
  const auto read = std::make_shared<sip::ReadState>();
  add_row("stage/pre-scan and its checks", [read, samples](std::size_t n) {
    benchmark::DoNotOptimize(sip::scan_request(sample_at(samples, n).bytes, *read));
  });
  add_row("part/pre-scan alone", [read, samples](std::size_t n) {
    benchmark::DoNotOptimize(sip::prescan(sample_at(samples, n).bytes, read->index));
  });
}

/// Lets go of the headers before, as a call does. The samples are its own: nothing may look into
/// what is gone.
void add_parse_rows(CallWorld& world) {
  const Samples samples = make_samples(world);
  add_row("stage/parse, and its memory let go of", [samples](std::size_t n) {
    CallSample& sample = sample_at(samples, n);
    sample.read.headers.clear();
    benchmark::DoNotOptimize(sip::parse_request(sample.scanned, sample.read));
  });
  add_row("part/Sofia-SIP alone, without identities", [samples](std::size_t n) {
    const sip::HeaderIndex& index = sample_at(samples, n).read.index;
    sip::ParsedHeaders& headers = sample_at(samples, n).read.headers;
    const auto value = [&index](sip::FieldName name) { return index.find(name)->value; };
    headers.clear();
    benchmark::DoNotOptimize(headers.read_request(index.start_line()));
    benchmark::DoNotOptimize(headers.read_via(value(sip::FieldName::via)));
    benchmark::DoNotOptimize(headers.read_from(value(sip::FieldName::from)));
    benchmark::DoNotOptimize(headers.read_to(value(sip::FieldName::to)));
    benchmark::DoNotOptimize(headers.read_cseq(value(sip::FieldName::cseq)));
  });
}

/// What is decided about a message before its call is looked at: limits, lateness, whether it can
/// be echoed, and the peer by its Request-URI too.
void add_admission_rows(CallWorld& world, const Samples& samples) {
  const auto worker = std::make_shared<CallWorker>(world);
  const Snapshot& snapshot = world.snapshot();
  add_row("stage/limits, and the peer of the call", [worker, &snapshot, samples](std::size_t n) {
    CallSample& sample = sample_at(samples, n);
    const sip::Request request = CallWorld::request_of(sample.bytes);
    const Peer& peer = snapshot.peers->peers().front();
    const sip::Exchange exchange{request, snapshot, call_time, worker->state(), &peer, 0};
    const Peer& limited = sip::limited_peer(exchange, sample.scanned);
    benchmark::DoNotOptimize(sip::find_excess(exchange, limited, sample.scanned.method));
    benchmark::DoNotOptimize(sip::can_echo(sample.read.index));
    benchmark::DoNotOptimize(sip::find_peer_of_call(*snapshot.peers, request, sample.request));
  });
}

void add_decision_rows(CallWorld& world, const Samples& samples) {
  const Snapshot& snapshot = world.snapshot();
  const Listener listener = CallWorld::request_of({}).listener;
  add_row("stage/call reading", [&snapshot, samples, listener](std::size_t n) {
    const CallSample& sample = sample_at(samples, n);
    benchmark::DoNotOptimize(sip::read_call(sample.request, sample.read.index,
                                            snapshot.peers->peers().front(), 0, listener));
  });
  add_row("stage/decide, with the number look-up", [&snapshot, samples](std::size_t n) {
    benchmark::DoNotOptimize(
        decide(sample_at(samples, n).call, snapshot, call_time, std::chrono::seconds(0)));
  });
  const auto numbers = std::make_shared<std::vector<PhoneNumber>>();
  for (std::uint32_t i = 0; i < number_count; ++i) {
    numbers->emplace_back(number_of(i), NumberKind::global);
  }
  constexpr std::size_t stride = 61813;  // a prime: all of them, far apart
  add_row("part/number look-up, one of 100,000", [&snapshot, numbers](std::size_t n) {
    benchmark::DoNotOptimize(snapshot.numbers->find((*numbers)[n * stride % number_count]));
  });
}

}  // namespace

void add_reading_stages(CallWorld& world) {
  const Samples samples = make_samples(world);
  add_peer_rows(world, samples);
  add_scan_rows(samples);
  add_parse_rows(world);
  add_admission_rows(world, samples);
  add_decision_rows(world, samples);
}

}  // namespace shaken302::bench
