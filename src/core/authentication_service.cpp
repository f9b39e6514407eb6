// SPDX-License-Identifier: MIT
#include "shaken302/authentication_service.hpp"

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

}  // namespace

AuthenticationService::AuthenticationService(const Secret& secret,
                                             std::chrono::seconds iat_backdate,
                                             RetransmissionTable* retransmissions)
    : hash_(secret), retransmissions_(retransmissions), iat_backdate_(iat_backdate) {}

Authentication AuthenticationService::authenticate(const Call& call, const Snapshot& snapshot,
                                                   UnixTime now,
                                                   const ReceivedRequest* received) noexcept {
  Authentication result;
  Decision& decision = result.decision;
  decision = decide(call, snapshot, now);
  if (decision.verdict != Verdict::sign) return result;

  const Credential& credential = snapshot.credentials->entries[decision.credential].credential;
  const UnixTime iat = now - iat_backdate_;
  const Uuid origid = make_origid(call, decision, snapshot, hash_);
  ShakenClaims claims{decision.level, decision.called, iat, decision.calling, origid};
  signer_.follow(snapshot.credentials);
  BoundedText out(token_);

  const RetransmissionView::Basis basis{snapshot.generation, decision.credential, iat};
  const auto request = received == nullptr ? std::nullopt : retransmissions_.identify(*received);
  const auto kept = request ? retransmissions_.find(*request, basis) : std::nullopt;
  if (kept) {
    claims.iat = kept->iat;
    result.token = write_token(out, credential, claims, [&](std::string_view signing_input) {
      return retransmissions_.signature_over(signing_input, *kept);
    });
    result.is_retransmission = !result.token.empty();
  }
  if (!result.is_retransmission) {
    claims.iat = iat;
    result.token = write_token(out, credential, claims, [&](std::string_view signing_input) {
      auto signature = signer_.sign(decision.credential, signing_input);
      if (signature && request) retransmissions_.keep(*request, basis, signing_input, *signature);
      return signature;
    });
  }
  if (result.token.empty()) {
    decision.verdict = Verdict::leave_unsigned;
    decision.level = Attestation::C;
    decision.trail.add(Reason::signing_failed);
    return result;
  }
  result.x5u = credential.x5u();
  result.iat = claims.iat;
  result.origid = origid;
  return result;
}

}  // namespace shaken302
