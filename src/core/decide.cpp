// SPDX-License-Identifier: MIT
//
// The policy, one function a step, in the order of `decide` at the end of this file: from the facts
// (call_facts.cpp) to a verdict, a level and a credential. No branch reaches A by default, every
// cap applies to every level however it came about, and no call to an emergency service is blocked.
#include <algorithm>
#include <array>

#include "call_facts.hpp"
#include "call_rules.hpp"
#include "choose_credential.hpp"
#include "shaken302/certificate_findings.hpp"

namespace shaken302 {
namespace {

/// A cap is in the trail only where it lowers.
void apply_cap(Attestation& level, Attestation most, Reason reason, Trail& trail) noexcept {
  if (most < level) trail.add(reason);
  level = cap(level, most);
}

// --- the level -----------------------------------------------------------------------------------

/// A: the account is vouched for and has the number. B: it is vouched for. C: all else
/// (ATIS-1000074; RFC 8588 section 4).
Attestation earn(const Facts& facts, const Snapshot& snapshot, UnixTime now,
                 Decision& decision) noexcept {
  if (facts.account == nullptr) return Attestation::C;
  Trail& trail = decision.trail;
  if (!facts.account->vouched) {
    trail.add(facts.account->rejected ? Reason::account_rejected : Reason::account_not_vouched);
    return Attestation::C;
  }
  switch (holding_of(decision.claim, decision.account, *snapshot.accounts, now)) {
    case Holding::own:
      trail.add(Reason::number_assigned);
      return Attestation::A;
    case Holding::family:
      trail.add(Reason::number_of_family);
      return Attestation::A;
    case Holding::not_now:
      trail.add(Reason::number_not_valid_now);
      break;
    case Holding::somebody_elses:
      trail.add(Reason::number_of_other_account);
      break;
    case Holding::nobodys:
      trail.add(Reason::number_unlisted);
      break;
  }
  Attestation level = Attestation::B;
  apply_cap(level, facts.account->effective_outside, Reason::outside_limited, trail);
  return level;
}

/// A peer that may say anything decides about the numbers of its customers, not about who is one:
/// it lifts nobody who was suspended or rejected, and no call of nobody's.
Attestation follow_request(Attestation level, const Call& call, const Peer& peer,
                           const Facts& facts, Decision& decision) noexcept {
  if (call.requested_level.empty()) return level;
  if (peer.override_right == OverrideRight::none) return level;
  decision.requested = parse_requested_level(call.requested_level);
  if (!decision.requested) {
    decision.trail.add(Reason::request_unreadable);
    return level;
  }
  if (*decision.requested < level) {
    decision.trail.add(Reason::request_lowered);
    return *decision.requested;
  }
  if (*decision.requested == level || peer.override_right != OverrideRight::any) return level;
  if (facts.account == nullptr) {
    decision.trail.add(Reason::capped_account_unknown);
    return level;
  }
  if (facts.account->suspended || facts.account->rejected) return level;
  decision.trail.add(Reason::asserted_by_peer);
  return *decision.requested;
}

void apply_caps(Attestation& level, const Facts& facts, const Peer& peer,
                const TreatmentByRules& by_rules, Decision& decision) noexcept {
  Trail& trail = decision.trail;
  const auto cap_when = [&](bool applies, Attestation most, Reason reason) {
    if (applies) apply_cap(level, most, reason, trail);
  };
  const Account* account = facts.account;
  if (account != nullptr) {
    cap_when(account->suspended, Attestation::C, Reason::capped_account_suspended);
    cap_when(true, account->effective_max, Reason::capped_by_account);
    if (facts.lender != nullptr) {
      cap_when(true, facts.lender->effective_max, Reason::capped_by_account);
    }
  }
  cap_when(true, peer.max_attestation, Reason::capped_by_peer);
  cap_when(facts.account_by_number_alone && !peer.caller_id_screened, Attestation::C,
           Reason::capped_caller_id_not_screened);
  cap_when(facts.account_by_uri && !peer.account_uri_vouched, Attestation::C,
           Reason::capped_account_not_vouched_for);
  cap_when(decision.calling.kind() != NumberKind::global, Attestation::C,
           Reason::capped_short_code);
  cap_when(facts.identities_differ && !facts.identities_are_accounts, Attestation::B,
           Reason::capped_identities_differ);
  cap_when(facts.is_retargeted, peer.retargeted_max_attestation, Reason::capped_retargeted);
  cap_when(by_rules.treatment == Treatment::cap_b, Attestation::B, Reason::capped_by_rule);
  cap_when(by_rules.treatment == Treatment::cap_c, Attestation::C, Reason::capped_by_rule);
  cap_when(by_rules.says_nothing_of_impossible, Attestation::C, Reason::capped_impossible_number);
}

// --- the credential ------------------------------------------------------------------------------

/// Whether there is a credential that can sign; it is in the decision when there is one at all. An
/// account without a credential is not signed for with the peer's: that is for calls of nobody.
bool find_credential(const Facts& facts, const Peer& peer, const CredentialTable& table,
                     const SigningTimes& times, Decision& decision) noexcept {
  const Account* account = facts.account;
  if (account != nullptr && account->own_certificate_required && account->credentials.empty()) {
    decision.trail.add(Reason::own_credential_required);
    return false;
  }
  const CredentialList& list =
      account == nullptr ? peer.credentials : account->effective_credentials;
  const CredentialChoice choice = choose_credential(list, table, times);
  decision.credential = choice.index;
  if (choice.is_newer_passed_over) decision.trail.add(Reason::credential_passed_over);
  if (choice.refusal) decision.trail.add(*choice.refusal);
  return !choice.refusal;
}

// --- what becomes of the call --------------------------------------------------------------------

/// What is decided without a level, or nothing.
std::optional<Verdict> verdict_without_level(const Call& call, const Peer& peer, const Facts& facts,
                                             Treatment treatment,
                                             const Decision& decision) noexcept {
  const bool is_blocked = facts.caller_never_calls || treatment == Treatment::block;
  if (is_blocked && !decision.emergency) return Verdict::block;
  const bool is_suspended = facts.account != nullptr && facts.account->suspended;
  const bool is_passed =
      call.has_shaken_identity && peer.existing_identity == ExistingIdentity::pass;
  const bool is_unwanted = is_blocked || treatment == Treatment::leave_unsigned ||
                           (is_suspended && !peer.signs_suspended);
  // A call for help keeps the Identity that it came with, whatever is said about its account.
  if (is_unwanted && !(is_passed && decision.emergency)) return Verdict::leave_unsigned;
  // Nothing is stated about this call, so it does not matter whether anything could be.
  if (is_passed) return Verdict::pass_existing;
  if (decision.calling.empty() || !has_called(decision)) return Verdict::leave_unsigned;
  if (facts.account == nullptr && !peer.signs_unknown) return Verdict::leave_unsigned;
  return std::nullopt;
}

}  // namespace

Decision decide(const Call& call, const Snapshot& snapshot, UnixTime now,
                std::chrono::seconds iat_backdate) noexcept {
  const Peer& peer = snapshot.peers->peers()[call.peer];
  Decision decision;
  const Facts facts = find_facts(call, snapshot, now, decision);
  const TreatmentByRules by_rules = treatment_of(facts, peer, decision);
  if (!call.requested_level.empty() && peer.override_right == OverrideRight::none) {
    decision.trail.add(Reason::request_ignored);
  }
  if (const auto verdict = verdict_without_level(call, peer, facts, by_rules.treatment, decision)) {
    decision.verdict = *verdict;
    return decision;
  }
  decision.earned = earn(facts, snapshot, now, decision);
  Attestation level = follow_request(*decision.earned, call, peer, facts, decision);
  apply_caps(level, facts, peer, by_rules, decision);
  const CredentialTable& credentials = *snapshot.credentials;
  const SigningTimes times{now, now - iat_backdate};
  if (!find_credential(facts, peer, credentials, times, decision)) return decision;
  const CredentialTable::Entry& entry = credentials.entries[decision.credential];
  apply_cap(level, entry.max_attestation, Reason::capped_by_credential, decision.trail);
  if (decision.requested && level < *decision.requested) {
    decision.trail.add(Reason::request_reduced);
  }
  // A verifier refuses a token that the certificate's constraints do not allow.
  if (!permits(entry.credential.chain().claim_constraints(), level)) {
    decision.trail.add(Reason::credential_forbids_level);
    return decision;
  }
  decision.level = level;
  decision.verdict = Verdict::sign;
  return decision;
}

}  // namespace shaken302
