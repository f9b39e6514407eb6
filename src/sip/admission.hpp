// SPDX-License-Identifier: MIT
//
// What is not answered before it costs anything: a message that waited too long in the socket, and
// what is over its peer's calls_per_second.
#pragma once

#include <optional>

#include "exchange.hpp"

namespace shaken302::sip {

/// Why a message from a peer is not to be answered, or nothing. It is counted in the peer's bucket
/// when it is in time. The peer is the one that source, listener and host lead to. `method` is
/// Method::other where it could not be read.
std::optional<Outcome> find_excess(const Exchange& exchange, const Peer& peer,
                                   Method method) noexcept;

/// The peer whose bucket a request counts in: of several behind one source, by the host of its
/// Request-URI.
const Peer& limited_peer(const Exchange& exchange, const ScannedRequest& scanned) noexcept;

/// Whether the text of an INVITE may be that of a call for help, so that it is worth a parser: no
/// such call is dropped for a rate.
bool may_ask_for_help(const Exchange& exchange, const ScannedRequest& scanned) noexcept;
/// Whether it is one.
bool asks_peer_for_help(const Exchange& exchange, const ParsedRequest& request) noexcept;

/// Silence, or 503 where the peer wants it and there is credit for one.
Answer refuse_excess(const Exchange& exchange, const Peer& peer, Outcome excess) noexcept;

}  // namespace shaken302::sip
