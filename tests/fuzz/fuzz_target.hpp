// SPDX-License-Identifier: MIT
//
// What a fuzz target is: one function that says which invariant an input breaks. Each fuzz_NAME.cpp
// defines it; target_entry.cpp makes libFuzzer's entry of it.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace shaken302::fuzz {

/// Empty, or the invariant that `input` breaks. The same input gives the same answer.
std::string broken_by(std::string_view input);

/// What no text for people may hold: C0 controls (line ends too), DEL, and C1 controls as UTF-8.
inline bool holds_control_character(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == 0x7F) return true;
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    if (c == 0xC2 && next >= 0x80 && next < 0xA0) return true;
  }
  return false;
}

inline bool consists_of(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}

}  // namespace shaken302::fuzz
