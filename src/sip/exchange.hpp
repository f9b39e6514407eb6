// SPDX-License-Identifier: MIT
//
// One message being answered, and the reply that is written for it.
#pragma once

#include "answer.hpp"
#include "reply_writer.hpp"
#include "status_table.hpp"

namespace shaken302::sip {

/// One message and everything that is needed to answer it.
struct Exchange {
  const Request& request;
  const Snapshot& snapshot;
  UnixTime now;
  WorkerState& worker;
  const Peer* peer = nullptr;
  std::uint32_t peer_index = no_index;
  bool is_in_excess = false;  ///< answered only because it asks for help
};

/// Counts, and answers nothing.
Answer silence(const Exchange& exchange, Outcome outcome) noexcept;

/// What a reply takes from the request, for well-formed requests and for broken ones.
struct Echo {
  const TopVia* via = nullptr;
  bool to_has_tag = false;
  bool is_for_help =
      false;  ///< answered whatever its size: a call for help is never lost to a limit
};

/// A reply being written into the worker's buffer.
class Reply {
 public:
  Reply(const Exchange& exchange, Outcome outcome, Status status, const Echo& echo) noexcept;
  [[nodiscard]] BoundedText& out() noexcept { return out_; }

  /// Counts, and gives the reply its destination; one that did not fit is not sent.
  Answer finish() noexcept;
  [[nodiscard]] bool is_over_1300() const noexcept;

 private:
  [[nodiscard]] bool is_over_ratio() const noexcept;
  [[nodiscard]] Endpoint destination() const noexcept;

  const Exchange& exchange_;
  Outcome outcome_;
  Status status_;
  const TopVia* via_;
  bool is_for_help_;
  BoundedText out_;
};

/// A reply of few words: `fields` are whole header lines.
Answer reply_to(const Exchange& exchange, const ParsedRequest& request, Outcome outcome,
                std::string_view fields = {}) noexcept;

/// To a first INVITE. `exchange.peer` is the peer of the call, chosen by its Request-URI too.
Answer answer_call(const Exchange& exchange, const ParsedRequest& request) noexcept;

/// The peer of a call, by its source, its listener and the host of its Request-URI, or no_index. A
/// call for help whose host is no peer's goes by a peer of its source that knows it as one: it is
/// not refused for a name.
std::uint32_t find_peer_of_call(const PeerTable& peers, const Request& received,
                                const ParsedRequest& request) noexcept;

/// What a decision comes to for its peer.
struct DecisionAnswer {
  Outcome outcome = Outcome::unsigned_redirect;
  Status status;
};
DecisionAnswer answer_for(const Decision& decision, const Peer& peer) noexcept;

/// Decides the call by the shadow directory too, where there is one, and counts and records whether
/// that would have been the same as `live`.
void compare_with_shadow(const Exchange& exchange, const ParsedRequest& request,
                         const Decision& live, DecisionRecord& record) noexcept;

}  // namespace shaken302::sip
