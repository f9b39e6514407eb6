// SPDX-License-Identifier: MIT
//
// What a process and the one that it has started to follow it say to each other: messages of a
// byte on a pair of sockets (SOCK_SEQPACKET) that nobody else has. An end without a word says that
// the other one is gone.
#pragma once

namespace shaken302::app::words {

/// Holds the descriptor of the follower's end, in its environment.
inline constexpr const char* variable = "SHAKEN302_PREDECESSOR";

inline constexpr char serving = 's';       ///< by the new one: it answers calls
inline constexpr char yours = 'y';         ///< by the old one: it leaves the sockets
inline constexpr char yours_reload = 'r';  ///< likewise, and was told to reload meanwhile
inline constexpr char not_needed = 'n';    ///< by the old one: it serves on, the new one leaves

}  // namespace shaken302::app::words
