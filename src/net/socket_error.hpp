// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace shaken302::net {

/// Which step of opening a socket failed, with errno.
struct SocketError {
  enum class Step : std::uint8_t { create, configure, bind, listen };
  Step step = Step::create;
  int error = 0;
};

}  // namespace shaken302::net
