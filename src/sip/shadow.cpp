// SPDX-License-Identifier: MIT
#include "exchange.hpp"

namespace shaken302::sip {

void compare_with_shadow(const Exchange& exchange, const ParsedRequest& request,
                         DecisionRecord& record) noexcept {
  const Snapshot* const shadow = exchange.snapshot.shadow.get();
  if (shadow == nullptr) return;
  record.shadow.is_there = true;
  const Request& received = exchange.request;
  const std::uint32_t peer = shadow->peers->find(received.source.address, received.listener,
                                                 request.request_uri.host);
  if (peer != no_index) {
    const Call call = read_call(request, exchange.worker.read, shadow->peers->peers()[peer], peer,
                                received.listener);
    const Decision decision = decide(call, *shadow, exchange.now);
    record.shadow.has_peer = true;
    record.shadow.verdict = decision.verdict;
    record.shadow.level = decision.level;
    record.shadow.trail = decision.trail;
  }
  const bool is_same = record.shadow.has_peer && record.shadow.verdict == record.verdict &&
                       record.shadow.level == record.level;
  record.shadow.is_different = !is_same;
  exchange.worker.metrics.add(is_same ? Counter::shadow_same : Counter::shadow_different);
}

}  // namespace shaken302::sip
