// SPDX-License-Identifier: MIT
#include "predecessor.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <string>

#include "handover_words.hpp"
#include "net/inherited_sockets.hpp"

namespace shaken302::app {

std::optional<Predecessor> Predecessor::from_environment() {
  const char* value = std::getenv(words::variable);  // NOLINT(concurrency-mt-unsafe): at start
  if (value == nullptr) return std::nullopt;
  const std::string text = value;
  ::unsetenv(words::variable);  // NOLINT(concurrency-mt-unsafe)
  int fd = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), fd);
  const bool is_number = error == std::errc{} && end == text.data() + text.size();
  if (!is_number || fd < net::InheritedSockets::first_descriptor) return std::nullopt;
  // A variable that somebody else has left behind names a descriptor of somebody else's.
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.pid != ::getppid()) {
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
  return Word{.is_reload_wanted = size == 1 && word == words::yours_reload};
}

}  // namespace shaken302::app
