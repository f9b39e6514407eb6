// SPDX-License-Identifier: MIT
//
// One URI as a destination: a number, an emergency service, or neither. Pure; thread-safe.
#pragma once

#include <string_view>

#include "shaken302/call.hpp"
#include "shaken302/phone_number.hpp"

namespace shaken302 {

struct CalledParty {
  std::string_view urn;  ///< canonical name of an emergency service, with static lifetime
  PhoneNumber number;
  [[nodiscard]] bool is_emergency() const noexcept {
    return !urn.empty() || number.kind() == NumberKind::emergency;
  }
};

CalledParty read_called(const UriView& uri, const NumberPlan& plan) noexcept;

/// The canonical number of a URI, or why it names none (RFC 8224 8.1).
Result<PhoneNumber, NotANumber> read_number(const UriView& uri, const NumberPlan& plan) noexcept;

/// `lower` is in lower case already.
[[nodiscard]] bool equals_lower(std::string_view text, std::string_view lower) noexcept;

}  // namespace shaken302
