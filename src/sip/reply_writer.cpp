// SPDX-License-Identifier: MIT
#include "reply_writer.hpp"

#include "text_scan.hpp"
#include "uri_text.hpp"

namespace shaken302::sip {
namespace {

constexpr bool is_line_end(char c) noexcept { return c == '\r' || c == '\n'; }
constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

/// Whether a value can be echoed without ending its line: folds are the only line ends in it.
bool is_safe(std::string_view value) noexcept {
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto c = static_cast<unsigned char>(value[i]);
    if (c == '\r') {
      if (i + 1 == value.size() || value[i + 1] != '\n') return false;
    } else if (c == '\n') {
      if (i + 1 == value.size() || !is_blank(value[i + 1])) return false;
    } else if ((c < 0x20 && c != '\t') || c == 0x7F) {
      return false;
    }
  }
  return true;
}

bool has_safe_field(const HeaderIndex& index, FieldName name) noexcept {
  const Field* field = index.find(name);
  return field != nullptr && is_safe(field->value);
}

void append_field(BoundedText& out, std::string_view name, std::string_view value) noexcept {
  out.append(name).append(": ");
  append_unfolded(out, value);
  out.append("\r\n");
}

/// RFC 3261 18.2.1: received when the sent-by host is not the source address. RFC 3581 section 4:
/// with rport always, and rport gets its value. What the sender itself wrote there does not
/// survive.
void append_top_via(BoundedText& out, const TopVia& via, const Endpoint& source) noexcept {
  ViaParameters parameters(via.value);
  out.append("Via: ");
  append_unfolded(out, parameters.before_parameters());
  bool has_rport = false;
  while (const auto parameter = parameters.next()) {
    if (equals_ignoring_case(parameter->name, "received")) continue;
    if (equals_ignoring_case(parameter->name, "rport")) {
      if (!has_rport) out.append(";rport=").append_number(source.port);
      has_rport = true;
      continue;
    }
    append_unfolded(out, parameter->raw);
  }
  if (has_rport || parse_address(sent_by_host(via.value)) != source.address) {
    out.append(";received=");
    append_address(out, source.address);
  }
  append_unfolded(out, parameters.comment());
  append_unfolded(out, via.rest);
  out.append("\r\n");
}

void append_vias(BoundedText& out, const ReplyContext& context) noexcept {
  bool top = true;
  for (const auto& entry : context.index->entries()) {
    if (entry.known != FieldName::via) continue;
    if (top && context.via != nullptr) {
      append_top_via(out, *context.via, context.source);
    } else {
      append_field(out, "Via", entry.field.value);
    }
    top = false;
  }
}

}  // namespace

void append_unfolded(BoundedText& out, std::string_view value) noexcept {
  std::size_t begin = 0;
  while (begin < value.size()) {
    const auto fold = value.find_first_of("\r\n", begin);
    if (fold == std::string_view::npos) break;
    out.append(value.substr(begin, fold - begin)).append(' ');
    begin = fold;
    while (begin < value.size() && (is_line_end(value[begin]) || is_blank(value[begin]))) ++begin;
  }
  out.append(value.substr(begin));
}

void append_reply_head(BoundedText& out, std::uint16_t status, std::string_view phrase,
                       const ReplyContext& context, bool to_has_tag) noexcept {
  out.append("SIP/2.0 ").append_number(status).append(' ').append(phrase).append("\r\n");
  append_vias(out, context);
  const HeaderIndex& index = *context.index;
  if (const Field* from = index.find(FieldName::from)) append_field(out, "From", from->value);
  if (const Field* to = index.find(FieldName::to)) {
    out.append("To: ");
    append_unfolded(out, to->value);
    if (!to_has_tag) out.append(";tag=").append(context.to_tag);
    out.append("\r\n");
  }
  if (const Field* id = index.find(FieldName::call_id)) append_field(out, "Call-ID", id->value);
  if (const Field* cseq = index.find(FieldName::cseq)) append_field(out, "CSeq", cseq->value);
  if (!context.server_header.empty()) append_field(out, "Server", context.server_header);
}

void append_reply_end(BoundedText& out) noexcept { out.append("Content-Length: 0\r\n\r\n"); }

bool can_echo(const HeaderIndex& index) noexcept {
  for (const auto& entry : index.entries()) {
    if (entry.known == FieldName::via && !is_safe(entry.field.value)) return false;
  }
  return has_safe_field(index, FieldName::via) && has_safe_field(index, FieldName::from) &&
         has_safe_field(index, FieldName::to) && has_safe_field(index, FieldName::call_id) &&
         has_safe_field(index, FieldName::cseq);
}

Endpoint reply_destination(const Endpoint& source, const TopVia* via, bool force_rport) noexcept {
  // Without a readable Via the source port is the only one that is known to have a sender behind
  // it.
  if (via == nullptr || via->has_rport || force_rport) return source;
  return {source.address, via->sent_by_port};
}

}  // namespace shaken302::sip
