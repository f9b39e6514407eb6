// SPDX-License-Identifier: MIT
#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "shaken302/peer.hpp"

namespace shaken302 {
namespace {

constexpr std::uint8_t address_bits = 128;

/// `address` with everything after its first `prefix` bits cleared.
IpAddress network_part(IpAddress address, std::uint8_t prefix) noexcept {
  const std::size_t whole = prefix / 8;
  if (whole >= address.bytes.size()) return address;
  const unsigned kept_bits = prefix % 8;
  address.bytes[whole] &= static_cast<std::uint8_t>(0xFF00U >> kept_bits);
  std::fill(address.bytes.begin() + static_cast<std::ptrdiff_t>(whole) + 1, address.bytes.end(),
            std::uint8_t{0});
  return address;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

template <class List>
bool have_common(const List& a, const List& b) {
  if (a.empty() || b.empty()) return a.empty() && b.empty();
  return std::any_of(a.begin(), a.end(), [&b](const auto& item) {
    return std::find(b.begin(), b.end(), item) != b.end();
  });
}

bool takes(const Peer& peer, const Listener& listener) noexcept {
  return peer.listeners.empty() ||
         std::find(peer.listeners.begin(), peer.listeners.end(), listener) != peer.listeners.end();
}

bool takes(const Peer& peer, std::string_view host) noexcept {
  return peer.hosts.empty() ||
         std::any_of(peer.hosts.begin(), peer.hosts.end(),
                     [host](const std::string& own) { return equals_ignoring_case(own, host); });
}

/// Which of two peers of one network is asked first: smaller is more specific.
int generality(const Peer& peer) noexcept {
  return (peer.listeners.empty() ? 2 : 0) + (peer.hosts.empty() ? 1 : 0);
}

/// Networks by prefix, longest first, then by address, each with its peers.
using Claims =
    std::map<std::uint8_t, std::map<IpAddress, std::vector<std::uint32_t>>, std::greater<>>;

/// A peer without networks takes calls from anywhere that reach its listeners.
std::vector<IpNetwork> networks_of(const Peer& peer) {
  if (!peer.sources.empty() || peer.listeners.empty()) return peer.sources;
  return {IpNetwork{IpAddress{}, 0}};
}

/// Nothing to complain about is nothing returned. A peer that lists a network twice is only untidy;
/// two peers that claim the same calls would make the order of the file decide who is who.
std::optional<PeerTable::Ambiguity> add_claim(std::vector<std::uint32_t>& claimed,
                                              std::uint32_t peer, const std::vector<Peer>& peers,
                                              const IpNetwork& network) {
  for (const std::uint32_t other : claimed) {
    if (other == peer) return std::nullopt;
    if (have_common(peers[other].listeners, peers[peer].listeners) &&
        have_common(peers[other].hosts, peers[peer].hosts)) {
      return PeerTable::Ambiguity{other, peer, network};
    }
  }
  claimed.push_back(peer);
  return std::nullopt;
}

}  // namespace

Result<PeerTable, PeerTable::Ambiguity> PeerTable::make(std::vector<Peer> peers) {
  Claims claims;
  for (std::uint32_t i = 0; i < peers.size(); ++i) {
    for (const IpNetwork& network : networks_of(peers[i])) {
      const std::uint8_t prefix = std::min(network.prefix, address_bits);
      const IpAddress address = network_part(network.address, prefix);
      const auto ambiguity = add_claim(claims[prefix][address], i, peers, {address, prefix});
      if (ambiguity) return Failure{*ambiguity};
    }
  }
  PeerTable table;
  for (auto& [prefix, networks] : claims) {
    Bucket bucket{prefix, {}};
    for (auto& [address, candidates] : networks) {
      std::stable_sort(candidates.begin(), candidates.end(), [&](std::uint32_t a, std::uint32_t b) {
        return generality(peers[a]) < generality(peers[b]);
      });
      const auto first = static_cast<std::uint32_t>(table.candidates_.size());
      table.candidates_.insert(table.candidates_.end(), candidates.begin(), candidates.end());
      const auto last = static_cast<std::uint32_t>(table.candidates_.size());
      bucket.networks.push_back({address, first, last});
    }
    table.buckets_.push_back(std::move(bucket));
  }
  table.peers_ = std::move(peers);
  return table;
}

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

std::uint32_t PeerTable::find(const IpAddress& source, const Listener& listener,
                              std::string_view host) const noexcept {
  return find_first(source,
                    [&](const Peer& peer) { return takes(peer, listener) && takes(peer, host); });
}

std::uint32_t PeerTable::find(const IpAddress& source, const Listener& listener) const noexcept {
  return find_first(source, [&](const Peer& peer) { return takes(peer, listener); });
}

}  // namespace shaken302
