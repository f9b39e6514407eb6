// SPDX-License-Identifier: MIT
#pragma once

#include "log.hpp"
#include "monitor_event.hpp"

namespace shaken302::app {

inline void log_event(Log& log, const MonitorEvent& event) {
  switch (event.severity) {
    case MonitorEvent::Severity::info:
      log.info(event.text);
      break;
    case MonitorEvent::Severity::warning:
      log.warning(event.text);
      break;
    case MonitorEvent::Severity::alarm:
      log.error(event.text);
      break;
  }
}

}  // namespace shaken302::app
