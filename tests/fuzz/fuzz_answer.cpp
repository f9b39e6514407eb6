// SPDX-License-Identifier: MIT
//
// A datagram to `answer`, and every invariant of the answer (answer_invariants.hpp); and how
// another reader reads it (whole_message.hpp).
#include "answer_invariants.hpp"
#include "fuzz_target.hpp"
#include "whole_message.hpp"

std::string shaken302::fuzz::broken_by(std::string_view input) {
  if (auto wrong = sip::test::check_answer(input); !wrong.empty()) return wrong;
  return sip::test::differs_from_whole_message(input);
}
