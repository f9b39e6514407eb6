// SPDX-License-Identifier: MIT
//
// A call as an adapter read it, before anybody has decided anything. Views into the request.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "shaken302/peer.hpp"
#include "shaken302/table_index.hpp"

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
  /// There are more values of it than that: whom they name, nobody reads.
  bool has_more_identities = false;
  UriView remote_party_id;
  /// Values for the peer's account_sources, at the same positions; empty where absent.
  std::array<std::string_view, account_sources_max> account_values;
  std::string_view call_id;
  std::string_view from_tag;
  bool has_shaken_identity = false;  ///< an Identity with ppt shaken is there already
  /// What the peer's level_sources say. For OverrideRight::any what the first says that says
  /// anything, otherwise the lowest level that can be read in any of them. Empty: none says
  /// anything.
  std::string_view requested_level;
  bool asks_for_privacy = false;  ///< Privacy with id, user, header or session (RFC 3323, 3325)
  /// UDP: anybody may have written the source.
  Transport transport = Transport::udp;
  SteadyNs arrived = 0;            ///< what rates are measured by
  bool is_in_excess = false;       ///< over its peer's rate, or late: signed for nothing but help
  bool has_been_diverted = false;  ///< Diversion or History-Info is there (RFC 5806, RFC 7044)
};

}  // namespace shaken302
