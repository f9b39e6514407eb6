// SPDX-License-Identifier: MIT
//
// What to do with one call, and why. `decide` is a pure function: no clock, no hash, no signature.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "shaken302/attestation.hpp"
#include "shaken302/call.hpp"
#include "shaken302/number_table.hpp"
#include "shaken302/passport.hpp"
#include "shaken302/phone_number.hpp"
#include "shaken302/snapshot.hpp"
#include "shaken302/unix_time.hpp"

namespace shaken302 {

/// What is done with the call. A closed list: every adapter maps each of them.
enum class Verdict : std::uint8_t {
  sign,            ///< a PASSporT is to be made
  leave_unsigned,  ///< the peer's unsigned outcome (an emergency call: redirect, always)
  pass_existing,   ///< the Identity that is there stays the only one; redirect
  block,           ///< the peer's block outcome; never an emergency call
};

/// Why. The trail of a decision lists them in the order in which they were found.
enum class Reason : std::uint8_t {
  // who calls whom
  emergency,             ///< emergency destination: never refused
  emergency_in_to_only,  ///< To asks for help, but the Request-URI is somebody's number
  called_not_a_number,
  called_by_rule,    ///< a rule of the peer says what becomes of calls to such a destination
  identity_present,  ///< the request carried a shaken Identity
  caller_absent,     ///< none of the peer's calling sources is there
  caller_not_a_number,
  caller_anonymous,         ///< it asks for privacy, or calls itself anonymous
  caller_impossible,        ///< a number that no number plan has
  caller_by_rule,           ///< a rule of the peer says what becomes of calls from such a caller
  caller_never_calls,       ///< the number is on the do-not-originate list
  identities_same_account,  ///< From and P-Asserted-Identity differ; both are the account's
  retargeted,               ///< To and Request-URI differ, or the call was diverted
  // whose call it is
  account_by_peer,    ///< a fixed account of the peer
  account_by_header,  ///< a header field that the peer vouches for
  account_by_parameter,
  account_by_host,
  account_by_number,  ///< the calling number's owner
  account_unknown,    ///< the peer named an account that does not exist
  account_absent,     ///< nobody named one
  account_suspended,
  // what level it earns
  account_not_vouched,  ///< business profile or trust product not approved
  account_rejected,     ///< business profile or trust product rejected
  number_assigned,      ///< the calling number is the account's and valid now
  number_of_family,     ///< it belongs to an account above or below, and this one may use those
  number_of_other_account,
  number_unlisted,
  number_not_valid_now,  ///< outside valid_from..valid_until
  outside_limited,       ///< the account gives callers that are not its numbers less than B
  // what the peer asked for
  request_ignored,     ///< the peer has no right to ask
  request_unreadable,  ///< not A, B or C
  request_lowered,     ///< down to what was asked for
  request_reduced,     ///< more was asked for than can be given
  asserted_by_peer,    ///< raised to what the peer, which may say so, asked for
  // caps: each is there only where it lowers
  capped_by_account,  ///< its own or an ancestor's
  capped_by_peer,
  capped_by_credential,
  capped_caller_id_not_screened,   ///< account known by its number alone, and nobody screened that
  capped_account_not_vouched_for,  ///< account known by a URI that the caller may have written
  capped_account_unknown,          ///< nobody is responsible, and no peer's word changes that
  capped_account_suspended,
  capped_impossible_number,  ///< no rule says what becomes of such callers: at most C
  capped_short_code,         ///< a number without a country code vouches for nobody: at most C
  capped_identities_differ,  ///< From and P-Asserted-Identity differ: at most B
  capped_retargeted,
  capped_by_rule,  ///< of the peer, about the caller or the destination
  // what signs
  no_credential,            ///< neither account nor peer has one
  own_credential_required,  ///< the account has none of its own and may use nobody else's
  credential_passed_over,   ///< the newest valid one is out of use: an older one signs
  credential_faulty,        ///< its files were wrong when they were read, and it never was good
  credential_quarantined,   ///< its test signature does not verify
  credential_unpublished,   ///< its x5u does not serve its chain, and `publish_check` asks for that
  credential_not_valid_now,  ///< RFC 8224 6.1 step 3: now, or at the time that would be stated
  credential_forbids_level,  ///< claim constraints of its certificate (RFC 8226 section 8)
  // only from AuthenticationService::authenticate
  in_excess,          ///< over the peer's rate, or late; answered for what asks for help in it
  account_over_rate,  ///< more calls a second than it or an account above it may make
  account_over_day,   ///< more calls today; never because of a source that anybody may have written
  signing_failed,
};
inline constexpr std::size_t reason_count = static_cast<std::size_t>(Reason::signing_failed) + 1;

/// "account_by_peer", …: the name in logs and in `explain`.
std::string_view to_text(Reason reason) noexcept;
std::string_view to_text(Verdict verdict) noexcept;

/// A fixed list of reasons; what does not fit cannot happen (a test asserts the longest).
class Trail {
 public:
  void add(Reason reason) noexcept {
    if (size_ < reasons_.size()) reasons_[size_++] = reason;
  }
  [[nodiscard]] std::span<const Reason> reasons() const noexcept {
    return {reasons_.data(), size_};
  }
  [[nodiscard]] bool contains(Reason reason) const noexcept;

 private:
  std::array<Reason, 24> reasons_{};
  std::uint8_t size_ = 0;
};

struct Decision {
  Verdict verdict = Verdict::leave_unsigned;
  Attestation level = Attestation::C;  ///< meaningful when the verdict is sign
  PhoneNumber calling;                 ///< empty when it is not a number
  Destination called;                  ///< an empty PhoneNumber when there is none
  std::uint32_t account = no_index;
  std::uint32_t credential = no_index;
  bool emergency = false;
  Trail trail;

  // What the reasons are about, for whoever explains the decision.
  CallingSource calling_source = CallingSource::from;  ///< where `calling` was read
  std::uint32_t account_source =
      no_index;                           ///< which of the peer's account_sources named the account
  std::optional<NumberClaim> claim;       ///< the row that `calling` falls under
  std::optional<NumberClaim> never_call;  ///< the row of the do-not-originate list that blocks
  std::optional<Attestation> requested;   ///< the level that the peer asked for, if it may
  std::optional<Attestation> earned;      ///< the level before requests and caps
  std::uint32_t caller_rule = no_index;   ///< which of the peer's caller_rules matched
  std::uint32_t called_rule = no_index;   ///< which of its called_rules did
};

/// Policy alone: no clock, no hash, no signature. Equal inputs, equal decision. Thread-safe.
/// `iat_backdate`: how long before `now` the token is to be dated; whoever signs must have been
/// valid then. Precondition: call.peer is an index of the snapshot's peers.
Decision decide(const Call& call, const Snapshot& snapshot, UnixTime now,
                std::chrono::seconds iat_backdate = {}) noexcept;

/// Whether a destination asks for help: an emergency service (RFC 5031), the user `sos` or one
/// below it that stands for the service in a sip URI, or an emergency number of the plan. Allocates
/// nothing.
bool is_emergency(const UriView& destination, const NumberPlan& plan) noexcept;

}  // namespace shaken302
