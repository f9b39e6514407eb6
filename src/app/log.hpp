// SPDX-License-Identifier: MIT
//
// The log: one line an event to stderr, from a thread of its own behind a bounded queue whose
// oldest line gives way when nobody reads. Under journald lines carry a priority (sd-daemon(3)) and
// no time; on a terminal they carry the time. Any thread may write.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace shaken302::app {

class Log {
 public:
  Log();
  /// Writes what is queued.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// "debug", "info", "warning" or "error": what is less important is not written.
  void set_level(std::string_view level);

  void debug(std::string_view text);
  void info(std::string_view text);
  void warning(std::string_view text);
  void error(std::string_view text);
  /// Whatever the level: what an operator has asked for.
  void report(std::string_view text);

  /// Lines that gave way because the queue was full, and those that stderr did not take.
  [[nodiscard]] std::uint64_t dropped() const;

 private:
  struct Sinks;
  std::unique_ptr<Sinks> sinks_;
};

}  // namespace shaken302::app
