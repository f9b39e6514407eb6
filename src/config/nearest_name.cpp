// SPDX-License-Identifier: MIT
#include "nearest_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace shaken302::config {
namespace {

constexpr std::size_t compared_max = 64;
constexpr std::size_t listed_max = 12;

constexpr char fold(char c) noexcept {
  if (c == '-') return '_';
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  a = a.substr(0, compared_max);
  b = b.substr(0, compared_max);
  // Three rows of the table of optimal string alignment: two back, one back, this one.
  using Row = std::array<std::size_t, compared_max + 1>;
  Row before{};
  Row last{};
  Row row{};
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before = last;
    last = row;
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = fold(a[i - 1]) == fold(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0U : 1U)});
      if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) && fold(a[i - 2]) == fold(b[j - 1])) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& known) {
  std::string_view nearest;
  // A third of the letters may be wrong; in a short name one of them.
  std::size_t allowed = std::max<std::size_t>(1, std::min(name.size(), compared_max) / 3);
  for (const std::string_view candidate : known) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance > allowed || distance >= candidate.size()) continue;
    if (!nearest.empty() && distance == allowed) continue;
    nearest = candidate;
    allowed = distance;
  }
  return nearest;
}

std::string suggest(std::string_view name, const std::vector<std::string_view>& known,
                    std::string_view what, std::string_view instead) {
  const std::string_view nearest = nearest_name(name, known);
  if (!nearest.empty()) return fmt::format("did you mean \"{}\"?", nearest);
  if (known.empty()) return fmt::format("{}: none", what);
  if (known.size() > listed_max && !instead.empty()) return std::string(instead);
  std::string out = fmt::format("{}: ", what);
  for (std::size_t i = 0; i < known.size() && i < listed_max; ++i) {
    out += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", known[i]);
  }
  if (known.size() > listed_max) out += fmt::format(" and {} more", known.size() - listed_max);
  return out;
}

}  // namespace shaken302::config
