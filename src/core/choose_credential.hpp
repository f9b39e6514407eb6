// SPDX-License-Identifier: MIT
//
// Which of an account's credentials signs.
#pragma once

#include <cstdint>
#include <optional>

#include "shaken302/credential.hpp"
#include "shaken302/credential_list.hpp"
#include "shaken302/decision.hpp"

namespace shaken302 {

/// RFC 8224 6.1 step 3 and 6.2: the certificate is valid when it signs, and at the time that the
/// token states.
struct SigningTimes {
  UnixTime now{};
  UnixTime iat{};
};

struct CredentialChoice {
  /// The one that signs, or, when `refusal` is there, the one that it is about; no_index: the list
  /// names none.
  std::uint32_t index = no_index;
  std::optional<Reason> refusal{};  ///< why none of them can sign
  /// A newer one is valid too, but out of use.
  bool is_newer_passed_over = false;
};

/// The newest, by the beginning of its validity, of those that are valid at both times and in use;
/// of equally new ones the first in the list. Allocates nothing.
[[nodiscard]] CredentialChoice choose_credential(const CredentialList& list,
                                                 const CredentialTable& table,
                                                 const SigningTimes& times) noexcept;

}  // namespace shaken302
