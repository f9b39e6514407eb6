// SPDX-License-Identifier: MIT
//
// What a text must look like before toml++ sees it. toml++ 3.3 makes one table a dot of a dotted
// key and frees them recursively: 200 KB of `a.a.a.a` overflow the stack. No configuration has such
// keys, nor texts over several lines, behind whose quotes they could hide from one linear scan.
#pragma once

#include <optional>
#include <string_view>

#include "config_issue.hpp"

namespace shaken302::config {

/// The first line that toml++ should not see, or nothing. The issue's file is left empty.
std::optional<ConfigIssue> find_unreadable_line(std::string_view toml);

}  // namespace shaken302::config
