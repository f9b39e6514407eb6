// SPDX-License-Identifier: MIT
#include "shaken302/decision_record.hpp"

namespace shaken302 {
namespace {

std::string_view text_of(const Destination& called) noexcept {
  if (const auto* number = std::get_if<PhoneNumber>(&called)) return number->digits();
  const auto* uri = std::get_if<std::string_view>(&called);
  return uri == nullptr ? std::string_view() : *uri;
}

}  // namespace

DecisionRecord make_decision_record(const Call& call, const Authentication& authentication,
                                    const Snapshot& snapshot) noexcept {
  const Decision& decision = authentication.decision;
  DecisionRecord record;
  record.generation = snapshot.generation;
  record.verdict = decision.verdict;
  record.level = decision.level;
  record.emergency = decision.emergency;
  record.calling = decision.calling;
  record.trail = decision.trail;
  record.called = text_of(decision.called);
  record.peer = snapshot.peers->peers()[call.peer].name;
  if (decision.account != no_index) {
    record.account = snapshot.accounts->accounts()[decision.account].id;
  }
  if (decision.credential != no_index) {
    record.credential = snapshot.credentials->entries[decision.credential].credential.name();
  }
  record.call_id = call.call_id;
  // Only a token states a time and an origid; without one they would be about nothing.
  if (decision.verdict == Verdict::sign) {
    record.iat = authentication.iat;
    record.origid = authentication.origid.text();
  }
  return record;
}

}  // namespace shaken302
