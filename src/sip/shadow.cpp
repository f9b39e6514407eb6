// SPDX-License-Identifier: MIT
#include "exchange.hpp"

namespace shaken302::sip {
namespace {

Decision decide_by(const Snapshot& snapshot, std::uint32_t peer, const Exchange& exchange,
                   const ParsedRequest& request) noexcept {
  const Call call = read_call(request, exchange.worker.read, snapshot.peers->peers()[peer], peer,
                              exchange.request.listener);
  return decide(call, snapshot, exchange.now);
}

/// Whether the policy that is in force decided as the shadow does. What became of the signature is
/// no policy: where it failed, the decision before it is made again.
bool is_same(const Exchange& exchange, const ParsedRequest& request,
             const DecisionRecord& record) noexcept {
  const ShadowDecision& shadow = record.shadow;
  if (!shadow.has_peer) return false;
  if (!record.trail.contains(Reason::signing_failed)) {
    return shadow.verdict == record.verdict && shadow.level == record.level;
  }
  const Decision live = decide_by(exchange.snapshot, exchange.peer_index, exchange, request);
  return shadow.verdict == live.verdict && shadow.level == live.level;
}

}  // namespace

void compare_with_shadow(const Exchange& exchange, const ParsedRequest& request,
                         DecisionRecord& record) noexcept {
  const Snapshot* const shadow = exchange.snapshot.shadow.get();
  if (shadow == nullptr) return;
  record.shadow.is_there = true;
  const std::uint32_t peer = find_peer_of_call(*shadow->peers, exchange.request, request);
  if (peer != no_index) {
    const Decision decision = decide_by(*shadow, peer, exchange, request);
    record.shadow.has_peer = true;
    record.shadow.verdict = decision.verdict;
    record.shadow.level = decision.level;
    record.shadow.trail = decision.trail;
  }
  const bool same = is_same(exchange, request, record);
  record.shadow.is_different = !same;
  exchange.worker.metrics.add(same ? Counter::shadow_same : Counter::shadow_different);
}

}  // namespace shaken302::sip
