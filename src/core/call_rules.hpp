// SPDX-License-Identifier: MIT
//
// A peer's rules about kinds of callers and destinations. Pure; thread-safe.
#pragma once

#include "call_facts.hpp"

namespace shaken302 {

struct TreatmentByRules {
  Treatment treatment = Treatment::sign;
  /// The caller's number is impossible and no rule is about such callers: it gets C at most. A rule
  /// about anonymous callers or a prefix makes no number possible.
  bool says_nothing_of_impossible = false;
};

/// The stricter of what the peer's first matching rule of each kind says; the trail and the
/// decision say which rules those were. Without a rule: `sign`.
TreatmentByRules treatment_of(const Facts& facts, const Peer& peer, Decision& decision) noexcept;

}  // namespace shaken302
