// SPDX-License-Identifier: MIT
#include "stream_connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>

#include <array>
#include <cerrno>
#include <stdexcept>

namespace sip_load {
namespace {

constexpr long nothing_now = 0;
constexpr long ended = -1;
/// At a time, so that a peer that never stops does not hold up all others.
constexpr int reads_max = 16;

void demand(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

/// Why OpenSSL has ended a handshake, as far as it says.
std::string handshake_failure(const SSL* tls) {
  const int told = errno;
  if (const long verified = SSL_get_verify_result(tls); verified != X509_V_OK)
    return X509_verify_cert_error_string(verified);
  if (const char* reason = ERR_reason_error_string(ERR_peek_last_error())) return reason;
  if (told == EAGAIN) return "no answer in time";
  return "the connection ended";
}

}  // namespace

TlsContext make_tls_context(const LoadOptions& options) {
  TlsContext context(SSL_CTX_new(TLS_client_method()));
  demand(context != nullptr, "no TLS");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (!options.tls_ca.empty()) {
    demand(SSL_CTX_load_verify_file(context.get(), options.tls_ca.c_str()) == 1,
           "cannot use " + options.tls_ca);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  }
  if (!options.tls_certificate.empty()) {
    demand(SSL_CTX_use_certificate_chain_file(context.get(), options.tls_certificate.c_str()) == 1,
           "cannot use " + options.tls_certificate);
    demand(
        SSL_CTX_use_PrivateKey_file(context.get(), options.tls_key.c_str(), SSL_FILETYPE_PEM) == 1,
        "cannot use the key '" + options.tls_key + "'");
  }
  return context;
}

StreamConnection::StreamConnection(const LoadOptions& options, SSL_CTX* tls)
    : socket_(connected_socket(SOCK_STREAM, options.bind, options.target.address,
                               options.target.port)) {
  const int on = 1;
  ::setsockopt(socket_.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (tls != nullptr) {
    tls_.reset(SSL_new(tls));
    const timeval patience{10, 0};
    ::setsockopt(socket_.number(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    demand(tls_ && SSL_set_fd(tls_.get(), socket_.number()) == 1, "no TLS");
    ERR_clear_error();
    if (SSL_connect(tls_.get()) != 1)
      throw std::runtime_error("the TLS handshake failed: " + handshake_failure(tls_.get()));
  }
  make_nonblocking(socket_);
}

long StreamConnection::write_some(std::string_view bytes) {
  if (!tls_) {
    const ssize_t sent = ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) return sent;
    return errno == EAGAIN || errno == EINTR ? nothing_now : ended;
  }
  ERR_clear_error();
  std::size_t sent = 0;
  if (SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &sent) == 1)
    return static_cast<long>(sent);
  const int error = SSL_get_error(tls_.get(), 0);
  return error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_WANT_READ ? nothing_now : ended;
}

long StreamConnection::read_some(char* into, std::size_t size) {
  if (!tls_) {
    const ssize_t got = ::recv(socket_.number(), into, size, 0);
    if (got > 0) return got;
    return got < 0 && (errno == EAGAIN || errno == EINTR) ? nothing_now : ended;
  }
  ERR_clear_error();
  std::size_t got = 0;
  if (SSL_read_ex(tls_.get(), into, size, &got) == 1) return static_cast<long>(got);
  const int error = SSL_get_error(tls_.get(), 0);
  return error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_WANT_READ ? nothing_now : ended;
}

void StreamConnection::write() {
  while (is_open() && waiting() > 0) {
    const long sent = write_some(std::string_view(out_).substr(out_at_));
    if (sent == nothing_now) break;
    if (sent == ended) return close();
    out_at_ += static_cast<std::size_t>(sent);
  }
  if (waiting() == 0) {
    out_.clear();
    out_at_ = 0;
  }
}

void StreamConnection::read() {
  std::array<char, 65536> bytes;
  for (int i = 0; i < reads_max && is_open(); ++i) {
    const long got = read_some(bytes.data(), bytes.size());
    if (got == ended) return close();
    if (got == nothing_now) return;
    in_.append(bytes.data(), static_cast<std::size_t>(got));
  }
}

void StreamConnection::take(std::size_t bytes) {
  in_at_ += bytes;
  if (in_at_ < 65536 && in_at_ < in_.size()) return;
  in_.erase(0, in_at_);
  in_at_ = 0;
}

void StreamConnection::close() {
  tls_.reset();
  socket_.close();
}

}  // namespace sip_load
