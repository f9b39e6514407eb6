// SPDX-License-Identifier: MIT
//
// Which values are enumerators: switches without a default, so that a new enumerator does not
// compile (-Wswitch) before it is here, and from then on every test that walks all of them asks
// for it.
#pragma once

#include <vector>

#include "sip/answer.hpp"

namespace shaken302::sip::test {

constexpr bool is_enumerator(Outcome value) noexcept {
  switch (value) {
    case Outcome::signed_redirect:
    case Outcome::repeated_redirect:
    case Outcome::unsigned_redirect:
    case Outcome::existing_redirect:
    case Outcome::unsigned_refusal:
    case Outcome::blocked:
    case Outcome::options_ok:
    case Outcome::options_draining:
    case Outcome::bad_request:
    case Outcome::in_dialog:
    case Outcome::bad_method:
    case Outcome::bad_scheme:
    case Outcome::bad_version:
    case Outcome::forbidden:
    case Outcome::silent_source:
    case Outcome::silent_method:
    case Outcome::silent_response:
    case Outcome::silent_garbage:
    case Outcome::busy:
    case Outcome::over_limit:
    case Outcome::too_late:
    case Outcome::reply_too_large:
    case Outcome::reply_over_ratio:
      return true;
  }
  return false;
}

constexpr bool is_enumerator(RequestError value) noexcept {
  switch (value) {
    case RequestError::keep_alive:
    case RequestError::response:
    case RequestError::not_sip:
    case RequestError::too_long:
    case RequestError::too_many_lines:
    case RequestError::too_many_commas:
    case RequestError::nul:
    case RequestError::lone_cr:
    case RequestError::no_colon:
    case RequestError::unterminated:
    case RequestError::version:
    case RequestError::request_line:
    case RequestError::via:
    case RequestError::from:
    case RequestError::to:
    case RequestError::call_id:
    case RequestError::cseq:
    case RequestError::cseq_method:
    case RequestError::duplicate_header:
    case RequestError::content_length:
    case RequestError::other_header:
    case RequestError::memory:
      return true;
  }
  return false;
}

template <class Enum>
std::vector<Enum> every() {
  std::vector<Enum> values;
  for (int i = 0; i < 256; ++i) {
    const auto value = static_cast<Enum>(i);
    if (is_enumerator(value)) values.push_back(value);
  }
  return values;
}

}  // namespace shaken302::sip::test
