// SPDX-License-Identifier: MIT
//
// One line of a CSV file, cut into fields as RFC 4180 says, with one restriction: a quoted field
// ends on its own line, so that a quote that somebody forgot cannot swallow the rows behind it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "shaken302/result.hpp"

namespace shaken302::directory {

enum class CsvError : std::uint8_t {
  open_quote,    ///< a quoted field that does not end on this line
  stray_quote,   ///< a quote inside a field that does not begin with one
  behind_quote,  ///< text between a closing quote and the next comma
};

struct CsvFields {
  static constexpr std::size_t kept_max = 8;
  std::array<std::string_view, kept_max> fields{};  ///< without their quotes; doubled quotes stay
  std::size_t count = 0;  ///< all fields of the line, also those that are not kept
};

Result<CsvFields, CsvError> split_csv_line(std::string_view line) noexcept;

/// RFC 3629, without surrogates and overlong forms.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

}  // namespace shaken302::directory
