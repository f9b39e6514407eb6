// SPDX-License-Identifier: MIT
//
// Kinds of callers and destinations, and what becomes of their calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace shaken302 {

/// What becomes of calls of a certain kind.
enum class Treatment : std::uint8_t {
  sign,            ///< as the policy says
  cap_b,           ///< B at most
  cap_c,           ///< C at most
  leave_unsigned,  ///< the peer's unsigned outcome
  block,           ///< the peer's block outcome; an emergency call is left unsigned instead
};

/// A kind of caller and what becomes of its calls.
struct CallerRule {
  enum class Kind : std::uint8_t {
    anonymous,     ///< the caller asks for privacy (RFC 3323) or calls itself anonymous
    not_a_number,  ///< no number can be read from the source that decides
    short_code,    ///< a number without a country code
    impossible,    ///< a number that no number plan has (is_possible)
    prefix,        ///< a global number that begins with `prefix`
  };
  Kind kind = Kind::prefix;
  std::string prefix;
  Treatment treatment = Treatment::sign;
};

/// A kind of destination and what becomes of calls to it.
struct CalledRule {
  enum class Kind : std::uint8_t {
    emergency,      ///< sign or leave_unsigned only: such a call is never refused
    toll_free,      ///< freephone numbers of the plan's country, and +800
    international,  ///< a global number outside the country of the plan
    short_code,     ///< 611, 72345
    star_code,      ///< what begins with * or #: *67, *6712155550199
    not_a_number,   ///< leave_unsigned or block only: there is nothing to sign
    prefix,         ///< a global number that begins with `prefix`
  };
  Kind kind = Kind::prefix;
  std::string prefix;
  Treatment treatment = Treatment::sign;
};
inline constexpr std::size_t call_rules_max = 32;  ///< of each of the two kinds

}  // namespace shaken302
