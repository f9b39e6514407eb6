// SPDX-License-Identifier: MIT
//
// Reads a file that an operator named. It may be anything: missing, a folder, a FIFO that would
// block for ever, a device without an end, a key that the whole machine can read.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "config_issue.hpp"
#include "shaken302/result.hpp"

namespace shaken302::config {

struct FileRules {
  std::size_t bytes_max = 0;
  /// Refused when group or others may read, write or execute it, or when its owner is neither who
  /// runs this nor root.
  bool private_file = false;
};

/// The whole content of a regular file; symbolic links are followed (deployments are made of them).
/// The issue names `path` as its file.
Result<std::string, ConfigIssue> read_regular_file(const std::filesystem::path& path,
                                                   FileRules rules);

}  // namespace shaken302::config
