// SPDX-License-Identifier: MIT
//
// What the load checks of an answer, read by a reader that shares nothing with the server's:
// status, Call-ID, Identity. And the framing of answers on a stream (RFC 3261 18.3). Views into the
// bytes given. Thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace sip_load {

struct AnswerView {
  int status = 0;
  std::string_view call_id;
  std::string_view identity;  ///< empty when there is none
};

/// Nothing for what is no SIP response with exactly one Call-ID and at most one Identity.
[[nodiscard]] std::optional<AnswerView> parse_answer(std::string_view bytes);

struct Frame {
  std::size_t skipped = 0;  ///< CR and LF before it (RFC 5626 3.5.1)
  std::size_t size = 0;     ///< 0: not whole yet
  bool is_broken = false;   ///< no Content-Length, so that nothing behind it can be found
};

/// The first message in `stream`.
[[nodiscard]] Frame next_answer(std::string_view stream);

}  // namespace sip_load
