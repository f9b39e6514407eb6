// SPDX-License-Identifier: MIT
//
// "Did you mean …?": the known name that is closest to one that nobody knows.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace shaken302::config {

/// How many letters must be added, removed, replaced or swapped with their neighbour to make `b` of
/// `a`; capitals and `-` for `_` cost nothing. Looks at the first 64 bytes of each.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The closest of `known`, or nothing when even that one shares too little with `name` to be meant.
/// The first one wins a tie.
std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& known);

/// `did you mean "acme"?`, or `WHAT: "a", "b"` where nothing is near. Of more than twelve it says
/// `instead`, and where that is empty the first of them and how many there are more.
std::string suggest(std::string_view name, const std::vector<std::string_view>& known,
                    std::string_view what, std::string_view instead = {});

}  // namespace shaken302::config
