// SPDX-License-Identifier: MIT
#include <algorithm>
#include <iterator>

#include "exchange.hpp"

namespace shaken302::sip {
namespace {

Decision decide_by(const Snapshot& snapshot, std::uint32_t peer, const Exchange& exchange,
                   const ParsedRequest& request) noexcept {
  const Call call = read_call(request, exchange.worker.read.index, snapshot.peers->peers()[peer],
                              peer, exchange.request.listener);
  return decide(call, snapshot, exchange.now);
}

std::string_view account_id(const Snapshot& snapshot, const Decision& decision) noexcept {
  if (decision.account == no_index) return {};
  return snapshot.accounts->accounts()[decision.account].id;
}

/// A decision and what it was made by.
struct Verdicts {
  const Snapshot& snapshot;
  const Peer& peer;
  const Decision& decision;
};

/// Why is not compared: only what somebody would notice, or be billed for.
bool are_same(const Verdicts& one, const Verdicts& other) noexcept {
  return one.decision.verdict == other.decision.verdict &&
         one.decision.level == other.decision.level &&
         one.decision.calling == other.decision.calling &&
         one.decision.called == other.decision.called &&
         account_id(one.snapshot, one.decision) == account_id(other.snapshot, other.decision) &&
         answer_for(one.decision, one.peer).status.code ==
             answer_for(other.decision, other.peer).status.code;
}

/// What the policy in force decided. What became of the signature is no policy, nor is how many
/// calls there were: the decision before that is made again.
Decision live_decision(const Exchange& exchange, const ParsedRequest& request,
                       const Decision& authenticated) noexcept {
  static constexpr Reason no_policy[] = {Reason::signing_failed, Reason::in_excess,
                                         Reason::account_over_rate, Reason::account_over_day};
  const Trail& trail = authenticated.trail;
  if (std::none_of(std::begin(no_policy), std::end(no_policy),
                   [&](Reason reason) { return trail.contains(reason); })) {
    return authenticated;
  }
  return decide_by(exchange.snapshot, exchange.peer_index, exchange, request);
}

}  // namespace

void compare_with_shadow(const Exchange& exchange, const ParsedRequest& request,
                         const Decision& live, DecisionRecord& record) noexcept {
  const Snapshot* const shadow = exchange.snapshot.shadow.get();
  if (shadow == nullptr) return;
  record.shadow.is_there = true;
  record.shadow.is_different = true;
  const std::uint32_t index = find_peer_of_call(*shadow->peers, exchange.request, request);
  if (index != no_index) {
    const Peer& peer = shadow->peers->peers()[index];
    const Decision decision = decide_by(*shadow, index, exchange, request);
    record.shadow.has_peer = true;
    record.shadow.verdict = decision.verdict;
    record.shadow.level = decision.level;
    record.shadow.status = answer_for(decision, peer).status.code;
    record.shadow.trail = decision.trail;
    record.shadow.is_different =
        !are_same({exchange.snapshot, *exchange.peer, live_decision(exchange, request, live)},
                  {*shadow, peer, decision});
  }
  exchange.worker.metrics.add(record.shadow.is_different ? Counter::shadow_different
                                                         : Counter::shadow_same);
}

}  // namespace shaken302::sip
