// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace shaken302::net {

/// Which step of opening a socket failed, with errno; the last three are what is wrong with an
/// inherited socket.
struct SocketError {
  enum class Step : std::uint8_t {
    create,
    configure,
    bind,
    listen,
    other_kind,  ///< not a listener's socket of that protocol and address
    shared,      ///< SO_REUSEPORT: others may get its calls, and what is queued is lost with it
    dual_stack,  ///< an IPv6 wildcard that takes IPv4, too
  };
  Step step = Step::create;
  int error = 0;
};

}  // namespace shaken302::net
