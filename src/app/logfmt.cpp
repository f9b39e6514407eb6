// SPDX-License-Identifier: MIT
#include "logfmt.hpp"

#include <algorithm>

namespace shaken302::app {
namespace {

constexpr bool is_control(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

constexpr bool is_plain(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view(".:@+*#/_-").find(c) != std::string_view::npos;
}

void append_hex(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  out += "\\x";
  out += digits[byte >> 4];
  out += digits[byte & 0x0F];
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += ' ';
  out += name;
  out += '=';
  append_value(out, value);
}

void append_reasons(std::string& out, std::string_view name, const Trail& trail) {
  out.append(" ").append(name).append("=");
  bool first = true;
  for (const Reason reason : trail.reasons()) {
    if (!first) out += ',';
    out += to_text(reason);
    first = false;
  }
}

std::string_view level_text(Verdict verdict, Attestation level) {
  static constexpr std::string_view letters = "CBA";
  return verdict == Verdict::sign ? letters.substr(static_cast<std::size_t>(level), 1) : "none";
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c >= 0x20 && c < 0x7F) {
      out += c;
    } else {
      append_hex(out, c);
    }
  }
  out += '"';
}

void append_value(std::string& out, std::string_view text) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) {
    out += text;
  } else {
    append_quoted(out, text);
  }
}

std::string to_one_line(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_control(c)) {
      append_hex(out, c);
    } else {
      out += c;
    }
  }
  return out;
}

std::string to_shadow_logfmt(const DecisionRecord& record) {
  const ShadowDecision& shadow = record.shadow;
  std::string line = "shadow_differs";
  append_field(line, "peer", record.peer.view());
  append_field(line, "account", record.account.view());
  append_field(line, "calling", record.calling.digits());
  append_field(line, "called", record.called.view());
  append_field(line, "verdict", to_text(record.verdict));
  append_field(line, "level", level_text(record.verdict, record.level));
  append_field(line, "shadow_verdict", shadow.has_peer ? to_text(shadow.verdict) : "no_peer");
  append_field(line, "shadow_level",
               shadow.has_peer ? level_text(shadow.verdict, shadow.level) : "none");
  append_field(line, "status", std::to_string(record.status));
  append_field(line, "shadow_status", std::to_string(shadow.status));
  append_field(line, "generation", std::to_string(record.generation));
  line += " call_id=";
  append_quoted(line, record.call_id.view());
  append_reasons(line, "why", record.trail);
  append_reasons(line, "shadow_why", shadow.trail);
  return line;
}

std::string to_logfmt(const DecisionRecord& record) {
  std::string line;
  line.reserve(512);
  line += "decision";
  append_field(line, "peer", record.peer.view());
  append_field(line, "account", record.account.view());
  append_field(line, "calling", record.calling.digits());
  append_field(line, "called", record.called.view());
  append_field(line, "verdict", to_text(record.verdict));
  append_field(line, "level", level_text(record.verdict, record.level));
  append_field(line, "status", std::to_string(record.status));
  append_field(line, "credential", record.credential.view());
  append_field(line, "origid", record.origid.view());
  append_field(line, "generation", std::to_string(record.generation));
  if (record.emergency) line += " emergency=true";
  line += " call_id=";
  append_quoted(line, record.call_id.view());
  append_reasons(line, "reasons", record.trail);
  return line;
}

}  // namespace shaken302::app
