// SPDX-License-Identifier: MIT
//
// The command line of sip_load, read into plain values. `usage()` is its documentation.
#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace sip_load {

using std::chrono::nanoseconds;

/// A command line that cannot be meant; what() says why.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

enum class Transport { udp, tcp, tls };

struct Target {
  Transport transport = Transport::udp;
  std::string address;  ///< IPv4 or IPv6, without brackets
  std::uint16_t port = 0;
};

/// Each share is a part (0 to 1) of all that is sent.
struct Shares {
  double refused = 0;    ///< INVITEs of `refused_callers`
  double unknown = 0;    ///< INVITEs from `unknown_sources`, who must get nothing
  double malformed = 0;  ///< datagrams from files
  double repeated = 0;   ///< INVITEs sent once more, the same bytes, whatever the answer
};

/// A rate for a time.
struct RateStep {
  double rate = 0;          ///< requests a second; 0 is closed loop
  nanoseconds duration{0};  ///< 0: only the count bounds it
};

struct LoadOptions {
  Target target;
  std::vector<RateStep> steps;    ///< one after the other; at least one
  std::uint64_t outstanding = 0;  ///< closed loop: unanswered calls at a time
  std::uint64_t calls = 0;        ///< 0: only time bounds the run
  std::vector<std::string> callers{"12155550100"};
  std::vector<std::string> refused_callers;
  std::string called = "12155550199";
  int status = 302;
  int refused_status = 302;
  bool is_signed = true;  ///< answers with `status` carry an Identity
  std::size_t bytes = 880;
  std::string certificate;  ///< with it, `verify_share` of all Identities are verified
  double verify_share = 0.01;
  Shares shares;
  std::vector<std::string> unknown_sources;
  std::vector<std::string> malformed;  ///< one datagram each
  nanoseconds repeat_after{100'000'000};
  bool retransmits = false;
  nanoseconds t1{500'000'000};
  nanoseconds patience{0};  ///< how long an answer is waited for
  std::string bind;         ///< source address; empty: what the kernel takes
  std::size_t sockets = 1;  ///< of UDP
  std::size_t connections = 2;
  std::size_t burst = 1;  ///< requests in one write of a stream
  std::string tls_ca;     ///< empty: the server's certificate is not checked
  std::string tls_certificate;
  std::string tls_key;
  nanoseconds window{0};  ///< of the timeline in JSON; 0: none
  bool is_woken = false;  ///< in closed loop, by each answer
  bool spins = false;     ///< never sleeps between two sends
  bool is_json = false;
};

/// Throws UsageError.
[[nodiscard]] LoadOptions parse_options(const std::vector<std::string>& words);
[[nodiscard]] std::string usage();

}  // namespace sip_load
