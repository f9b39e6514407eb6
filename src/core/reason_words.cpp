// SPDX-License-Identifier: MIT
#include "reason_words.hpp"

namespace shaken302 {

// No default: a new reason without words does not compile.
// NOLINTNEXTLINE(readability-function-size)
ReasonWords words_of(Reason reason) noexcept {
  switch (reason) {  // NOLINT(bugprone-branch-clone): a line an enumerator
    case Reason::emergency:
      return {"emergency", "never refused"};
    case Reason::emergency_in_to_only:
      return {"emergency", "in To only"};
    case Reason::called_not_a_number:
      return {"dest", "not a number"};
    case Reason::called_by_rule:
      return {"called rule", "matched"};
    case Reason::identity_present:
      return {"identity", "already there"};
    case Reason::caller_absent:
      return {"orig", "absent"};
    case Reason::caller_not_a_number:
      return {"orig", "not a number"};
    case Reason::caller_anonymous:
      return {"privacy", "asked for"};
    case Reason::caller_impossible:
      return {"orig", "impossible number"};
    case Reason::caller_by_rule:
      return {"caller rule", "matched"};
    case Reason::caller_never_calls:
      return {"do-not-originate", "listed"};
    case Reason::identities_same_account:
      return {"identities", "differ, both the account's"};
    case Reason::retargeted:
      return {"retargeted", "yes"};
    case Reason::account_by_peer:
    case Reason::account_by_header:
    case Reason::account_by_parameter:
    case Reason::account_by_host:
    case Reason::account_by_number:
      return {"account", "found"};
    case Reason::account_unknown:
      return {"account", "unknown"};
    case Reason::account_absent:
      return {"account", "absent"};
    case Reason::account_suspended:
      return {"account status", "suspended"};
    case Reason::account_not_vouched:
      return {"approvals", "missing"};
    case Reason::account_rejected:
      return {"approvals", "rejected"};
    case Reason::number_assigned:
      return {"number", "assigned"};
    case Reason::number_of_family:
      return {"number", "assigned to the family"};
    case Reason::number_of_other_account:
      return {"number", "of another account"};
    case Reason::number_unlisted:
      return {"number", "unlisted"};
    case Reason::number_not_valid_now:
      return {"number", "not valid at this time"};
    case Reason::outside_limited:
      return {"outside_attestation", "lowered"};
    case Reason::request_ignored:
      return {"request", "ignored"};
    case Reason::request_unreadable:
      return {"request", "unreadable"};
    case Reason::request_lowered:
      return {"request", "lowered"};
    case Reason::request_reduced:
      return {"request", "reduced"};
    case Reason::asserted_by_peer:
      return {"request", "asserted by peer"};
    case Reason::capped_by_account:
      return {"cap.account", "lowered"};
    case Reason::capped_by_peer:
      return {"cap.peer", "lowered"};
    case Reason::capped_by_credential:
      return {"cap.credential", "lowered"};
    case Reason::capped_caller_id_not_screened:
      return {"cap.caller_id_screened", "lowered"};
    case Reason::capped_account_not_vouched_for:
      return {"cap.account_uri_vouched", "lowered"};
    case Reason::capped_account_unknown:
      return {"cap.account_unknown", "lowered"};
    case Reason::capped_account_suspended:
      return {"cap.account_suspended", "lowered"};
    case Reason::capped_short_code:
      return {"cap.short_code", "lowered"};
    case Reason::capped_identities_differ:
      return {"cap.identities_differ", "lowered"};
    case Reason::capped_retargeted:
      return {"cap.retargeted", "lowered"};
    case Reason::capped_impossible_number:
      return {"cap.impossible_number", "lowered"};
    case Reason::capped_by_rule:
      return {"cap.rule", "lowered"};
    case Reason::no_credential:
      return {"credential", "none"};
    case Reason::own_credential_required:
      return {"credential", "none of its own"};
    case Reason::credential_passed_over:
      return {"credential", "newer one is out of use"};
    case Reason::credential_faulty:
      return {"credential", "its files are wrong"};
    case Reason::credential_quarantined:
      return {"credential", "in quarantine"};
    case Reason::credential_unpublished:
      return {"credential", "its x5u has not been seen to serve it"};
    case Reason::credential_not_valid_now:
      return {"credential", "not valid at this time"};
    case Reason::credential_forbids_level:
      return {"credential", "its constraints forbid this level"};
    case Reason::in_excess:
      return {"peer", "over its rate, or the call was late"};
    case Reason::account_over_rate:
      return {"calls a second", "too many"};
    case Reason::account_over_day:
      return {"calls a day", "too many"};
    case Reason::signing_failed:
      return {"signature", "failed"};
  }
  return {};
}

}  // namespace shaken302
