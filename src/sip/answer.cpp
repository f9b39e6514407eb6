// SPDX-License-Identifier: MIT
#include "answer.hpp"

#include <algorithm>
#include <optional>

#include "admission.hpp"
#include "contact_uri.hpp"
#include "exchange.hpp"
#include "text_scan.hpp"
#include "uri_text.hpp"

namespace shaken302::sip {
namespace {

constexpr std::string_view allow_field = "Allow: INVITE, ACK, CANCEL, OPTIONS\r\n";
constexpr std::string_view options_fields =
    "Allow: INVITE, ACK, CANCEL, OPTIONS\r\nAccept: application/sdp\r\nSupported:\r\n";
/// Belongs to draining alone: it takes the whole server out of rotation (RFC 3261 21.5.4).
constexpr std::string_view draining_fields = "Retry-After: 5\r\n";

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

/// `uncounted`: its method, where it has not been counted in its peer's bucket yet.
Answer refuse(const Exchange& exchange, RequestError error,
              std::optional<Method> uncounted) noexcept {
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
  if (uncounted) {
    if (const auto excess = find_excess(exchange, *exchange.peer, *uncounted)) {
      return refuse_excess(exchange, *exchange.peer, *excess);
    }
  }
  const auto via = read_top_via(index);
  const Echo echo{via ? &*via : nullptr, has_tag(index.find(FieldName::to)->value)};
  return Reply(exchange, refusal.outcome, refusal.status, echo).finish();
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
/// numbers: the work is that of reading two numbers for each peer. A source that we know has the
/// plans of its peers, and find_peer_of_call has asked those.
bool asks_for_help(const Exchange& exchange, const ParsedRequest& request) noexcept {
  const auto by = [&request](const NumberPlan& plan) {
    return is_emergency(request.request_uri, plan) || is_emergency(request.to, plan);
  };
  const std::vector<Peer>& peers = exchange.snapshot.peers->peers();
  if (by(exchange.worker.stranger_plan)) return true;
  return exchange.peer == nullptr &&
         std::any_of(peers.begin(), peers.end(), [&by](const Peer& peer) { return by(peer.plan); });
}

/// Only a well-formed request can be told 403, and an emergency call never is: silence lets the
/// upstream go on without us.
bool may_be_forbidden(const Exchange& exchange, const ParsedRequest& request) noexcept {
  if (request.method == Method::ack || request.method == Method::cancel) return false;
  return !asks_for_help(exchange, request);
}

Answer refuse_stranger(const Exchange& exchange, const ParsedRequest& request) noexcept {
  exchange.worker.metrics.add(Counter::unknown_source);
  if (exchange.worker.settings.forbid_unknown_sources && may_be_forbidden(exchange, request)) {
    return reply_to(exchange, request, Outcome::forbidden);
  }
  return silence(exchange, Outcome::silent_source);
}

// --- calls ---------------------------------------------------------------------------------------

/// Service URNs are all known, also those that no number stands for (RFC 5031): what becomes of
/// urn:service:test.sos is a decision.
bool has_known_scheme(const UriView& uri) noexcept {
  return uri.scheme == UriScheme::sip || uri.scheme == UriScheme::sips ||
         uri.scheme == UriScheme::tel || is_service(uri);
}

/// A Request-URI of no use has no host that could select a peer: the source's peer is told so.
bool has_usable_uri(const Exchange& exchange, const ParsedRequest& request) noexcept {
  if (has_known_scheme(request.request_uri)) return true;
  // It does not stop a call whose To is an emergency number.
  return exchange.peer != nullptr && is_emergency(request.to, exchange.peer->plan);
}

Answer answer_invite(const Exchange& exchange, const ParsedRequest& request) noexcept {
  if (request.has_to_tag) return reply_to(exchange, request, Outcome::in_dialog);
  Exchange of_call = exchange;
  const PeerTable& peers = *exchange.snapshot.peers;
  of_call.peer_index = find_peer_of_call(peers, exchange.request, request);
  of_call.peer = of_call.peer_index == no_index ? nullptr : &peers.peers()[of_call.peer_index];
  if (!has_usable_uri(of_call, request)) return reply_to(exchange, request, Outcome::bad_scheme);
  return of_call.peer == nullptr ? refuse_stranger(exchange, request)
                                 : answer_call(of_call, request);
}

Answer answer_options(const Exchange& exchange, const ParsedRequest& request) noexcept {
  if (exchange.worker.draining.load(std::memory_order_relaxed)) {
    return reply_to(exchange, request, Outcome::options_draining, draining_fields);
  }
  return reply_to(exchange, request, Outcome::options_ok, options_fields);
}

// --- messages ------------------------------------------------------------------------------------

/// No peer. The usual stranger costs a look-up and nothing else: not even the scan.
Answer answer_stranger(const Exchange& exchange) noexcept {
  WorkerState& worker = exchange.worker;
  const bool probe = !exchange.request.is_late &&
                     is_probe_source(worker.settings, exchange.request.source.address);
  const bool is_heard = probe || worker.settings.forbid_unknown_sources;
  if (is_heard && !exchange.request.is_unframed) {
    const auto request = read_request(exchange.request.bytes, worker.read);
    const bool can_answer = request && can_echo(worker.read.index);
    if (can_answer && probe && request->method == Method::options) {
      worker.metrics.add(Counter::method_options);
      return answer_options(exchange, *request);
    }
    if (can_answer) return refuse_stranger(exchange, *request);
  }
  worker.metrics.add(Counter::unknown_source);
  return silence(exchange, Outcome::silent_source);
}

Answer answer_parsed(const Exchange& exchange, const ParsedRequest& request) noexcept {
  exchange.worker.metrics.add(counter_of(request.method));
  if (!can_echo(exchange.worker.read.index)) return silence(exchange, Outcome::silent_garbage);
  if (request.method == Method::invite) return answer_invite(exchange, request);
  if (request.method == Method::options) return answer_options(exchange, request);
  // With a To tag it belongs to a dialog, and we have none (RFC 3261 12.2.2).
  if (request.has_to_tag) return reply_to(exchange, request, Outcome::in_dialog);
  return reply_to(exchange, request, Outcome::bad_method, allow_field);
}

/// What is over the limit or late is answered only where it asks for help, and signed only where
/// its Request-URI does; nothing else of it is parsed.
Answer answer_excess(const Exchange& exchange, const ScannedRequest& scanned, const Peer& peer,
                     Outcome excess) noexcept {
  WorkerState& worker = exchange.worker;
  if (may_ask_for_help(exchange, scanned)) {
    const auto request = parse_request(scanned, worker.read);
    if (request && asks_peer_for_help(exchange, *request)) {
      Exchange in_excess = exchange;
      in_excess.is_in_excess = true;
      return answer_parsed(in_excess, *request);
    }
  }
  worker.metrics.add(counter_of(scanned.method));
  return refuse_excess(exchange, peer, excess);
}

/// The cheap first: the source is known, then the scan, then what is never answered, then the
/// peer's bucket, and only then the parser.
Answer answer_peer(const Exchange& exchange) noexcept {
  ReadState& read = exchange.worker.read;
  const auto scanned = scan_request(exchange.request.bytes, read);
  if (!scanned) return refuse(exchange, scanned.error(), Method::other);
  if (exchange.request.is_unframed) {
    return refuse(exchange, RequestError::content_length, scanned->method);
  }
  if (scanned->method == Method::ack || scanned->method == Method::cancel) {
    exchange.worker.metrics.add(counter_of(scanned->method));
    return silence(exchange, Outcome::silent_method);
  }
  const Peer& limited = limited_peer(exchange, *scanned);
  if (const auto excess = find_excess(exchange, limited, scanned->method)) {
    return answer_excess(exchange, *scanned, limited, *excess);
  }
  const auto request = parse_request(*scanned, read);
  if (!request) return refuse(exchange, request.error(), std::nullopt);
  return answer_parsed(exchange, *request);
}

}  // namespace

WorkerState::WorkerState(const AnswerSettings& all_settings, const Secret& secret,
                         WorkerMetrics& own_metrics, const std::atomic<bool>& is_draining)
    : settings(all_settings),
      metrics(own_metrics),
      draining(is_draining),
      service(secret, all_settings.iat_backdate, all_settings.retransmissions, all_settings.usage),
      tags(secret) {}

bool is_known(const Origin& origin, const Snapshot& snapshot,
              const AnswerSettings& settings) noexcept {
  return snapshot.peers->find(origin) != no_index || is_probe_source(settings, origin.source);
}

bool is_expected(const IpAddress& source, const Listener& listener, const Snapshot& snapshot,
                 const AnswerSettings& settings) noexcept {
  return snapshot.peers->is_expected(source, listener) || is_probe_source(settings, source);
}

bool may_be_heard(const IpAddress& source, const Listener& listener, const Snapshot& snapshot,
                  const AnswerSettings& settings) noexcept {
  return settings.forbid_unknown_sources || snapshot.peers->may_be_peer(source, listener) ||
         is_probe_source(settings, source);
}

Answer answer(const Request& request, const Snapshot& snapshot, UnixTime now,
              WorkerState& worker) noexcept {
  worker.metrics.add(Counter::received);
  const std::uint32_t peer = snapshot.peers->find(origin_of(request));
  if (peer == no_index) return answer_stranger({request, snapshot, now, worker, nullptr, no_index});
  return answer_peer({request, snapshot, now, worker, &snapshot.peers->peers()[peer], peer});
}

}  // namespace shaken302::sip
