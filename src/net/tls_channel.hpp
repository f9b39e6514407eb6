// SPDX-License-Identifier: MIT
//
// TLS over a socket that never blocks, driven by OpenSSL.
#pragma once

#include <memory>
#include <utility>

#include "byte_channel.hpp"

struct ssl_st;

namespace shaken302::net {

struct FreeSsl {
  void operator()(ssl_st* ssl) const noexcept;
};
using SslPtr = std::unique_ptr<ssl_st, FreeSsl>;

class TlsChannel final : public ByteChannel {
 public:
  explicit TlsChannel(SslPtr ssl) noexcept : ssl_(std::move(ssl)) {}
  Progress handshake() noexcept override;
  Progress read(char* to, std::size_t size) noexcept override;
  Progress write(std::string_view bytes) noexcept override;
  [[nodiscard]] bool has_buffered() const noexcept override;
  [[nodiscard]] const char* failure() const noexcept override { return failure_; }
  void end() noexcept override;

 private:
  Progress progress_of(int result) noexcept;
  /// While the queue of errors is as OpenSSL left it.
  [[nodiscard]] const char* reason() const noexcept;

  SslPtr ssl_;
  const char* failure_ = "";
  bool is_broken_ = false;  // OpenSSL forbids any further call, SSL_shutdown too
};

}  // namespace shaken302::net
