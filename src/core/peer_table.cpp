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

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

template <class Item>
std::optional<Item> find_common(const std::vector<Item>& a, const std::vector<Item>& b) {
  const auto found = std::find_if(a.begin(), a.end(), [&b](const Item& item) {
    return std::find(b.begin(), b.end(), item) != b.end();
  });
  return found == a.end() ? std::nullopt : std::optional(*found);
}

bool takes_host(const Peer& peer, std::string_view host) noexcept {
  return peer.hosts.empty() ||
         std::any_of(peer.hosts.begin(), peer.hosts.end(),
                     [host](const std::string& own) { return equals_ignoring_case(own, host); });
}

/// Which of two peers of one network is asked first: smaller is more specific.
int generality(const Peer& peer) noexcept {
  return (peer.listeners.empty() ? 2 : 0) + (peer.hosts.empty() ? 1 : 0);
}

bool names_listeners_alone(const Peer& peer) noexcept {
  return !peer.listeners.empty() && peer.hosts.empty();
}

bool names_hosts_alone(const Peer& peer) noexcept {
  return peer.listeners.empty() && !peer.hosts.empty();
}

/// Networks by prefix, longest first, then by address, each with its peers.
using Claims =
    std::map<std::uint8_t, std::map<IpAddress, std::vector<std::uint32_t>>, std::greater<>>;

/// A peer without networks takes calls from anywhere that reach its listeners, or that prove who
/// they are.
std::vector<IpNetwork> networks_of(const Peer& peer) {
  const bool is_told_apart = !peer.listeners.empty() || !peer.client_names.empty();
  if (!peer.sources.empty() || !is_told_apart) return peer.sources;
  return {IpNetwork{IpAddress{}, 0}};
}

/// The peers of one network, in the order of the file. Two that claim the same calls would make
/// that order decide who is who.
class Rivals {
 public:
  Rivals(const std::vector<Peer>& peers, const std::vector<std::uint32_t>& candidates,
         IpNetwork network)
      : peers_(peers), candidates_(candidates), network_(network) {}

  /// For each peer the first one before it that claims calls of its own.
  void find(std::vector<PeerTable::Ambiguity>& found) const {
    for (auto second = candidates_.begin(); second != candidates_.end(); ++second) {
      for (auto first = candidates_.begin(); first != second; ++first) {
        auto ambiguity = between(*first, *second);
        if (!ambiguity) continue;
        found.push_back(*std::move(ambiguity));
        break;
      }
    }
  }

 private:
  [[nodiscard]] std::optional<PeerTable::Ambiguity> between(std::uint32_t first,
                                                            std::uint32_t second) const {
    const Peer& one = peers_[first];
    const Peer& other = peers_[second];
    PeerTable::Ambiguity ambiguity{first, second, network_, std::nullopt, {}};
    if (one.client_names.empty() != other.client_names.empty()) return {};
    if (!one.client_names.empty() && !find_common(one.client_names, other.client_names)) return {};
    if (generality(one) == generality(other)) {
      const auto listener = find_common(one.listeners, other.listeners);
      const auto host = find_common(one.hosts, other.hosts);
      if ((!listener && !one.listeners.empty()) || (!host && !one.hosts.empty())) return {};
      ambiguity.listener = listener;
      ambiguity.host = host.value_or("");
      return ambiguity;
    }
    if (names_listeners_alone(one) && names_hosts_alone(other)) {
      return crossing(std::move(ambiguity), one, other);
    }
    if (names_hosts_alone(one) && names_listeners_alone(other)) {
      return crossing(std::move(ambiguity), other, one);
    }
    return std::nullopt;
  }

  /// A call at a listener of the one for a host of the other that is not a third peer's.
  [[nodiscard]] std::optional<PeerTable::Ambiguity> crossing(PeerTable::Ambiguity ambiguity,
                                                             const Peer& at_listeners,
                                                             const Peer& for_hosts) const {
    for (const Listener& listener : at_listeners.listeners) {
      for (const std::string& host : for_hosts.hosts) {
        if (is_taken(listener, host)) continue;
        ambiguity.listener = listener;
        ambiguity.host = host;
        return ambiguity;
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] bool is_taken(const Listener& listener, const std::string& host) const {
    return std::any_of(candidates_.begin(), candidates_.end(), [&](std::uint32_t index) {
      const Peer& peer = peers_[index];
      return peer.client_names.empty() && find_common(peer.listeners, {listener}) &&
             find_common(peer.hosts, {host});
    });
  }

  const std::vector<Peer>& peers_;
  const std::vector<std::uint32_t>& candidates_;
  IpNetwork network_;
};

/// A peer that lists a network twice is only untidy.
Claims claims_of(const std::vector<Peer>& peers,
                 IpAddress (*network_part)(IpAddress, std::uint8_t) noexcept) {
  Claims claims;
  for (std::uint32_t i = 0; i < peers.size(); ++i) {
    for (const IpNetwork& network : networks_of(peers[i])) {
      const std::uint8_t prefix = std::min(network.prefix, address_bits);
      auto& claimed = claims[prefix][network_part(network.address, prefix)];
      if (claimed.empty() || claimed.back() != i) claimed.push_back(i);
    }
  }
  return claims;
}

std::vector<PeerTable::Ambiguity> ambiguities_of(const Claims& claims,
                                                 const std::vector<Peer>& peers) {
  std::vector<PeerTable::Ambiguity> found;
  for (const auto& [prefix, networks] : claims) {
    for (const auto& [address, candidates] : networks) {
      Rivals(peers, candidates, {address, prefix}).find(found);
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.second < b.second; });
  return found;
}

}  // namespace

/// `address` with everything after its first `prefix` bits cleared.
IpAddress PeerTable::network_part(IpAddress address, std::uint8_t prefix) noexcept {
  const std::size_t whole = prefix / 8;
  if (whole >= address.bytes.size()) return address;
  const unsigned kept_bits = prefix % 8;
  address.bytes[whole] &= static_cast<std::uint8_t>(0xFF00U >> kept_bits);
  std::fill(address.bytes.begin() + static_cast<std::ptrdiff_t>(whole) + 1, address.bytes.end(),
            std::uint8_t{0});
  return address;
}

bool PeerTable::takes(const Peer& peer, const Listener& listener) noexcept {
  return peer.listeners.empty() ||
         std::find(peer.listeners.begin(), peer.listeners.end(), listener) != peer.listeners.end();
}

Result<PeerTable, std::vector<PeerTable::Ambiguity>> PeerTable::make(std::vector<Peer> peers) {
  Claims claims = claims_of(peers, network_part);
  auto ambiguities = ambiguities_of(claims, peers);
  if (!ambiguities.empty()) return Failure{std::move(ambiguities)};
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
  table.is_limited_ =
      std::any_of(peers.begin(), peers.end(), [](const Peer& peer) { return peer.limits.any(); });
  table.peers_ = std::move(peers);
  return table;
}

bool PeerTable::is_client(const Peer& peer, std::span<const std::string> names) noexcept {
  return std::any_of(names.begin(), names.end(), [&peer](const std::string& name) {
    return std::find(peer.client_names.begin(), peer.client_names.end(), name) !=
           peer.client_names.end();
  });
}

std::uint32_t PeerTable::find(const Origin& origin, std::string_view host) const noexcept {
  return find_if(origin, [&](const Peer& peer) { return takes_host(peer, host); });
}

std::uint32_t PeerTable::find(const Origin& origin) const noexcept {
  return find_if(origin, [](const Peer&) { return true; });
}

bool PeerTable::is_expected(const IpAddress& source, const Listener& listener) const noexcept {
  const auto is_named = [&](const Peer& peer) {
    const bool is_possible = peer.client_names.empty() || listener.transport == Transport::tls;
    return takes(peer, listener) && is_possible &&
           (peer.client_names.empty() || !peer.sources.empty());
  };
  return find_first(source, is_named) != no_index;
}

bool PeerTable::may_be_peer(const IpAddress& source, const Listener& listener) const noexcept {
  const auto is_possible = [&](const Peer& peer) {
    return takes(peer, listener) &&
           (peer.client_names.empty() || listener.transport == Transport::tls);
  };
  return find_first(source, is_possible) != no_index;
}

}  // namespace shaken302
