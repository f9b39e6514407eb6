// SPDX-License-Identifier: MIT
//
// Wall-clock time as the protocols use it: whole seconds since 1970-01-01T00:00:00Z (RFC 8225 5.1.1
// NumericDate). The core never reads a clock; every function that needs the time is given it.
#pragma once

#include <chrono>

namespace shaken302 {

using UnixTime = std::chrono::sys_seconds;

}  // namespace shaken302
