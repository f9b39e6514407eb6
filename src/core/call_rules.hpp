// SPDX-License-Identifier: MIT
//
// A peer's rules about kinds of callers and destinations. Pure; thread-safe.
#pragma once

#include "call_facts.hpp"

namespace shaken302 {

/// The stricter of what the peer's first matching rule of each kind says; the trail and the decision
/// say which rules those were. Without a rule: `cap_c` for an impossible caller, otherwise `sign`.
Treatment treatment_of(const Facts& facts, const Peer& peer, Decision& decision) noexcept;

}  // namespace shaken302
