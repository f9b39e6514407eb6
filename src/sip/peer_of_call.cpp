// SPDX-License-Identifier: MIT
#include "exchange.hpp"

namespace shaken302::sip {

std::uint32_t find_peer_of_call(const PeerTable& peers, const Request& received,
                                const ParsedRequest& request) noexcept {
  const Origin origin = origin_of(received);
  const std::uint32_t found = peers.find(origin, request.request_uri.host);
  if (found != no_index) return found;
  return peers.find_if(origin, [&](const Peer& peer) {
    return is_emergency(request.request_uri, peer.plan) || is_emergency(request.to, peer.plan);
  });
}

}  // namespace shaken302::sip
