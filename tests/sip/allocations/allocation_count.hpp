// SPDX-License-Identifier: MIT
//
// How often this thread has asked for memory, whoever asked: this program's malloc takes the place
// of the C library's for every library in the process, and operator new ends there too.
#pragma once

#include <cstdint>

namespace shaken302::test {

struct AllocationCount {
  std::int64_t made = 0;          ///< malloc, calloc, realloc and the aligned ones
  std::int64_t in_signature = 0;  ///< of these: while EVP_PKEY_sign ran
  std::int64_t freed = 0;         ///< blocks
  std::int64_t bytes = 0;         ///< asked for

  friend AllocationCount operator-(const AllocationCount& a, const AllocationCount& b) noexcept {
    return {a.made - b.made, a.in_signature - b.in_signature, a.freed - b.freed, a.bytes - b.bytes};
  }
};

/// Of this thread, since it began.
AllocationCount allocation_count() noexcept;

}  // namespace shaken302::test
