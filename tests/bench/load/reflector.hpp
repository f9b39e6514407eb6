// SPDX-License-Identifier: MIT
//
// A small server to test the load with: UDP, TCP and TLS on loopback, on a thread of its own,
// answering each request with what a function makes of it. It shares no code with shaken302.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "load_options.hpp"
#include "socket.hpp"

namespace sip_load::test {

/// All that is sent back for one request; empty for silence.
using Answer = std::function<std::string(std::string_view request)>;

/// A status line and the headers that an answer echoes (RFC 3261 8.2.6.2), with more header lines.
[[nodiscard]] std::string echo(std::string_view request, const std::string& status,
                               const std::string& more = "");
/// The value of a header that a request has once.
[[nodiscard]] std::string header_of(std::string_view request, const std::string& name);

/// PEM texts of the server's certificate and its key.
struct ServerTls {
  std::string certificate;
  std::string key;
  bool wants_client = false;  ///< asks for a client's certificate, and takes any
};

class Reflector {
 public:
  Reflector(Transport transport, const std::string& address, Answer answer,
            const ServerTls& tls = {});
  ~Reflector();
  Reflector(const Reflector&) = delete;
  Reflector& operator=(const Reflector&) = delete;

  [[nodiscard]] Target target() const { return {transport_, address_, port_}; }
  /// Client certificates that were shown.
  [[nodiscard]] int clients_shown() const { return clients_shown_; }

 private:
  void serve_datagrams();
  void accept_connections();
  void serve_connection(int connection);
  void prepare(const ServerTls& tls);

  Transport transport_;
  std::string address_;
  Answer answer_;
  std::uint16_t port_ = 0;
  Descriptor socket_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, SSL_CTX_free};
  std::atomic<bool> is_stopping_ = false;
  std::atomic<int> clients_shown_ = 0;
  std::vector<std::jthread> connections_;  ///< of the listening thread alone
  std::jthread thread_;                    ///< ends first
};

}  // namespace sip_load::test
