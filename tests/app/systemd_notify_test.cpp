// SPDX-License-Identifier: MIT
#include "app/systemd_notify.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace shaken302::app {
namespace {

// The service manager's end.
class Manager {
 public:
  explicit Manager(const std::string& name)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    REQUIRE(::bind(socket_.number(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
  }
  std::string receive() const {
    std::array<char, 512> buffer;
    const auto size = ::recv(socket_.number(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    return size < 0 ? "nothing" : std::string(buffer.data(), static_cast<std::size_t>(size));
  }

 private:
  net::FileDescriptor socket_;
};

std::string unique_name(const char* prefix) { return prefix + std::to_string(::getpid()); }

TEST_CASE("systemd_notify: speaks to a socket of the abstract name space") {
  const std::string name = unique_name("@shaken302-test-");
  const Manager manager(name);
  const SystemdNotifier notifier(name, std::nullopt);
  notifier.ready("generation 1: 2 peers");
  CHECK(manager.receive() == "READY=1\nSTATUS=generation 1: 2 peers");
  notifier.reloading();
  CHECK(manager.receive().starts_with("RELOADING=1\nMONOTONIC_USEC="));
  notifier.watchdog_alive();
  CHECK(manager.receive() == "WATCHDOG=1");
  notifier.stopping();
  CHECK(manager.receive() == "STOPPING=1");
}

TEST_CASE("systemd_notify: speaks to a socket in the file system") {
  const auto path = std::filesystem::temp_directory_path() / unique_name("shaken302-notify-");
  {
    const Manager manager(path.string());
    SystemdNotifier(path.string(), std::nullopt).stopping();
    CHECK(manager.receive() == "STOPPING=1");
  }
  std::filesystem::remove(path);
}

TEST_CASE("systemd_notify: a status that is too long does not hide that the server is ready") {
  const std::string name = unique_name("@shaken302-long-");
  const Manager manager(name);
  SystemdNotifier(name, std::nullopt).ready(std::string(1000, 'x'));
  CHECK(manager.receive() == "READY=1");
}

TEST_CASE("systemd_notify: nobody listens, nothing happens") {
  for (const char* name : {"", "@", "/nonexistent/notify", "@shaken302-nobody"}) {
    CAPTURE(name);
    SystemdNotifier(name, std::nullopt).ready("x");
  }
  SystemdNotifier(std::string(200, 'x'), std::nullopt).ready("longer than a socket address");
}

TEST_CASE("systemd_notify: the watchdog is ours only when its variables say so") {
  struct Row {
    const char* why;
    const char* usec;
    std::string pid;
    bool watched;
  };
  const std::string own = std::to_string(::getpid());
  for (const Row& row :
       {Row{"the manager watches this process", "10000000", own, true},
        Row{"it does not say whom", "10000000", "", true},
        Row{"it watches our parent", "10000000", "1", false}, Row{"nobody watches", "", "", false},
        Row{"not a number", "10s", own, false}, Row{"zero is off", "0", own, false},
        Row{"negative", "-5", own, false}}) {
    CAPTURE(row.why);
    ::setenv("WATCHDOG_USEC", row.usec, 1);
    ::setenv("WATCHDOG_PID", row.pid.c_str(), 1);
    const auto watchdog = SystemdNotifier::from_environment().watchdog();
    CHECK(watchdog.has_value() == row.watched);
    if (watchdog) CHECK(watchdog->count() == 10'000'000);
  }
  ::unsetenv("WATCHDOG_USEC");
  ::unsetenv("WATCHDOG_PID");
  CHECK_FALSE(SystemdNotifier::from_environment().watchdog());
}

}  // namespace
}  // namespace shaken302::app
