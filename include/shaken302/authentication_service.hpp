// SPDX-License-Identifier: MIT
//
// The authentication service (RFC 8224 section 6.1): decides what to do with one call and why, and
// signs. SIP, HTTP and the command line all come through here and get the same decision. `decide`
// is a pure function; the service around it belongs to one worker.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "shaken302/credential.hpp"
#include "shaken302/decision.hpp"
#include "shaken302/keyed_hash.hpp"
#include "shaken302/passport.hpp"
#include "shaken302/rate_limit.hpp"
#include "shaken302/retransmission_table.hpp"
#include "shaken302/snapshot.hpp"
#include "shaken302/unix_time.hpp"

namespace shaken302 {

/// A signed call. Views live until the service's next call.
struct Authentication {
  Decision decision;
  std::string_view token;  ///< header.payload.signature; empty unless the verdict is still `sign`
  std::string_view x5u;
  UnixTime iat{};
  Uuid origid;
  bool is_retransmission = false;  ///< token and iat are those of the same request before
  bool made_signature = false;     ///< a key was at work
};

/// One per worker; not thread-safe.
class AuthenticationService {
 public:
  /// `iat_backdate`: 0 to 2 s, for verifiers that refuse any future value. `retransmissions`, which
  /// all workers share and which outlives the service, may be null: then each request is signed.
  /// `usage` counts calls for the limits of accounts; the same goes for it: null, nobody has any.
  AuthenticationService(const Secret& secret, std::chrono::seconds iat_backdate,
                        RetransmissionTable* retransmissions = nullptr,
                        UsageTable* usage = nullptr);

  /// Policy alone.
  [[nodiscard]] Decision decide(const Call& call, const Snapshot& snapshot,
                                UnixTime now) const noexcept {
    return shaken302::decide(call, snapshot, now, iat_backdate_);
  }

  /// Decides and, when the verdict is sign, signs, unless the account or one above it is over a
  /// limit: then the verdict is leave_unsigned, with the reason. A failed signature turns the
  /// verdict into leave_unsigned with Reason::signing_failed: no path yields a token without a
  /// signature. With `received`, a request that has been signed a moment ago gets its token once
  /// more, and is not counted again.
  Authentication authenticate(const Call& call, const Snapshot& snapshot, UnixTime now,
                              const ReceivedRequest* received = nullptr) noexcept;

  /// Lets go of the keys of an earlier snapshot, a few at a time; true while there are more. For a
  /// worker without calls, which would keep a revoked key for ever; `authenticate` does it too.
  bool follow(const Snapshot& snapshot) noexcept { return signer_.follow(snapshot.credentials); }

 private:
  struct Signing;
  void repeat(Signing& signing, Authentication& result) noexcept;
  void sign(Signing& signing, Authentication& result) noexcept;
  bool admit(const Call& call, const Snapshot& snapshot, UnixTime now, Decision& decision) noexcept;

  KeyedHash hash_;
  Signer signer_;
  RetransmissionView retransmissions_;
  std::chrono::seconds iat_backdate_;
  UsageTable* usage_;
  std::array<char, 2048> token_{};
};

}  // namespace shaken302
