// SPDX-License-Identifier: MIT
//
// Positions in the tables of one snapshot.
#pragma once

#include <cstdint>

namespace shaken302 {

/// Refers to nothing. Indices are positions in tables of the same snapshot and mean nothing
/// elsewhere.
inline constexpr std::uint32_t no_index = 0xFFFFFFFF;

}  // namespace shaken302
