// SPDX-License-Identifier: MIT
//
// The answer to a first INVITE: the decision, its redirect or refusal, its counters and its record.
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "exchange.hpp"
#include "redirect.hpp"

namespace shaken302::sip {
namespace {

/// An emergency call is redirected whatever the peer wants.
Outcome outcome_of(const Decision& decision, const Peer& peer) noexcept {
  switch (decision.verdict) {
    case Verdict::sign:
      return Outcome::signed_redirect;
    case Verdict::pass_existing:
      return Outcome::existing_redirect;
    case Verdict::block:
      return Outcome::blocked;
    case Verdict::leave_unsigned:
      break;
  }
  if (decision.emergency || peer.unsigned_outcome == UnsignedOutcome::redirect) {
    return Outcome::unsigned_redirect;
  }
  return Outcome::unsigned_refusal;
}

Status status_for(Outcome outcome, const Peer& peer) noexcept {
  if (outcome == Outcome::unsigned_refusal) return status_of(peer.unsigned_outcome, peer);
  if (outcome == Outcome::blocked) return status_of(peer.block_outcome, peer);
  return redirect_status(peer);
}

/// Which counter a reason adds to, if any.
constexpr auto counters_of_reasons = [] {
  constexpr std::pair<Reason, Counter> counted[] = {
      {Reason::signing_failed, Counter::signing_failed},
      {Reason::account_over_rate, Counter::account_over_rate},
      {Reason::account_over_day, Counter::account_over_day},
      {Reason::retargeted, Counter::retargeted},
      {Reason::capped_identities_differ, Counter::identities_differ},
      {Reason::caller_never_calls, Counter::never_calls},
      {Reason::request_ignored, Counter::request_ignored},
      {Reason::request_lowered, Counter::request_lowered},
      {Reason::request_reduced, Counter::request_reduced},
      {Reason::asserted_by_peer, Counter::asserted_by_peer},
  };
  std::array<std::optional<Counter>, reason_count> counters{};
  for (const auto& [reason, counter] : counted) {
    counters[static_cast<std::size_t>(reason)] = counter;
  }
  return counters;
}();

void count_decision(const Exchange& exchange, const Authentication& authentication,
                    Outcome outcome) noexcept {
  WorkerMetrics& metrics = exchange.worker.metrics;
  const std::uint32_t slot = exchange.peer->metrics_slot;
  metrics.add(slot, PeerCounter::invites);
  for (const Reason reason : authentication.decision.trail.reasons()) {
    const auto counter = counters_of_reasons[static_cast<std::size_t>(reason)];
    if (counter) metrics.add(*counter);
  }
  if (outcome != Outcome::signed_redirect) {
    metrics.add(slot, PeerCounter::not_signed);
    return;
  }
  exchange.worker.refusals.earn();
  switch (authentication.decision.level) {
    case Attestation::A:
      metrics.add(Counter::level_a);
      metrics.add(slot, PeerCounter::level_a);
      break;
    case Attestation::B:
      metrics.add(Counter::level_b);
      metrics.add(slot, PeerCounter::level_b);
      break;
    case Attestation::C:
      metrics.add(Counter::level_c);
      metrics.add(slot, PeerCounter::level_c);
      break;
  }
}

/// A TCP or TLS client's source port is good for its connection only: there the Via says where it
/// listens.
ContactTarget contact_target(const Exchange& exchange, const ParsedRequest& request) noexcept {
  Endpoint requester = exchange.request.source;
  if (exchange.request.transport != Transport::udp) requester.port = request.via.sent_by_port;
  return {request.request_uri, request.request_uri_text, exchange.peer->next_hop, requester,
          exchange.request.transport};
}

/// Source and listener, as the key of a retransmission wants them.
class OriginBytes {
 public:
  explicit OriginBytes(const Request& request) noexcept {
    append(request.source.address, request.source.port);
    append(request.listener.address, request.listener.port);
    append(static_cast<std::uint8_t>(request.listener.transport));
  }
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), text_.size()}; }

 private:
  void append(std::uint8_t byte) noexcept { text_[size_++] = static_cast<char>(byte); }
  void append(const IpAddress& address, std::uint16_t port) noexcept {
    for (const std::uint8_t byte : address.bytes) append(byte);
    append(static_cast<std::uint8_t>(port >> 8U));
    append(static_cast<std::uint8_t>(port & 0xFFU));
  }
  std::array<char, 37> text_{};
  std::size_t size_ = 0;
};

/// Only over UDP is a request sent again (RFC 3261 17.1.1.2, timer A).
Authentication authenticate(const Exchange& exchange, const Call& call) noexcept {
  AuthenticationService& service = exchange.worker.service;
  const Request& request = exchange.request;
  if (request.transport != Transport::udp) {
    return service.authenticate(call, exchange.snapshot, exchange.now);
  }
  const OriginBytes origin(request);
  const ReceivedRequest received{origin.text(), request.bytes, request.steady_ns};
  return service.authenticate(call, exchange.snapshot, exchange.now, &received);
}

/// The call was decided, recorded and counted when its first request came.
Answer finish_repeated(const Exchange& exchange, Reply& reply) noexcept {
  Answer answer = reply.finish();
  exchange.worker.metrics.add(exchange.peer->metrics_slot, PeerCounter::retransmissions);
  return answer;
}

}  // namespace

DecisionAnswer answer_for(const Decision& decision, const Peer& peer) noexcept {
  const Outcome outcome = outcome_of(decision, peer);
  return {outcome, status_for(outcome, peer)};
}

Answer answer_call(const Exchange& exchange, const ParsedRequest& request) noexcept {
  WorkerState& worker = exchange.worker;
  const Peer& peer = *exchange.peer;
  Call call =
      read_call(request, worker.read.index, peer, exchange.peer_index, exchange.request.listener);
  call.transport = exchange.request.transport;
  call.arrived = exchange.request.steady_ns;
  call.is_in_excess = exchange.is_in_excess;
  const Authentication authentication = authenticate(exchange, call);
  if (authentication.made_signature) worker.metrics.add(Counter::signatures);
  const bool is_repeated = authentication.is_retransmission;
  const auto [decided, status] = answer_for(authentication.decision, peer);
  const Outcome outcome = is_repeated ? Outcome::repeated_redirect : decided;
  const bool refused = outcome == Outcome::unsigned_refusal || outcome == Outcome::blocked;

  Reply reply(exchange, outcome, status,
              {&request.via, request.has_to_tag, authentication.decision.emergency});
  std::size_t contact_bytes = 0;
  if (!refused) {
    contact_bytes = append_redirect_fields(reply.out(), contact_target(exchange, request), peer,
                                           authentication);
  }
  if (is_repeated) return finish_repeated(exchange, reply);
  Answer answer = reply.finish();
  count_decision(exchange, authentication, answer.outcome);

  worker.record = make_decision_record(call, authentication, exchange.snapshot);
  worker.record.received_ns = exchange.request.received_ns;
  worker.record.status = answer.status;
  worker.record.reply_over_1300 = reply.is_over_1300();
  worker.record.reply_over_ratio = answer.outcome == Outcome::reply_over_ratio;
  worker.record.contact_over_1023 = contact_bytes > contact_uri_bytes_max;
  if (worker.record.contact_over_1023) worker.metrics.add(Counter::contact_over_1023);
  compare_with_shadow(exchange, request, authentication.decision, worker.record);
  answer.record = &worker.record;
  return answer;
}

}  // namespace shaken302::sip
