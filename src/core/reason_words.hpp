// SPDX-License-Identifier: MIT
//
// Each reason as a rule and its verdict. Pure; thread-safe.
#pragma once

#include <string_view>

#include "shaken302/decision.hpp"

namespace shaken302 {

struct ReasonWords {
  std::string_view rule;
  std::string_view verdict;
};

ReasonWords words_of(Reason reason) noexcept;

}  // namespace shaken302
