// SPDX-License-Identifier: MIT
//
// Which upstream is which peer, and what each wants and may have. Built and checked by a loader,
// then immutable and shared by all workers; look-ups neither lock nor allocate.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shaken302/attestation.hpp"
#include "shaken302/call_rule.hpp"
#include "shaken302/credential_list.hpp"
#include "shaken302/identity_header.hpp"
#include "shaken302/origid.hpp"
#include "shaken302/origin.hpp"
#include "shaken302/phone_number.hpp"
#include "shaken302/rate_limit.hpp"
#include "shaken302/result.hpp"
#include "shaken302/table_index.hpp"

namespace shaken302 {

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

/// Whether a peer may say which level its calls are to get.
enum class OverrideRight : std::uint8_t {
  none,   ///< what it says is ignored and counted
  lower,  ///< only down from what the policy gives
  any,    ///< up to the caps; the trail says that the peer asserted it
};

/// Where a peer says which level it asks for; Call::requested_level says which of them counts.
struct LevelSource {
  enum class Kind : std::uint8_t {
    header,             ///< header field `name`
    from_parameter,     ///< URI parameter `name` of From
    request_parameter,  ///< URI parameter `name` of the Request-URI
    listener,           ///< `level`, for every call that came in at `listener`
  };
  Kind kind = Kind::header;
  std::string name;
  Listener listener;
  Attestation level = Attestation::C;
};
inline constexpr std::size_t level_sources_max = 8;

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

/// What a peer gets for what is over its limit, or was read too late.
enum class OverLimit : std::uint8_t {
  silent,       ///< nothing
  unavailable,  ///< 503 without Retry-After, as far as they are not too many
};

struct Peer {
  std::string name;
  std::vector<IpNetwork> sources;   ///< empty: any, then `listeners` or `client_names` is not
  std::vector<Listener> listeners;  ///< empty: any listener
  /// What the certificate of a TLS client must name, one of them, lower case; empty: no certificate
  /// is needed.
  std::vector<std::string> client_names;
  std::vector<std::string> hosts;  ///< of the Request-URI, lower case; empty: any
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
  /// Cap on calls whose Request-URI and To differ, or that carry Diversion or History-Info.
  Attestation retargeted_max_attestation = Attestation::A;
  OverrideRight override_right = OverrideRight::none;
  std::vector<LevelSource> level_sources;  ///< at most level_sources_max
  std::vector<CallerRule> caller_rules;    ///< the first that matches counts
  std::vector<CalledRule> called_rules;    ///< likewise
  bool signs_suspended = false;            ///< calls of suspended accounts get C, not no signature
  bool signs_unknown = true;  ///< calls of no known account get C, if `credentials` holds one
  UnsignedOutcome block_outcome = UnsignedOutcome::decline;  ///< never redirect
  ExistingIdentity existing_identity = ExistingIdentity::replace;
  CredentialList credentials;  ///< sign, as C, the calls of no known account; or nobody does
  bool force_rport = false;
  bool attestation_header = false;     ///< adds P-Attestation-Indicator
  bool origination_id_header = false;  ///< adds P-Origination-ID
  PptForm ppt_form = PptForm::token;
  OrigidPolicy origid;  ///< of calls of no known account
  CallLimits limits;    ///< without a ceiling a day; OPTIONS count too
  OverLimit over_limit = OverLimit::silent;
  std::uint32_t metrics_slot = 0;  ///< stable across reloads for the same name
};

/// All peers and the map to them. A peer whose `client_names` the client's certificate has comes
/// before all that ask for none: it has proven who it is. Then, of the peers whose networks hold
/// the source and which take calls at the listener the one with the narrowest network wins; of
/// those with the same network one that names the listener comes before one that does not, and then
/// one that names the host of the Request-URI before one that does not. The host selects among
/// peers, it makes nobody a peer.
class PeerTable {
 public:
  /// Two peers that claim the very same calls: same network, a common client, a common listener, a
  /// common host (or neither names any); or one names only listeners, the other only hosts, and no
  /// third peer of that network names both.
  struct Ambiguity {
    std::uint32_t first = no_index;
    std::uint32_t second = no_index;
    IpNetwork network;                 ///< ::/0 for two peers that name listeners alone
    std::optional<Listener> listener;  ///< of the calls that both claim; nothing: any
    std::string host;                  ///< likewise; empty: any
  };
  /// The ambiguities by their second peer and network, at most one for each two of them.
  static Result<PeerTable, std::vector<Ambiguity>> make(std::vector<Peer> peers);

  [[nodiscard]] const std::vector<Peer>& peers() const noexcept { return peers_; }
  /// Whether any of them has a limit.
  [[nodiscard]] bool is_limited() const noexcept { return is_limited_; }
  /// The peer of a call, by where it came from and the host of its Request-URI (any case), or
  /// no_index. A certificate that names two peers is that of the first of them.
  [[nodiscard]] std::uint32_t find(const Origin& origin, std::string_view host) const noexcept;
  /// The same before there is a Request-URI: the most specific peer of that origin, or no_index
  /// when it is nobody's.
  [[nodiscard]] std::uint32_t find(const Origin& origin) const noexcept;
  /// Before there is a certificate: whether somebody at that source and listener can be a peer.
  [[nodiscard]] bool may_be_peer(const IpAddress& source, const Listener& listener) const noexcept;
  /// The same, but only where a peer names the network or asks for no certificate: not anybody.
  [[nodiscard]] bool is_expected(const IpAddress& source, const Listener& listener) const noexcept;
  /// The most specific peer of that origin that `is_wanted` says yes to, whatever hosts it names,
  /// or no_index. Nobody else is asked about.
  template <class Predicate>
  [[nodiscard]] std::uint32_t find_if(const Origin& origin, Predicate is_wanted) const noexcept {
    if (!origin.client_names.empty()) {
      const std::uint32_t proven = find_first(origin.source, [&](const Peer& peer) {
        return takes(peer, origin.listener) && is_client(peer, origin.client_names) &&
               is_wanted(peer);
      });
      if (proven != no_index) return proven;
    }
    return find_first(origin.source, [&](const Peer& peer) {
      return peer.client_names.empty() && takes(peer, origin.listener) && is_wanted(peer);
    });
  }

 private:
  struct Network {
    IpAddress address;
    std::uint32_t first = 0;  ///< its peers are candidates_[first] to candidates_[last - 1]
    std::uint32_t last = 0;
  };
  struct Bucket {
    std::uint8_t prefix = 0;
    std::vector<Network> networks;  ///< sorted by address
  };
  /// Of those whose network holds the source.
  template <class Match>
  [[nodiscard]] std::uint32_t find_first(const IpAddress& source, Match match) const noexcept;
  [[nodiscard]] static bool takes(const Peer& peer, const Listener& listener) noexcept;
  [[nodiscard]] static bool is_client(const Peer& peer,
                                      std::span<const std::string> names) noexcept;
  [[nodiscard]] static IpAddress network_part(IpAddress address, std::uint8_t prefix) noexcept;

  std::vector<Peer> peers_;
  std::vector<Bucket> buckets_;            ///< longest prefix first
  std::vector<std::uint32_t> candidates_;  ///< most specific first
  bool is_limited_ = false;
};

template <class Match>
std::uint32_t PeerTable::find_first(const IpAddress& source, Match match) const noexcept {
  for (const Bucket& bucket : buckets_) {
    const IpAddress address = network_part(source, bucket.prefix);
    const auto found = std::lower_bound(
        bucket.networks.begin(), bucket.networks.end(), address,
        [](const Network& network, const IpAddress& key) { return network.address < key; });
    if (found == bucket.networks.end() || found->address != address) continue;
    for (std::uint32_t i = found->first; i < found->last; ++i) {
      if (match(peers_[candidates_[i]])) return candidates_[i];
    }
  }
  return no_index;
}

}  // namespace shaken302
