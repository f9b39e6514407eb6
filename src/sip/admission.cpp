// SPDX-License-Identifier: MIT
#include "admission.hpp"

#include "text_scan.hpp"
#include "uri_text.hpp"

namespace shaken302::sip {
namespace {

/// The URI of a To value by its text alone: what the parser will find there, or more.
UriView uri_of(std::string_view value) noexcept {
  const std::size_t bracket = find_outside_quotes(value, '<', 0);
  const std::size_t begin = bracket == std::string_view::npos ? 0 : bracket + 1;
  return split_uri(trim(uri_at(value, begin, BareUri::ends_at_parameters)));
}

/// Some peer of that source knows it as a call for help, as in find_peer_of_call.
bool is_help(const Exchange& exchange, const UriView& uri, const UriView& to) noexcept {
  const auto knows = [&](const Peer& peer) {
    return is_emergency(uri, peer.plan) || is_emergency(to, peer.plan);
  };
  return exchange.snapshot.peers->find_if(origin_of(exchange.request), knows) != no_index;
}

}  // namespace

const Peer& limited_peer(const Exchange& exchange, const ScannedRequest& scanned) noexcept {
  const PeerTable& peers = *exchange.snapshot.peers;
  if (!peers.is_limited()) return *exchange.peer;
  const std::uint32_t by_host = peers.find(origin_of(exchange.request), scanned.request_uri.host);
  return by_host == no_index ? *exchange.peer : peers.peers()[by_host];
}

std::optional<Outcome> find_excess(const Exchange& exchange, const Peer& peer,
                                   Method method) noexcept {
  if (exchange.request.is_late) return Outcome::too_late;
  UsageTable* const usage = exchange.worker.settings.usage;
  if (usage == nullptr) return {};
  const SteadyNs now = exchange.request.steady_ns;
  const bool has_room = method == Method::options ? usage->take_probe(peer.limits, now)
                                                  : usage->take(peer.limits, now);
  if (!has_room) return Outcome::over_limit;
  return {};
}

bool may_ask_for_help(const Exchange& exchange, const ScannedRequest& scanned) noexcept {
  if (scanned.method != Method::invite) return false;
  const Field* const to = exchange.worker.read.index.find(FieldName::to);
  return to != nullptr && is_help(exchange, scanned.request_uri, uri_of(to->value));
}

bool asks_peer_for_help(const Exchange& exchange, const ParsedRequest& request) noexcept {
  return request.method == Method::invite && is_help(exchange, request.request_uri, request.to);
}

Answer refuse_excess(const Exchange& exchange, const Peer& peer, Outcome excess) noexcept {
  WorkerState& worker = exchange.worker;
  const bool is_late = excess == Outcome::too_late;
  worker.metrics.add(is_late ? Counter::too_late : Counter::over_limit);
  worker.metrics.add(peer.metrics_slot, is_late ? PeerCounter::too_late : PeerCounter::over_limit);
  const HeaderIndex& index = worker.read.index;
  const bool is_told = peer.over_limit == OverLimit::unavailable && can_echo(index);
  if (!is_told || !worker.refusals.spend()) return silence(exchange, excess);
  const auto via = read_top_via(index);
  const Echo echo{via ? &*via : nullptr, has_tag(index.find(FieldName::to)->value)};
  return Reply(exchange, Outcome::busy, status_of(Outcome::busy), echo).finish();
}

}  // namespace shaken302::sip
