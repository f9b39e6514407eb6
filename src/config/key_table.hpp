// SPDX-License-Identifier: MIT
//
// The one table of keys: what a configuration may say, of which type, with which default. The
// reader takes types, limits and defaults from here, the reference configuration is compared with
// it by a test, so none of them can say something else than the others.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shaken302::config {

enum class Section : std::uint8_t {
  server,
  tls,
  signing,
  log,
  directory,
  shadow,
  credential,
  peer,
  account,
};

struct SectionRow {
  Section section;
  std::string_view name;
  bool repeated;  ///< [[peer]], any number of times; otherwise [server], once
};

enum class KeyType : std::uint8_t {
  text,
  integer,
  flag,
  texts,
  names,  ///< a text, or a list of several
};

struct KeyRow {
  Section section;
  std::string_view name;
  KeyType type;
  std::string_view default_value;  ///< as TOML; empty: the key must be there
  std::string_view example;        ///< as TOML; what a wrong type is answered with
  std::string_view meaning;        ///< one line
  std::string_view noun;           ///< "a level": what a wrong choice is not
  std::string_view choices;        ///< separated by single spaces; empty: no closed list
  std::int64_t min = 0;            ///< for integers without choices
  std::int64_t max = 0;
};

std::span<const SectionRow> section_table() noexcept;
std::span<const KeyRow> key_table() noexcept;

const SectionRow& section_row(Section section) noexcept;
/// "[server]", "[[peer]]"
std::string header_of(const SectionRow& section);
/// nullptr when the section has no such key.
const KeyRow* find_key(Section section, std::string_view name) noexcept;
[[nodiscard]] inline bool is_required(const KeyRow& row) noexcept {
  return row.default_value.empty();
}

/// The names of a section's keys, in the table's order.
std::vector<std::string_view> key_names(Section section);
/// The words of `row.choices`.
std::vector<std::string_view> choices_of(const KeyRow& row);
/// `"A", "B" or "C"`; `302 or 300`; `0 to 256`; empty when the row sets no limits.
std::string allowed_values(const KeyRow& row);

}  // namespace shaken302::config
