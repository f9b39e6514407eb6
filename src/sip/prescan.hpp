// SPDX-License-Identifier: MIT
//
// One linear scan of a message: what is a header field is decided here, and Sofia-SIP sees single
// values alone. Its parsers recurse once per comma and copy a list of parameters once per eight;
// and a lone CR or a NUL ends a line or a value for some readers and not for others (that is how a
// header is smuggled past a proxy's stripping). The scan refuses what makes any of that matter and
// leaves an index of the header fields, from which replies echo the received bytes. No allocation;
// thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace shaken302::sip {

inline constexpr std::size_t message_bytes_max = 65536;
inline constexpr std::size_t line_ends_max = 256;  ///< in the header section, folds count
inline constexpr std::size_t commas_max = 256;     ///< in the header section, in all
/// In the header section, in all, unless that is shorter than `semicolons_free_bytes`: Sofia copies
/// a list of parameters once per eight of them.
inline constexpr std::size_t semicolons_max = 1024;
inline constexpr std::size_t semicolons_free_bytes = 4096;

enum class Prescan : std::uint8_t {
  ok,
  empty,  ///< nothing but line ends: a keep-alive
  too_long,
  too_many_lines,
  too_many_commas,  ///< or semicolons
  nul,
  lone_cr,
  no_colon,      ///< a header line, not a continuation, without a colon
  unterminated,  ///< no empty line after the headers
};

/// What a reply can do with a value.
enum class ValueForm : std::uint8_t {
  plain,   ///< echo it as it is
  folded,  ///< echo it with a space for each fold (RFC 3261 7.3.1)
  unsafe,  ///< a control character or a lone CR is in it: it must not be echoed
};

/// Which of the names we look for a field has; compact forms (RFC 3261 7.3.3, and `y` of RFC 8224
/// section 4) included, any case.
enum class FieldName : std::uint8_t {
  via,
  from,
  to,
  call_id,
  cseq,
  content_length,
  p_asserted_identity,
  remote_party_id,
  identity,
  privacy,
  diversion,
  history_info,
  other,
};
inline constexpr std::size_t field_names = static_cast<std::size_t>(FieldName::other) + 1;

/// Of a name without white space.
[[nodiscard]] FieldName field_name_of(std::string_view name) noexcept;

/// One header field as received: the name without white space, the value from the first to the last
/// character that is not white space, folds still inside.
struct Field {
  std::string_view name;
  std::string_view value;
  FieldName known = FieldName::other;
  ValueForm form = ValueForm::plain;
};

/// The header section, field by field. Views into the scanned bytes. Filled as far as the scan
/// came, also when it refuses: a 400 is echoed from it.
class HeaderIndex {
 public:
  [[nodiscard]] std::string_view start_line() const noexcept { return start_line_; }
  [[nodiscard]] std::span<const Field> entries() const noexcept { return {entries_.data(), size_}; }
  /// From the start line through the empty line; leading line ends (RFC 3261 7.5) left out.
  [[nodiscard]] std::string_view message() const noexcept { return message_; }
  [[nodiscard]] std::string_view body() const noexcept { return body_; }

  /// The first field of that name, or nullptr.
  [[nodiscard]] const Field* find(FieldName name) const noexcept {
    const Place& place = places_[static_cast<std::size_t>(name)];
    return place.count == 0 ? nullptr : &entries_[place.first];
  }
  [[nodiscard]] std::size_t count(FieldName name) const noexcept {
    return places_[static_cast<std::size_t>(name)].count;
  }

 private:
  friend Prescan prescan(std::string_view bytes, HeaderIndex& index) noexcept;
  class Scan;
  struct OpenField;
  /// How many fields have a name, and the index of the first.
  struct Place {
    std::uint16_t first = 0;
    std::uint16_t count = 0;
  };
  bool add(const OpenField& open) noexcept;
  std::string_view start_line_;
  std::string_view message_;
  std::string_view body_;
  std::array<Field, line_ends_max> entries_;
  std::array<Place, field_names> places_{};
  std::size_t size_ = 0;
};

/// Clears and fills `index`.
Prescan prescan(std::string_view bytes, HeaderIndex& index) noexcept;

}  // namespace shaken302::sip
