// SPDX-License-Identifier: MIT
//
// How TLS listeners present themselves and whom they believe: certificate, key and the CAs of
// clients, made from bytes and immutable. TLS 1.2 and 1.3; no renegotiation, no compression, no
// sessions: nothing of a connection outlives it. May be used by any number of threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "byte_channel.hpp"
#include "client_ca.hpp"
#include "shaken302/result.hpp"
#include "shaken302/unix_time.hpp"

struct ssl_ctx_st;

namespace shaken302::net {

/// Why there is no context; also which of the files is at fault.
enum class TlsError : std::uint8_t {
  certificate,          ///< no certificate can be read
  dates,                ///< a date of the leaf cannot be read, or it ends before it begins
  certificate_refused,  ///< OpenSSL takes no such certificate, as one with a key that is too short
  key,                  ///< no private key can be read
  passphrase,           ///< it is encrypted, and the passphrase is missing or wrong
  key_of_another,       ///< the key is not that of the certificate
  client_ca,            ///< no CA can be read
  memory,
};

class TlsContext {
 public:
  /// Whether clients are asked for a certificate.
  enum class Clients : std::uint8_t { not_asked, asked, must_answer };
  struct Material {
    std::string_view certificate;                ///< PEM, leaf first
    std::string_view key;                        ///< PEM
    std::optional<std::string_view> passphrase;  ///< of the key
    std::string_view client_ca;                  ///< PEM; empty: nobody's
    Clients clients = Clients::not_asked;
  };
  /// Nothing of `material` is kept but what is made of it. Throws std::bad_alloc.
  static Result<TlsContext, TlsError> make(const Material& material);

  /// A connection that a client begins on `socket`, which never blocks and outlives it; null: no
  /// memory.
  [[nodiscard]] std::unique_ptr<ByteChannel> accept(int socket) const noexcept;
  /// When the leaf begins and ends.
  [[nodiscard]] UnixTime valid_from() const noexcept { return valid_from_; }
  [[nodiscard]] UnixTime valid_until() const noexcept { return valid_until_; }
  [[nodiscard]] bool is_valid_at(UnixTime time) const noexcept {
    return valid_from_ <= time && time <= valid_until_;
  }
  /// Whether its extensions let it be a server's (RFC 5280 4.2.1.3, 4.2.1.12). There are clients
  /// that look for id-kp-sipDomain instead (RFC 5924), which OpenSSL does not.
  [[nodiscard]] bool is_for_servers() const noexcept { return is_for_servers_; }
  /// Of client_ca; nothing where nobody is asked.
  [[nodiscard]] const std::optional<ClientCaFacts>& client_ca() const noexcept {
    return client_ca_;
  }

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const noexcept;
  };
  TlsContext() = default;
  std::unique_ptr<ssl_ctx_st, Free> context_;
  UnixTime valid_from_{};
  UnixTime valid_until_{};
  bool is_for_servers_ = true;
  std::optional<ClientCaFacts> client_ca_;
};

}  // namespace shaken302::net
