// SPDX-License-Identifier: MIT
#include "exchange.hpp"

namespace shaken302::sip {
namespace {

/// Peers that could be found name hosts, or the host would not have mattered: each is the one that
/// its own host finds.
bool may_be_of(const PeerTable& peers, std::uint32_t index, const Request& received) noexcept {
  const Peer& peer = peers.peers()[index];
  return !peer.hosts.empty() &&
         peers.find(received.source.address, received.listener, peer.hosts.front()) == index;
}

}  // namespace

std::uint32_t find_peer_of_call(const PeerTable& peers, const Request& received,
                                const ParsedRequest& request) noexcept {
  const IpAddress& source = received.source.address;
  const std::uint32_t found = peers.find(source, received.listener, request.request_uri.host);
  if (found != no_index) return found;
  const auto asks_for_help = [&](std::uint32_t peer) {
    const NumberPlan& plan = peers.peers()[peer].plan;
    return is_emergency(request.request_uri, plan) || is_emergency(request.to, plan);
  };
  const std::uint32_t first = peers.find(source, received.listener);
  if (first == no_index || asks_for_help(first)) return first;
  for (std::uint32_t peer = 0; peer < peers.peers().size(); ++peer) {
    if (asks_for_help(peer) && may_be_of(peers, peer, received)) return peer;
  }
  return no_index;
}

}  // namespace shaken302::sip
