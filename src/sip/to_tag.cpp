// SPDX-License-Identifier: MIT
#include "to_tag.hpp"

namespace shaken302::sip {
namespace {

std::string_view value_of(const HeaderIndex& index, FieldName name) noexcept {
  const Field* field = index.find(name);
  return field == nullptr ? std::string_view() : field->value;
}

}  // namespace

ToTag::ToTag(KeyedHash& hash, const HeaderIndex& index, std::string_view via_value) noexcept {
  const KeyedHash::Digest digest = hash.digest(
      "to-tag", {via_value, value_of(index, FieldName::from), value_of(index, FieldName::call_id),
                 value_of(index, FieldName::cseq)});
  constexpr std::string_view digits = "0123456789abcdef";
  for (std::size_t i = 0; i < text_.size() / 2; ++i) {
    text_[2 * i] = digits[digest[i] >> 4U];
    text_[2 * i + 1] = digits[digest[i] & 0xFU];
  }
}

}  // namespace shaken302::sip
