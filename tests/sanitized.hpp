// SPDX-License-Identifier: MIT
#pragma once

namespace shaken302::test {

/// Whether this is built with a sanitizer that takes the place of malloc, and time.
#if defined(__has_feature)
inline constexpr bool sanitized =
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

}  // namespace shaken302::test
