// SPDX-License-Identifier: MIT
#include "exchange.hpp"

namespace shaken302::sip {

std::uint32_t find_peer_of_call(const PeerTable& peers, const Request& received,
                                const ParsedRequest& request) noexcept {
  const IpAddress& source = received.source.address;
  const std::uint32_t found = peers.find(source, received.listener, request.request_uri.host);
  if (found != no_index) return found;
  return peers.find_if(source, received.listener, [&](const Peer& peer) {
    return is_emergency(request.request_uri, peer.plan) || is_emergency(request.to, peer.plan);
  });
}

}  // namespace shaken302::sip
