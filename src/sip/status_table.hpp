// SPDX-License-Identifier: MIT
//
// The one place that says which status and reason phrase a message gets, and under which counter it
// goes. Reason phrases tell the upstream's engineer what to look at; nothing of our inside leaves
// through them. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <string_view>

#include "answer.hpp"
#include "request_reader.hpp"
#include "shaken302/directory.hpp"
#include "shaken302/metrics.hpp"

namespace shaken302::sip {

struct Status {
  std::uint16_t code = 0;  ///< 0: silence
  std::string_view phrase;
};

/// What becomes of a message that is not a request we can serve.
struct Refusal {
  Outcome outcome = Outcome::silent_garbage;
  Status status;
  Counter counted_as = Counter::malformed;
};
[[nodiscard]] Refusal refusal_for(RequestError error) noexcept;

/// Of the outcomes whose status does not depend on the peer or the error; no code for all others.
[[nodiscard]] Status status_of(Outcome outcome) noexcept;

/// What a peer wants when there is no signature or no call; for a redirect its 302 or 300.
[[nodiscard]] Status status_of(UnsignedOutcome outcome, const Peer& peer) noexcept;
[[nodiscard]] Status redirect_status(const Peer& peer) noexcept;

/// The answered_…, retransmissions or silent counter.
[[nodiscard]] Counter counter_of(Outcome outcome) noexcept;
[[nodiscard]] Counter counter_of(Method method) noexcept;

}  // namespace shaken302::sip
