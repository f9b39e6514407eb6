// SPDX-License-Identifier: MIT
//
// What the transport tests share: a snapshot that signs, a client on loopback, and requests.
#pragma once

#include <poll.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/throwaway_ca.hpp"
#include "net/socket_address.hpp"
#include "net/udp_server.hpp"
#include "shaken302/snapshot.hpp"

namespace shaken302::net::test {

constexpr IpAddress ipv4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  IpAddress address;
  address.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, a, b, c, d};
  return address;
}
constexpr IpAddress ipv6_loopback() {
  IpAddress address;
  address.bytes[15] = 1;
  return address;
}
inline constexpr IpAddress any_ipv4 = ipv4(0, 0, 0, 0);
inline constexpr IpAddress localhost = ipv4(127, 0, 0, 1);

// 2023-11-14T22:13:20Z, where all clocks of these tests stand.
inline constexpr std::int64_t fixed_time_s = 1'700'000'000;
inline std::int64_t fixed_clock() noexcept { return fixed_time_s * 1'000'000'000; }

/// A certificate with its key that is valid then.
inline ThrowawayCa make_valid_ca() {
  using namespace std::chrono_literals;
  const UnixTime now{std::chrono::seconds(fixed_time_s)};
  ThrowawayCaRequest request;
  request.not_before = now - 24h;
  request.not_after = now + 24h;
  return *make_throwaway_ca(request);
}

/// One credential; `key` is empty where a token has it.
inline std::shared_ptr<const CredentialTable> make_credentials(
    const ThrowawayCa& ca, const std::string& key,
    std::shared_ptr<const SigningToken> token = nullptr) {
  const auto chain = CertificateChain::parse_pem(ca.leaf_certificate);
  auto credential = Credential::make(
      {"house", key, *chain, "https://cert.example.com/house.pem", std::nullopt, std::move(token)});
  CredentialTable table;
  table.entries.push_back({*std::move(credential)});
  return std::make_shared<const CredentialTable>(std::move(table));
}
inline std::shared_ptr<const CredentialTable> make_credentials() {
  const ThrowawayCa ca = make_valid_ca();
  return make_credentials(ca, ca.leaf_key);
}

/// Loopback is the peer "edge"; its account "acme" has 12155550100, which gets A.
inline std::shared_ptr<const Snapshot> make_snapshot(
    std::uint64_t generation, std::shared_ptr<const CredentialTable> credentials) {
  Peer peer;
  peer.name = "edge";
  peer.sources = {{ipv4(127, 0, 0, 0), 96 + 8}, {ipv6_loopback(), 128}};
  peer.plan = make_number_plan("1");
  peer.account_sources = {{AccountSource::Kind::fixed, "", 0}};
  Account account;
  account.id = "acme";
  account.business_profile = ReviewStatus::approved;
  account.trust_product = ReviewStatus::approved;
  account.credentials = 0;
  NumberClaim claim;
  claim.first = claim.last = 12155550100;
  claim.account = 0;
  auto peers = PeerTable::make({peer});
  auto accounts = AccountTable::make({account});
  auto numbers = NumberTable::make({claim});
  return std::make_shared<const Snapshot>(
      Snapshot{generation, std::make_shared<const PeerTable>(*std::move(peers)),
               std::make_shared<const AccountTable>(*std::move(accounts)),
               std::make_shared<const NumberTable>(*std::move(numbers)), std::move(credentials),
               nullptr, nullptr});
}

/// Everything that a server needs, and the server.
struct Stage {
  Secret secret{std::array<std::uint8_t, 16>{1, 2, 3}};
  sip::AnswerSettings settings;
  std::shared_ptr<const CredentialTable> credentials = make_credentials();
  SnapshotHolder snapshots{make_snapshot(1, credentials)};
  std::atomic<int> ended{0};
  UdpServer server{{.snapshots = snapshots,
                    .settings = settings,
                    .secret = secret,
                    .clock = fixed_clock,
                    .ended = [this] { ++ended; }}};

  /// The port of a new listener.
  std::uint16_t listen(const IpAddress& address, std::uint32_t workers) {
    const auto socket = server.add_listener(
        {.local = {address, 0}, .family = Family::ipv4, .receive_buffer_bytes = 4 << 20}, workers);
    if (!socket) throw std::runtime_error("cannot listen on loopback");
    return (*socket)->port();
  }
  std::uint64_t count(Counter counter) const { return total(server.metrics(), counter); }
};

/// Whether the kernel took it.
inline bool send_one(const UdpSocket& socket, const OutgoingDatagram& datagram) {
  OutgoingBatch batch(socket);
  return batch.add(datagram) && batch.send() == 0;
}

/// One client socket on loopback.
class Client {
 public:
  explicit Client(const IpAddress& address = localhost, Family family = Family::ipv4) {
    auto socket =
        UdpSocket::open({.local = {address, 0}, .family = family, .receive_buffer_bytes = 4 << 20});
    if (!socket) throw std::runtime_error("no client socket");
    socket_ = std::make_unique<UdpSocket>(*std::move(socket));
  }
  std::uint16_t port() const { return socket_->port(); }
  int number() const { return socket_->number(); }

  bool send(std::string_view bytes, const IpAddress& to, std::uint16_t port) const {
    return send_one(*socket_, {bytes, {to, port}, {}, 0});
  }

  struct Reply {
    std::string text;
    sip::Endpoint source;
  };
  /// The next reply, or nothing within the patience of a test.
  std::optional<Reply> receive(std::chrono::milliseconds patience = std::chrono::seconds(5)) {
    pollfd waiting{socket_->number(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(patience.count())) != 1) return std::nullopt;
    std::array<char, 65536> buffer;
    sockaddr_storage source{};
    socklen_t size = sizeof source;
    const auto bytes = ::recvfrom(socket_->number(), buffer.data(), buffer.size(), MSG_DONTWAIT,
                                  reinterpret_cast<sockaddr*>(&source), &size);
    if (bytes < 0) return std::nullopt;
    return Reply{std::string(buffer.data(), static_cast<std::size_t>(bytes)), to_endpoint(source)};
  }

 private:
  std::unique_ptr<UdpSocket> socket_;
};

inline std::string make_request(std::string_view method, std::string_view call_id) {
  std::string text;
  text.append(method).append(" sip:+12155550199@server.example.com SIP/2.0\r\n");
  text.append("Via: SIP/2.0/UDP client.example.com;rport;branch=z9hG4bK").append(call_id);
  text.append("\r\nMax-Forwards: 70\r\nFrom: <sip:+12155550100@client.example.com>;tag=a1\r\n");
  text.append("To: <sip:+12155550199@server.example.com>\r\nCall-ID: ").append(call_id);
  text.append("\r\nCSeq: 1 ").append(method).append("\r\nContent-Length: 0\r\n\r\n");
  return text;
}

inline bool has_status(const Client::Reply& reply, std::string_view status) {
  return reply.text.starts_with("SIP/2.0 " + std::string(status));
}

}  // namespace shaken302::net::test
