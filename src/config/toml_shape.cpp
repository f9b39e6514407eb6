// SPDX-License-Identifier: MIT
#include "toml_shape.hpp"

#include <algorithm>

namespace shaken302::config {
namespace {

constexpr int dots_max = 16;

enum class LineProblem : std::uint8_t { none, too_many_dots, text_over_lines };

/// Past the quote that closes the text which begins at `at`; the end of the line when none does.
std::size_t end_of_text(std::string_view line, std::size_t at) noexcept {
  const char quote = line[at];
  for (std::size_t i = at + 1; i < line.size(); ++i) {
    if (quote == '"' && line[i] == '\\') {
      ++i;
    } else if (line[i] == quote) {
      return i + 1;
    }
  }
  return line.size();
}

LineProblem check_line(std::string_view line) noexcept {
  int dots = 0;
  for (std::size_t i = 0; i < line.size();) {
    const char c = line[i];
    if (c == '#') break;
    if (c == '.' && ++dots > dots_max) return LineProblem::too_many_dots;
    if (c != '"' && c != '\'') {
      ++i;
      continue;
    }
    if (line.substr(i, 3) == R"(""")" || line.substr(i, 3) == "'''") {
      return LineProblem::text_over_lines;
    }
    i = end_of_text(line, i);
  }
  return LineProblem::none;
}

}  // namespace

std::optional<ConfigIssue> find_unreadable_line(std::string_view toml) {
  std::uint32_t number = 0;
  while (!toml.empty()) {
    const auto end = std::min(toml.find('\n'), toml.size());
    ++number;
    switch (check_line(toml.substr(0, end))) {
      case LineProblem::none:
        break;
      case LineProblem::too_many_dots:
        return ConfigIssue{"", number, "", "a key with too many dots",
                           "write [section] and then key = value"};
      case LineProblem::text_over_lines:
        return ConfigIssue{"", number, "", "a text over several lines",
                           "write it on one line, between simple quotes"};
    }
    toml.remove_prefix(std::min(end + 1, toml.size()));
  }
  return std::nullopt;
}

}  // namespace shaken302::config
