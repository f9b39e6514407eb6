// SPDX-License-Identifier: MIT
//
// Counters. Each worker owns one WorkerMetrics and is its only writer; anybody may read at any time
// and gets values that are at most a moment old. No locks; one cache line is never written by two
// workers.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>
#include <vector>

namespace shaken302 {

/// What a worker counts. `to_text` gives the name that is printed.
enum class Counter : std::uint8_t {
  // datagrams and messages by what they were
  received,
  method_invite,
  method_options,
  method_ack,
  method_cancel,
  method_other,
  response,  ///< a response came in; dropped
  unknown_source,
  truncated,        ///< larger than 64 KiB
  refused_by_scan,  ///< the pre-scan said no
  malformed,        ///< the parser or the gate said no
  // answers
  answered_signed,
  retransmissions,  ///< answered as before, byte for byte: no call of its own
  answered_unsigned,
  answered_existing,  ///< redirected with the Identity it had
  answered_blocked,   ///< refused by a rule or the do-not-originate list
  answered_options,
  answered_unavailable,  ///< OPTIONS while draining
  answered_bad_request,
  answered_in_dialog,  ///< 481
  answered_method,     ///< 405
  answered_scheme,     ///< 416
  answered_version,    ///< 505
  answered_forbidden,  ///< 403 to an unknown source
  answered_busy,       ///< 503 to what was over a peer's limit or too late
  silent,
  level_a,
  level_b,
  level_c,
  signatures,  ///< that keys made
  signing_failed,
  account_over_rate,  ///< not signed: more calls a second than the account may make
  account_over_day,   ///< likewise: more a day, on TCP or TLS
  // what was not looked at any further
  over_limit,    ///< more than calls_per_second of its peer
  too_late,      ///< waited longer than queue_deadline in the socket
  unanswerable,  ///< to or from no single host: broadcast, multicast, port 0
  // what decisions were about
  retargeted,         ///< To and Request-URI differ, or the call was diverted
  identities_differ,  ///< From and P-Asserted-Identity differ: B at most
  never_calls,        ///< the caller is on the do-not-originate list
  request_ignored,    ///< a level was asked for without the right to
  request_lowered,
  request_reduced,  ///< more was asked for than could be given
  asserted_by_peer,
  shadow_same,  ///< the shadow policy decides likewise
  shadow_different,
  // what became of answers
  reply_over_1300,    ///< on UDP (RFC 3261 18.1.1)
  contact_over_1023,  ///< Kamailio and OpenSIPS refuse such a URI
  reply_too_large,    ///< did not fit the buffer: not sent
  reply_over_ratio,   ///< more than reply_ratio_max times its request: not sent
  send_failed,
  log_dropped,  ///< decision records that found the queue full
  // TCP and TLS connections
  stream_accepted,
  stream_refused_source,  ///< of nobody's peer: closed
  stream_refused_full,    ///< beyond a limit, or no descriptor was left: closed
  stream_tls_failed,      ///< the handshake did not come about
  stream_timed_out,       ///< idle, too slow to send or too slow to read
  stream_unframed,        ///< nobody could tell where a message ends: closed
  stream_failed,          ///< no memory
  count_
};
inline constexpr std::size_t counter_count = static_cast<std::size_t>(Counter::count_);
std::string_view to_text(Counter counter) noexcept;

/// What is counted for each peer.
enum class PeerCounter : std::uint8_t {
  invites,  ///< calls that were decided
  level_a,
  level_b,
  level_c,
  not_signed,
  retransmissions,  ///< beside `invites`
  over_limit,
  too_late,
  count_
};
inline constexpr std::size_t peer_counter_count = static_cast<std::size_t>(PeerCounter::count_);
std::string_view to_text(PeerCounter counter) noexcept;

/// Peers beyond this share the last slot.
inline constexpr std::size_t metrics_peer_slots = 1024;

class alignas(64) WorkerMetrics {
 public:
  WorkerMetrics() : peers_(metrics_peer_slots) {}

  /// By the owning worker only.
  void add(Counter counter, std::uint64_t n = 1) noexcept {
    bump(counters_[static_cast<std::size_t>(counter)], n);
  }
  void add(std::uint32_t peer_slot, PeerCounter counter) noexcept {
    const auto slot = peer_slot < metrics_peer_slots ? peer_slot : metrics_peer_slots - 1;
    bump(peers_[slot].values[static_cast<std::size_t>(counter)], 1);
  }

  /// By anybody.
  [[nodiscard]] std::uint64_t value(Counter counter) const noexcept {
    return counters_[static_cast<std::size_t>(counter)].load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t value(std::uint32_t peer_slot, PeerCounter counter) const noexcept {
    return peers_[peer_slot].values[static_cast<std::size_t>(counter)].load(
        std::memory_order_relaxed);
  }

 private:
  struct alignas(64) PeerValues {
    std::array<std::atomic<std::uint64_t>, peer_counter_count> values{};
  };
  // One writer: a load and a store are enough, and cheaper than a locked add.
  static void bump(std::atomic<std::uint64_t>& value, std::uint64_t n) noexcept {
    value.store(value.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::array<std::atomic<std::uint64_t>, counter_count> counters_{};
  std::vector<PeerValues> peers_;
};

/// Sum over workers: a range of pointers to their metrics, of any kind.
template <class Workers>
[[nodiscard]] std::uint64_t total(const Workers& workers, Counter counter) noexcept {
  std::uint64_t sum = 0;
  for (const auto& worker : workers) sum += worker->value(counter);
  return sum;
}
template <class Workers>
[[nodiscard]] std::uint64_t total(const Workers& workers, std::uint32_t peer_slot,
                                  PeerCounter counter) noexcept {
  std::uint64_t sum = 0;
  for (const auto& worker : workers) sum += worker->value(peer_slot, counter);
  return sum;
}

}  // namespace shaken302
