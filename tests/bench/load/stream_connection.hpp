// SPDX-License-Identifier: MIT
//
// One TCP or TLS connection that never blocks once it is made. Not thread-safe.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "load_options.hpp"
#include "socket.hpp"

namespace sip_load {

struct FreeTls {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* connection) const { SSL_free(connection); }
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeTls>;

/// TLS 1.2 or later, by the options' files; throws std::runtime_error.
[[nodiscard]] TlsContext make_tls_context(const LoadOptions& options);

class StreamConnection {
 public:
  /// Connects, and shakes hands when `tls` is given; throws std::runtime_error.
  StreamConnection(const LoadOptions& options, SSL_CTX* tls);

  void queue(std::string_view bytes) { out_ += bytes; }
  /// Bytes that the kernel has not taken yet.
  [[nodiscard]] std::size_t waiting() const { return out_.size() - out_at_; }
  void write();
  /// Reads all that is there behind received().
  void read();

  [[nodiscard]] std::string_view received() const { return std::string_view(in_).substr(in_at_); }
  void take(std::size_t bytes);

  /// Ends it without a word.
  void close();
  [[nodiscard]] bool is_open() const { return socket_.number() >= 0; }
  [[nodiscard]] const Descriptor& socket() const { return socket_; }
  bool waits_for_room = false;  ///< whether it is watched for writing

 private:
  [[nodiscard]] long write_some(std::string_view bytes);
  [[nodiscard]] long read_some(char* into, std::size_t size);

  Descriptor socket_;
  std::unique_ptr<SSL, FreeTls> tls_;  // before the socket in destruction
  std::string out_;
  std::size_t out_at_ = 0;
  std::string in_;
  std::size_t in_at_ = 0;
};

}  // namespace sip_load
