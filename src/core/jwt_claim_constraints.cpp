// SPDX-License-Identifier: MIT
//
// The grammar, from RFC 8226 section 8 and RFC 9118 section 3; explicit tags, each part optional,
// at least one of them there:
//
//   SEQUENCE {
//     [0] SEQUENCE OF IA5String                                    names of claims that must be
//                                                                  there
//     [1] SEQUENCE OF SEQUENCE { IA5String, SEQUENCE OF UTF8String }  a claim and what it may say
//     [2] SEQUENCE OF IA5String                                    enhanced only: names of claims
//                                                                  that must not be there
//   }
//
// and no SEQUENCE OF is empty.
#include "jwt_claim_constraints.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "certificate_der.hpp"

namespace shaken302 {
namespace {

std::optional<std::string> parse_name(const DerElement& element) {
  const auto is_visible = [](std::uint8_t c) { return c > 0x20 && c < 0x7F; };
  if (element.tag != der_ia5_string || element.content.empty()) return std::nullopt;
  if (!std::ranges::all_of(element.content, is_visible)) return std::nullopt;
  return to_string(element.content);
}

/// How many bytes the character at the front of `text` has in the one right form of UTF-8 (RFC
/// 3629); 0 for none, and for control characters.
std::size_t character_bytes(DerBytes text) {
  const std::uint8_t first = text[0];
  if (first < 0x80) return first >= 0x20 && first != 0x7F ? 1 : 0;
  const std::size_t bytes = first < 0xC2   ? 0
                            : first < 0xE0 ? 2
                            : first < 0xF0 ? 3
                            : first < 0xF5 ? 4
                                           : 0;
  if (bytes == 0 || text.size() < bytes) return 0;
  const auto is_continuation = [](std::uint8_t c) { return c >= 0x80 && c < 0xC0; };
  if (!std::ranges::all_of(text.subspan(1, bytes - 1), is_continuation)) return 0;
  const std::uint8_t second = text[1];
  const bool is_overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool is_surrogate = first == 0xED && second >= 0xA0;
  const bool is_beyond = first == 0xF4 && second >= 0x90;
  const bool is_control = first == 0xC2 && second < 0xA0;  // U+0080 to U+009F
  return is_overlong || is_surrogate || is_beyond || is_control ? 0 : bytes;
}

std::optional<std::string> parse_value(const DerElement& element) {
  if (element.tag != der_utf8_string) return std::nullopt;
  for (DerBytes rest = element.content; !rest.empty();) {
    const std::size_t bytes = character_bytes(rest);
    if (bytes == 0) return std::nullopt;
    rest = rest.subspan(bytes);
  }
  return to_string(element.content);
}

/// SEQUENCE SIZE (1..MAX) OF what `parse_one` reads. `sequence` is the content.
template <class T, class Parse>
std::optional<std::vector<T>> parse_all(std::optional<DerBytes> sequence, Parse parse_one) {
  if (!sequence || sequence->empty()) return std::nullopt;
  std::vector<T> all;
  while (!sequence->empty()) {
    const auto element = take_element(*sequence);
    auto one = element ? parse_one(*element) : std::nullopt;
    if (!one) return std::nullopt;
    all.push_back(std::move(*one));
  }
  return all;
}

std::optional<ClaimConstraints::Values> parse_values(const DerElement& element) {
  if (element.tag != der_sequence) return std::nullopt;
  DerBytes rest = element.content;
  const auto name = take_element(rest);
  auto claim = name ? parse_name(*name) : std::nullopt;
  auto values = parse_all<std::string>(content_of_only(rest, der_sequence), parse_value);
  if (!claim || !values) return std::nullopt;
  return ClaimConstraints::Values{std::move(*claim), std::move(*values)};
}

/// One of the optional parts: false when it is there and wrong.
template <class T, class Parse>
bool take_part(DerBytes& rest, std::uint8_t number, std::vector<T>& out, Parse parse_one) {
  if (rest.empty() || rest[0] != der_explicit(number)) return true;
  const auto part = take_element(rest);
  auto all =
      part ? parse_all<T>(content_of_only(part->content, der_sequence), parse_one) : std::nullopt;
  if (!all) return false;
  out = std::move(*all);
  return true;
}

}  // namespace

std::optional<ClaimConstraints> parse_claim_constraints(std::span<const std::uint8_t> der,
                                                        bool is_enhanced) {
  auto rest = content_of_only(der, der_sequence);
  if (!rest || rest->empty()) return std::nullopt;
  ClaimConstraints read;
  read.state = ClaimConstraints::State::read;
  read.is_enhanced = is_enhanced;
  if (!take_part(*rest, 0, read.must_include, parse_name)) return std::nullopt;
  if (!take_part(*rest, 1, read.permitted_values, parse_values)) return std::nullopt;
  if (is_enhanced && !take_part(*rest, 2, read.must_exclude, parse_name)) return std::nullopt;
  if (!rest->empty()) return std::nullopt;
  return read;
}

bool ClaimConstraints::is_void() const noexcept {
  const auto is_in_every_token = [](std::string_view claim) {
    return claim == "iat" || claim == "orig" || claim == "dest";
  };
  return std::ranges::any_of(must_exclude, is_in_every_token);
}

}  // namespace shaken302
