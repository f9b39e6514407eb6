// SPDX-License-Identifier: MIT
#include "uri_text.hpp"

#include <algorithm>

#include "character_set.hpp"

namespace shaken302::sip {
namespace {

UriScheme to_scheme(std::string_view name) noexcept {
  if (equals_ignoring_case(name, "sip")) return UriScheme::sip;
  if (equals_ignoring_case(name, "sips")) return UriScheme::sips;
  if (equals_ignoring_case(name, "tel")) return UriScheme::tel;
  if (equals_ignoring_case(name, "urn")) return UriScheme::urn;
  return UriScheme::other;
}

constexpr CharacterSet host_ends(":/;?#");
constexpr CharacterSet before_parameters_end("/;?#");
constexpr CharacterSet parameters_ends("?#");
constexpr CharacterSet bare_ends_at_comma(" \t\r\n,");
constexpr CharacterSet bare_ends_at_parameters(" \t\r\n,;?");

/// Host without port: up to the bracket of an IPv6 reference, or the first delimiter.
std::string_view leading_host(std::string_view text) noexcept {
  if (text.starts_with('[')) {
    const std::size_t bracket = text.find(']');
    if (bracket != std::string_view::npos) return text.substr(0, bracket + 1);
  }
  return host_ends.before_any(text);
}

}  // namespace

bool has_same_letters(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c + 0; };
  return std::equal(a.begin(), a.end(), b.begin(),
                    [lower](char x, char y) { return lower(x) == lower(y); });
}

UriView split_uri(std::string_view text) noexcept {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return {UriScheme::other, {}, {}};
  UriView view{to_scheme(text.substr(0, colon)), {}, {}};
  const std::string_view rest = text.substr(colon + 1);
  switch (view.scheme) {
    case UriScheme::tel:
    case UriScheme::urn:
      view.user = rest;
      break;
    case UriScheme::sip:
    case UriScheme::sips: {
      const std::size_t at = rest.find('@');
      if (at != std::string_view::npos) view.user = rest.substr(0, std::min(at, rest.find(':')));
      view.host = leading_host(at == std::string_view::npos ? rest : rest.substr(at + 1));
      break;
    }
    case UriScheme::none:
    case UriScheme::other:
      break;
  }
  return view;
}

std::string_view uri_parameters(std::string_view text) noexcept {
  const UriScheme scheme = split_uri(text).scheme;
  if (scheme != UriScheme::sip && scheme != UriScheme::sips && scheme != UriScheme::tel) return {};
  // The user part of a SIP URI may hold `;` itself.
  const std::size_t at = scheme == UriScheme::tel ? std::string_view::npos : text.find('@');
  const std::string_view rest = at == std::string_view::npos ? text : text.substr(at + 1);
  const std::size_t begin = before_parameters_end.find_in(rest);
  if (begin == std::string_view::npos || rest[begin] != ';') return {};
  return parameters_ends.before_any(rest.substr(begin + 1));
}

std::string_view uri_at(std::string_view value, std::size_t begin, BareUri bare) noexcept {
  const bool bracketed = begin != 0 && begin <= value.size() && value[begin - 1] == '<';
  const std::string_view rest = value.substr(std::min(begin, value.size()));
  if (bracketed) return rest.substr(0, rest.find('>'));
  return (bare == BareUri::ends_at_comma ? bare_ends_at_comma : bare_ends_at_parameters)
      .before_any(rest);
}

}  // namespace shaken302::sip
