// SPDX-License-Identifier: MIT
//
// URIs of a call as numbers, and one as a destination: a number, an emergency service, or neither.
// Pure; a NumbersOfCall is one thread's.
#pragma once

#include <array>
#include <cstddef>
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

/// What the URIs of one call name. Each text is read once: To mostly repeats the Request-URI, and
/// P-Asserted-Identity From, and two texts are compared in a tenth of the time that one is read in.
class NumbersOfCall {
 public:
  using Number = Result<PhoneNumber, NotANumber>;

  /// The plan, and whatever URIs are read, outlive it.
  explicit NumbersOfCall(const NumberPlan& plan) noexcept : plan_(plan) {}

  /// The canonical number of a URI, or why it names none (RFC 8224 8.1).
  [[nodiscard]] Number read(const UriView& uri) noexcept;
  [[nodiscard]] const NumberPlan& plan() const noexcept { return plan_; }

 private:
  struct Reading {
    std::string_view user;
    Number number = Failure{NotANumber::empty};
  };

  const NumberPlan& plan_;
  std::array<Reading, 4> readings_;  // of further ones each is read anew
  std::size_t size_ = 0;
};

CalledParty read_called(const UriView& uri, NumbersOfCall& numbers) noexcept;

/// `lower` is in lower case already.
[[nodiscard]] bool equals_lower(std::string_view text, std::string_view lower) noexcept;

}  // namespace shaken302
