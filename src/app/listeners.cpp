// SPDX-License-Identifier: MIT
#include "listeners.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include "load_tls.hpp"
#include "net/signals_blocked.hpp"
#include "shaken302/bounded_text.hpp"

namespace shaken302::app {
namespace {

std::string_view describe(net::SocketError::Step step) noexcept {
  switch (step) {
    case net::SocketError::Step::create:
      return "no socket of that kind";
    case net::SocketError::Step::configure:
      return "a socket option was refused";
    case net::SocketError::Step::bind:
      return "the address cannot be bound";
    case net::SocketError::Step::listen:
      return "the socket cannot listen";
    case net::SocketError::Step::other_kind:
      return "the inherited socket is another";
    case net::SocketError::Step::shared:
      return "the inherited socket has SO_REUSEPORT: no ReusePort= in a socket unit";
    case net::SocketError::Step::dual_stack:
      return "the inherited socket takes IPv4 as well: BindIPv6Only=ipv6-only in a socket unit";
  }
  return "";
}

/// Of a UDP listener, and of all connections together.
std::uint32_t worker_count(const config::Settings& settings) noexcept {
  return settings.workers != 0 ? settings.workers
                               : std::max(std::thread::hardware_concurrency(), 1U);
}

net::StreamLimits limits_of(const config::Settings& settings) noexcept {
  net::StreamLimits limits;
  limits.connections_max = settings.connections_max;
  limits.connections_per_source = settings.connections_per_source;
  limits.idle = settings.idle_timeout;
  return limits;
}

net::Family family_of(const config::ListenAddress& listen) noexcept {
  return listen.is_ipv6 ? net::Family::ipv6 : net::Family::ipv4;
}

/// What the process opens besides connections: log, database, files of a reload.
constexpr rlim_t descriptors_besides = 64;

/// What an operator does about it; empty where errno says all.
std::string_view remedy_for(const net::SocketError& error) noexcept {
  if (error.step != net::SocketError::Step::bind) return "";
  switch (error.error) {
    case EADDRINUSE:
      return "; another process has it, which `ss -lnptu` names, or a socket unit that hands over "
             "another address: stop it, or change the one that is wrong";
    case EADDRNOTAVAIL:
      return "; no interface of this machine has the address: `ip address` lists those that there "
             "are";
    case EACCES:
      return "; ports below 1024 need CAP_NET_BIND_SERVICE: use a higher one, or a socket unit";
    default:
      return "";
  }
}

}  // namespace

Listeners::Listeners(Parts parts)
    : parts_(std::move(parts)),
      udp_({.snapshots = parts_.snapshots,
            .settings = parts_.answers,
            .secret = parts_.secret,
            .queue_deadline = parts_.settings.queue_deadline,
            .ended = [this] { parts_.ended(); }}),
      streams_({.snapshots = parts_.snapshots,
                .settings = parts_.answers,
                .secret = parts_.secret,
                .limits = limits_of(parts_.settings),
                .workers = worker_count(parts_.settings),
                .ended = [this] { after_streams(); }}) {}

Listeners::~Listeners() {
  if (!reader_) return;
  reader_->stop();
  reader_->join();
}

bool Listeners::open() {
  if (const std::string& complaint = parts_.inherited.complaint(); !complaint.empty()) {
    parts_.log.warning(complaint);
  }
  for (const config::ListenAddress& listen : parts_.settings.listen) {
    if (!(listen.transport == Transport::udp ? open_udp(listen) : open_stream(listen)))
      return false;
  }
  close_leftovers();
  if (parts_.tls) take_tls(parts_.tls);
  if (streams_.has_listeners()) warn_of_descriptors();
  return true;
}

bool Listeners::refuse(const config::ListenAddress& listen, const net::SocketError& error) {
  parts_.log.error(fmt::format("cannot listen on {} (server.listen): {}: {}{}", listen.text,
                               describe(error.step), std::generic_category().message(error.error),
                               remedy_for(error)));
  return false;
}

void Listeners::close_leftovers() {
  for (const auto& leftover : parts_.inherited.close_rest()) {
    if (!leftover.complaint.empty()) parts_.log.warning(leftover.complaint);
    if (!leftover.name.empty()) forgotten_.push_back(leftover.name);
  }
}

// Forgets first: the name may be that of another socket.
void Listeners::store(const SystemdNotifier& manager) {
  for (const std::string& name : forgotten_) manager.remove_stored(name);
  for (const NamedSocket& socket : sockets()) {
    // A manager that does not read is waited for once, not once for each.
    if (!manager.store(socket.fd, socket.name)) return;
  }
  udp_.share(net::OtherHolder::perhaps);
  streams_.share();
}

std::vector<NamedSocket> Listeners::sockets() const {
  std::vector<NamedSocket> all;
  const auto add = [&all](int fd) {
    if (const auto identity = net::identify(fd)) all.push_back({fd, to_store_name(*identity)});
  };
  udp_.for_each_socket([&add](const net::UdpSocket& socket) { add(socket.number()); });
  streams_.for_each_socket(add);
  return all;
}

bool Listeners::open_udp(const config::ListenAddress& listen) {
  const config::Settings& settings = parts_.settings;
  const std::uint32_t workers = worker_count(settings);
  const net::UdpSocketOptions options{.local = {listen.address, listen.port},
                                      .family = family_of(listen),
                                      .dscp = settings.dscp,
                                      .receive_buffer_bytes = settings.receive_buffer_bytes};
  auto inherited =
      parts_.inherited.take({net::SocketKind::datagram, options.family, options.local});
  const bool is_inherited = inherited.has_value();
  const auto socket = udp_.add_listener(options, workers, std::move(inherited));
  if (!socket) return refuse(listen, socket.error());
  const std::uint32_t granted = (*socket)->receive_buffer_bytes();
  parts_.log.info(fmt::format("listening on {}{}: {} workers, receive buffer {} bytes", listen.text,
                              is_inherited ? ", inherited" : "", workers, granted));
  if (granted < settings.receive_buffer_bytes) {
    parts_.log.warning(
        fmt::format("{}: the receive buffer is {} bytes instead of {}; raise "
                    "net.core.rmem_max, or bursts are dropped by the kernel",
                    listen.text, granted, settings.receive_buffer_bytes));
  }
  return true;
}

bool Listeners::open_stream(const config::ListenAddress& listen) {
  const net::StreamSocketOptions options{.local = {listen.address, listen.port},
                                         .family = family_of(listen),
                                         .dscp = parts_.settings.dscp};
  auto inherited = parts_.inherited.take({net::SocketKind::stream, options.family, options.local});
  const std::string_view origin = inherited ? ", inherited" : "";
  const auto port = inherited
                        ? streams_.add_listener(listen.transport, *std::move(inherited), options)
                        : streams_.add_listener(listen.transport, options);
  if (!port) return refuse(listen, port.error());
  parts_.log.info(fmt::format("listening on {}{}: at most {} connections, {} from one address",
                              listen.text, origin, parts_.settings.connections_max,
                              parts_.settings.connections_per_source));
  return true;
}

/// Connections beyond the descriptors are turned away one by one, ten a second: better to say it
/// before.
void Listeners::warn_of_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t needed = parts_.settings.connections_max + descriptors_besides;
  if (limit.rlim_cur < needed && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = std::min(needed, limit.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur >= needed) return;
  parts_.log.warning(
      fmt::format("connections_max is {}, but the process may open {} descriptors; raise "
                  "LimitNOFILE= to {}, or "
                  "lower connections_max",
                  parts_.settings.connections_max, limit.rlim_cur, needed));
}

void Listeners::start() {
  udp_.start();
  streams_.start();
}

void Listeners::drain() noexcept {
  udp_.drain();
  streams_.drain();
}

void Listeners::stop() noexcept {
  if (!streams_.has_listeners()) return udp_.stop();
  streams_.stop();
}

/// By the last thread of the streams.
void Listeners::after_streams() noexcept {
  if (udp_.metrics().empty()) return parts_.ended();
  udp_.stop();
}

bool Listeners::has_ended() const noexcept { return streams_.has_ended() && udp_.has_ended(); }

void Listeners::reload_tls() {
  if (!parts_.tls) return;
  // Of many orders while the files are read, one more reading is due.
  is_tls_wanted_ = true;
  if (!is_reading_tls_) read_tls();
}

void Listeners::read_tls() try {
  is_tls_wanted_ = false;
  if (!reader_) {
    const net::SignalsBlocked blocked;
    reader_.emplace(1);
  }
  boost::asio::post(*reader_, [this] {
    // Asio wants handlers that can be copied.
    auto loaded = std::make_shared<TlsLoad>(load_tls_files());
    boost::asio::post(parts_.control, [this, loaded] { end_reading(std::move(*loaded)); });
  });
  is_reading_tls_ = true;
} catch (const std::exception& error) {  // no thread, no memory
  refuse_tls(failure_to_read(error));
}

config::ConfigIssues Listeners::failure_to_read(const std::exception& error) const {
  return {{parts_.file.string(), 0, "tls",
           fmt::format("the files cannot be read: {}", error.what()), "send SIGHUP again"}};
}

Listeners::TlsLoad Listeners::load_tls_files() const try {
  return load_tls(parts_.file, parts_.settings);
} catch (const std::exception& error) {
  return Failure{failure_to_read(error)};
}

void Listeners::end_reading(TlsLoad loaded) {
  is_reading_tls_ = false;
  if (loaded) {
    take_if_valid(*loaded);
  } else {
    refuse_tls(loaded.error());
  }
  if (is_tls_wanted_) read_tls();
}

/// One that clients would refuse does not take the place of one that they take.
void Listeners::take_if_valid(const std::shared_ptr<const net::TlsContext>& tls) {
  const UnixTime now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (!tls->is_valid_at(now) && parts_.tls->is_valid_at(now)) {
    return refuse_tls({*find_tls_validity_issue(*tls, parts_.file, parts_.settings, now)});
  }
  if (!tls->is_for_servers() && parts_.tls->is_for_servers()) {
    return refuse_tls(find_tls_warnings(*tls, parts_.file, parts_.settings));
  }
  take_tls(tls);
}

void Listeners::refuse_tls(const config::ConfigIssues& issues) {
  are_tls_files_refused_ = true;
  for (const config::ConfigIssue& issue : issues) {
    parts_.log.error("the TLS certificate before serves on: " + config::to_text(issue));
  }
}

void Listeners::take_tls(std::shared_ptr<const net::TlsContext> tls) {
  parts_.tls = tls;
  streams_.set_tls(std::move(tls));
  parts_.log.info(fmt::format("TLS certificate ends at {:%FT%TZ}", parts_.tls->valid_until()));
  for (const auto& warning : find_tls_warnings(*parts_.tls, parts_.file, parts_.settings)) {
    parts_.log.warning(config::to_text(warning));
  }
  tls_state_ = TlsState::good;
  client_ca_told_.clear();
  are_tls_files_refused_ = false;
  look_after(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
}

/// One line a second: who floods the server does not flood its log.
void Listeners::tell_turned_away(UnixTime now) {
  if (turned_away_told_ == now) return;
  const auto one = streams_.take_turned_away();
  if (!one) return;
  turned_away_told_ = now;
  std::array<char, 64> text{};
  BoundedText source(text);
  sip::append_address(source, one->source.address);
  parts_.log.warning(fmt::format("a connection from {} port {} to {} port {} was turned away: {}",
                                 source.view(), one->source.port,
                                 one->listener.transport == Transport::tls ? "tls" : "tcp",
                                 one->listener.port, one->reason));
}

/// Once when it is near, and once when it is there.
void Listeners::tell_end_of_client_ca(UnixTime now) {
  const auto& ca = parts_.tls->client_ca();
  if (!ca || client_ca_looked_at_ == now) return;
  client_ca_looked_at_ = now;
  const auto issue = find_client_ca_issue(*parts_.tls, parts_.file, parts_.settings, now);
  if (!issue || client_ca_told_ == issue->problem) return;
  client_ca_told_ = issue->problem;
  parts_.log.warning(config::to_text(*issue));
}

void Listeners::look_after(UnixTime now) {
  tell_turned_away(now);
  if (!parts_.tls) return;
  tell_end_of_client_ca(now);
  const auto left = parts_.tls->valid_until() - now;
  const TlsState state = now < parts_.tls->valid_from()         ? TlsState::early
                         : left < std::chrono::seconds(0)       ? TlsState::ended
                         : left < tls_warning_time(*parts_.tls) ? TlsState::ending
                                                                : TlsState::good;
  if (std::exchange(tls_state_, state) == state) return;
  const auto end = fmt::format("{:%FT%TZ}", parts_.tls->valid_until());
  if (state == TlsState::early) {
    parts_.log.error(
        fmt::format("the TLS certificate is not valid before {:%FT%TZ}: clients will refuse it",
                    parts_.tls->valid_from()));
  } else if (state == TlsState::ended) {
    parts_.log.error("the TLS certificate has ended at " + end + ": clients will refuse it");
  } else if (state == TlsState::ending) {
    parts_.log.warning("the TLS certificate ends at " + end);
  }
}

std::int64_t Listeners::oldest_heartbeat_ns() const noexcept {
  return std::min(udp_.oldest_heartbeat_ns(), streams_.oldest_heartbeat_ns());
}

std::vector<const WorkerMetrics*> Listeners::metrics() const {
  std::vector<const WorkerMetrics*> all;
  for (const auto& worker : udp_.metrics()) all.push_back(worker.get());
  if (!streams_.has_listeners()) return all;
  for (const auto& worker : streams_.metrics()) all.push_back(worker.get());
  return all;
}

std::optional<std::size_t> Listeners::connections() const noexcept {
  if (!streams_.has_listeners()) return std::nullopt;
  return streams_.connections();
}

std::optional<UnixTime> Listeners::tls_valid_until() const noexcept {
  if (!parts_.tls) return std::nullopt;
  return parts_.tls->valid_until();
}

}  // namespace shaken302::app
