// SPDX-License-Identifier: MIT
//
// The process that served before, and that has started this one to serve in its place. Until it
// leaves it is the service manager's main process, and nobody else is listened to. Control thread.
#pragma once

#include <sys/types.h>

#include <optional>

#include "net/file_descriptor.hpp"

namespace shaken302::app {

class Predecessor {
 public:
  /// Takes over what the environment names and unsets the variable. Before there is a second
  /// thread, before anything else is opened, and before the inherited sockets are taken over.
  /// Nothing: nobody served before, or it is gone.
  static std::optional<Predecessor> from_environment();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Whoever hears it leaves.
  void tell_serving() const noexcept;

  struct Word {
    bool is_dismissal = false;      ///< it serves on, and this one is to leave
    bool is_reload_wanted = false;  ///< it was told to, while this one may have read already
  };
  /// From time to time. Once it is decided who leaves, or it is gone: its last word.
  [[nodiscard]] std::optional<Word> hear() const noexcept;

 private:
  Predecessor(pid_t pid, net::FileDescriptor end) noexcept : pid_(pid), end_(std::move(end)) {}

  pid_t pid_;
  net::FileDescriptor end_;
};

}  // namespace shaken302::app
