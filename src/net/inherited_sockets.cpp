// SPDX-License-Identifier: MIT
#include "inherited_sockets.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <unordered_set>

namespace shaken302::net {
namespace {

constexpr std::array variable_names{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"};

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): at start
  return value == nullptr ? std::string{} : std::string(value);
}

/// Digits and nothing else.
std::optional<int> parse_number(std::string_view text) noexcept {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

template <class T>
std::optional<T> socket_option(int fd, int name, int level = SOL_SOCKET) noexcept {
  T value{};
  socklen_t size = sizeof value;
  if (::getsockopt(fd, level, name, &value, &size) != 0) return std::nullopt;
  return value;
}

/// The text up to the next colon, which is taken off.
std::string take_name(std::string_view& names) {
  const auto end = std::min(names.find(':'), names.size());
  std::string name(names.substr(0, end));
  names.remove_prefix(std::min(end + 1, names.size()));
  return name;
}

bool is_connected(int fd) noexcept {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  return ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
}

}  // namespace

std::string to_text(const SocketIdentity& identity) {
  std::array<char, 64> host{};
  BoundedText out(host);
  sip::append_host(out, identity.local.address);
  std::string text = identity.kind == SocketKind::datagram ? "udp:" : "tcp:";
  return text.append(out.view()).append(":").append(std::to_string(identity.local.port));
}

std::string to_store_name(const SocketIdentity& identity) {
  std::string name = to_text(identity);
  std::ranges::replace(name, ':', '-');
  return name;
}

std::string_view to_text(NoListener why) noexcept {
  switch (why) {
    case NoListener::not_open:
      return "is not open";
    case NoListener::no_socket:
      return "is not a socket";
    case NoListener::other_protocol:
      return "is neither UDP nor TCP";
    case NoListener::not_listening:
      return "does not listen (a socket unit needs Accept=no)";
    case NoListener::connected:
      return "is connected to a peer of its own";
  }
  return "";
}

Result<SocketIdentity, NoListener> identify(int fd) noexcept {
  const auto type = socket_option<int>(fd, SO_TYPE);
  if (!type) return Failure{errno == EBADF ? NoListener::not_open : NoListener::no_socket};
  const auto protocol = socket_option<int>(fd, SO_PROTOCOL);
  const auto domain = socket_option<int>(fd, SO_DOMAIN);
  const bool is_udp = type == SOCK_DGRAM && protocol == IPPROTO_UDP;
  const bool is_tcp = type == SOCK_STREAM && protocol == IPPROTO_TCP;
  if ((!is_udp && !is_tcp) || (domain != AF_INET && domain != AF_INET6)) {
    return Failure{NoListener::other_protocol};
  }
  if (is_udp && is_connected(fd)) return Failure{NoListener::connected};
  if (is_tcp && socket_option<int>(fd, SO_ACCEPTCONN) != 1) {
    return Failure{NoListener::not_listening};
  }
  sockaddr_storage local{};
  socklen_t size = sizeof local;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&local), &size) != 0) {
    return Failure{NoListener::no_socket};
  }
  return SocketIdentity{.kind = is_udp ? SocketKind::datagram : SocketKind::stream,
                        .family = domain == AF_INET ? Family::ipv4 : Family::ipv6,
                        .local = to_endpoint(local)};
}

std::optional<SocketError::Step> examine(int fd, const SocketIdentity& wanted) noexcept {
  const auto found = identify(fd);
  if (!found || *found != wanted) return SocketError::Step::other_kind;
  if (socket_option<int>(fd, SO_REUSEPORT) != 0) return SocketError::Step::shared;
  const bool is_wildcard = wanted.family == Family::ipv6 && wanted.local.address == IpAddress{};
  if (is_wildcard && socket_option<int>(fd, IPV6_V6ONLY, IPPROTO_IPV6) != 1) {
    return SocketError::Step::dual_stack;
  }
  return std::nullopt;
}

InheritedSockets InheritedSockets::from_environment() {
  std::array<std::string, variable_names.size()> values;
  std::ranges::transform(variable_names, values.begin(), environment);
  for (const char* name : variable_names) ::unsetenv(name);  // NOLINT(concurrency-mt-unsafe)
  return {{values[0], values[1], values[2]}, ::getpid(), first_descriptor};
}

InheritedSockets::InheritedSockets(const Variables& variables, pid_t own_pid, int first) {
  // Somebody else's: inherited by mistake, with a parent's environment.
  if (parse_number(variables.pid) != own_pid) return;
  const auto count = parse_number(variables.count);
  if (!count || *count > sockets_max) {
    complaint_ = "LISTEN_FDS=" + std::string(variables.count) + " is no count from 0 to " +
                 std::to_string(sockets_max) + ": no socket is taken over";
    return;
  }
  std::string_view names = variables.names;
  for (int fd = first; fd < first + *count; ++fd) {
    Socket socket{.fd = {}, .name = take_name(names), .identity = identify(fd)};
    const bool is_open =
        socket.identity.has_value() || socket.identity.error() != NoListener::not_open;
    if (is_open) {
      ::fcntl(fd, F_SETFD, FD_CLOEXEC);
      socket.fd = FileDescriptor(fd);
      socket.cookie = socket_option<std::uint64_t>(fd, SO_COOKIE).value_or(0);
    }
    sockets_.push_back(std::move(socket));
  }
}

std::optional<FileDescriptor> InheritedSockets::take(const SocketIdentity& identity) {
  const auto found = std::ranges::find_if(sockets_, [&identity](const Socket& socket) {
    return !socket.is_taken && socket.identity && *socket.identity == identity;
  });
  if (found == sockets_.end()) return std::nullopt;
  // A socket unit and the store may each bring a descriptor of the same socket.
  for (Socket& socket : sockets_) {
    if (socket.cookie != 0 && socket.cookie == found->cookie) socket.is_taken = true;
  }
  found->is_taken = true;
  taken_.push_back(identity);
  return std::exchange(found->fd, FileDescriptor());
}

std::vector<InheritedSockets::Leftover> InheritedSockets::close_rest() {
  std::vector<Leftover> rest;
  std::unordered_set<std::uint64_t> told;
  for (Socket& socket : sockets_) {
    const bool was_given_away = socket.is_taken && !socket.fd.is_open();
    if (was_given_away) continue;
    Leftover left{.name = socket.name, .complaint = {}};
    const bool is_another = socket.cookie != 0 && !told.insert(socket.cookie).second;
    if (!socket.is_taken && !is_another) {
      if (!socket.identity) {
        left.complaint = "inherited descriptor '" + socket.name + "' ";
        left.complaint.append(to_text(socket.identity.error()));
      } else {
        const bool is_second = std::ranges::find(taken_, *socket.identity) != taken_.end();
        left.complaint =
            "inherited socket " + to_text(*socket.identity) +
            (is_second ? " is a second one of its listener" : " is no listener of this server");
      }
      if (socket.fd.is_open()) left.complaint += ": it is closed";
    }
    rest.push_back(std::move(left));
  }
  sockets_.clear();
  return rest;
}

}  // namespace shaken302::net
