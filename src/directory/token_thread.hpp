// SPDX-License-Identifier: MIT
//
// Threads that speak to tokens. A module cannot be interrupted: such a thread may be inside it for
// any time, so nobody joins it when what it works for goes away; only the end of the process waits
// for all of them, and not for ever.
#pragma once

#include <chrono>
#include <functional>

namespace shaken302::directory {

/// Runs `work`, which must not throw, with all signals blocked: they belong to the control thread.
/// Throws std::system_error.
void start_token_thread(std::function<void()> work);

/// Whether all of them have ended by then. If not, the process must end without its exit handlers:
/// those of OpenSSL and of the module would take away what such a thread is using, or wait for it
/// for ever.
[[nodiscard]] bool token_threads_end_within(std::chrono::milliseconds time);

}  // namespace shaken302::directory
