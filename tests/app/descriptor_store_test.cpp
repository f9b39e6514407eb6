// SPDX-License-Identifier: MIT
//
// What goes to systemd's descriptor store, by a manager of the test's own that receives SCM_RIGHTS.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>

#include "app/systemd_notify.hpp"

namespace shaken302::app {
namespace {

ino_t inode_of(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 ? status.st_ino : 0;
}

class Manager {
 public:
  struct Message {
    std::string text;
    net::FileDescriptor fd;
  };
  Manager()
      : name_("@shaken302-store-" + std::to_string(::getpid())),
        socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name_.data(), name_.size());
    address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
    REQUIRE(::bind(socket_.number(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
  }
  const std::string& name() const noexcept { return name_; }
  Message receive() const {
    std::array<char, 512> text;
    alignas(cmsghdr) std::array<char, 64> control;
    iovec payload{text.data(), text.size()};
    msghdr message{};
    message.msg_iov = &payload;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const auto size = ::recvmsg(socket_.number(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (size < 0) return {"nothing", {}};
    Message got{std::string(text.data(), static_cast<std::size_t>(size)), {}};
    if (const cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr) {
      REQUIRE(header->cmsg_type == SCM_RIGHTS);
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
      got.fd = net::FileDescriptor(fd);
    }
    return got;
  }

 private:
  std::string name_;
  net::FileDescriptor socket_;
};

TEST_CASE("descriptor_store: a descriptor goes to the manager with its name") {
  const Manager manager;
  const SystemdNotifier notifier(manager.name(), std::nullopt);
  const net::FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  REQUIRE(notifier.store(socket.number(), "udp-127.0.0.1-5060"));
  const auto message = manager.receive();
  CHECK(message.text == "FDSTORE=1\nFDPOLL=0\nFDNAME=udp-127.0.0.1-5060");
  REQUIRE(message.fd.is_open());
  CHECK(inode_of(message.fd.number()) == inode_of(socket.number()));
  notifier.remove_stored("udp-127.0.0.1-5060");
  CHECK(manager.receive().text == "FDSTOREREMOVE=1\nFDNAME=udp-127.0.0.1-5060");
}

TEST_CASE("descriptor_store: what is not stored is said") {
  const Manager manager;
  const net::FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  struct Row {
    const char* why;
    std::string manager;
    int fd;
    std::string name;
  };
  for (const Row& row : {Row{"there is no manager", "", socket.number(), "a"},
                         Row{"no descriptor", manager.name(), -1, "a"},
                         Row{"a name that no manager takes", manager.name(), socket.number(),
                             std::string(400, 'x')}}) {
    CAPTURE(row.why);
    CHECK_FALSE(SystemdNotifier(row.manager, std::nullopt).store(row.fd, row.name));
    CHECK(manager.receive().text == "nothing");
  }
}

TEST_CASE("descriptor_store: a manager that does not read is waited for, but not for long") {
  const Manager manager;
  const SystemdNotifier notifier(manager.name(), std::nullopt);
  const net::FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  bool is_stored = true;
  int messages = 0;
  while (is_stored && messages < 10'000) {
    is_stored = notifier.store(socket.number(), "a");
    ++messages;
  }
  CHECK_FALSE(is_stored);
  CHECK_FALSE(notifier.main_process(4711));  // it must know that nobody was told
}

TEST_CASE("descriptor_store: who is not the main process says nothing, until it is") {
  const Manager manager;
  SystemdNotifier notifier(manager.name(), std::nullopt);
  const net::FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  notifier.set_silent(true);
  notifier.ready("x");
  notifier.reloading();
  notifier.watchdog_alive();
  CHECK(notifier.main_process(1));
  notifier.remove_stored("a");
  CHECK_FALSE(notifier.store(socket.number(), "a"));
  CHECK(manager.receive().text == "nothing");
  notifier.set_silent(false);
  CHECK(notifier.main_process(4711));
  CHECK(manager.receive().text == "MAINPID=4711");
  CHECK(SystemdNotifier("", std::nullopt).main_process(4711));  // there is nobody to tell
}

}  // namespace
}  // namespace shaken302::app
