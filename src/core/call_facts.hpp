// SPDX-License-Identifier: MIT
//
// What there is to know about a call before any rule is applied: who calls whom, on whose account,
// and what makes the call unlike others. All facts are found for every call, so that one that stays
// unsigned is explained as fully as one that does not. Pure; thread-safe.
#pragma once

#include "shaken302/decision.hpp"

namespace shaken302 {

struct Facts {
  const Account* account = nullptr;  ///< nullptr: nobody is responsible
  /// Whose number is shown, where it is one of the account's family; its maximum holds too, also
  /// for a level that the peer asserts.
  const Account* lender = nullptr;
  bool account_by_number_alone = false;
  bool account_by_uri = false;  ///< by a parameter of From or the host of the Request-URI
  bool caller_is_anonymous = false;
  bool caller_is_impossible = false;
  /// One of the numbers that the caller shows is on the do-not-originate list today.
  bool caller_never_calls = false;
  /// To is an emergency number and the Request-URI somebody else's, as after a retarget to the
  /// number of a centre, or as written by a caller that wants no rule to apply.
  bool help_in_to_only = false;
  bool identities_differ = false;        ///< From or a P-Asserted-Identity names another number
  bool identities_are_accounts = false;  ///< and all of them are the account's
  bool is_retargeted = false;
  bool called_is_star_code = false;
};

/// Fills the decision's parties, account and trail on the way.
Facts find_facts(const Call& call, const Snapshot& snapshot, UnixTime now,
                 Decision& decision) noexcept;

/// Whether the number of the claim is the account's today: assigned to it, or to one above or below
/// it where the account may use those.
enum class Holding : std::uint8_t { own, family, not_now, somebody_elses, nobodys };
Holding holding_of(const std::optional<NumberClaim>& claim, std::uint32_t account,
                   const AccountTable& accounts, UnixTime now) noexcept;

/// A number or an emergency service is there to be the destination of a token.
[[nodiscard]] bool has_called(const Decision& decision) noexcept;

}  // namespace shaken302
