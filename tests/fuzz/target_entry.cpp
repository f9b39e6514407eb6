// SPDX-License-Identifier: MIT
//
// libFuzzer's entry: ends the process at the first input that breaks an invariant.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "fuzz_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string wrong = shaken302::fuzz::broken_by({reinterpret_cast<const char*>(data), size});
  if (wrong.empty()) return 0;
  std::fprintf(stderr, "broken invariant: %s\n", wrong.c_str());
  std::abort();
}
