// SPDX-License-Identifier: MIT
//
// What has to hold for every message and its answer, whatever the bytes are: at most one reply, to
// the source, of our own lines only, with the request's fields echoed, and an Identity that a
// stranger can verify. Read by an own reader, by Sofia and by the verification service; used by the
// fuzzer, by the replay of its corpus and by the tests over the RFC 4475 and RFC 5118 messages.
#pragma once

#include <string>
#include <string_view>

#include "sip/scene.hpp"

namespace shaken302::sip::test {

/// What is wrong with an answer, or nothing. `request` is what it answers, from `source`.
std::string broken_invariant(std::string_view request, const Endpoint& source,
                             const Answer& answer);

/// Feeds the bytes to workers with different settings as a peer, a probe and a stranger, and a
/// valid INVITE after them. Returns what is wrong, or nothing.
std::string check_answer(std::string_view bytes);

}  // namespace shaken302::sip::test
