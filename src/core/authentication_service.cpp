// SPDX-License-Identifier: MIT
#include "shaken302/authentication_service.hpp"

#include <optional>

namespace shaken302 {
namespace {

/// What the account wants, or the peer for calls of nobody. One that only this call has is made of
/// what a retransmission and every fork of a call repeat, so they repeat the origid too; and only
/// the holder of the secret can lead it back to the call or the customer (RFC 8588 section 10).
Uuid make_origid(const Call& call, const Decision& decision, const Snapshot& snapshot,
                 KeyedHash& hash) noexcept {
  const Peer& peer = snapshot.peers->peers()[call.peer];
  const Account* account =
      decision.account == no_index ? nullptr : &snapshot.accounts->accounts()[decision.account];
  const OrigidPolicy& policy = account == nullptr ? peer.origid : account->origid;
  const auto hashed = [&](auto... parts) {
    return Uuid::from_bytes(hash.digest("origid", {parts...}));
  };
  const std::string_view owner_kind = account == nullptr ? "peer" : "account";
  const std::string_view owner = account == nullptr ? peer.name : account->id;
  switch (policy.mode) {
    case OrigidMode::per_call:
      break;
    case OrigidMode::per_account:
      return hashed(owner_kind, owner);
    case OrigidMode::per_peer:
      return hashed(std::string_view("peer"), std::string_view(peer.name));
    case OrigidMode::fixed:
      return policy.uuid;
  }
  return hashed(owner_kind, owner, call.call_id, call.from_tag, decision.calling.digits());
}

/// The token, or nothing: all of header, payload and signature, or no text at all. `sign` gives the
/// signature over a text, or none.
template <class Sign>
std::string_view write_token(BoundedText& out, const Credential& credential,
                             const ShakenClaims& claims, Sign&& sign) noexcept {
  out.clear();
  append_signing_input(out, credential.header_segment(), claims);
  if (out.overflowed()) return {};
  const auto signature = sign(out.view());
  if (!signature) return {};
  const auto* bytes = reinterpret_cast<const char*>(signature->data());
  out.append('.');
  append_base64url(out, std::string_view(bytes, signature->size()));
  if (out.overflowed()) return {};
  return out.view();
}

/// Every caller can write a number of an emergency service into To and its victim's into the
/// Request-URI: who is helped by To alone is redirected as all are, but signed within the limits.
bool is_above_limits(const Decision& decision) noexcept {
  return decision.emergency && !decision.trail.contains(Reason::emergency_in_to_only);
}

}  // namespace

AuthenticationService::AuthenticationService(const Secret& secret,
                                             std::chrono::seconds iat_backdate,
                                             RetransmissionTable* retransmissions,
                                             UsageTable* usage)
    : hash_(secret),
      retransmissions_(retransmissions),
      iat_backdate_(iat_backdate),
      usage_(usage) {}

/// One token to be made.
struct AuthenticationService::Signing {
  const Credential& credential;
  ShakenClaims claims;
  RetransmissionView::Basis basis;
  std::optional<RetransmissionView::Request> request;  ///< nothing is kept without one
};

/// The token that the same request got a moment ago, if it says what would be said now.
void AuthenticationService::repeat(Signing& signing, Authentication& result) noexcept {
  if (!signing.request) return;
  const auto kept = retransmissions_.find(*signing.request, signing.basis);
  if (!kept) return;
  ShakenClaims claims = signing.claims;
  claims.iat = kept->iat;
  BoundedText out(token_);
  const auto sign = [&](std::string_view signing_input) -> std::optional<Signer::Signature> {
    const auto digest = signer_.digest(signing_input);
    if (!digest) return std::nullopt;
    return RetransmissionView::signature_over(*digest, *kept);
  };
  result.token = write_token(out, signing.credential, claims, sign);
  result.is_retransmission = !result.token.empty();
  if (result.is_retransmission) signing.claims = claims;
}

/// A new one.
void AuthenticationService::sign(Signing& signing, Authentication& result) noexcept {
  BoundedText out(token_);
  std::optional<Signer::Signature> first;
  const auto sign = [&](std::string_view signing_input) -> std::optional<Signer::Signature> {
    const auto digest = signer_.digest(signing_input);
    if (!digest) return std::nullopt;
    const auto signature = signer_.sign(signing.basis.credential, *digest);
    result.made_signature = signature.has_value();
    if (!signature) return std::nullopt;
    if (signing.request) {
      first = retransmissions_.keep(*signing.request, signing.basis, *digest, *signature);
    }
    return first ? *first : *signature;
  };
  result.token = write_token(out, signing.credential, signing.claims, sign);
  result.is_retransmission = first && !result.token.empty();
}

/// Ceilings before rates: a call that a ceiling refuses has taken nothing from a bucket. One that
/// the rate of an account above refuses has, from those below, which errs on the strict side.
bool AuthenticationService::admit(const Call& call, const Snapshot& snapshot, UnixTime now,
                                  Decision& decision) noexcept {
  const auto& accounts = snapshot.accounts->accounts();
  if (is_above_limits(decision)) return true;
  const auto refuse = [&](Reason reason) {
    decision.verdict = Verdict::leave_unsigned;
    decision.level = Attestation::C;
    decision.trail.add(reason);
    return false;
  };
  if (call.is_in_excess) return refuse(Reason::in_excess);
  if (usage_ == nullptr || decision.account == no_index) return true;
  const std::uint32_t first = accounts[decision.account].limited_by;
  const auto all = [&](auto holds) {
    for (std::uint32_t i = first; i != no_index; i = accounts[i].limited_above) {
      if (!holds(accounts[i].limits)) return false;
    }
    return true;
  };
  // A datagram may have been forged by whoever wants to silence this account for the day.
  const bool is_proven = call.transport != Transport::udp;
  const auto source = is_proven ? UsageTable::Source::proven : UsageTable::Source::unproven;
  const auto is_below = [&](const CallLimits& limits) { return !usage_->is_over_day(limits, now); };
  if (is_proven && !all(is_below)) return refuse(Reason::account_over_day);
  const auto is_slow = [&](const CallLimits& limits) { return usage_->take(limits, call.arrived); };
  if (!all(is_slow)) return refuse(Reason::account_over_rate);
  for (std::uint32_t i = first; i != no_index; i = accounts[i].limited_above) {
    usage_->count(accounts[i].limits, now, source);
  }
  return true;
}

Authentication AuthenticationService::authenticate(const Call& call, const Snapshot& snapshot,
                                                   UnixTime now,
                                                   const ReceivedRequest* received) noexcept {
  Authentication result;
  Decision& decision = result.decision;
  decision = decide(call, snapshot, now);
  if (decision.verdict != Verdict::sign) return result;

  // First, so that the memory to be looked into has come when the origid is made.
  std::optional<RetransmissionView::Request> request;
  if (received != nullptr) request = retransmissions_.identify(*received);
  const Credential& credential = snapshot.credentials->entries[decision.credential].credential;
  const UnixTime iat = now - iat_backdate_;
  const Uuid origid = make_origid(call, decision, snapshot, hash_);
  Signing signing{credential,
                  {decision.level, decision.called, iat, decision.calling, origid},
                  {snapshot.generation, decision.credential, iat},
                  request};
  signer_.follow(snapshot.credentials);
  repeat(signing, result);
  if (result.token.empty()) {
    if (!admit(call, snapshot, now, decision)) return result;
    sign(signing, result);
  }
  if (result.token.empty()) {
    decision.verdict = Verdict::leave_unsigned;
    decision.level = Attestation::C;
    decision.trail.add(Reason::signing_failed);
    return result;
  }
  result.x5u = credential.x5u();
  result.iat = signing.claims.iat;
  result.origid = origid;
  return result;
}

}  // namespace shaken302
