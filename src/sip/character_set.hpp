// SPDX-License-Identifier: MIT
//
// Sets of characters, for the scans of short texts on the path of a call. One look into a table for
// each character of the text; std::string_view::find_first_of calls memchr for each of them, which
// takes about ten times as long. Pure; thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace shaken302::sip {

class CharacterSet {
 public:
  constexpr explicit CharacterSet(std::string_view members) noexcept {
    for (const char c : members) add(c);
  }
  /// The letters and digits of ASCII, and these.
  static constexpr CharacterSet alphanumerics_and(std::string_view members) noexcept {
    CharacterSet set(members);
    for (char c = '0'; c <= '9'; ++c) set.add(c);
    for (char c = 'A'; c <= 'Z'; ++c) set.add(c);
    for (char c = 'a'; c <= 'z'; ++c) set.add(c);
    return set;
  }
  /// The control characters of ASCII, and these.
  static constexpr CharacterSet controls_and(std::string_view members) noexcept {
    CharacterSet set(members);
    for (char c = 0; c < ' '; ++c) set.add(c);
    set.add('\x7F');
    return set;
  }
  /// And all bytes that are not ASCII.
  [[nodiscard]] constexpr CharacterSet and_above_ascii() const noexcept {
    CharacterSet set = *this;
    for (std::size_t i = 0x80; i < set.has_.size(); ++i) set.has_[i] = true;
    return set;
  }
  [[nodiscard]] constexpr bool has(char c) const noexcept {
    return has_[static_cast<unsigned char>(c)];
  }

  /// The first character from `from` on that is in the set, or npos.
  [[nodiscard]] constexpr std::size_t find_in(std::string_view text,
                                              std::size_t from = 0) const noexcept {
    for (std::size_t i = from; i < text.size(); ++i) {
      if (has(text[i])) return i;
    }
    return std::string_view::npos;
  }
  /// The text up to there, or all of it.
  [[nodiscard]] constexpr std::string_view before_any(std::string_view text) const noexcept {
    return text.substr(0, find_in(text));
  }
  /// The text up to the first character that is not in the set.
  [[nodiscard]] constexpr std::string_view leading(std::string_view text) const noexcept {
    std::size_t size = 0;
    while (size < text.size() && has(text[size])) ++size;
    return text.substr(0, size);
  }

 private:
  constexpr void add(char c) noexcept { has_[static_cast<unsigned char>(c)] = true; }
  std::array<bool, 256> has_{};
};

}  // namespace shaken302::sip
