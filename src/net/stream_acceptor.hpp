// SPDX-License-Identifier: MIT
//
// The thread that takes connections: it turns away who is nobody's peer and what is too many, and
// gives the rest to the workers, each to the one with the fewest.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "answering.hpp"
#include "connection_census.hpp"
#include "file_descriptor.hpp"
#include "stream_connection.hpp"
#include "stream_limits.hpp"
#include "tls_context.hpp"

namespace shaken302::net {

class StreamAcceptor {
 public:
  /// All of it outlives the acceptor.
  struct Parts {
    const SnapshotHolder& snapshots;
    const sip::AnswerSettings& settings;
    const StreamLimits& limits;
    WorkerMetrics& metrics;
    /// By the acceptor's thread: the connection is the worker's from now on. May throw
    /// std::bad_alloc.
    std::function<void(std::size_t worker, NewConnection)> give;
    /// By the acceptor's thread, when its loop has ended.
    std::function<void()> ended;
  };
  explicit StreamAcceptor(const Parts& parts);
  /// `stop` has been called by then, or this waits for it.
  ~StreamAcceptor();
  StreamAcceptor(const StreamAcceptor&) = delete;
  StreamAcceptor& operator=(const StreamAcceptor&) = delete;

  /// Before `start`. `socket` listens.
  void add(FileDescriptor socket, const Listener& listener);
  /// Before `start`, and later by any thread: with which the next connections begin.
  void set_tls(std::shared_ptr<const TlsContext> tls);
  /// Starts the thread for that many workers. Throws std::system_error. Call it once.
  void start(std::size_t workers);
  /// Before `stop`: somebody else holds the sockets too, or will. What waits in the kernel is his.
  void share() noexcept { is_shared_.store(true, std::memory_order_release); }
  /// By any thread: takes no more, and closes sockets that nobody shares.
  void stop() noexcept;
  /// Waits for its end; `stop` has been called.
  void join();

  /// By a worker's thread. Without memory the place of that connection stays taken, and is counted.
  void prove(const IpAddress& source) noexcept;
  void release(std::size_t worker, const IpAddress& source, bool is_unproven) noexcept;

  /// By one thread at a time: the last connection that was beyond a limit.
  std::optional<TurnedAway> take_turned_away() noexcept { return turned_away_.take(); }
  [[nodiscard]] std::int64_t heartbeat_ns() const noexcept {
    return heartbeat_ns_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] bool has_ended() const noexcept { return ended_.load(std::memory_order_acquire); }
  /// How many there are now.
  [[nodiscard]] std::size_t connections() const noexcept {
    return open_.load(std::memory_order_relaxed);
  }
  /// By the thread that has called `start`: calls `take(int)` with each socket, which stays ours.
  template <class Take>
  void for_each_socket(Take&& take) const {
    for (const auto& door : doors_) take(door->socket.native_handle());
  }

 private:
  struct Door {
    boost::asio::posix::stream_descriptor socket;
    Listener listener;
    bool is_awaited = false;
  };
  /// What came of one look at a door.
  enum class Accepted : std::uint8_t { one, none, no_room };

  void run() noexcept;
  void tick();
  void open_doors();
  void close_doors() noexcept;
  void wait_at(Door& door);
  void take_from(Door& door);
  Accepted take_one(Door& door);
  void turn_one_away(Door& door) noexcept;
  void receive(FileDescriptor socket, const sip::Endpoint& source, const Door& door);
  bool admit(NewConnection& connection);
  bool refuse_full(const NewConnection& connection, const char* reason) noexcept;
  void count_open() noexcept { open_.store(census_.size(), std::memory_order_relaxed); }

  const Parts parts_;
  boost::asio::io_context context_{1};
  boost::asio::steady_timer timer_{context_};
  std::vector<std::unique_ptr<Door>> doors_;
  std::shared_ptr<const TlsContext> tls_;
  SnapshotView view_;
  ConnectionCensus census_;
  TurnedAwaySlot turned_away_;
  std::vector<std::size_t> by_worker_;
  FileDescriptor spare_;  // given up for a moment to turn somebody away when there is no other
  std::atomic<std::int64_t> heartbeat_ns_;
  std::atomic<std::size_t> open_{0};
  std::atomic<bool> is_stopping_{false};
  std::atomic<bool> is_shared_{false};
  std::atomic<std::uint64_t> lost_{0};  // news of workers for which there was no memory
  bool is_ticking_ = false;
  std::atomic<bool> ended_{false};
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace shaken302::net
