// SPDX-License-Identifier: MIT
#include <algorithm>

#include "shaken302/authentication_service.hpp"

namespace shaken302 {

std::string_view to_text(Reason reason) noexcept {
  switch (reason) {
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
    case Reason::number_assigned:
      return "number_assigned";
    case Reason::number_of_other_account:
      return "number_of_other_account";
    case Reason::number_unlisted:
      return "number_unlisted";
    case Reason::number_not_valid_now:
      return "number_not_valid_now";
    case Reason::account_not_vouched:
      return "account_not_vouched";
    case Reason::capped_by_account:
      return "capped_by_account";
    case Reason::capped_by_peer:
      return "capped_by_peer";
    case Reason::capped_caller_id_not_screened:
      return "capped_caller_id_not_screened";
    case Reason::capped_account_not_vouched_for:
      return "capped_account_not_vouched_for";
    case Reason::caller_absent:
      return "caller_absent";
    case Reason::caller_not_a_number:
      return "caller_not_a_number";
    case Reason::caller_short_code:
      return "caller_short_code";
    case Reason::called_not_a_number:
      return "called_not_a_number";
    case Reason::emergency:
      return "emergency";
    case Reason::identity_present:
      return "identity_present";
    case Reason::no_credential:
      return "no_credential";
    case Reason::credential_quarantined:
      return "credential_quarantined";
    case Reason::credential_not_valid_now:
      return "credential_not_valid_now";
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
  }
  return {};
}

bool Trail::contains(Reason reason) const noexcept {
  const auto all = reasons();
  return std::find(all.begin(), all.end(), reason) != all.end();
}

}  // namespace shaken302
