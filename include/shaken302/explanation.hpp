// SPDX-License-Identifier: MIT
//
// A decision in words, for a person who asks why: what was read where, which row said whose number
// it is, each rule with its verdict, each cap, the level. It is written from the decision that
// `decide` made, so it cannot explain another one. Not for the path of a call: it allocates.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shaken302/decision.hpp"
#include "shaken302/snapshot.hpp"

namespace shaken302 {

struct TrailStep {
  std::string rule;     ///< "orig", "account", "number", "cap.peer", "warning", …
  std::string verdict;  ///< "found", "assigned", "lowered", "holds", …
  std::string detail;   ///< what it was about: a header, a number, a row of a file
  std::string reason;   ///< the name that the log has for it, where it is one of its reasons
};

struct Explanation {
  /// "signed"; "unsigned", a redirect without a new Identity; or "rejected", a refusal by a rule or
  /// by what the peer wants where there is no signature.
  std::string outcome;
  std::string attest;   ///< "A", "B" or "C" when it is signed
  std::string account;  ///< empty: nobody is responsible
  std::string orig;     ///< canonical; empty: not a number
  std::string dest;
  std::string peer;
  std::string credential;
  bool emergency = false;
  std::vector<TrailStep> trail;
};

/// `decision` was made of `call` by `snapshot` at `now`.
Explanation explain(const Decision& decision, const Call& call, const Snapshot& snapshot,
                    UnixTime now);

/// Where a row of a number table is: "/etc/numbers.csv:7", "sqlite:/var/lib/d.db number row 7".
std::string place_of_row(const std::string& source, std::uint64_t row);

}  // namespace shaken302
