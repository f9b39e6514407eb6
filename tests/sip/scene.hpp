// SPDX-License-Identifier: MIT
//
// A small world for tests of `answer`: two accounts, their numbers, a credential, peers on
// documentation addresses, and one worker. Everything is public and may be changed before `start`.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/test_credentials.hpp"
#include "shaken302/verification_service.hpp"
#include "sip/answer.hpp"

namespace shaken302::sip::test {

inline constexpr UnixTime now = shaken302::test::noon;

inline Endpoint endpoint(std::string_view address, std::uint16_t port = 5060) {
  const auto parsed = parse_address(address);
  if (!parsed) throw std::runtime_error("not an address");
  return {*parsed, port};
}

/// `address` is IPv4 with a prefix length of its own, or IPv6.
inline IpNetwork network(std::string_view address, unsigned prefix) {
  const IpAddress parsed = endpoint(address).address;
  return {parsed, static_cast<std::uint8_t>(is_ipv4_mapped(parsed) ? 96 + prefix : prefix)};
}

inline const Endpoint edge = endpoint("192.0.2.9");        ///< of the peer "edge"
inline const Endpoint prober = endpoint("198.51.100.9");   ///< may send OPTIONS
inline const Endpoint stranger = endpoint("203.0.113.9");  ///< nobody
inline const Endpoint local = endpoint("192.0.2.200");

inline constexpr std::string_view number_a = "12155550100";      ///< of the account "acme": A
inline constexpr std::string_view number_b = "13035551111";      ///< also acme's
inline constexpr std::string_view number_other = "12155550177";  ///< of the account "suspended"
inline constexpr std::string_view number_called = "12155550122";

/// Making a credential costs some milliseconds: one for all tests.
inline const shaken302::test::TestCredential& house() {
  static const auto credential = shaken302::test::make_test_credential("house");
  return credential;
}

class Scene {
 public:
  explicit Scene(const std::function<void(Scene&)>& change = {}) {
    peer.name = "edge";
    peer.sources = {network("192.0.2.0", 24), network("2001:db8::", 32)};
    peer.plan = make_number_plan("1");
    peer.account_sources = {{AccountSource::Kind::header, "X-Account", no_index},
                            {AccountSource::Kind::number, "", no_index}};
    peer.caller_id_screened = true;
    peer.credentials = 0;
    settings.probe_sources = {network("198.51.100.0", 24)};
    settings.server_header = "shaken302/test";
    credentials->entries.push_back({house().credential});
    if (change) change(*this);
    start();
  }

  Answer ask(std::string_view bytes, const Endpoint& source = edge,
             Transport transport = Transport::udp) {
    Request request{bytes, source, local, transport, listener, 1'893'456'000'123'456'789};
    request.steady_ns = arrived;
    request.is_late = is_late;
    return answer(request, snapshot, time, *worker);
  }
  /// From now on limits hold; those of the peer and of the first account have these slots.
  static constexpr std::uint32_t peer_slot = 0;
  static constexpr std::uint32_t account_slot = 1;
  void count_usage() {
    usage = std::make_unique<UsageTable>();
    settings.usage = usage.get();
    peer.limits.slot = peer_slot;
    accounts.front().limits.slot = account_slot;
  }
  /// As if so many calls had come just now, by TCP.
  void spend(const CallLimits& limits, std::uint32_t calls) const {
    for (std::uint32_t i = 0; i < calls; ++i) {
      usage->take(limits, arrived);
      usage->count(limits, time, UsageTable::Source::proven);
    }
  }
  [[nodiscard]] std::uint64_t count(Counter counter) const { return metrics.value(counter); }

  Listener listener{Transport::udp, local.address, local.port};
  Peer peer;
  std::vector<Peer> more_peers;
  std::vector<Account> accounts{account("acme", AccountStatus::active),
                                account("suspended", AccountStatus::suspended)};
  std::vector<std::string_view> never_calling;
  std::shared_ptr<const Snapshot> shadow;
  std::unique_ptr<UsageTable> usage;
  SteadyNs arrived = 1'000'000'000'000;
  bool is_late = false;
  AnswerSettings settings;
  std::shared_ptr<CredentialTable> credentials = std::make_shared<CredentialTable>();
  std::string secret = "a secret for tests only";
  UnixTime time = now;
  std::atomic<bool> draining{false};
  WorkerMetrics metrics;
  Snapshot snapshot;
  std::unique_ptr<WorkerState> worker;

 private:
  static Account account(std::string id, AccountStatus status) {
    Account made;
    made.id = std::move(id);
    made.status = status;
    made.business_profile = ReviewStatus::approved;
    made.trust_product = ReviewStatus::approved;
    made.credentials = 0;
    return made;
  }
  static NumberClaim claim(std::string_view digits, std::uint32_t owner) {
    NumberClaim made;
    made.first = made.last = std::stoull(std::string(digits));
    made.account = owner;
    return made;
  }
  void start() {
    std::vector<Peer> all_peers{peer};
    all_peers.insert(all_peers.end(), more_peers.begin(), more_peers.end());
    std::vector<NumberClaim> never;
    for (const std::string_view digits : never_calling) never.push_back(claim(digits, no_index));
    auto peers = PeerTable::make(std::move(all_peers));
    auto account_table = AccountTable::make(accounts);
    auto numbers =
        NumberTable::make({claim(number_a, 0), claim(number_b, 0), claim(number_other, 1)});
    auto never_calls = NumberTable::make(never);
    const auto key = make_secret(secret);
    if (!peers || !account_table || !numbers || !never_calls || !key) {
      throw std::runtime_error("no such scene");
    }
    snapshot.generation = 1;
    snapshot.peers = std::make_shared<const PeerTable>(std::move(peers).value());
    snapshot.accounts = std::make_shared<const AccountTable>(std::move(account_table).value());
    snapshot.numbers = std::make_shared<const NumberTable>(std::move(numbers).value());
    snapshot.credentials = credentials;
    snapshot.never_calls = std::make_shared<const NumberTable>(std::move(never_calls).value());
    snapshot.shadow = shadow;
    worker = std::make_unique<WorkerState>(settings, *key, metrics, draining);
  }
};

/// The pieces of a first INVITE; what a test does not care about is plain.
struct Invite {
  std::string method = "INVITE";
  std::string request_uri = "sip:+12155550122@gw.example.com";
  std::string via = "SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK74bf9;rport";
  std::string from = "<sip:+12155550100@example.com>;tag=9fxced76sl";
  std::string to = "<sip:+12155550122@example.com>";
  std::string call_id = "3848276298220188511@example.com";
  std::string cseq = "1 INVITE";
  std::string more;  ///< whole lines
  std::string version = "SIP/2.0";

  [[nodiscard]] std::string text() const {
    return method + " " + request_uri + " " + version + "\r\nVia: " + via + "\r\nFrom: " + from +
           "\r\nTo: " + to + "\r\nCall-ID: " + call_id + "\r\nCSeq: " + cseq + "\r\n" + more +
           "Max-Forwards: 70\r\nContact: <sip:a@192.0.2.9>\r\nContent-Length: 0\r\n\r\n";
  }
};

/// The same for another method, CSeq included.
inline Invite request_of(std::string method) {
  Invite made;
  made.cseq = "1 " + method;
  made.method = std::move(method);
  return made;
}

/// What a verifier says to an Identity value, with the chain up to the throw-away root.
inline Verification verdict_on(std::string_view identity, UnixTime at = now) {
  VerificationInput input;
  input.identity = identity;
  input.certificate = &house().credential.chain();
  input.anchors = &house().root;
  input.now = at;
  return verify(input);
}

}  // namespace shaken302::sip::test
