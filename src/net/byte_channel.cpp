// SPDX-License-Identifier: MIT
#include "byte_channel.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace shaken302::net {
namespace {

Progress after_error(Progress::State if_it_would_block) noexcept {
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {if_it_would_block, 0};
  return {Progress::State::failed, 0};
}

/// A signal may interrupt any call; ours are blocked in workers, so this is for debuggers.
template <class Call>
ssize_t again_if_interrupted(Call call) noexcept {
  ssize_t result = 0;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

}  // namespace

Progress PlainChannel::read(char* to, std::size_t size) noexcept {
  const ssize_t count =
      again_if_interrupted([&] { return ::recv(socket_, to, size, MSG_DONTWAIT); });
  if (count < 0) return after_error(Progress::State::wants_read);
  if (count == 0) return {Progress::State::ended, 0};
  return {Progress::State::done, static_cast<std::size_t>(count)};
}

Progress PlainChannel::write(std::string_view bytes) noexcept {
  const ssize_t count = again_if_interrupted(
      [&] { return ::send(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL); });
  if (count < 0) return after_error(Progress::State::wants_write);
  return {Progress::State::done, static_cast<std::size_t>(count)};
}

void PlainChannel::end() noexcept { ::shutdown(socket_, SHUT_WR); }

}  // namespace shaken302::net
