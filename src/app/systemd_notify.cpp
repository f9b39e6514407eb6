// SPDX-License-Identifier: MIT
#include "systemd_notify.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "shaken302/bounded_text.hpp"

namespace shaken302::app {
namespace {

// Read once at start, before there is a second thread.
std::string_view environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? std::string_view{} : std::string_view(value);
}

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number <= 0) return std::nullopt;
  return number;
}

// sd_watchdog_enabled(3): the variable may have been inherited from somebody else.
std::optional<std::chrono::microseconds> watchdog_of_this_process() {
  const auto usec = parse_number(environment("WATCHDOG_USEC"));
  const std::string_view pid = environment("WATCHDOG_PID");
  if (!usec || (!pid.empty() && parse_number(pid) != ::getpid())) return std::nullopt;
  return std::chrono::microseconds(*usec);
}

net::FileDescriptor connect_to(std::string_view name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.size() < 2 || name.size() >= sizeof address.sun_path) return {};
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name.front() == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  net::FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(socket.number(), generic, size) != 0) return {};
  return socket;
}

constexpr int delivery_wait_ms = 1000;

/// The one descriptor that goes with a message (unix(7)).
union OneDescriptor {
  cmsghdr alignment;
  std::array<char, CMSG_SPACE(sizeof(int))> bytes;
};

bool send_with(int socket, std::string_view text, int fd) noexcept {
  iovec payload{const_cast<char*>(text.data()), text.size()};
  OneDescriptor control{};
  msghdr message{};
  message.msg_iov = &payload;
  message.msg_iovlen = 1;
  if (fd < 0) return ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
  message.msg_control = control.bytes.data();
  message.msg_controllen = control.bytes.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fd);
  std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  return ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

}  // namespace

SystemdNotifier SystemdNotifier::from_environment() {
  return {environment("NOTIFY_SOCKET"), watchdog_of_this_process()};
}

SystemdNotifier::SystemdNotifier(std::string_view socket_name,
                                 std::optional<std::chrono::microseconds> watchdog)
    : socket_(connect_to(socket_name)), watchdog_(watchdog) {}

void SystemdNotifier::ready(std::string_view status) const noexcept {
  std::array<char, 256> buffer{};
  BoundedText message(buffer);
  message.append("READY=1\nSTATUS=").append(status);
  send(message.overflowed() ? "READY=1" : message.view());
}

// The time lets systemd 253 and later tell this reload from an earlier one; 252 ignores it.
void SystemdNotifier::reloading() const noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  std::array<char, 96> buffer{};
  BoundedText message(buffer);
  message.append("RELOADING=1\nMONOTONIC_USEC=");
  message.append_number(now.tv_sec * 1'000'000 + now.tv_nsec / 1'000);
  send(message.view());
}

void SystemdNotifier::stopping() const noexcept { send("STOPPING=1"); }
void SystemdNotifier::watchdog_alive() const noexcept { send("WATCHDOG=1"); }
void SystemdNotifier::watchdog_expired() const noexcept { send("WATCHDOG=trigger"); }

bool SystemdNotifier::main_process(pid_t pid) const noexcept {
  if (!is_heard()) return true;
  std::array<char, 32> buffer{};
  BoundedText message(buffer);
  message.append("MAINPID=").append_number(pid);
  return deliver(message.view(), -1);
}

// FDPOLL=0: an error that is pending on a socket would make the manager close its descriptor.
bool SystemdNotifier::store(int fd, std::string_view name) const noexcept {
  if (!is_heard() || fd < 0) return false;
  std::array<char, 320> buffer{};
  BoundedText message(buffer);
  message.append("FDSTORE=1\nFDPOLL=0\nFDNAME=").append(name);
  if (message.overflowed()) return false;
  return deliver(message.view(), fd);
}

void SystemdNotifier::remove_stored(std::string_view name) const noexcept {
  std::array<char, 320> buffer{};
  BoundedText message(buffer);
  message.append("FDSTOREREMOVE=1\nFDNAME=").append(name);
  if (!message.overflowed()) send(message.view());
}

bool SystemdNotifier::deliver(std::string_view message, int fd) const noexcept {
  if (send_with(socket_.number(), message, fd)) return true;
  pollfd room{socket_.number(), POLLOUT, 0};
  return ::poll(&room, 1, delivery_wait_ms) == 1 && send_with(socket_.number(), message, fd);
}

// A manager that does not read must not hold up the server.
void SystemdNotifier::send(std::string_view message) const noexcept {
  if (!is_heard()) return;
  ::send(socket_.number(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace shaken302::app
