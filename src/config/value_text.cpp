// SPDX-License-Identifier: MIT
#include "value_text.hpp"

#include <algorithm>
#include <charconv>

#include "ip_text.hpp"

namespace shaken302::config {
namespace {

constexpr std::size_t quoted_max = 80;
constexpr std::size_t identifier_max = 64;
constexpr std::size_t host_max = 253;

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

template <class Allowed>
bool is_made_of(std::string_view text, std::size_t most, Allowed allowed) noexcept {
  return !text.empty() && text.size() <= most && std::ranges::all_of(text, allowed);
}

/// RFC 1123 labels; four numbers with dots are an address or nothing.
bool is_host_name(std::string_view host) {
  if (!is_made_of(host, host_max,
                  [](char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '-'; })) {
    return false;
  }
  const auto last_dot = host.rfind('.');
  const auto last = last_dot == std::string_view::npos ? host : host.substr(last_dot + 1);
  if (is_digits(last)) return parse_ip(host).has_value();
  while (!host.empty()) {
    const auto end = std::min(host.find('.'), host.size());
    const auto label = host.substr(0, end);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') {
      return false;
    }
    host.remove_prefix(std::min(end + 1, host.size()));
  }
  return last_dot != host.size();
}

}  // namespace

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  if (text.size() <= quoted_max) return out.append(text).append("\"");
  // Not in the middle of a character of several bytes.
  std::size_t end = quoted_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return out.append(text.substr(0, end)).append("...\"");
}

bool is_identifier(std::string_view text) noexcept {
  return is_made_of(text, identifier_max, [](char c) {
    return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
  });
}

bool is_token(std::string_view text) noexcept {
  return is_made_of(text, identifier_max, [](char c) {
    return is_letter(c) || is_digit(c) ||
           std::string_view("-.!%*_+`'~").find(c) != std::string_view::npos;
  });
}

bool is_digits(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

bool is_printable(std::string_view text) noexcept {
  return !text.empty() && text.front() != ' ' && text.back() != ' ' &&
         std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, to_lower, to_lower);
}

std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc{} || stop != end) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return port;
}

bool is_host_port(std::string_view text) {
  std::string_view host = text;
  std::string_view rest;
  const bool bracketed = text.starts_with('[');
  const auto host_end = bracketed ? text.find(']') : text.find(':');
  if (bracketed) {
    if (host_end == std::string_view::npos) return false;
    host = text.substr(1, host_end - 1);
    rest = text.substr(host_end + 1);
    if (host.find(':') == std::string_view::npos || !parse_ip(host)) return false;
  } else {
    host = text.substr(0, host_end);
    if (host_end != std::string_view::npos) rest = text.substr(host_end);
    if (!is_host_name(host)) return false;
  }
  if (rest.empty()) return true;
  const auto port = rest.front() == ':' ? parse_port(rest.substr(1)) : std::nullopt;
  return port.value_or(0) != 0;
}

}  // namespace shaken302::config
