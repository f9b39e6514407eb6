// SPDX-License-Identifier: MIT
#include "text_scan.hpp"

#include <charconv>

#include "character_set.hpp"
#include "uri_text.hpp"

namespace shaken302::sip {
namespace {

constexpr CharacterSet white_space(" \t\r\n");
constexpr CharacterSet sent_by_host_ends(": \t\r\n");
constexpr auto npos = std::string_view::npos;

/// The position after the quoted string that begins at `at`; npos when it does not end.
std::size_t skip_quoted(std::string_view text, std::size_t at) noexcept {
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return npos;
}

/// The same for a comment; comments nest.
std::size_t skip_comment(std::string_view text, std::size_t at) noexcept {
  std::size_t depth = 0;
  for (std::size_t i = at; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '(') {
      ++depth;
    } else if (text[i] == ')' && --depth == 0) {
      return i + 1;
    }
  }
  return npos;
}

bool has_open_string(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    i = text[i] == '"' ? skip_quoted(text, i) : i + 1;
    if (i == npos) return true;
  }
  return false;
}

bool is_comment_or_nothing(std::string_view text) noexcept {
  if (text.empty()) return true;
  const auto end = skip_comment(text, 0);
  return end != npos && trim(text.substr(end)).empty();
}

/// The comma that ends the first value of a Via line.
std::size_t find_end_of_value(std::string_view line) noexcept {
  std::size_t i = 0;
  while (i < line.size() && line[i] != ',') {
    if (line[i] == '"') {
      i = skip_quoted(line, i);
    } else if (line[i] == '(') {
      i = skip_comment(line, i);
    } else {
      ++i;
    }
  }
  return i < line.size() ? i : npos;
}

/// What follows "SIP/2.0/UDP": white space may stand around the slashes (RFC 3261 25.1 SLASH).
std::string_view sent_by(std::string_view before_parameters) noexcept {
  std::string_view rest = before_parameters;
  for (int i = 0; i < 2; ++i) {
    const auto slash = rest.find('/');
    if (slash == npos) return {};
    rest = trim(rest.substr(slash + 1));
  }
  const auto end_of_transport = white_space.find_in(rest);
  if (end_of_transport == npos) return {};
  return trim(rest.substr(end_of_transport));
}

std::string_view host_of(std::string_view sent_by_text) noexcept {
  if (sent_by_text.starts_with('[')) {
    const auto end = sent_by_text.find(']');
    return end == npos ? std::string_view() : sent_by_text.substr(0, end + 1);
  }
  return sent_by_host_ends.before_any(sent_by_text);
}

/// The port behind the host; 0 when there is none or it is not one.
std::uint16_t port_of(std::string_view sent_by_text) noexcept {
  std::string_view rest = trim(sent_by_text.substr(host_of(sent_by_text).size()));
  if (!rest.starts_with(':')) return 0;
  rest = trim(rest.substr(1));
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), port);
  return error == std::errc() ? port : std::uint16_t{0};
}

bool is_tls(std::string_view before_parameters) noexcept {
  const auto slash = before_parameters.rfind('/');
  if (slash == npos) return false;
  const auto token = trim(before_parameters.substr(slash + 1));
  return equals_ignoring_case(white_space.before_any(token), "TLS");
}

}  // namespace

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && white_space.has(text.front())) text.remove_prefix(1);
  while (!text.empty() && white_space.has(text.back())) text.remove_suffix(1);
  return text;
}

std::size_t find_outside_quotes(std::string_view text, char delimiter, std::size_t from) noexcept {
  // Most often the first one is it. No further than there is looked for a quotation mark: whoever
  // walks from one delimiter to the next sees each character a few times, not the rest each time.
  const std::size_t first = text.find(delimiter, from);
  if (first == npos || text.substr(from, first - from).find('"') == npos) return first;
  std::size_t i = from;
  while (i < text.size()) {
    if (text[i] == delimiter) return i;
    i = text[i] == '"' ? skip_quoted(text, i) : i + 1;
  }
  return npos;
}

ViaParameters::ViaParameters(std::string_view via_value) noexcept {
  if (const auto comment = find_outside_quotes(via_value, '(', 0); comment != npos) {
    comment_ = via_value.substr(comment);
    via_value = via_value.substr(0, comment);
  }
  const auto first = find_outside_quotes(via_value, ';', 0);
  before_ = via_value.substr(0, first);
  if (first != npos) rest_ = via_value.substr(first);
}

std::optional<ViaParameter> ViaParameters::next() noexcept {
  if (rest_.empty()) return std::nullopt;
  const auto end = find_outside_quotes(rest_, ';', 1);
  ViaParameter parameter;
  parameter.raw = rest_.substr(0, end);
  rest_ = end == npos ? std::string_view() : rest_.substr(end);
  const auto content = parameter.raw.substr(1);
  const auto equal = content.find('=');
  parameter.name = trim(content.substr(0, equal));
  if (equal != npos) parameter.value = trim(content.substr(equal + 1));
  return parameter;
}

std::string_view sent_by_host(std::string_view via_value) noexcept {
  return host_of(sent_by(ViaParameters(via_value).before_parameters()));
}

std::optional<TopVia> read_top_via(const HeaderIndex& index) noexcept {
  const Field* field = index.find(FieldName::via);
  if (field == nullptr) return std::nullopt;
  TopVia via;
  const auto comma = find_end_of_value(field->value);
  via.value = field->value.substr(0, comma);
  if (comma != npos) via.rest = field->value.substr(comma);

  ViaParameters parameters(via.value);
  if (has_open_string(via.value.substr(0, via.value.size() - parameters.comment().size()))) {
    return std::nullopt;
  }
  if (!is_comment_or_nothing(parameters.comment())) return std::nullopt;
  const auto peer = sent_by(parameters.before_parameters());
  if (host_of(peer).empty()) return std::nullopt;
  const auto port = port_of(peer);
  via.sent_by_port = port != 0 ? port : is_tls(parameters.before_parameters()) ? 5061 : 5060;
  while (const auto parameter = parameters.next()) {
    if (equals_ignoring_case(parameter->name, "branch")) via.branch = parameter->value;
    if (equals_ignoring_case(parameter->name, "rport")) via.has_rport = true;
  }
  return via;
}

bool has_tag(std::string_view name_addr) noexcept {
  std::size_t at = find_outside_quotes(name_addr, ';', 0);
  const std::size_t bracket = find_outside_quotes(name_addr, '<', 0);
  if (bracket < at) {
    at = name_addr.find('>', bracket);
    if (at != npos) at = find_outside_quotes(name_addr, ';', at);
  }
  while (at != npos) {
    const auto end = find_outside_quotes(name_addr, ';', at + 1);
    const auto parameter = name_addr.substr(at + 1, end == npos ? npos : end - at - 1);
    if (equals_ignoring_case(trim(parameter.substr(0, parameter.find('='))), "tag")) return true;
    at = end;
  }
  return false;
}

}  // namespace shaken302::sip
