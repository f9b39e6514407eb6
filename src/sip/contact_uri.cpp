// SPDX-License-Identifier: MIT
#include "contact_uri.hpp"

#include <array>

#include "character_set.hpp"
#include "uri_text.hpp"

namespace shaken302::sip {
namespace {

constexpr auto npos = std::string_view::npos;
constexpr std::string_view service_prefix = "service:";

constexpr int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

constexpr bool is_escape(std::string_view text, std::size_t at) noexcept {
  return at + 2 < text.size() && text[at] == '%' && hex_value(text[at + 1]) >= 0 &&
         hex_value(text[at + 2]) >= 0;
}

void append_escaped(BoundedText& out, char c) noexcept {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  const std::array<char, 3> escape{'%', digits[byte >> 4U], digits[byte & 0xFU]};
  out.append(std::string_view(escape.data(), escape.size()));
}

/// RFC 3986 2.3.
constexpr CharacterSet unreserved = CharacterSet::alphanumerics_and("-._~");
/// RFC 3261 25.1.
constexpr CharacterSet user_characters = CharacterSet::alphanumerics_and("-_.!~*'()&=+$,;?/");
constexpr CharacterSet host_ends(":;?");
constexpr CharacterSet port_ends(";?");
constexpr CharacterSet service_ends(";?#");

enum class Escapes : std::uint8_t { stay, are_text };

/// Copies runs of `plain` characters; everything else becomes %HH.
void append_with_escapes(BoundedText& out, std::string_view text, const CharacterSet& plain,
                         Escapes escapes) noexcept {
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (plain.has(text[i])) continue;
    if (escapes == Escapes::stay && is_escape(text, i)) continue;
    out.append(text.substr(begin, i - begin));
    append_escaped(out, text[i]);
    begin = i + 1;
  }
  out.append(text.substr(begin));
}

/// Takes one character, escaped or not, off the front.
char take_decoded(std::string_view& text) noexcept {
  char c = text.front();
  std::size_t used = 1;
  if (is_escape(text, 0)) {
    c = static_cast<char>(hex_value(text[1]) * 16 + hex_value(text[2]));
    used = 3;
  }
  text.remove_prefix(used);
  return c;
}

bool equals_decoded(std::string_view a, std::string_view b) noexcept {
  while (!a.empty() && !b.empty()) {
    if (take_decoded(a) != take_decoded(b)) return false;
  }
  return a.empty() && b.empty();
}

/// What may_be_equal looks at.
struct Parts {
  std::string_view scheme;
  std::string_view user;
  std::string_view host;
  std::string_view port;
  std::string_view transport;
};

std::string_view default_port(std::string_view scheme) noexcept {
  return equals_ignoring_case(scheme, "sips") ? "5061" : "5060";
}

std::string_view find_transport(std::string_view parameters) noexcept {
  while (!parameters.empty()) {
    const auto end = parameters.find(';');
    const auto parameter = parameters.substr(0, end);
    const auto equal = parameter.find('=');
    if (equal != npos && equals_ignoring_case(parameter.substr(0, equal), "transport")) {
      return parameter.substr(equal + 1);
    }
    parameters = end == npos ? std::string_view() : parameters.substr(end + 1);
  }
  return {};
}

Parts take_apart(std::string_view uri) noexcept {
  Parts parts;
  const auto colon = uri.find(':');
  if (colon == npos) return parts;
  parts.scheme = uri.substr(0, colon);
  std::string_view rest = uri.substr(colon + 1);
  if (const auto at = rest.find('@'); at != npos) {
    parts.user = rest.substr(0, at);
    parts.user = parts.user.substr(0, parts.user.find(':'));  // no password
    rest = rest.substr(at + 1);
  }
  const auto host_end = rest.starts_with('[') ? rest.find(']') : 0;
  const auto end = host_ends.find_in(rest, host_end == npos ? 0 : host_end);
  parts.host = rest.substr(0, end);
  rest = end == npos ? std::string_view() : rest.substr(end);
  if (rest.starts_with(':')) {
    const auto port_end = port_ends.find_in(rest);
    parts.port = rest.substr(1, port_end == npos ? npos : port_end - 1);
    rest = port_end == npos ? std::string_view() : rest.substr(port_end);
  }
  while (parts.port.size() > 1 && parts.port.front() == '0') parts.port.remove_prefix(1);
  if (parts.port.empty()) parts.port = default_port(parts.scheme);
  parts.transport = find_transport(rest.substr(0, rest.find('?')));
  return parts;
}

bool is_same_host(std::string_view a, std::string_view b) noexcept {
  if (equals_ignoring_case(a, b)) return true;
  const auto address = parse_address(a);
  return address.has_value() && address == parse_address(b);
}

bool is_sips(const UriView& uri) noexcept { return uri.scheme == UriScheme::sips; }

void append_user(BoundedText& out, const UriView& uri) noexcept {
  std::string_view user;
  if (uri.scheme == UriScheme::sip || uri.scheme == UriScheme::sips ||
      uri.scheme == UriScheme::tel) {
    user = uri.user;
  } else if (is_service(uri)) {
    user = uri.user.substr(service_prefix.size());
    user = service_ends.before_any(user);  // RFC 8141 2.3: not part of the name
  }
  if (user.empty()) return;
  append_user_part(out, user);
  out.append('@');
}

void append_target_host(BoundedText& out, const ContactTarget& target) noexcept {
  if (!target.next_hop.empty()) {
    out.append(target.next_hop);
    return;
  }
  append_host(out, target.requester.address);
  out.append(':').append_number(target.requester.port);
}

/// A numeric host without transport means UDP (RFC 3263 4.1), where the requester need not listen.
std::string_view transport_parameter(const ContactTarget& target) noexcept {
  if (!target.next_hop.empty() || is_sips(target.request_uri)) return {};
  if (target.transport == Transport::tcp) return ";transport=tcp";
  if (target.transport == Transport::tls) return ";transport=tls";
  return {};
}

}  // namespace

void append_contact_uri(BoundedText& out, const ContactTarget& target) noexcept {
  const std::size_t begin = out.size();
  out.append(is_sips(target.request_uri) ? "sips:" : "sip:");
  append_user(out, target.request_uri);
  append_target_host(out, target);
  if (target.request_uri.scheme == UriScheme::tel) out.append(";user=phone");
  const std::size_t before_transport = out.size();
  const std::string_view transport = transport_parameter(target);
  out.append(transport);
  if (!may_be_equal(out.view().substr(begin), target.request_uri_text)) return;
  // A transport in one of the two alone sets them apart (RFC 3261 19.1.4, last examples).
  if (transport.empty()) {
    out.append(is_sips(target.request_uri) ? ";transport=tcp" : ";transport=udp");
  } else {
    out.truncate(before_transport);
  }
}

bool may_be_equal(std::string_view a, std::string_view b) noexcept {
  const Parts x = take_apart(a);
  const Parts y = take_apart(b);
  return x.port == y.port && equals_ignoring_case(x.scheme, y.scheme) &&
         equals_ignoring_case(x.transport, y.transport) && is_same_host(x.host, y.host) &&
         equals_decoded(x.user, y.user);
}

void append_percent_encoded(BoundedText& out, std::string_view text) noexcept {
  append_with_escapes(out, text, unreserved, Escapes::are_text);
}

void append_user_part(BoundedText& out, std::string_view user) noexcept {
  append_with_escapes(out, user, user_characters, Escapes::stay);
}

bool is_service(const UriView& uri) noexcept {
  return uri.scheme == UriScheme::urn &&
         equals_ignoring_case(uri.user.substr(0, service_prefix.size()), service_prefix);
}

}  // namespace shaken302::sip
