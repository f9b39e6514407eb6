// SPDX-License-Identifier: MIT
//
// A TCP or TLS client on loopback with every byte under the test's control, and a stage for it.
#pragma once

#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include "loopback.hpp"
#include "net/stream_server.hpp"
#include "tls_material.hpp"

namespace shaken302::net::test {

template <class Condition>
bool comes_true_soon(Condition condition,
                     std::chrono::milliseconds within = std::chrono::seconds(10)) {
  const auto end = std::chrono::steady_clock::now() + within;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

class StreamClient {
 public:
  explicit StreamClient(std::uint16_t port, const IpAddress& from = localhost,
                        std::chrono::seconds patience_of_it = std::chrono::seconds(10)) {
    fd_ = FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const SocketAddress own = to_socket_address({from, 0}, Family::ipv4);
    const SocketAddress to = to_socket_address({localhost, port}, Family::ipv4);
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
    const int at_once = 1;
    ::setsockopt(fd_.number(), IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    const timeval patience{patience_of_it.count(), 0};
    ::setsockopt(fd_.number(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::bind(fd_.number(), reinterpret_cast<const sockaddr*>(&own.storage), own.size) != 0 ||
        ::connect(fd_.number(), reinterpret_cast<const sockaddr*>(&to.storage), to.size) != 0) {
      throw std::runtime_error("cannot connect on loopback");
    }
  }
  StreamClient(StreamClient&&) = default;

  /// TLS from now on, showing `identity` if there is one; false: the handshake failed.
  bool shake_hands(const TlsIdentity* identity = nullptr, int version_max = 0) {
    context_.reset(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    SSL_CTX_set_max_proto_version(context_.get(), version_max);
    SSL_CTX_set_security_level(context_.get(), 0);
    if (identity != nullptr) show(*identity);
    ssl_.reset(SSL_new(context_.get()), SSL_free);
    SSL_set_fd(ssl_.get(), fd_.number());
    const bool done = SSL_connect(ssl_.get()) == 1;
    ERR_clear_error();
    return done;
  }
  [[nodiscard]] SSL* ssl() const { return ssl_.get(); }
  [[nodiscard]] int number() const { return fd_.number(); }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count =
          ssl_ ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
               : ::send(fd_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  /// What `send` would put on the wire for these bytes; the wire is not touched. TLS alone.
  std::string to_record(std::string_view bytes) {
    BIO* const wire = SSL_get_wbio(ssl_.get());
    BIO_up_ref(wire);
    SSL_set0_wbio(ssl_.get(), BIO_new(BIO_s_mem()));
    SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    char* data = nullptr;
    const long size = BIO_get_mem_data(SSL_get_wbio(ssl_.get()), &data);
    std::string record(data, static_cast<std::size_t>(size));
    SSL_set0_wbio(ssl_.get(), wire);
    return record;
  }
  bool send_raw(std::string_view bytes) {
    return ::send(fd_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }
  void end_output() { ::shutdown(fd_.number(), SHUT_WR); }

  /// Up to and with the end of the next reply or pong; nothing at the end of the stream.
  std::optional<std::string> receive() {
    for (;;) {
      if (buffer_.starts_with("\r\n")) return take(2);
      const auto end = buffer_.find("\r\n\r\n");
      if (end != std::string::npos) return take(end + 4);
      if (!read_more()) return std::nullopt;
    }
  }
  /// Whether the other side ends the stream, and says nothing before.
  bool is_ended() { return buffer_.empty() && !read_more(); }
  /// Whether the last end was a reset.
  [[nodiscard]] bool was_reset() const { return error_ == ECONNRESET; }

 private:
  bool read_more() {
    char bytes[65536];
    errno = 0;
    const ssize_t count = ssl_ ? SSL_read(ssl_.get(), bytes, sizeof bytes)
                               : ::recv(fd_.number(), bytes, sizeof bytes, 0);
    error_ = count < 0 ? errno : 0;
    ERR_clear_error();
    if (count <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(count));
    return true;
  }
  std::string take(std::size_t size) {
    std::string taken = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return taken;
  }
  void show(const TlsIdentity& identity) {
    const BioPtr key(BIO_new_mem_buf(identity.key.data(), static_cast<int>(identity.key.size())));
    const BioPtr chain(BIO_new_mem_buf(identity.certificate.data(),
                                       static_cast<int>(identity.certificate.size())));
    const KeyPtr read_key(PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr));
    const X509Ptr read_chain(PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr));
    shaken302::test::require_ok(SSL_CTX_use_certificate(context_.get(), read_chain.get()) == 1 &&
                                SSL_CTX_use_PrivateKey(context_.get(), read_key.get()) == 1);
  }

  FileDescriptor fd_;
  std::shared_ptr<SSL_CTX> context_;
  std::shared_ptr<SSL> ssl_;
  std::string buffer_;
  int error_ = 0;
};

inline bool is_signed(const std::optional<std::string>& reply, const std::string& call_id) {
  return reply && reply->starts_with("SIP/2.0 302 ") &&
         reply->find("\r\nIdentity: ") != std::string::npos &&
         reply->find("\r\nCall-ID: " + call_id + "\r\n") != std::string::npos;
}

/// Everything that streams need, and the server; loopback is a peer.
struct StreamStage {
  explicit StreamStage(StreamLimits limits = {}, std::uint32_t workers = 2)
      : server({.snapshots = snapshots,
                .settings = settings,
                .secret = secret,
                .limits = limits,
                .workers = workers,
                .clock = fixed_clock,
                .ended = [this] { ++ended; }}) {}

  std::uint16_t listen(Transport transport = Transport::tcp) {
    const auto port = server.add_listener(transport, {.local = {localhost, 0}});
    if (!port) throw std::runtime_error("cannot listen on loopback");
    return *port;
  }
  [[nodiscard]] std::uint64_t count(Counter counter) const {
    return total(server.metrics(), counter);
  }

  Secret secret{std::array<std::uint8_t, 16>{1, 2, 3}};
  sip::AnswerSettings settings;
  std::shared_ptr<const CredentialTable> credentials = make_credentials();
  SnapshotHolder snapshots{make_snapshot(1, credentials)};
  std::atomic<int> ended{0};
  StreamServer server;
};

}  // namespace shaken302::net::test
