// SPDX-License-Identifier: MIT
#include "csv_fields.hpp"

#include <algorithm>

namespace shaken302::directory {
namespace {

/// Where the quoted field that begins at the front of `rest` has its closing quote, or npos.
std::size_t closing_quote(std::string_view rest) noexcept {
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] != '"') continue;
    if (i + 1 == rest.size() || rest[i + 1] != '"') return i;
    ++i;  // a doubled quote stands for one
  }
  return std::string_view::npos;
}

/// How many bytes the character at the front takes, or 0 when it is none.
std::size_t character_bytes(std::string_view rest) noexcept {
  const auto byte = [rest](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || rest.size() < bytes) return 0;
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  }
  const bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool surrogate = first == 0xED && byte(1) > 0x9F;
  const bool beyond = first == 0xF4 && byte(1) > 0x8F;
  return overlong || surrogate || beyond ? 0 : bytes;
}

}  // namespace

Result<CsvFields, CsvError> split_csv_line(std::string_view line) noexcept {
  CsvFields out;
  for (std::string_view rest = line;;) {
    std::string_view field;
    std::size_t end = 0;
    if (rest.starts_with('"')) {
      const std::size_t close = closing_quote(rest);
      if (close == std::string_view::npos) return Failure{CsvError::open_quote};
      field = rest.substr(1, close - 1);
      end = close + 1;
      if (end < rest.size() && rest[end] != ',') return Failure{CsvError::behind_quote};
    } else {
      end = std::min(rest.find(','), rest.size());
      field = rest.substr(0, end);
      if (field.find('"') != std::string_view::npos) return Failure{CsvError::stray_quote};
    }
    if (out.count < CsvFields::kept_max) out.fields[out.count] = field;
    ++out.count;
    if (end == rest.size()) return out;
    rest.remove_prefix(end + 1);
  }
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t bytes = character_bytes(text);
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

}  // namespace shaken302::directory
