// SPDX-License-Identifier: MIT
#include "request_reader.hpp"

#include <sofia-sip/sip.h>

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

/// RFC 3261 25.1.
constexpr CharacterSet token_characters = CharacterSet::alphanumerics_and("-.!%*_+`'~");

/// Whether anything depends on a field of that name being what it seems.
bool is_needed(FieldName name) noexcept {
  switch (name) {
    case FieldName::via:
    case FieldName::from:
    case FieldName::to:
    case FieldName::call_id:
    case FieldName::cseq:
    case FieldName::content_length:
      return true;
    default:
      return false;
  }
}

/// What the names of needed fields begin with.
constexpr CharacterSet needed_initials("VvFfTtIiCcLl");

/// "From B: x" is a From to some readers and nothing to others.
Refusal check_names(const HeaderIndex& index) noexcept {
  for (const Field& field : index.entries()) {
    if (field.known != FieldName::other || !needed_initials.has(field.name.front())) continue;
    const std::string_view name = field.name;
    const std::string_view token = token_characters.leading(name);
    if (token.size() != name.size() && is_needed(field_name_of(token))) {
      return RequestError::other_header;
    }
  }
  return {};
}

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

/// What of a request Sofia has read.
struct Parsed {
  const sip_request_t* request = nullptr;
  const sip_via_t* via = nullptr;  ///< of the first line
  const sip_from_t* from = nullptr;
  const sip_to_t* to = nullptr;
  const sip_cseq_t* cseq = nullptr;
};

/// Every line must be one: of a broken one the next hop may make another message. Only the first is
/// kept.
const sip_via_t* read_vias(const HeaderIndex& index, ParsedHeaders& headers) noexcept {
  const sip_via_t* first = nullptr;
  for (const Field& field : index.entries()) {
    if (field.known != FieldName::via) continue;
    if (first == nullptr) {
      first = headers.read_via(field.value);
      if (first == nullptr) return nullptr;
    } else if (!headers.can_read_via(field.value)) {
      return nullptr;
    }
  }
  return first;
}

/// Reads what must be there; what cannot be read is the refusal.
Refusal read_headers(const HeaderIndex& index, std::string_view request_uri, ParsedHeaders& headers,
                     Parsed& parsed) noexcept {
  const auto value = [&index](FieldName name) { return index.find(name)->value; };
  parsed.request = headers.read_request(index.start_line());
  if (parsed.request == nullptr || !is_uri_text(request_uri)) return RequestError::request_line;
  parsed.via = read_vias(index, headers);
  if (parsed.via == nullptr) return RequestError::via;
  parsed.from = headers.read_from(value(FieldName::from));
  if (parsed.from == nullptr) return RequestError::from;
  parsed.to = headers.read_to(value(FieldName::to));
  if (parsed.to == nullptr) return RequestError::to;
  if (!is_call_id(value(FieldName::call_id))) return RequestError::call_id;
  parsed.cseq = headers.read_cseq(value(FieldName::cseq));
  if (parsed.cseq == nullptr) return RequestError::cseq;
  if (std::string_view(parsed.cseq->cs_method_name) != parsed.request->rq_method_name) {
    return RequestError::cseq_method;
  }
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
  const bool more = via.v_next != nullptr;
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

/// All of it, from what has been read and found good. Made where it is returned: a request is
/// large.
Result<ParsedRequest, RequestError> finish_request(const Parsed& parsed, const TopVia& via,
                                                   const ScannedRequest& scanned,
                                                   ReadState& state) noexcept {
  const HeaderIndex& index = state.index;
  Result<ParsedRequest, RequestError> result(ParsedRequest{});
  ParsedRequest& request = *result;
  request.method = to_method(parsed.request->rq_method);
  request.method_name = parsed.request->rq_method_name;
  request.request_uri_text = scanned.request_uri_text;
  request.request_uri = scanned.request_uri;
  request.via = via;
  request.call_id = index.find(FieldName::call_id)->value;
  request.cseq = index.find(FieldName::cseq)->value;
  if (parsed.from->a_tag != nullptr) request.from_tag = parsed.from->a_tag;
  request.has_to_tag = parsed.to->a_tag != nullptr;
  request.from_uri_text = address_uri(*parsed.from, *index.find(FieldName::from));
  request.from = split_uri(request.from_uri_text);
  request.to = split_uri(address_uri(*parsed.to, *index.find(FieldName::to)));
  if (request.method != Method::invite || request.has_to_tag) return result;
  request.identities = read_identities(index, state.headers);
  // A caller that could not be read for want of memory is not one that names nobody.
  if (state.headers.is_out_of_memory()) result = Failure{RequestError::memory};
  return result;
}

}  // namespace

Result<ScannedRequest, RequestError> scan_request(std::string_view bytes,
                                                  ReadState& state) noexcept {
  state.headers.clear();
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
  Parsed parsed;
  if (const Refusal refusal =
          read_headers(index, scanned.request_uri_text, state.headers, parsed)) {
    return Failure{state.headers.is_out_of_memory() ? RequestError::memory : *refusal};
  }
  if (const Refusal refusal = check_names(index)) return Failure{*refusal};
  const auto via = read_top_via(*parsed.via, index.find(FieldName::via)->value);
  if (!via) return Failure{RequestError::via};
  return finish_request(parsed, *via, scanned, state);
}

Result<ParsedRequest, RequestError> read_request(std::string_view bytes,
                                                 ReadState& state) noexcept {
  const auto scanned = scan_request(bytes, state);
  if (!scanned) return Failure{scanned.error()};
  return parse_request(*scanned, state);
}

}  // namespace shaken302::sip
