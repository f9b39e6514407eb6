// SPDX-License-Identifier: MIT
//
// A peer's rules about kinds of callers and destinations. Pure; thread-safe.
#pragma once

#include "call_facts.hpp"

namespace shaken302 {

/// The stricter of what the peer's first matching rule of each kind says; the trail and the
/// decision say which rules those were. Without a rule: `sign`. An impossible caller gets C at most
/// unless the rule is about such callers: one about anonymous callers or a prefix makes no number
/// possible.
Treatment treatment_of(const Facts& facts, const Peer& peer, Decision& decision) noexcept;

}  // namespace shaken302
