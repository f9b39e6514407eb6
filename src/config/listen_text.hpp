// SPDX-License-Identifier: MIT
//
// "udp:0.0.0.0:5060", "tls:[::]:5061": where a listener binds.
#pragma once

#include <string>
#include <string_view>

#include "configuration.hpp"
#include "shaken302/result.hpp"

namespace shaken302::config {

/// Why a text is no listener: what is wrong, what would be right.
struct ListenProblem {
  std::string problem;
  std::string remedy;
};

Result<ListenAddress, ListenProblem> parse_listen(std::string_view text);

}  // namespace shaken302::config
