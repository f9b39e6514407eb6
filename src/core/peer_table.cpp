// SPDX-License-Identifier: MIT
#include <algorithm>
#include <map>
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

}  // namespace

Result<PeerTable, PeerTable::Ambiguity> PeerTable::make(std::vector<Peer> peers) {
  std::map<std::uint8_t, std::map<IpAddress, std::uint32_t>, std::greater<>> by_prefix;
  for (std::uint32_t i = 0; i < peers.size(); ++i) {
    for (const IpNetwork& network : peers[i].sources) {
      const std::uint8_t prefix = std::min(network.prefix, address_bits);
      const IpAddress address = network_part(network.address, prefix);
      const auto [known, is_new] = by_prefix[prefix].try_emplace(address, i);
      // A peer that lists a network twice is only untidy; two peers with one network would make the
      // order of the file decide who is who.
      if (!is_new && known->second != i) {
        return Failure{Ambiguity{known->second, i, IpNetwork{address, prefix}}};
      }
    }
  }
  PeerTable table;
  table.peers_ = std::move(peers);
  for (const auto& [prefix, networks] : by_prefix) {
    table.buckets_.push_back({prefix, {networks.begin(), networks.end()}});
  }
  return table;
}

std::uint32_t PeerTable::find(const IpAddress& source) const noexcept {
  for (const Bucket& bucket : buckets_) {
    const IpAddress network = network_part(source, bucket.prefix);
    const auto found =
        std::lower_bound(bucket.networks.begin(), bucket.networks.end(), network,
                         [](const auto& entry, const IpAddress& key) { return entry.first < key; });
    if (found != bucket.networks.end() && found->first == network) return found->second;
  }
  return no_index;
}

}  // namespace shaken302
