// SPDX-License-Identifier: MIT
#include "reply_writer.hpp"

#include "text_scan.hpp"
#include "uri_text.hpp"

namespace shaken302::sip {
namespace {

constexpr bool is_line_end(char c) noexcept { return c == '\r' || c == '\n'; }
constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

bool has_safe_field(const HeaderIndex& index, FieldName name) noexcept {
  const Field* field = index.find(name);
  return field != nullptr && field->form != ValueForm::unsafe;
}

/// All or a part of a value of that form.
void append_value(BoundedText& out, std::string_view value, ValueForm form) noexcept {
  if (form == ValueForm::plain) {
    out.append(value);
  } else {
    append_unfolded(out, value);
  }
}

void append_field(BoundedText& out, std::string_view name, const Field& field) noexcept {
  out.append(name).append(": ");
  append_value(out, field.value, field.form);
  out.append("\r\n");
}

/// RFC 3261 18.2.1: received when the sent-by host is not the source address. RFC 3581 section 4:
/// with rport always, and rport gets its value. What the sender itself wrote there does not
/// survive.
void append_top_via(BoundedText& out, const TopVia& via, ValueForm form,
                    const Endpoint& source) noexcept {
  ViaParameters parameters(via.value);
  out.append("Via: ");
  append_value(out, parameters.before_parameters(), form);
  bool has_rport = false;
  while (const auto parameter = parameters.next()) {
    if (equals_ignoring_case(parameter->name, "received")) continue;
    if (equals_ignoring_case(parameter->name, "rport")) {
      if (!has_rport) out.append(";rport=").append_number(source.port);
      has_rport = true;
      continue;
    }
    append_value(out, parameter->raw, form);
  }
  if (has_rport || parse_address(sent_by_host(via.value)) != source.address) {
    out.append(";received=");
    append_address(out, source.address);
  }
  append_value(out, parameters.comment(), form);
  append_value(out, via.rest, form);
  out.append("\r\n");
}

void append_vias(BoundedText& out, const ReplyContext& context) noexcept {
  bool top = true;
  for (const Field& field : context.index->entries()) {
    if (field.known != FieldName::via) continue;
    if (top && context.via != nullptr) {
      append_top_via(out, *context.via, field.form, context.source);
    } else {
      append_field(out, "Via", field);
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
  if (const Field* from = index.find(FieldName::from)) append_field(out, "From", *from);
  if (const Field* to = index.find(FieldName::to)) {
    out.append("To: ");
    append_value(out, to->value, to->form);
    if (!to_has_tag) out.append(";tag=").append(context.to_tag);
    out.append("\r\n");
  }
  if (const Field* id = index.find(FieldName::call_id)) append_field(out, "Call-ID", *id);
  if (const Field* cseq = index.find(FieldName::cseq)) append_field(out, "CSeq", *cseq);
  if (!context.server_header.empty()) {
    out.append("Server: ").append(context.server_header).append("\r\n");
  }
}

void append_reply_end(BoundedText& out) noexcept { out.append("Content-Length: 0\r\n\r\n"); }

bool can_echo(const HeaderIndex& index) noexcept {
  for (const Field& field : index.entries()) {
    if (field.known == FieldName::via && field.form == ValueForm::unsafe) return false;
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
