// SPDX-License-Identifier: MIT
//
// The texts that `shaken302 init` writes.
#pragma once

#include <string_view>

namespace shaken302::cli {

extern const std::string_view init_configuration;
extern const std::string_view init_numbers;

}  // namespace shaken302::cli
