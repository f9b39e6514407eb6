// SPDX-License-Identifier: MIT
#include "answer.hpp"

#include <algorithm>

#include "redirect.hpp"
#include "reply_writer.hpp"
#include "status_table.hpp"
#include "text_scan.hpp"
#include "to_tag.hpp"
#include "uri_text.hpp"

namespace shaken302::sip {
namespace {

constexpr std::string_view allow_field = "Allow: INVITE, ACK, CANCEL, OPTIONS\r\n";
constexpr std::string_view options_fields =
    "Allow: INVITE, ACK, CANCEL, OPTIONS\r\nAccept: application/sdp\r\nSupported:\r\n";
/// Belongs to draining alone: it takes the whole server out of rotation (RFC 3261 21.5.4).
constexpr std::string_view draining_fields = "Retry-After: 5\r\n";

constexpr std::size_t udp_reply_bytes_max = 1300;  ///< RFC 3261 18.1.1 with an unknown path MTU

/// One message and everything that is needed to answer it.
struct Exchange {
  const Request& request;
  const Snapshot& snapshot;
  UnixTime now;
  WorkerState& worker;
  const Peer* peer = nullptr;
  std::uint32_t peer_index = no_index;
};

// --- replies -------------------------------------------------------------------------------------

Answer silence(const Exchange& exchange, Outcome outcome) noexcept {
  exchange.worker.metrics.add(counter_of(outcome));
  Answer answer;
  answer.outcome = outcome;
  return answer;
}

/// What a reply takes from the request, for well-formed requests and for broken ones.
struct Echo {
  const TopVia* via = nullptr;
  bool to_has_tag = false;
};

/// A reply being written into the worker's buffer.
class Reply {
 public:
  Reply(const Exchange& exchange, Outcome outcome, Status status, const Echo& echo) noexcept
      : exchange_(exchange),
        outcome_(outcome),
        status_(status),
        via_(echo.via),
        out_(exchange.worker.reply) {
    WorkerState& worker = exchange.worker;
    const ToTag tag(worker.tags, worker.read.index, echo.via != nullptr ? echo.via->value : "");
    const ReplyContext context{&worker.read.index, echo.via, exchange.request.source, tag.text(),
                               worker.settings.server_header};
    append_reply_head(out_, status.code, status.phrase, context, echo.to_has_tag);
  }
  [[nodiscard]] BoundedText& out() noexcept { return out_; }

  /// Counts, and gives the reply its destination; one that did not fit is not sent.
  Answer finish() noexcept {
    append_reply_end(out_);
    WorkerMetrics& metrics = exchange_.worker.metrics;
    if (out_.overflowed()) {
      metrics.add(Counter::reply_too_large);
      return silence(exchange_, Outcome::reply_too_large);
    }
    metrics.add(counter_of(outcome_));
    if (is_over_1300()) metrics.add(Counter::reply_over_1300);
    Answer answer;
    answer.outcome = outcome_;
    answer.status = status_.code;
    answer.reply = out_.view();
    answer.destination = destination();
    return answer;
  }
  [[nodiscard]] bool is_over_1300() const noexcept {
    return exchange_.request.transport == Transport::udp && out_.size() > udp_reply_bytes_max;
  }

 private:
  [[nodiscard]] Endpoint destination() const noexcept {
    const Endpoint& source = exchange_.request.source;
    // On TCP and TLS a reply goes back on its connection (RFC 3261 18.2.2).
    if (exchange_.request.transport != Transport::udp) return source;
    return reply_destination(source, via_,
                             exchange_.peer != nullptr && exchange_.peer->force_rport);
  }

  const Exchange& exchange_;
  Outcome outcome_;
  Status status_;
  const TopVia* via_;
  BoundedText out_;
};

Answer reply_to(const Exchange& exchange, const ParsedRequest& request, Outcome outcome,
                std::string_view fields = {}) noexcept {
  Reply reply(exchange, outcome, status_of(outcome), {&request.via, request.has_to_tag});
  reply.out().append(fields);
  return reply.finish();
}

// --- broken messages -----------------------------------------------------------------------------

/// What a start line says that no later step could read. ACK, CANCEL and responses are never
/// answered (RFC 3261 8.2.7), however broken; what does not even claim to be SIP is not told
/// anything.
enum class StartLine : std::uint8_t { request, ack_or_cancel, response, other };

StartLine classify_start_line(std::string_view line) noexcept {
  const auto first = line.substr(0, line.find_first_of(" \t"));
  if (equals_ignoring_case(first.substr(0, 4), "SIP/")) return StartLine::response;
  if (first == "ACK" || first == "CANCEL") return StartLine::ack_or_cancel;
  const auto end = trim(line);
  const auto version = end.substr(end.find_last_of(" \t") + 1);
  return equals_ignoring_case(version.substr(0, 4), "SIP/") ? StartLine::request : StartLine::other;
}

Answer refuse(const Exchange& exchange, RequestError error) noexcept {
  const HeaderIndex& index = exchange.worker.read.index;
  const Refusal refusal = refusal_for(error);
  exchange.worker.metrics.add(refusal.counted_as);
  if (refusal.status.code == 0) return silence(exchange, refusal.outcome);
  switch (classify_start_line(index.start_line())) {
    case StartLine::ack_or_cancel:
      return silence(exchange, Outcome::silent_method);
    case StartLine::response:
      return silence(exchange, Outcome::silent_response);
    case StartLine::other:
      return silence(exchange, Outcome::silent_garbage);
    case StartLine::request:
      break;
  }
  if (!can_echo(index)) return silence(exchange, Outcome::silent_garbage);
  const auto via = read_top_via(index);
  const Echo echo{via ? &*via : nullptr, has_tag(index.find(FieldName::to)->value)};
  return Reply(exchange, refusal.outcome, refusal.status, echo).finish();
}

// --- calls ---------------------------------------------------------------------------------------

/// Service URNs are all known, also those that no number stands for (RFC 5031): what becomes of
/// urn:service:test.sos is a decision.
bool has_known_scheme(const UriView& uri) noexcept {
  return uri.scheme == UriScheme::sip || uri.scheme == UriScheme::sips ||
         uri.scheme == UriScheme::tel || is_service(uri);
}

/// The outcome of a decision for this peer. An emergency call is redirected whatever the peer
/// wants.
Outcome outcome_of(const Authentication& authentication, const Peer& peer) noexcept {
  const Decision& decision = authentication.decision;
  if (decision.verdict == Verdict::sign && !authentication.token.empty()) {
    return Outcome::signed_redirect;
  }
  if (decision.verdict == Verdict::pass_existing) return Outcome::existing_redirect;
  if (decision.emergency || peer.unsigned_outcome == UnsignedOutcome::redirect) {
    return Outcome::unsigned_redirect;
  }
  return Outcome::unsigned_refusal;
}

void count_decision(const Exchange& exchange, const Authentication& authentication,
                    Outcome outcome) noexcept {
  WorkerMetrics& metrics = exchange.worker.metrics;
  const std::uint32_t slot = exchange.peer->metrics_slot;
  metrics.add(slot, PeerCounter::invites);
  if (authentication.decision.trail.contains(Reason::signing_failed)) {
    metrics.add(Counter::signing_failed);
  }
  if (outcome != Outcome::signed_redirect) {
    metrics.add(slot, PeerCounter::not_signed);
    return;
  }
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

Answer answer_call(const Exchange& exchange, const ParsedRequest& request,
                   const Call& call) noexcept {
  WorkerState& worker = exchange.worker;
  const Peer& peer = *exchange.peer;
  const Authentication authentication =
      worker.service.authenticate(call, exchange.snapshot, exchange.now);
  const Outcome outcome = outcome_of(authentication, peer);
  const bool refused = outcome == Outcome::unsigned_refusal;

  Reply reply(exchange, outcome, refused ? unsigned_status(peer) : redirect_status(peer),
              {&request.via, request.has_to_tag});
  std::size_t contact_bytes = 0;
  if (!refused) {
    contact_bytes = append_redirect_fields(reply.out(), contact_target(exchange, request), peer,
                                           authentication);
  }
  Answer answer = reply.finish();
  count_decision(exchange, authentication, answer.outcome);

  worker.record = make_decision_record(call, authentication, exchange.snapshot);
  worker.record.received_ns = exchange.request.received_ns;
  worker.record.status = answer.status;
  worker.record.reply_over_1300 = reply.is_over_1300();
  worker.record.contact_over_1023 = contact_bytes > contact_uri_bytes_max;
  if (worker.record.contact_over_1023) worker.metrics.add(Counter::contact_over_1023);
  answer.record = &worker.record;
  return answer;
}

Answer answer_invite(const Exchange& exchange, const ParsedRequest& request) noexcept {
  if (request.has_to_tag) return reply_to(exchange, request, Outcome::in_dialog);
  const Call call = read_call(request, exchange.worker.read, *exchange.peer, exchange.peer_index);
  // Even a Request-URI of no use does not stop a call whose To is an emergency number.
  if (!has_known_scheme(request.request_uri) &&
      !AuthenticationService::decide(call, exchange.snapshot, exchange.now).emergency) {
    return reply_to(exchange, request, Outcome::bad_scheme);
  }
  return answer_call(exchange, request, call);
}

Answer answer_options(const Exchange& exchange, const ParsedRequest& request) noexcept {
  if (exchange.worker.draining.load(std::memory_order_relaxed)) {
    return reply_to(exchange, request, Outcome::options_draining, draining_fields);
  }
  return reply_to(exchange, request, Outcome::options_ok, options_fields);
}

// --- sources -------------------------------------------------------------------------------------

bool contains(const IpNetwork& network, const IpAddress& address) noexcept {
  const std::size_t whole = network.prefix / 8U;
  const auto* ours = network.address.bytes.data();
  const auto* theirs = address.bytes.data();
  if (!std::equal(ours, ours + whole, theirs)) return false;
  const unsigned bits = network.prefix % 8U;
  return bits == 0 || (ours[whole] >> (8U - bits)) == (theirs[whole] >> (8U - bits));
}

bool is_probe_source(const AnswerSettings& settings, const IpAddress& source) noexcept {
  return std::any_of(settings.probe_sources.begin(), settings.probe_sources.end(),
                     [&](const IpNetwork& network) { return contains(network, source); });
}

/// A stranger has no number plan, so every plan that we know says which numbers are emergency
/// numbers: the work is that of reading two numbers for each peer.
bool asks_for_help(const Exchange& exchange, const ParsedRequest& request) noexcept {
  const auto by = [&request](const NumberPlan& plan) {
    return is_emergency(request.request_uri, plan) || is_emergency(request.to, plan);
  };
  const std::vector<Peer>& peers = exchange.snapshot.peers->peers();
  return by(exchange.worker.stranger_plan) ||
         std::any_of(peers.begin(), peers.end(), [&by](const Peer& peer) { return by(peer.plan); });
}

/// Only a well-formed request can be told 403, and an emergency call never is: silence lets the
/// upstream go on without us.
bool may_be_forbidden(const Exchange& exchange, const ParsedRequest& request) noexcept {
  if (request.method == Method::ack || request.method == Method::cancel) return false;
  return !asks_for_help(exchange, request);
}

/// No peer. The usual stranger costs a look-up and nothing else: not even the scan.
Answer answer_stranger(const Exchange& exchange) noexcept {
  WorkerState& worker = exchange.worker;
  const bool probe = is_probe_source(worker.settings, exchange.request.source.address);
  if (probe || worker.settings.forbid_unknown_sources) {
    const auto request = read_request(exchange.request.bytes, worker.read);
    const bool can_answer = request && can_echo(worker.read.index);
    if (can_answer && probe && request->method == Method::options) {
      worker.metrics.add(Counter::method_options);
      return answer_options(exchange, *request);
    }
    if (can_answer && worker.settings.forbid_unknown_sources &&
        may_be_forbidden(exchange, *request)) {
      worker.metrics.add(Counter::unknown_source);
      return reply_to(exchange, *request, Outcome::forbidden);
    }
  }
  worker.metrics.add(Counter::unknown_source);
  return silence(exchange, Outcome::silent_source);
}

Answer answer_peer(const Exchange& exchange) noexcept {
  const auto request = read_request(exchange.request.bytes, exchange.worker.read);
  if (!request) return refuse(exchange, request.error());
  exchange.worker.metrics.add(counter_of(request->method));
  if (request->method == Method::ack || request->method == Method::cancel) {
    return silence(exchange, Outcome::silent_method);
  }
  if (!can_echo(exchange.worker.read.index)) return silence(exchange, Outcome::silent_garbage);
  if (request->method == Method::invite) return answer_invite(exchange, *request);
  if (request->method == Method::options) return answer_options(exchange, *request);
  // With a To tag it belongs to a dialog, and we have none (RFC 3261 12.2.2).
  if (request->has_to_tag) return reply_to(exchange, *request, Outcome::in_dialog);
  return reply_to(exchange, *request, Outcome::bad_method, allow_field);
}

}  // namespace

WorkerState::WorkerState(const AnswerSettings& all_settings, const Secret& secret,
                         WorkerMetrics& own_metrics, const std::atomic<bool>& is_draining)
    : settings(all_settings),
      metrics(own_metrics),
      draining(is_draining),
      service(secret, all_settings.iat_backdate),
      tags(secret) {}

Answer answer(const Request& request, const Snapshot& snapshot, UnixTime now,
              WorkerState& worker) noexcept {
  worker.metrics.add(Counter::received);
  const std::uint32_t peer = snapshot.peers->find(request.source.address);
  if (peer == no_index) return answer_stranger({request, snapshot, now, worker, nullptr, no_index});
  return answer_peer({request, snapshot, now, worker, &snapshot.peers->peers()[peer], peer});
}

}  // namespace shaken302::sip
