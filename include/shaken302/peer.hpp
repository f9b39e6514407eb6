// SPDX-License-Identifier: MIT
//
// Which upstream is which peer, and what each wants and may have. Built and checked by a loader, then
// immutable and shared by all workers; look-ups neither lock nor allocate.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shaken302/attestation.hpp"
#include "shaken302/identity_header.hpp"
#include "shaken302/phone_number.hpp"
#include "shaken302/result.hpp"
#include "shaken302/table_index.hpp"

namespace shaken302 {

/// An IPv6 address in network order; an IPv4 address is its mapped form ::ffff:a.b.c.d.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};
  friend bool operator==(const IpAddress&, const IpAddress&) noexcept = default;
  friend auto operator<=>(const IpAddress&, const IpAddress&) noexcept = default;
};

/// `prefix` counts the bits of the mapped form: 10.0.0.0/24 has 96 + 24. Host bits are zero.
struct IpNetwork {
  IpAddress address;
  std::uint8_t prefix = 128;
  friend bool operator==(const IpNetwork&, const IpNetwork&) noexcept = default;
};

/// Where the calling number is taken from, in the peer's order (standards 1.4).
enum class CallingSource : std::uint8_t { asserted_identity, remote_party_id, from };
enum class CalledSource : std::uint8_t { to, request_uri };

/// Who says which account a call belongs to. `fixed` and `header` are beyond the caller's reach:
/// the operator vouches for a header by naming it, since the peer removes what a caller sent. The
/// rest is the caller's to write unless the peer promises otherwise (Peer::caller_id_screened for
/// `number`, Peer::account_uri_vouched for `parameter` and `host`); without that promise it earns C
/// at most.
struct AccountSource {
  enum class Kind : std::uint8_t {
    fixed,      ///< always account `account`
    header,     ///< value of the header field `name`
    parameter,  ///< value of the From URI's parameter `name`
    host,       ///< the Request-URI's host
    number,     ///< the account that the calling number is assigned to
  };
  Kind kind = Kind::number;
  std::string name;
  std::uint32_t account = no_index;
};
inline constexpr std::size_t account_sources_max = 8;

/// What a peer gets when there is no signature.
enum class UnsignedOutcome : std::uint8_t {
  redirect,     ///< 302 (or the peer's status) without Identity
  not_found,    ///< 404: route-advance on some switches
  forbidden,    ///< 403
  decline,      ///< 603: blocks the call
  unavailable,  ///< 503 without Retry-After: route-advance on others
};

/// What happens to a request that already carries an Identity with ppt shaken.
enum class ExistingIdentity : std::uint8_t {
  replace,  ///< sign; the proxy drops the old one
  add,      ///< sign; the proxy keeps both
  pass,     ///< do not sign: the peer has verified the one that is there
};

/// Where the Identity goes in the answer; any combination, at least one.
struct Dialect {
  bool identity = true;
  bool x_identity = false;
  bool contact = false;
};

struct Peer {
  std::string name;
  std::vector<IpNetwork> sources;
  NumberPlan plan;
  Dialect dialect;
  std::string x_identity_name = "X-Identity";
  std::uint16_t redirect_status = 302;  ///< 302 or 300
  std::string next_hop;                 ///< host[:port] of the Contact; empty: the requester
  UnsignedOutcome unsigned_outcome = UnsignedOutcome::redirect;
  std::vector<CallingSource> calling_sources{CallingSource::asserted_identity, CallingSource::from};
  CalledSource called_source = CalledSource::to;
  std::vector<AccountSource> account_sources;  ///< at most account_sources_max
  bool caller_id_screened = false;
  /// The operator promises that the peer itself writes the From parameter or the Request-URI host
  /// that names the account, over whatever the caller wrote there. Without it both are the caller's
  /// word.
  bool account_uri_vouched = false;
  Attestation max_attestation = Attestation::A;
  ExistingIdentity existing_identity = ExistingIdentity::replace;
  std::uint32_t credential =
      no_index;  ///< signs, as C, the calls of no known account; or nobody does
  bool force_rport = false;
  bool attestation_header = false;     ///< adds P-Attestation-Indicator
  bool origination_id_header = false;  ///< adds P-Origination-ID
  PptForm ppt_form = PptForm::token;
  std::uint32_t metrics_slot = 0;  ///< stable across reloads for the same name
};

/// All peers and the map from source address to peer. The most specific network wins.
class PeerTable {
 public:
  /// Two peers that claim the very same network.
  struct Ambiguity {
    std::uint32_t first = no_index;
    std::uint32_t second = no_index;
    IpNetwork network;
  };
  static Result<PeerTable, Ambiguity> make(std::vector<Peer> peers);

  [[nodiscard]] const std::vector<Peer>& peers() const noexcept { return peers_; }
  /// Index of the peer whose network holds `source`, or no_index.
  [[nodiscard]] std::uint32_t find(const IpAddress& source) const noexcept;

 private:
  struct Bucket {
    std::uint8_t prefix = 0;
    std::vector<std::pair<IpAddress, std::uint32_t>> networks;  ///< sorted by address
  };
  std::vector<Peer> peers_;
  std::vector<Bucket> buckets_;  ///< longest prefix first
};

}  // namespace shaken302
