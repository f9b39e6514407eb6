// SPDX-License-Identifier: MIT
//
// libFuzzer target: a datagram to `answer`, and every invariant of the answer.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "answer_invariants.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string wrong =
      shaken302::sip::test::check_answer({reinterpret_cast<const char*>(data), size});
  if (wrong.empty()) return 0;
  std::fprintf(stderr, "broken invariant: %s\n", wrong.c_str());
  std::abort();
}
