// SPDX-License-Identifier: MIT
#include <algorithm>

#include "shaken302/decision.hpp"

namespace shaken302 {

// A line an enumerator: a new one without a name does not compile.
// NOLINTNEXTLINE(readability-function-size)
std::string_view to_text(Reason reason) noexcept {
  switch (reason) {
    case Reason::emergency:
      return "emergency";
    case Reason::emergency_in_to_only:
      return "emergency_in_to_only";
    case Reason::called_not_a_number:
      return "called_not_a_number";
    case Reason::called_by_rule:
      return "called_by_rule";
    case Reason::identity_present:
      return "identity_present";
    case Reason::caller_absent:
      return "caller_absent";
    case Reason::caller_not_a_number:
      return "caller_not_a_number";
    case Reason::caller_anonymous:
      return "caller_anonymous";
    case Reason::caller_impossible:
      return "caller_impossible";
    case Reason::caller_by_rule:
      return "caller_by_rule";
    case Reason::caller_never_calls:
      return "caller_never_calls";
    case Reason::identities_same_account:
      return "identities_same_account";
    case Reason::retargeted:
      return "retargeted";
    case Reason::account_by_peer:
      return "account_by_peer";
    case Reason::account_by_header:
      return "account_by_header";
    case Reason::account_by_parameter:
      return "account_by_parameter";
    case Reason::account_by_host:
      return "account_by_host";
    case Reason::account_by_number:
      return "account_by_number";
    case Reason::account_unknown:
      return "account_unknown";
    case Reason::account_absent:
      return "account_absent";
    case Reason::account_suspended:
      return "account_suspended";
    case Reason::account_not_vouched:
      return "account_not_vouched";
    case Reason::account_rejected:
      return "account_rejected";
    case Reason::number_assigned:
      return "number_assigned";
    case Reason::number_of_family:
      return "number_of_family";
    case Reason::number_of_other_account:
      return "number_of_other_account";
    case Reason::number_unlisted:
      return "number_unlisted";
    case Reason::number_not_valid_now:
      return "number_not_valid_now";
    case Reason::outside_limited:
      return "outside_limited";
    case Reason::request_ignored:
      return "request_ignored";
    case Reason::request_unreadable:
      return "request_unreadable";
    case Reason::request_lowered:
      return "request_lowered";
    case Reason::request_reduced:
      return "request_reduced";
    case Reason::asserted_by_peer:
      return "asserted_by_peer";
    case Reason::capped_by_account:
      return "capped_by_account";
    case Reason::capped_by_peer:
      return "capped_by_peer";
    case Reason::capped_by_credential:
      return "capped_by_credential";
    case Reason::capped_caller_id_not_screened:
      return "capped_caller_id_not_screened";
    case Reason::capped_account_not_vouched_for:
      return "capped_account_not_vouched_for";
    case Reason::capped_account_unknown:
      return "capped_account_unknown";
    case Reason::capped_account_suspended:
      return "capped_account_suspended";
    case Reason::capped_short_code:
      return "capped_short_code";
    case Reason::capped_identities_differ:
      return "capped_identities_differ";
    case Reason::capped_retargeted:
      return "capped_retargeted";
    case Reason::capped_impossible_number:
      return "capped_impossible_number";
    case Reason::capped_by_rule:
      return "capped_by_rule";
    case Reason::no_credential:
      return "no_credential";
    case Reason::own_credential_required:
      return "own_credential_required";
    case Reason::credential_passed_over:
      return "credential_passed_over";
    case Reason::credential_faulty:
      return "credential_faulty";
    case Reason::credential_quarantined:
      return "credential_quarantined";
    case Reason::credential_unpublished:
      return "credential_unpublished";
    case Reason::credential_not_valid_now:
      return "credential_not_valid_now";
    case Reason::credential_forbids_level:
      return "credential_forbids_level";
    case Reason::in_excess:
      return "in_excess";
    case Reason::account_over_rate:
      return "account_over_rate";
    case Reason::account_over_day:
      return "account_over_day";
    case Reason::signing_failed:
      return "signing_failed";
  }
  return {};
}

std::string_view to_text(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::sign:
      return "sign";
    case Verdict::leave_unsigned:
      return "leave_unsigned";
    case Verdict::pass_existing:
      return "pass_existing";
    case Verdict::block:
      return "block";
  }
  return {};
}

bool Trail::contains(Reason reason) const noexcept {
  const auto all = reasons();
  return std::find(all.begin(), all.end(), reason) != all.end();
}

}  // namespace shaken302
