// SPDX-License-Identifier: MIT
//
// Whose calls the origid of a token stands for (RFC 8588 section 5).
#pragma once

#include <cstdint>

#include "shaken302/passport.hpp"

namespace shaken302 {

enum class OrigidMode : std::uint8_t {
  per_call,     ///< a keyed hash of the call's identifiers: a retransmission repeats it
  per_account,  ///< a keyed hash of the account's id
  per_peer,     ///< a keyed hash of the peer's name
  fixed,        ///< the UUID that is configured
};

struct OrigidPolicy {
  OrigidMode mode = OrigidMode::per_call;
  Uuid uuid;  ///< when the mode is fixed
};

}  // namespace shaken302
