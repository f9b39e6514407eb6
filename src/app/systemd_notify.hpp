// SPDX-License-Identifier: MIT
//
// The service manager's notification protocol (sd_notify(3)): a datagram of NAME=value lines to the
// socket named by NOTIFY_SOCKET. Written out, because it is shorter than the dependency. Control
// thread.
#pragma once

#include <sys/types.h>

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
  /// As if the watchdog had not been fed for WatchdogSec: the manager kills and starts again.
  void watchdog_expired() const noexcept;
  /// Another process of this service is its main process from now on, and this one is not listened
  /// to any more. False: a manager is present and could not be told, within a second.
  [[nodiscard]] bool main_process(pid_t pid) const noexcept;

  /// Asks the manager to keep a descriptor and to hand it to the process that it starts next
  /// (FileDescriptorStoreMax= in systemd.service(5)); whether it was told. It forgets one that it
  /// has already. Without a manager: false. May wait for the manager, for a second at most.
  [[nodiscard]] bool store(int fd, std::string_view name) const noexcept;
  /// All of that name.
  void remove_stored(std::string_view name) const noexcept;

  /// Whether there is a service manager at all.
  [[nodiscard]] bool is_present() const noexcept { return socket_.is_open(); }
  /// Says nothing while it is not the main process, whom alone the manager listens to.
  void set_silent(bool is_silent) noexcept { is_silent_ = is_silent; }

  /// WatchdogSec, when the manager watches this process.
  [[nodiscard]] std::optional<std::chrono::microseconds> watchdog() const noexcept {
    return watchdog_;
  }

 private:
  [[nodiscard]] bool is_heard() const noexcept { return socket_.is_open() && !is_silent_; }
  /// What must not be lost; -1: no descriptor goes with it. May wait for a second.
  [[nodiscard]] bool deliver(std::string_view message, int fd) const noexcept;
  /// What may be lost.
  void send(std::string_view message) const noexcept;

  net::FileDescriptor socket_;
  bool is_silent_ = false;
  std::optional<std::chrono::microseconds> watchdog_;
};

}  // namespace shaken302::app
