// SPDX-License-Identifier: MIT
//
// The authentication service (RFC 8224 section 6.1): decides what to do with one call and why, and
// signs. SIP, HTTP and the command line all come through here and get the same decision. `decide`
// is a pure function; the service around it belongs to one worker.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "shaken302/attestation.hpp"
#include "shaken302/credential.hpp"
#include "shaken302/directory.hpp"
#include "shaken302/keyed_hash.hpp"
#include "shaken302/passport.hpp"
#include "shaken302/phone_number.hpp"
#include "shaken302/snapshot.hpp"
#include "shaken302/unix_time.hpp"

namespace shaken302 {

enum class UriScheme : std::uint8_t { none, sip, sips, tel, urn, other };

/// A URI as received, taken apart but not decoded. Views into the request.
struct UriView {
  UriScheme scheme = UriScheme::none;  ///< none: there is no such URI
  std::string_view
      user;  ///< sip: user part without password; tel, urn: all after the scheme's colon
  std::string_view host;
};

/// What a request says, as an adapter read it. All views live as long as the request.
struct Call {
  std::uint32_t peer = no_index;  ///< index into the snapshot's peers
  UriView request_uri;
  UriView to;
  UriView from;
  std::array<UriView, 2> asserted_identities;  ///< P-Asserted-Identity (RFC 3325 9.1: at most two)
  UriView remote_party_id;
  /// Values for the peer's account_sources, at the same positions; empty where absent.
  std::array<std::string_view, account_sources_max> account_values;
  std::string_view call_id;
  std::string_view from_tag;
  bool has_shaken_identity = false;  ///< an Identity with ppt shaken is there already
};

/// What is done with the call. A closed list: every adapter maps each of them.
enum class Verdict : std::uint8_t {
  sign,            ///< a PASSporT is to be made
  leave_unsigned,  ///< the peer's unsigned outcome (an emergency call: redirect, always)
  pass_existing,   ///< the Identity that is there stays the only one; redirect
};

/// Why. The trail of a decision lists them in the order in which they were found.
enum class Reason : std::uint8_t {
  account_by_peer,    ///< a fixed account of the peer
  account_by_header,  ///< a header field that the peer vouches for
  account_by_parameter,
  account_by_host,
  account_by_number,  ///< the calling number's owner
  account_unknown,    ///< the peer named an account that does not exist
  account_absent,     ///< nobody named one
  account_suspended,
  number_assigned,  ///< the calling number is the account's and valid now
  number_of_other_account,
  number_unlisted,
  number_not_valid_now,  ///< outside valid_from..valid_until
  account_not_vouched,   ///< business profile or trust product not approved
  capped_by_account,
  capped_by_peer,
  capped_caller_id_not_screened,   ///< account known by its number alone, and nobody screened that
  capped_account_not_vouched_for,  ///< account known by a URI that the caller may have written
  caller_absent,                   ///< none of the peer's calling sources is there
  caller_not_a_number,
  caller_short_code,  ///< a number without a country code vouches for nobody: at most C
  called_not_a_number,
  emergency,         ///< emergency destination: never refused
  identity_present,  ///< the request carried a shaken Identity
  no_credential,     ///< neither account nor peer has one
  credential_quarantined,
  credential_not_valid_now,  ///< RFC 8224 6.1 step 3
  signing_failed,            ///< only from AuthenticationService::authenticate
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
  std::array<Reason, 14> reasons_{};
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
};

/// Policy alone: no clock, no hash, no signature. Equal inputs, equal decision. Thread-safe.
/// Precondition: call.peer is an index of the snapshot's peers.
Decision decide(const Call& call, const Snapshot& snapshot, UnixTime now) noexcept;

/// Whether a destination asks for help: an emergency service (RFC 5031), the user `sos` or one
/// below it that stands for the service in a sip URI, or an emergency number of the plan. Allocates
/// nothing.
bool is_emergency(const UriView& destination, const NumberPlan& plan) noexcept;

/// A signed call. Views live until the service's next call.
struct Authentication {
  Decision decision;
  std::string_view token;  ///< header.payload.signature; empty unless the verdict is still `sign`
  std::string_view x5u;
  UnixTime iat{};
  Uuid origid;
};

/// One per worker; not thread-safe.
class AuthenticationService {
 public:
  /// `iat_backdate`: 0 to 2 s, for verifiers that refuse any future value.
  AuthenticationService(const Secret& secret, std::chrono::seconds iat_backdate);

  /// Policy alone, the same as the free function.
  static Decision decide(const Call& call, const Snapshot& snapshot, UnixTime now) noexcept {
    return shaken302::decide(call, snapshot, now);
  }

  /// Decides and, when the verdict is sign, signs. A failed signature turns the verdict into
  /// leave_unsigned with Reason::signing_failed: no path yields a token without a signature.
  Authentication authenticate(const Call& call, const Snapshot& snapshot, UnixTime now) noexcept;

  /// Lets go of the keys of an earlier snapshot, a few at a time; true while there are more. For a
  /// worker without calls, which would keep a revoked key for ever; `authenticate` does it too.
  bool follow(const Snapshot& snapshot) noexcept { return signer_.follow(snapshot.credentials); }

 private:
  KeyedHash hash_;
  Signer signer_;
  std::chrono::seconds iat_backdate_;
  std::array<char, 2048> token_{};
};

}  // namespace shaken302
