// SPDX-License-Identifier: MIT
//
// A datagram to `answer`, and every invariant of the answer: answer_invariants.hpp.
#include "answer_invariants.hpp"
#include "fuzz_target.hpp"

std::string shaken302::fuzz::broken_by(std::string_view input) {
  return sip::test::check_answer(input);
}
