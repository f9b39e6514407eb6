// SPDX-License-Identifier: MIT
//
// What a monitor has to say to the operator.
#pragma once

#include <cstdint>
#include <string>

namespace shaken302::app {

struct MonitorEvent {
  enum class Severity : std::uint8_t {
    info,
    warning,
    alarm,  ///< calls go unsigned, or could be signed wrongly, until somebody acts
  };
  Severity severity = Severity::info;
  std::string text;
};

}  // namespace shaken302::app
