// SPDX-License-Identifier: MIT
//
// What every bench prints: a figure in a line, with what it must be and what it should be.
#pragma once

#include <fmt/core.h>

#include <optional>
#include <string>

namespace shaken302::bench {

/// An upper bound that must hold, and the one to aim for.
struct Goal {
  double must = 0;
  double aim = 0;
};

inline void print_heading(const std::string& title) {
  fmt::print("\n{}\n{:<44} {:>10} {:<6} {:>8} {:>8}\n", title, "", "measured", "", "must", "aim");
}

inline void print_figure(const std::string& what, double figure, const char* unit,
                         std::optional<Goal> goal = {}) {
  fmt::print("{:<44} {:>10.1f} {:<6}", what, figure, unit);
  if (goal) {
    const char* const verdict = figure <= goal->aim    ? "aim met"
                                : figure <= goal->must ? "met"
                                                       : "MISSED";
    fmt::print(" {:>8} {:>8}  {}", goal->must, goal->aim, verdict);
  }
  fmt::print("\n");
}

}  // namespace shaken302::bench
