// SPDX-License-Identifier: MIT
//
// Every listener with its workers, whatever its transport: opened as the configuration says,
// started, drained and stopped together. Control thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/configuration.hpp"
#include "log.hpp"
#include "net/inherited_sockets.hpp"
#include "net/stream_server.hpp"
#include "net/udp_server.hpp"
#include "successor.hpp"
#include "systemd_notify.hpp"

namespace shaken302::app {

class Listeners {
 public:
  /// All of it outlives the listeners.
  struct Parts {
    boost::asio::io_context& control;
    const SnapshotHolder& snapshots;
    const sip::AnswerSettings& answers;
    const Secret& secret;
    const config::Settings& settings;
    std::filesystem::path file;                  ///< the configuration, for messages
    std::shared_ptr<const net::TlsContext> tls;  ///< of the start
    Log& log;
    /// Sockets that somebody else has bound.
    net::InheritedSockets inherited{};
    /// Called when the last worker has ended, by its thread; throws nothing. Then `close` at once.
    std::function<void()> ended;
  };
  explicit Listeners(Parts parts);
  ~Listeners();
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;

  /// Opens every listener of the settings, on its inherited socket where there is one; false when
  /// one cannot be, which is logged. Inherited sockets of no listener are closed.
  bool open();
  /// Asks the service manager to keep every socket for the process that it starts next, and to
  /// forget those of no listener.
  void store(const SystemdNotifier& manager);
  /// As a successor inherits them.
  [[nodiscard]] std::vector<NamedSocket> sockets() const;
  /// Before `stop`: another process serves on the same sockets.
  void leave_to_other() noexcept {
    udp_.share(net::OtherHolder::somebody);
    streams_.share();
  }
  void start();
  /// From now on OPTIONS get 503.
  void drain() noexcept;
  /// Workers answer what is queued, or leave it to whoever holds the socket too, and end: first
  /// those of TCP and TLS, whose clients would otherwise turn to a UDP that is gone.
  void stop() noexcept;
  [[nodiscard]] bool has_ended() const noexcept;
  /// When all have ended: answers what came since on sockets that nobody else holds, and closes all
  /// of UDP.
  void close() noexcept { udp_.close(); }

  /// Reads the files of [tls] again; new connections get what they hold. What is wrong with them is
  /// logged, and the certificate before serves on.
  void reload_tls();

  /// Many times a second: tells who was turned away, and when the certificate of the TLS listeners
  /// is about to end, and has ended.
  void look_after(UnixTime now);

  /// When the thread that is worst off last came round (steady_clock_ns).
  [[nodiscard]] std::int64_t oldest_heartbeat_ns() const noexcept;
  /// Of all workers; they live as long as this.
  [[nodiscard]] std::vector<const WorkerMetrics*> metrics() const;
  /// Datagrams that the kernel dropped, over all listeners.
  [[nodiscard]] std::uint64_t kernel_drops() const noexcept { return udp_.kernel_drops(); }
  /// TCP and TLS, now; nothing without such a listener.
  [[nodiscard]] std::optional<std::size_t> connections() const noexcept;
  /// The end of the certificate of the TLS listeners; nothing without one.
  [[nodiscard]] std::optional<UnixTime> tls_valid_until() const noexcept;
  /// Whether the files of [tls] were wrong when they were read last, and those before serve on.
  [[nodiscard]] bool are_tls_files_refused() const noexcept { return are_tls_files_refused_; }

  /// Calls `take(const DecisionRecord&)` for all decisions since the last time.
  template <class Take>
  void consume_records(Take&& take) {
    udp_.consume_records(take);
    streams_.consume_records(take);
  }

 private:
  bool open_udp(const config::ListenAddress& listen);
  void close_leftovers();
  bool open_stream(const config::ListenAddress& listen);
  bool refuse(const config::ListenAddress& listen, const net::SocketError& error);
  using TlsLoad = Result<std::shared_ptr<const net::TlsContext>, config::ConfigIssues>;
  void read_tls();
  [[nodiscard]] TlsLoad load_tls_files() const;
  [[nodiscard]] config::ConfigIssues failure_to_read(const std::exception& error) const;
  void end_reading(TlsLoad loaded);
  void take_tls(std::shared_ptr<const net::TlsContext> tls);
  void take_if_valid(const std::shared_ptr<const net::TlsContext>& tls);
  void refuse_tls(const config::ConfigIssues& issues);
  void warn_of_descriptors();
  void tell_turned_away(UnixTime now);
  void tell_end_of_client_ca(UnixTime now);
  void after_streams() noexcept;

  Parts parts_;
  std::vector<std::string> forgotten_;  // names of inherited sockets of no listener
  net::UdpServer udp_;
  net::StreamServer streams_;
  /// Of the certificate of TLS, as it was said last.
  enum class TlsState : std::uint8_t { early, good, ending, ended };
  TlsState tls_state_ = TlsState::good;
  UnixTime client_ca_looked_at_{};
  std::string client_ca_told_;  ///< of its end
  bool are_tls_files_refused_ = false;
  bool is_reading_tls_ = false;
  bool is_tls_wanted_ = false;  // again
  UnixTime turned_away_told_{};
  std::optional<boost::asio::thread_pool> reader_;  // of files of [tls]; last: it uses the above
};

}  // namespace shaken302::app
