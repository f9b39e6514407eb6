// SPDX-License-Identifier: MIT
//
// The format, from RFC 8226 section 9. Its module has EXPLICIT tags: each choice is a wrapper [0],
// [1] or [2] around the full encoding of its type. DER: one byte of tag, a definite length in the
// fewest bytes, the content. For the service provider code "1234":
//
//   30 08                  SEQUENCE of 8 bytes: the list, at least one entry
//      A0 06               [0] spc, 6 bytes (A1 would be [1] range, A2 [2] one number)
//         16 04            IA5String of 4 bytes
//            31 32 33 34   "1234"
//
// A range is A1 around 30 (SEQUENCE) of 16 (IA5String, the first number) and 02 (INTEGER, the
// count). The grammar lets a later version append to a range; we refuse that: what we do not know
// might narrow it.
#include "tn_auth_list.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "certificate_der.hpp"

namespace shaken302 {
namespace {

using Bytes = DerBytes;

constexpr std::uint8_t tag_spc = der_explicit(0);
constexpr std::uint8_t tag_range = der_explicit(1);
constexpr std::uint8_t tag_one = der_explicit(2);
constexpr std::size_t number_digits_max = 15;  // RFC 8226: SIZE (1..15)

/// IA5String has the control characters too; a code with one of them is refused, it ends up in
/// logs.
std::optional<std::string> parse_code(Bytes text) {
  const auto is_visible = [](std::uint8_t c) { return c > 0x20 && c < 0x7F; };
  if (text.empty() || !std::ranges::all_of(text, is_visible)) return std::nullopt;
  return to_string(text);
}

std::optional<std::string> parse_number(Bytes text, std::string_view alphabet) {
  const auto is_allowed = [alphabet](std::uint8_t c) {
    return alphabet.find(static_cast<char>(c)) != std::string_view::npos;
  };
  if (text.empty() || text.size() > number_digits_max) return std::nullopt;
  if (!std::ranges::all_of(text, is_allowed)) return std::nullopt;
  return to_string(text);
}

/// A positive INTEGER in the fewest bytes that has at most 15 decimal digits.
std::optional<std::uint64_t> parse_count(Bytes integer) {
  if (integer.empty() || integer.size() > 7 || integer[0] >= 0x80) return std::nullopt;
  if (integer.size() > 1 && integer[0] == 0 && integer[1] < 0x80) return std::nullopt;
  std::uint64_t count = 0;
  for (const std::uint8_t byte : integer) count = count << 8 | byte;
  if (count < 2) return std::nullopt;  // RFC 8226: INTEGER (2..MAX)
  return count;
}

std::optional<TnAuthList::Range> parse_range(Bytes sequence) {
  const auto start = take_element(sequence);
  if (!start || start->tag != der_ia5_string) return std::nullopt;
  const auto count = content_of_only(sequence, der_integer);
  if (!count) return std::nullopt;

  auto digits = parse_number(start->content, "0123456789");
  const auto amount = parse_count(*count);
  if (!digits || !amount) return std::nullopt;
  // RFC 8226 section 9: counting up never makes the number longer, start + count < 10^length.
  std::uint64_t value = 0;
  std::uint64_t limit = 1;
  for (const char digit : *digits) {
    value = value * 10 + static_cast<std::uint64_t>(digit - '0');
    limit *= 10;
  }
  if (value + *amount >= limit) return std::nullopt;
  return TnAuthList::Range{std::move(*digits), *amount};
}

bool add_entry(TnAuthList& list, const DerElement& entry) {
  if (entry.tag == tag_range) {
    const auto sequence = content_of_only(entry.content, der_sequence);
    auto range = sequence ? parse_range(*sequence) : std::nullopt;
    if (range) list.ranges.push_back(std::move(*range));
    return range.has_value();
  }
  if (entry.tag != tag_spc && entry.tag != tag_one) return false;
  const auto text = content_of_only(entry.content, der_ia5_string);
  if (!text) return false;
  auto value = entry.tag == tag_spc ? parse_code(*text) : parse_number(*text, "0123456789*#");
  if (!value) return false;
  auto& values = entry.tag == tag_spc ? list.service_provider_codes : list.numbers;
  values.push_back(std::move(*value));
  return true;
}

void append_element(std::vector<std::uint8_t>& out, std::uint8_t tag, Bytes content) {
  out.push_back(tag);
  if (content.size() >= 0x10000) {
    out.push_back(0x83);
    out.push_back(static_cast<std::uint8_t>(content.size() >> 16));
    out.push_back(static_cast<std::uint8_t>(content.size() >> 8));
  } else if (content.size() >= 0x100) {
    out.push_back(0x82);
    out.push_back(static_cast<std::uint8_t>(content.size() >> 8));
  } else if (content.size() >= 0x80) {
    out.push_back(0x81);
  }
  out.push_back(static_cast<std::uint8_t>(content.size()));
  out.insert(out.end(), content.begin(), content.end());
}

std::vector<std::uint8_t> make_element(std::uint8_t tag, Bytes content) {
  std::vector<std::uint8_t> element;
  append_element(element, tag, content);
  return element;
}

std::vector<std::uint8_t> make_text(std::string_view text) {
  return make_element(der_ia5_string, std::vector<std::uint8_t>(text.begin(), text.end()));
}

std::vector<std::uint8_t> make_range(const TnAuthList::Range& range) {
  std::vector<std::uint8_t> count;
  for (std::uint64_t rest = range.count; rest != 0; rest >>= 8) {
    count.insert(count.begin(), static_cast<std::uint8_t>(rest));
  }
  if (!count.empty() && count.front() >= 0x80) count.insert(count.begin(), 0);  // stays positive
  auto content = make_text(range.start);
  append_element(content, der_integer, count);
  return make_element(der_sequence, content);
}

}  // namespace

std::optional<TnAuthList> parse_tn_auth_list(std::span<const std::uint8_t> der) {
  auto rest = content_of_only(der, der_sequence);
  if (!rest || rest->empty()) return std::nullopt;  // RFC 8226: SIZE (1..MAX)
  TnAuthList list;
  while (!rest->empty()) {
    const auto entry = take_element(*rest);
    if (!entry || !add_entry(list, *entry)) return std::nullopt;
  }
  return list;
}

std::vector<std::uint8_t> to_der(const TnAuthList& list) {
  std::vector<std::uint8_t> entries;
  for (const auto& code : list.service_provider_codes) {
    append_element(entries, tag_spc, make_text(code));
  }
  for (const auto& range : list.ranges) append_element(entries, tag_range, make_range(range));
  for (const auto& number : list.numbers) append_element(entries, tag_one, make_text(number));
  return make_element(der_sequence, entries);
}

}  // namespace shaken302
