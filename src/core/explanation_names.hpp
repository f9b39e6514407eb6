// SPDX-License-Identifier: MIT
//
// What an explanation calls the things that a decision is about.
#pragma once

#include <string>
#include <string_view>

#include "shaken302/directory.hpp"
#include "shaken302/number_table.hpp"

namespace shaken302 {

std::string_view name_of(CallingSource source) noexcept;
std::string name_of(const AccountSource& source);
std::string_view name_of(NumberBasis basis) noexcept;
std::string_view name_of(Treatment treatment) noexcept;

}  // namespace shaken302
