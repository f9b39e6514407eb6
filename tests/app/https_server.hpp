// SPDX-License-Identifier: MIT
//
// A small web server on loopback that answers each path with the very bytes it was told to, fast,
// slowly or never; with a certificate of a CA that exists for one test.
#pragma once

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "core/certificate_builder.hpp"
#include "net/signals_blocked.hpp"

namespace shaken302::test {

/// What a web server needs, for 127.0.0.1 unless told otherwise.
struct WebIdentity {
  std::string authority;  ///< PEM
  X509Ptr certificate;
  KeyPtr key;
};

inline WebIdentity make_web_identity(const char* names = "IP:127.0.0.1") {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const KeyPtr authority_key = make_ec_key();
  const X509Ptr authority =
      make_certificate({.key = authority_key.get(),
                        .common_name = "Web authority",
                        .not_before = now - std::chrono::days{1},
                        .not_after = now + std::chrono::days{1},
                        .extensions = {{NID_basic_constraints, "critical,CA:TRUE"}},
                        .tn_auth_lists = {}});
  WebIdentity made{to_pem(authority.get()), nullptr, make_ec_key()};
  made.certificate = make_certificate({.key = made.key.get(),
                                       .common_name = "Web server",
                                       .issuer = authority.get(),
                                       .issuer_key = authority_key.get(),
                                       .not_before = now - std::chrono::days{1},
                                       .not_after = now + std::chrono::days{1},
                                       .extensions = {{NID_subject_alt_name, names}},
                                       .tn_auth_lists = {}});
  return made;
}

inline std::string http_answer(const std::string& status_line, const std::string& body,
                               const std::string& headers = "") {
  return "HTTP/1.1 " + status_line + "\r\nConnection: close\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

class HttpsServer {
 public:
  struct Reply {
    std::string bytes;
    std::chrono::milliseconds before_each_byte{0};
    bool hangs = false;  ///< after the bytes; else the connection is closed
  };

  explicit HttpsServer(const WebIdentity& identity)
      : context_(SSL_CTX_new(TLS_server_method())), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    require_ok(SSL_CTX_use_certificate(context_.get(), identity.certificate.get()) == 1 &&
               SSL_CTX_use_PrivateKey(context_.get(), identity.key.get()) == 1 &&
               ::bind(socket_, generic, size) == 0 && ::listen(socket_, 64) == 0 &&
               ::getsockname(socket_, generic, &size) == 0);
    port_ = ntohs(address.sin_port);
    // A client that has had enough is no reason to end by SIGPIPE.
    const net::SignalsBlocked blocked;
    accepting_ = std::jthread([this](const std::stop_token& stop) { accept(stop); });
  }
  HttpsServer(const HttpsServer&) = delete;
  HttpsServer& operator=(const HttpsServer&) = delete;
  ~HttpsServer() {
    is_ending_ = true;
    accepting_ = {};  // requests its stop, and joins
    connections_.clear();
    ::close(socket_);
  }

  [[nodiscard]] std::string url(const std::string& path) const {
    return "https://127.0.0.1:" + std::to_string(port_) + path;
  }
  void answer(const std::string& path, Reply reply) {
    const std::lock_guard lock(mutex_);
    replies_[path] = std::move(reply);
  }
  void publish(const std::string& path, const std::string& body) {
    answer(path, Reply{http_answer("200 OK", body)});
  }
  [[nodiscard]] int requests(const std::string& path) {
    const std::lock_guard lock(mutex_);
    return requests_[path];
  }
  [[nodiscard]] std::string last_request() {
    const std::lock_guard lock(mutex_);
    return last_request_;
  }
  /// Requests that were being answered at the same time.
  [[nodiscard]] int most_at_once() const { return most_at_once_; }
  [[nodiscard]] int at_once() const { return at_once_; }

 private:
  using ContextPtr = OpensslPtr<SSL_CTX, SSL_CTX_free>;
  using SslPtr = OpensslPtr<SSL, SSL_free>;

  void accept(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd waiting{socket_, POLLIN, 0};
      if (::poll(&waiting, 1, 10) != 1) continue;
      const int connection = ::accept(socket_, nullptr, nullptr);
      if (connection < 0) continue;
      const timeval patience{0, 20'000};
      ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      connections_.emplace_back([this, connection] { serve(connection); });
    }
  }

  void serve(int connection) {
    const SslPtr ssl(SSL_new(context_.get()));
    SSL_set_fd(ssl.get(), connection);
    int accepted = -1;
    while (!is_ending_ && (accepted = SSL_accept(ssl.get())) != 1) {
      if (SSL_get_error(ssl.get(), accepted) != SSL_ERROR_WANT_READ) break;
    }
    std::string request;
    if (accepted == 1 && read_request(ssl.get(), request)) {
      const int now = ++at_once_;
      for (int most = most_at_once_; now > most && !most_at_once_.compare_exchange_weak(most, now);)
        continue;
      send(ssl.get(), take_reply(request));
      --at_once_;
      SSL_shutdown(ssl.get());
    }
    ::close(connection);
  }

  bool read_request(SSL* ssl, std::string& request) {
    char buffer[2048];
    while (!is_ending_ && request.find("\r\n\r\n") == std::string::npos) {
      const int size = SSL_read(ssl, buffer, sizeof buffer);
      if (size > 0) {
        request.append(buffer, static_cast<std::size_t>(size));
      } else if (SSL_get_error(ssl, size) != SSL_ERROR_WANT_READ) {
        return false;
      }
    }
    return !is_ending_;
  }

  Reply take_reply(const std::string& request) {
    const auto begin = request.find(' ') + 1;
    const std::string path = request.substr(begin, request.find(' ', begin) - begin);
    const std::lock_guard lock(mutex_);
    ++requests_[path];
    last_request_ = request;
    const auto reply = replies_.find(path);
    return reply == replies_.end() ? Reply{http_answer("404 Not Found", "no")} : reply->second;
  }

  void send(SSL* ssl, const Reply& reply) const {
    const std::size_t step = reply.before_each_byte.count() == 0 ? 16'384 : 1;
    for (std::size_t at = 0; at < reply.bytes.size() && !is_ending_; at += step) {
      std::this_thread::sleep_for(reply.before_each_byte);
      const auto size = std::min(step, reply.bytes.size() - at);
      if (SSL_write(ssl, reply.bytes.data() + at, static_cast<int>(size)) <= 0) return;
    }
    char nothing = 0;
    while (reply.hangs && !is_ending_) {
      const int size = SSL_read(ssl, &nothing, 1);
      if (size <= 0 && SSL_get_error(ssl, size) != SSL_ERROR_WANT_READ) return;
    }
  }

  ContextPtr context_;
  int socket_;
  int port_ = 0;
  std::atomic<bool> is_ending_ = false;
  std::atomic<int> at_once_ = 0;
  std::atomic<int> most_at_once_ = 0;
  std::mutex mutex_;
  std::map<std::string, Reply> replies_;
  std::map<std::string, int> requests_;
  std::string last_request_;
  std::vector<std::jthread> connections_;  // of the accepting thread until that has ended
  std::jthread accepting_;
};

}  // namespace shaken302::test
