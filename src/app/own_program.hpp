// SPDX-License-Identifier: MIT
//
// How this process was started, so that it can be started once more: by its path and not by its
// file, which an upgrade replaces.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shaken302::app {

struct OwnProgram {
  std::filesystem::path path;          ///< absolute; a link in it is not followed until it is run
  std::vector<std::string> arguments;  ///< the first is the name that it was called by
};

/// Once, at start: later the folder may be another one, and the path another file. Nothing where
/// /proc does not say it.
std::optional<OwnProgram> read_own_program();

/// Where `name` is found as a command: as it is if it has a slash, else in the folders of `path`
/// (PATH), in the folder `here` if relative. Empty: nowhere.
std::filesystem::path find_program(std::string_view name, std::string_view path,
                                   const std::filesystem::path& here);

}  // namespace shaken302::app
