// SPDX-License-Identifier: MIT
#include "predecessor.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "handover_words.hpp"
#include "net/inherited_sockets.hpp"

namespace shaken302::app {
namespace {

/// Of the environment; -1: it is none.
int number_of(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): at start
  const std::string_view text = value == nullptr ? "" : value;
  int number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? number : -1;
}

}  // namespace

std::optional<Predecessor> Predecessor::from_environment() {
  const int fd = number_of(words::variable);
  ::unsetenv(words::variable);  // NOLINT(concurrency-mt-unsafe)
  // A variable that somebody else has left behind names a descriptor of somebody else's: this one
  // is the next after the sockets that are inherited with it, by this process and no other.
  const int sockets = number_of("LISTEN_FDS");
  if (number_of("LISTEN_PID") != ::getpid() || sockets < 0 ||
      fd != net::InheritedSockets::first_descriptor + sockets) {
    return std::nullopt;
  }
  // Credentials of whoever made the pair. It need not be the parent: that may be the manager.
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.pid <= 0) {
    return std::nullopt;
  }
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  return Predecessor(peer.pid, net::FileDescriptor(fd));
}

void Predecessor::tell_serving() const noexcept {
  ::send(end_.number(), &words::serving, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

std::optional<Predecessor::Word> Predecessor::hear() const noexcept {
  char word = 0;
  const auto size = ::recv(end_.number(), &word, 1, MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  return Word{.is_dismissal = size == 1 && word == words::not_needed,
              .is_reload_wanted = size == 1 && word == words::yours_reload};
}

}  // namespace shaken302::app
