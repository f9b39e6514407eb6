// SPDX-License-Identifier: MIT
//
// The one gate of well-formedness: from bytes to a request that every later step may trust, or to
// the reason why not. Sofia-SIP parses header values (parsed_headers.hpp); this file asks it the
// right questions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "parsed_headers.hpp"
#include "prescan.hpp"
#include "shaken302/authentication_service.hpp"
#include "shaken302/directory.hpp"
#include "shown_identities.hpp"

namespace shaken302::sip {

enum class Method : std::uint8_t { invite, options, ack, cancel, other };

/// Why a message is not a request that we can serve. Each has its status in the status table.
enum class RequestError : std::uint8_t {
  keep_alive,  ///< silence
  response,    ///< silence
  not_sip,     ///< no SIP start line: silence
  too_long,    ///< 400s from here on
  too_many_lines,
  too_many_commas,
  nul,
  lone_cr,
  no_colon,
  unterminated,
  version,  ///< 505
  request_line,
  via,
  from,
  to,
  call_id,
  cseq,
  cseq_method,       ///< CSeq and request line disagree
  duplicate_header,  ///< From, To, Call-ID or CSeq twice
  content_length,    ///< negative, not a number, twice with two values, or more than the datagram
                     ///< holds
  other_header,      ///< a name of which only the leading token is one of ours, as in "From B"
  memory,            ///< the parser could not allocate: no answer
};

/// What a reply needs of the topmost Via.
struct TopVia {
  std::string_view value;  ///< first value of the first Via line, as received
  std::string_view rest;   ///< what follows it on that line, from its comma on; or empty
  std::string_view branch;
  std::uint16_t sent_by_port = 5060;  ///< 5061 for TLS
  bool has_rport = false;
};

/// A well-formed request. Views into the datagram or the parsed headers: it must not outlive
/// either.
struct ParsedRequest {
  Method method = Method::other;
  std::string_view method_name;
  std::string_view request_uri_text;
  UriView request_uri;
  TopVia via;
  std::string_view call_id;
  std::string_view from_tag;  ///< empty for an RFC 2543 client
  std::string_view cseq;
  bool has_to_tag = false;
  std::string_view from_uri_text;
  UriView from;
  UriView to;
  ShownIdentities
      identities;  ///< of an INVITE outside a dialog alone: nobody else is asked who calls
};

/// A message that has passed all that needs no parser: what may be known of it before it costs
/// anything. Views into the datagram.
struct ScannedRequest {
  Method method = Method::other;
  std::string_view request_uri_text;  ///< whether it is one is not known yet
  UriView request_uri;
};

/// Everything that belongs to one message being read; lives in the worker and is reused. What is in
/// `headers` stays until the next `scan_request`.
struct ReadState {
  HeaderIndex index;
  ParsedHeaders headers;
};

/// The cheap half: pre-scan, start line, counts of header fields. On an error `state.index` still
/// holds what the scan found, for the 400.
Result<ScannedRequest, RequestError> scan_request(std::string_view bytes,
                                                  ReadState& state) noexcept;
/// The other half, of the message that was scanned last.
Result<ParsedRequest, RequestError> parse_request(const ScannedRequest& scanned,
                                                  ReadState& state) noexcept;
/// Both, for one datagram or frame.
Result<ParsedRequest, RequestError> read_request(std::string_view bytes, ReadState& state) noexcept;

/// Stands for an account value that was given twice with two meanings. No account id holds a
/// control character, so it names none: a second header field that a caller gets in must not win,
/// and must not make the core go on to its next source either.
inline constexpr std::string_view ambiguous_account_value = "\x01";

/// The facts of a first INVITE for the core: identities, account values by the peer's sources, and
/// whether a shaken Identity is there. `index` is that of the request; `listener` is where the call
/// came in.
Call read_call(const ParsedRequest& request, const HeaderIndex& index, const Peer& peer,
               std::uint32_t peer_index, const Listener& listener) noexcept;

}  // namespace shaken302::sip
