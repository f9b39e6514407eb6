// SPDX-License-Identifier: MIT
#include "stream_acceptor.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <chrono>

#include "signals_blocked.hpp"
#include "stream_socket.hpp"

namespace shaken302::net {
namespace {

constexpr std::chrono::milliseconds tick_time{100};
constexpr int accepts_a_turn = 64;  // then another door has its turn

FileDescriptor open_spare() noexcept {
  return FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

FileDescriptor accept_from(int listener, sip::Endpoint& source) noexcept {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  FileDescriptor socket(::accept4(listener, reinterpret_cast<sockaddr*>(&address), &size,
                                  SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (socket.is_open()) source = to_endpoint(address);
  return socket;
}

}  // namespace

StreamAcceptor::StreamAcceptor(const Parts& parts)
    : parts_(parts),
      view_(parts.snapshots),
      census_(parts.limits),
      spare_(open_spare()),
      heartbeat_ns_(steady_clock_ns()) {}

StreamAcceptor::~StreamAcceptor() { join(); }

void StreamAcceptor::join() {
  if (thread_.joinable()) thread_.join();
}

void StreamAcceptor::add(FileDescriptor socket, const Listener& listener) {
  auto door = std::make_unique<Door>(
      Door{boost::asio::posix::stream_descriptor(context_, socket.number()), listener});
  socket.release();
  doors_.push_back(std::move(door));
}

void StreamAcceptor::set_tls(std::shared_ptr<const TlsContext> tls) {
  boost::asio::post(context_, [this, tls = std::move(tls)] { tls_ = tls; });
}

void StreamAcceptor::start(std::size_t workers) {
  by_worker_.assign(workers, 0);
  const SignalsBlocked blocked;
  thread_ = std::thread([this] { run(); });
}

void StreamAcceptor::stop() noexcept try {
  is_stopping_.store(true, std::memory_order_release);
  boost::asio::post(context_, [this] { context_.stop(); });
} catch (...) {
  // No memory: the next tick sees it.
}

void StreamAcceptor::prove(const IpAddress& source) noexcept try {
  boost::asio::post(context_, [this, source] { census_.prove(source); });
} catch (...) {
  lost_.fetch_add(1, std::memory_order_relaxed);
}

void StreamAcceptor::release(std::size_t worker, const IpAddress& source, bool is_unproven) noexcept
    try {
  boost::asio::post(context_, [this, worker, source, is_unproven] {
    census_.release(source, is_unproven);
    --by_worker_[worker];
    count_open();
    open_doors();  // there is a descriptor again
  });
} catch (...) {
  lost_.fetch_add(1, std::memory_order_relaxed);
}

// A handler that found no memory has left a connection to its fate; the loop goes on, and the next
// tick opens a door that was left.
void StreamAcceptor::run() noexcept {
  while (!context_.stopped()) {
    try {
      if (!is_ticking_) tick();
      context_.run();
    } catch (...) {
      parts_.metrics.add(Counter::stream_failed);
    }
  }
  if (!is_shared_.load(std::memory_order_acquire)) close_doors();
  ended_.store(true, std::memory_order_release);
  parts_.ended();
}

// A client whose connection nobody will take had better be told so.
void StreamAcceptor::close_doors() noexcept {
  boost::system::error_code ignored;
  for (const auto& door : doors_) door->socket.close(ignored);
}

void StreamAcceptor::tick() {
  is_ticking_ = false;
  heartbeat_ns_.store(steady_clock_ns(), std::memory_order_relaxed);
  view_.refresh();
  parts_.metrics.add(Counter::stream_failed, lost_.exchange(0, std::memory_order_relaxed));
  if (is_stopping_.load(std::memory_order_acquire)) return context_.stop();
  timer_.expires_after(tick_time);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
  is_ticking_ = true;
  open_doors();
}

void StreamAcceptor::open_doors() {
  for (const auto& door : doors_) {
    if (!door->is_awaited) wait_at(*door);
  }
}

void StreamAcceptor::wait_at(Door& door) {
  door.socket.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                         [this, &door](const boost::system::error_code& error) {
                           door.is_awaited = false;
                           if (!error) take_from(door);
                         });
  door.is_awaited = true;
}

void StreamAcceptor::take_from(Door& door) {
  for (int i = 0; i < accepts_a_turn; ++i) {
    switch (take_one(door)) {
      case Accepted::one:
        break;
      case Accepted::none:
        return wait_at(door);
      case Accepted::no_room:
        // Asked again at once it would say the same, a million times a second: the door stays shut
        // until the next tick, or until a connection ends.
        return;
    }
  }
  wait_at(door);
}

StreamAcceptor::Accepted StreamAcceptor::take_one(Door& door) {
  sip::Endpoint source;
  FileDescriptor socket = accept_from(door.socket.native_handle(), source);
  if (socket.is_open()) {
    receive(std::move(socket), source, door);
    return Accepted::one;
  }
  switch (errno) {
    case EAGAIN:
      return Accepted::none;
    case EMFILE:
    case ENFILE:
      turn_one_away(door);
      return Accepted::no_room;
    case ENOBUFS:
    case ENOMEM:
      return Accepted::no_room;
    default:
      return Accepted::one;  // that one has gone already (accept(2))
  }
}

/// Without a descriptor for it a connection would wait in the kernel for ever, and its client with
/// it.
void StreamAcceptor::turn_one_away(Door& door) noexcept {
  spare_ = FileDescriptor();
  sip::Endpoint source;
  if (accept_from(door.socket.native_handle(), source).is_open()) {
    parts_.metrics.add(Counter::stream_refused_full);
  }
  spare_ = open_spare();
}

void StreamAcceptor::receive(FileDescriptor socket, const sip::Endpoint& source, const Door& door) {
  NewConnection connection{.socket = std::move(socket),
                           .tls = door.listener.transport == Transport::tls ? tls_ : nullptr,
                           .source = source,
                           .local = {},
                           .listener = door.listener};
  if (!admit(connection)) return;
  count_open();
  parts_.metrics.add(Counter::stream_accepted);
  connection.local = local_endpoint(connection.socket.number());
  const auto fewest = std::min_element(by_worker_.begin(), by_worker_.end());
  const auto worker = static_cast<std::size_t>(fewest - by_worker_.begin());
  const IpAddress address = source.address;
  const bool is_unproven = connection.is_unproven;
  ++*fewest;
  try {
    parts_.give(worker, std::move(connection));
  } catch (...) {
    --*fewest;
    census_.release(address, is_unproven);
    throw;
  }
}

/// The cheap questions first. On a socket for IPv6 alone ::ffff:a.b.c.d can only be forged.
bool StreamAcceptor::admit(NewConnection& connection) {
  const Snapshot& snapshot = view_.refresh();
  const IpAddress& source = connection.source.address;
  const bool is_forged =
      sip::is_ipv4_mapped(source) && !sip::is_ipv4_mapped(connection.listener.address);
  if (is_forged || !sip::may_be_heard(source, connection.listener, snapshot, parts_.settings)) {
    parts_.metrics.add(Counter::stream_refused_source);
    return false;
  }
  connection.is_unproven =
      !sip::is_expected(source, connection.listener, snapshot, parts_.settings);
  const bool is_tls = connection.listener.transport == Transport::tls;
  if (is_tls && connection.tls == nullptr)
    return refuse_full(connection, "there is no certificate");
  if (!census_.admit(source, connection.is_unproven)) {
    return refuse_full(connection,
                       connection.is_unproven
                           ? "beyond what connections_max and connections_per_source leave to "
                             "strangers"
                           : "beyond connections_max or connections_per_source");
  }
  // Last: whoever has too many connections spends nobody's handshakes.
  if (is_tls && !census_.begin_handshake(steady_clock_ns(), connection.is_unproven)) {
    census_.release(source, connection.is_unproven);
    return refuse_full(connection, "too many handshakes in this second");
  }
  return true;
}

bool StreamAcceptor::refuse_full(const NewConnection& connection, const char* reason) noexcept {
  parts_.metrics.add(Counter::stream_refused_full);
  turned_away_.put({connection.source, connection.listener, reason});
  return false;
}

}  // namespace shaken302::net
