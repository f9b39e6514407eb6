// SPDX-License-Identifier: MIT
//
// Writes replies (RFC 3261 8.2.6): start line, Via, From, To, Call-ID and CSeq echoed from the
// received bytes with folds undone, then our own fields, Content-Length: 0. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <string_view>

#include "endpoint.hpp"
#include "prescan.hpp"
#include "request_reader.hpp"
#include "shaken302/bounded_text.hpp"

namespace shaken302::sip {

/// The parts of a reply that do not depend on its status.
struct ReplyContext {
  const HeaderIndex* index = nullptr;
  const TopVia* via = nullptr;  ///< nullptr where the top Via could not be read: echoed as it is
  Endpoint source;
  std::string_view to_tag;  ///< added to To unless it has one
  std::string_view server_header;
};

/// Start line through CSeq (and Server). `to_has_tag`: echo To as it is.
void append_reply_head(BoundedText& out, std::uint16_t status, std::string_view phrase,
                       const ReplyContext& context, bool to_has_tag) noexcept;

/// Content-Length: 0 and the empty line.
void append_reply_end(BoundedText& out) noexcept;

/// A header value with every fold turned into one space (RFC 3261 7.3.1) and nothing else changed.
void append_unfolded(BoundedText& out, std::string_view value) noexcept;

/// Whether enough is there to echo (Via, From, To, Call-ID, CSeq) and none of it holds a NUL, a
/// lone CR or another control character that would let a reply be split.
[[nodiscard]] bool can_echo(const HeaderIndex& index) noexcept;

/// Where a reply goes (RFC 3261 18.2.2, RFC 3581): the source address; the source port with rport
/// or `force_rport`, else the sent-by port. maddr is ignored.
[[nodiscard]] Endpoint reply_destination(const Endpoint& source, const TopVia* via,
                                         bool force_rport) noexcept;

}  // namespace shaken302::sip
