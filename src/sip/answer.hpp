// SPDX-License-Identifier: MIT
//
// SIP answering as one function: request, snapshot, time and worker state in; reply bytes out. No
// I/O; equal inputs give equal bytes except for the signature. Every transport, test, fuzzer and
// benchmark calls it. Stateless throughout (RFC 3261 8.2.7): never a 1xx, never a retransmission of
// our own.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "endpoint.hpp"
#include "request_reader.hpp"
#include "shaken302/decision_record.hpp"
#include "shaken302/keyed_hash.hpp"
#include "shaken302/metrics.hpp"
#include "shaken302/snapshot.hpp"

namespace shaken302::sip {

/// What became of a message.
enum class Outcome : std::uint8_t {
  signed_redirect,    ///< 302 or 300 with a new Identity
  repeated_redirect,  ///< the same once more, to a retransmission: no call and no signature
  unsigned_redirect,  ///< 302 or 300 without
  existing_redirect,  ///< 302 or 300; the Identity that is there stays
  unsigned_refusal,   ///< 404, 403, 603, 503: the peer's choice
  blocked,            ///< 603, 403, 404, 503: the peer's choice for calls that must not go on
  options_ok,         ///< 200
  options_draining,   ///< 503
  bad_request,        ///< 400
  in_dialog,          ///< 481
  bad_method,         ///< 405
  bad_scheme,         ///< 416
  bad_version,        ///< 505
  forbidden,          ///< 403 to an unknown source
  busy,               ///< 503 to what is over the limit or too late
  silent_source,      ///< unknown source
  silent_method,      ///< ACK, CANCEL
  silent_response,
  silent_garbage,    ///< keep-alive, no SIP, or nothing that could be echoed
  over_limit,        ///< more than its peer may ask: silence
  too_late,          ///< waited too long in the socket: silence
  reply_too_large,   ///< the reply did not fit
  reply_over_ratio,  ///< the reply would be too many times as large as the request
};

struct Request {
  std::string_view bytes;
  Endpoint source;
  Endpoint local;  ///< the address that the request was sent to
  Transport transport = Transport::udp;
  Listener listener;             ///< as configured: tells peers of one network apart
  std::int64_t received_ns = 0;  ///< wall clock
  std::int64_t steady_ns = 0;    ///< the same moment by a clock that never jumps
  /// On TLS: whom the verified certificate of the client names (see PeerTable::find).
  std::span<const std::string> client_names{};
  /// On TCP and TLS: nobody can tell where the message ends. It gets its 400 and nothing else, and
  /// its connection is closed.
  bool is_unframed = false;
  bool is_late = false;  ///< on UDP: whoever sent it does not wait for an answer any more
};

[[nodiscard]] inline Origin origin_of(const Request& request) noexcept {
  return {request.source.address, request.listener, request.client_names};
}

/// An empty reply is silence. `reply` lives until the worker's next call.
struct Answer {
  Outcome outcome = Outcome::silent_garbage;
  std::uint16_t status = 0;
  std::string_view reply;
  Endpoint destination;
  const DecisionRecord* record = nullptr;  ///< for every decision: a retransmission is none
};

/// What all workers share; sealed at start.
struct AnswerSettings {
  std::vector<IpNetwork> probe_sources;  ///< besides peers: who gets an answer to OPTIONS
  bool forbid_unknown_sources = false;   ///< 403 instead of silence
  std::chrono::seconds iat_backdate{0};
  std::string server_header;  ///< "shaken302/0.1.0", or empty for none
  /// Shared by all workers; outlives them. Null: every retransmission is signed again.
  RetransmissionTable* retransmissions = nullptr;
  /// A datagram is not answered by more than this many times its bytes; 0: by any number.
  std::uint32_t reply_ratio_max = 5;
  UsageTable* usage = nullptr;  ///< outlives the workers; null: nobody has a limit
};

/// Pays for 503s to what is over the limit: refusing costs a third of serving, and who floods us
/// shall not make us do it. Each signed answer earns one, a 503 costs a hundred; one is there at
/// the start, so that somebody who tries it sees it.
class RefusalCredit {
 public:
  void earn() noexcept { credit_ += credit_ < most ? 1 : 0; }
  bool spend() noexcept {
    if (credit_ < price) return false;
    credit_ -= price;
    return true;
  }

 private:
  static constexpr std::uint32_t price = 100;
  static constexpr std::uint32_t most = 100 * price;  ///< a quiet day pays for no flood
  std::uint32_t credit_ = price;
};

inline constexpr std::size_t reply_bytes_max = 65507;  ///< the largest UDP payload over IPv4

/// One per worker; not thread-safe. `settings`, `metrics` and `draining` must outlive it.
class WorkerState {
 public:
  WorkerState(const AnswerSettings& settings, const Secret& secret, WorkerMetrics& metrics,
              const std::atomic<bool>& draining);

  const AnswerSettings& settings;
  WorkerMetrics& metrics;
  const std::atomic<bool>& draining;
  const NumberPlan stranger_plan = make_number_plan("");  ///< of whoever is no peer: 112 and 911
  AuthenticationService service;
  KeyedHash tags;
  ReadState read;
  RefusalCredit refusals;
  DecisionRecord record;
  std::array<char, reply_bytes_max> reply{};
};

// For transports that can turn others away before a message comes:

/// Whether that is a peer or a probe source.
[[nodiscard]] bool is_known(const Origin& origin, const Snapshot& snapshot,
                            const AnswerSettings& settings) noexcept;
/// Before there is a certificate: whether anything from there could get an answer. Anybody can
/// where strangers are told 403.
[[nodiscard]] bool may_be_heard(const IpAddress& source, const Listener& listener,
                                const Snapshot& snapshot, const AnswerSettings& settings) noexcept;
/// Before there is a certificate: whether it comes from where a peer or a probe is expected.
[[nodiscard]] bool is_expected(const IpAddress& source, const Listener& listener,
                               const Snapshot& snapshot, const AnswerSettings& settings) noexcept;

Answer answer(const Request& request, const Snapshot& snapshot, UnixTime now,
              WorkerState& worker) noexcept;

}  // namespace shaken302::sip
