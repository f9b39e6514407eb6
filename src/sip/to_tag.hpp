// SPDX-License-Identifier: MIT
//
// The To tag of our replies: a keyed hash of what makes two requests the same (RFC 3261 8.2.7), so
// that every retransmission and every instance with the same secret gets the same one, and nobody
// without the secret can tell it beforehand (19.3: at least 32 bits; here 64).
#pragma once

#include <array>
#include <string_view>

#include "prescan.hpp"
#include "shaken302/keyed_hash.hpp"

namespace shaken302::sip {

class ToTag {
 public:
  /// `via_value`: the topmost Via value as received; it holds sent-by and branch. From, Call-ID and
  /// CSeq are taken from the index.
  ToTag(KeyedHash& hash, const HeaderIndex& index, std::string_view via_value) noexcept;
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), text_.size()}; }

 private:
  std::array<char, 16> text_{};
};

}  // namespace shaken302::sip
