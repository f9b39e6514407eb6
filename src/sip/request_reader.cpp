// SPDX-License-Identifier: MIT
#include "request_reader.hpp"

#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>

#include <algorithm>
#include <charconv>

#include "character_set.hpp"
#include "next_frame.hpp"
#include "received_bytes.hpp"
#include "uri_text.hpp"

namespace shaken302::sip {
namespace {

using Refusal = std::optional<RequestError>;

Refusal from_prescan(Prescan prescan) noexcept {
  switch (prescan) {
    case Prescan::ok:
      return {};
    case Prescan::empty:
      return RequestError::keep_alive;
    case Prescan::too_long:
      return RequestError::too_long;
    case Prescan::too_many_lines:
      return RequestError::too_many_lines;
    case Prescan::too_many_commas:
      return RequestError::too_many_commas;
    case Prescan::nul:
      return RequestError::nul;
    case Prescan::lone_cr:
      return RequestError::lone_cr;
    case Prescan::no_colon:
      return RequestError::no_colon;
    case Prescan::unterminated:
      return RequestError::unterminated;
  }
  return RequestError::not_sip;
}

constexpr CharacterSet blanks(" \t");

bool is_sip_version(std::string_view token) noexcept {
  return token.size() > 4 && equals_ignoring_case(token.substr(0, 4), "SIP/");
}

/// What kind of start line it is; whether a request line is well-formed is for Sofia to say.
Refusal check_start_line(std::string_view line) noexcept {
  if (is_sip_version(blanks.before_any(line))) return RequestError::response;
  while (!line.empty() && blanks.has(line.back())) line.remove_suffix(1);
  std::size_t blank = line.size();
  while (blank != 0 && !blanks.has(line[blank - 1])) --blank;
  if (blank == 0) return RequestError::not_sip;
  const std::string_view version = line.substr(blank);
  if (!is_sip_version(version)) return RequestError::not_sip;
  if (!equals_ignoring_case(version, "SIP/2.0")) return RequestError::version;
  return {};
}

/// Sofia shows the first of two From, To or CSeq and hardly a trace of the second.
Refusal check_counts(const HeaderIndex& index) noexcept {
  struct Mandatory {
    FieldName name;
    RequestError missing;
  };
  constexpr Mandatory mandatory[] = {{FieldName::from, RequestError::from},
                                     {FieldName::to, RequestError::to},
                                     {FieldName::call_id, RequestError::call_id},
                                     {FieldName::cseq, RequestError::cseq}};
  if (index.find(FieldName::via) == nullptr) return RequestError::via;
  for (const Mandatory& field : mandatory) {
    const std::size_t count = index.count(field.name);
    if (count == 0) return field.missing;
    if (count > 1) return RequestError::duplicate_header;
  }
  return {};
}

/// RFC 3261 18.3: what a datagram holds beyond Content-Length is ignored, less is a 400.
Refusal check_content_length(const HeaderIndex& index) noexcept {
  const ContentLength length = read_content_length(index);
  const bool good = length.state != ContentLength::State::malformed &&
                    length.bytes <= index.body().size() &&
                    index.count(FieldName::content_length) <= 1;
  return good ? Refusal{} : RequestError::content_length;
}

constexpr CharacterSet no_call_id = CharacterSet::controls_and(" ");

bool is_call_id(std::string_view value) noexcept {
  return !value.empty() && no_call_id.find_in(value) == std::string_view::npos;
}

/// The second of the start line's three parts, as msg_firstline_d takes it.
std::string_view middle_part(std::string_view line) noexcept {
  line.remove_prefix(blanks.before_any(line).size());
  while (!line.empty() && blanks.has(line.front())) line.remove_prefix(1);
  return blanks.before_any(line);
}

constexpr CharacterSet no_uri_text = CharacterSet::controls_and(" \"<>\\").and_above_ascii();

/// Sofia lets every character through. What no URI can hold (RFC 2396 2.4.3) must not get into the
/// Contact of a reply; the rest of the excluded set is seen in the wild and does no harm.
bool is_uri_text(std::string_view text) noexcept {
  return no_uri_text.find_in(text) == std::string_view::npos;
}

std::size_t count_via_lines(const sip_via_t* via) noexcept {
  std::size_t lines = 0;
  for (; via != nullptr; via = via->v_next) lines += via->v_common->h_len != 0;
  return lines;
}

/// What Sofia could not read.
Refusal check_parsed(const sip_t& sip, const HeaderIndex& index, std::string_view request_uri,
                     unsigned errors) noexcept {
  if (sip.sip_request == nullptr) return RequestError::request_line;
  if (!is_uri_text(request_uri)) return RequestError::request_line;
  // With a Via line missing, the first that Sofia shows may not be the first that was received.
  if (count_via_lines(sip.sip_via) != index.count(FieldName::via)) return RequestError::via;
  if (sip.sip_from == nullptr) return RequestError::from;
  if (sip.sip_to == nullptr) return RequestError::to;
  if (sip.sip_call_id == nullptr || !is_call_id(index.find(FieldName::call_id)->value)) {
    return RequestError::call_id;
  }
  if (sip.sip_cseq == nullptr) return RequestError::cseq;
  if (std::string_view(sip.sip_cseq->cs_method_name) != sip.sip_request->rq_method_name) {
    return RequestError::cseq_method;
  }
  if ((errors & sip_mask_request) != 0) return RequestError::other_header;
  return {};
}

/// Length of the first value of a Via line: up to a comma outside quotes and comments.
std::size_t first_value_size(std::string_view line) noexcept {
  if (line.find(',') == std::string_view::npos) return line.size();
  bool quoted = false;
  int depth = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '\\' && (quoted || depth != 0)) {
      ++i;
    } else if (c == '"' && depth == 0) {
      quoted = !quoted;
    } else if (!quoted && c == '(') {
      ++depth;
    } else if (!quoted && c == ')' && depth != 0) {
      --depth;
    } else if (!quoted && depth == 0 && c == ',') {
      return i;
    }
  }
  return line.size();
}

bool is_tls(std::string_view protocol) noexcept {
  return protocol.size() >= 4 && equals_ignoring_case(protocol.substr(protocol.size() - 4), "/TLS");
}

std::optional<TopVia> read_top_via(const sip_via_t& via, std::string_view line) noexcept {
  const std::size_t size = first_value_size(line);
  TopVia top;
  const std::string_view first = line.substr(0, size);
  top.value = first.substr(0, first.find_last_not_of(" \t\r\n") + 1);
  top.rest = line.substr(size);
  // Sofia and this scan must agree on where the first value ends: `received` and `rport` go there.
  const bool more = via.v_next != nullptr && via.v_next->v_common->h_len == 0;
  const bool more_here = top.rest.find_first_not_of(", \t\r\n") != std::string_view::npos;
  if (top.value.empty() || more != more_here) return {};

  if (via.v_branch != nullptr) top.branch = via.v_branch;
  top.has_rport = via.v_rport != nullptr;
  top.sent_by_port = is_tls(via.v_protocol) ? 5061 : 5060;
  if (via.v_port != nullptr) {
    const std::string_view port = via.v_port;
    const auto read = std::from_chars(port.data(), port.data() + port.size(), top.sent_by_port);
    if (read.ec != std::errc{} || top.sent_by_port == 0) return {};
  }
  return top;
}

Method to_method(sip_method_t method) noexcept {
  switch (method) {
    case sip_method_invite:
      return Method::invite;
    case sip_method_options:
      return Method::options;
    case sip_method_ack:
      return Method::ack;
    case sip_method_cancel:
      return Method::cancel;
    default:
      return Method::other;
  }
}

/// A method has case (RFC 3261 7.1).
Method method_of(std::string_view name) noexcept {
  if (name == "INVITE") return Method::invite;
  if (name == "OPTIONS") return Method::options;
  if (name == "ACK") return Method::ack;
  if (name == "CANCEL") return Method::cancel;
  return Method::other;
}

ParsedRequest describe(const sip_t& sip, const HeaderIndex& index, const TopVia& via,
                       const ScannedRequest& scanned) noexcept {
  ParsedRequest request;
  request.method = to_method(sip.sip_request->rq_method);
  request.method_name = sip.sip_request->rq_method_name;
  request.request_uri_text = scanned.request_uri_text;
  request.request_uri = scanned.request_uri;
  request.via = via;
  request.call_id = index.find(FieldName::call_id)->value;
  request.cseq = index.find(FieldName::cseq)->value;
  if (sip.sip_from->a_tag != nullptr) request.from_tag = sip.sip_from->a_tag;
  request.has_to_tag = sip.sip_to->a_tag != nullptr;
  request.from = split_uri(address_uri(*sip.sip_from, *index.find(FieldName::from)));
  request.to = split_uri(address_uri(*sip.sip_to, *index.find(FieldName::to)));
  return request;
}

}  // namespace

Result<ScannedRequest, RequestError> scan_request(std::string_view bytes,
                                                  ReadState& state) noexcept {
  state.message.reset();
  const HeaderIndex& index = state.index;
  if (const Refusal refusal = from_prescan(prescan(bytes, state.index))) return Failure{*refusal};
  if (const Refusal refusal = check_start_line(index.start_line())) return Failure{*refusal};
  if (const Refusal refusal = check_counts(index)) return Failure{*refusal};
  if (const Refusal refusal = check_content_length(index)) return Failure{*refusal};
  const std::string_view line = index.start_line();
  ScannedRequest scanned;
  scanned.method = method_of(blanks.before_any(line));
  scanned.request_uri_text = middle_part(line);
  scanned.request_uri = split_uri(scanned.request_uri_text);
  return scanned;
}

Result<ParsedRequest, RequestError> parse_request(const ScannedRequest& scanned,
                                                  ReadState& state) noexcept {
  const HeaderIndex& index = state.index;
  // The body begins where the header section ends, both in the datagram.
  const std::string_view head = index.message();
  const std::string_view body = index.body();
  Result<Message, Message::Error> message =
      Message::parse({head.data(), head.size() + body.size()});
  if (!message) {
    const bool memory = message.error() == Message::Error::memory;
    return Failure{memory ? RequestError::memory : RequestError::other_header};
  }
  const Message& parsed = state.message.emplace(std::move(message).value());
  const sip_t& sip = *parsed.sip();
  if (const Refusal refusal = check_parsed(sip, index, scanned.request_uri_text, parsed.errors())) {
    return Failure{*refusal};
  }
  const std::optional<TopVia> via = read_top_via(*sip.sip_via, index.find(FieldName::via)->value);
  if (!via) return Failure{RequestError::via};
  return describe(sip, index, *via, scanned);
}

Result<ParsedRequest, RequestError> read_request(std::string_view bytes,
                                                 ReadState& state) noexcept {
  const auto scanned = scan_request(bytes, state);
  if (!scanned) return Failure{scanned.error()};
  return parse_request(*scanned, state);
}

}  // namespace shaken302::sip
