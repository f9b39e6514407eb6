// SPDX-License-Identifier: MIT
//
// The service manager's notification protocol (sd_notify(3)): a datagram of NAME=value lines to the
// socket named by NOTIFY_SOCKET. Written out, because it is shorter than the dependency. Control
// thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "net/file_descriptor.hpp"

namespace shaken302::app {

class SystemdNotifier {
 public:
  /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. Without them every call does nothing.
  static SystemdNotifier from_environment();
  /// `socket_name`: a path, or "@name" in the abstract name space; empty: nobody listens.
  SystemdNotifier(std::string_view socket_name, std::optional<std::chrono::microseconds> watchdog);

  void ready(std::string_view status) const noexcept;
  void reloading() const noexcept;
  void stopping() const noexcept;
  void watchdog_alive() const noexcept;

  /// WatchdogSec, when the manager watches this process.
  [[nodiscard]] std::optional<std::chrono::microseconds> watchdog() const noexcept {
    return watchdog_;
  }

 private:
  void send(std::string_view message) const noexcept;

  net::FileDescriptor socket_;
  std::optional<std::chrono::microseconds> watchdog_;
};

}  // namespace shaken302::app
