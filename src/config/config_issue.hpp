// SPDX-License-Identifier: MIT
//
// One mistake in what an operator wrote: where it is, what is wrong, what would be right.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace shaken302::config {

struct ConfigIssue {
  std::string file;
  std::uint32_t line = 0;     ///< 0: the file as a whole
  std::string key;            ///< "peer[edge].max_attestation"; empty where no key is concerned
  std::string problem;        ///< what is wrong
  std::string remedy;         ///< what would be right
  bool is_temporary = false;  ///< nobody wrote it: a database that does not answer
};

/// "shaken302.toml:12: peer[edge].max_attestation: 'D' is not a level; use \"A\", \"B\" or \"C\""
std::string to_text(const ConfigIssue& issue);

using ConfigIssues = std::vector<ConfigIssue>;

}  // namespace shaken302::config
