// SPDX-License-Identifier: MIT
#include "tls_channel.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <algorithm>

#include "client_names.hpp"

namespace shaken302::net {

void FreeSsl::operator()(ssl_st* ssl) const noexcept { SSL_free(ssl); }

const char* TlsChannel::reason() const noexcept {
  const long verified = SSL_get_verify_result(ssl_.get());
  if (verified != X509_V_OK) return X509_verify_cert_error_string(verified);
  const char* text = ERR_reason_error_string(ERR_peek_error());
  return text == nullptr ? "the client went away" : text;
}

/// The queue of errors is the thread's: what one connection leaves in it another would be told.
Progress TlsChannel::progress_of(int result) noexcept {
  const int error = SSL_get_error(ssl_.get(), result);
  const bool is_failure = error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
  if (is_failure) failure_ = reason();
  ERR_clear_error();
  switch (error) {
    case SSL_ERROR_WANT_READ:
      return {Progress::State::wants_read, 0};
    case SSL_ERROR_WANT_WRITE:
      return {Progress::State::wants_write, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {Progress::State::ended, 0};
    default:
      is_broken_ = true;
      return {Progress::State::failed, 0};
  }
}

Progress TlsChannel::handshake() noexcept {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result != 1) return progress_of(result);
  try {
    client_names_ = read_client_names(*ssl_);
  } catch (...) {
    return {Progress::State::failed, 0};  // no memory: nobody is known
  }
  return {};
}

Progress TlsChannel::read(char* to, std::size_t size) noexcept {
  ERR_clear_error();
  std::size_t count = 0;
  const int result = SSL_read_ex(ssl_.get(), to, size, &count);
  return result == 1 ? Progress{Progress::State::done, count} : progress_of(result);
}

Progress TlsChannel::write(std::string_view bytes) noexcept {
  if (bytes.empty()) return {};
  ERR_clear_error();
  std::size_t count = 0;
  const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
  return result == 1 ? Progress{Progress::State::done, count} : progress_of(result);
}

bool TlsChannel::has_buffered() const noexcept { return SSL_has_pending(ssl_.get()) == 1; }

/// One try at close_notify; whoever does not take it is not waited for.
void TlsChannel::end() noexcept {
  if (!is_broken_ && SSL_is_init_finished(ssl_.get()) == 1) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  ::shutdown(SSL_get_fd(ssl_.get()), SHUT_WR);
}

}  // namespace shaken302::net
