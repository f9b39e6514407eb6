// SPDX-License-Identifier: MIT
#include "tls_context.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "certificate_parts.hpp"
#include "tls_channel.hpp"

namespace shaken302::net {
namespace {

struct FreeKey {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeKey>;

constexpr int certificates_max = 16;  ///< of a chain
constexpr int verify_depth_max = 4;   ///< of a client's

/// Never asks a terminal; an empty passphrase is one that does not fit.
int give_passphrase(char* to, int size, int /*for_writing*/, void* given) noexcept {
  const auto& passphrase = *static_cast<const std::optional<std::string_view>*>(given);
  if (!passphrase || passphrase->size() > static_cast<std::size_t>(size)) return -1;
  std::memcpy(to, passphrase->data(), passphrase->size());
  return static_cast<int>(passphrase->size());
}

bool is_about_passphrase() noexcept {
  const unsigned long error = ERR_peek_last_error();
  const int library = ERR_GET_LIB(error);
  const int reason = ERR_GET_REASON(error);
  return (library == ERR_LIB_PEM &&
          (reason == PEM_R_BAD_PASSWORD_READ || reason == PEM_R_BAD_DECRYPT)) ||
         library == ERR_LIB_PKCS12 || library == ERR_LIB_EVP || library == ERR_LIB_PROV;
}

/// What is read of the leaf.
struct LeafFacts {
  UnixTime valid_from{};
  UnixTime valid_until{};
  bool is_for_servers = false;
};

std::optional<TlsError> use_chain(SSL_CTX* context, std::string_view pem, LeafFacts& facts) {
  const BioPtr bio = read_only(pem);
  if (!bio) return TlsError::memory;
  const CertificatePtr leaf(PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, nullptr));
  if (!leaf) return TlsError::certificate;
  if (SSL_CTX_use_certificate(context, leaf.get()) != 1) return TlsError::certificate_refused;
  const auto from = read_asn1_date(X509_get0_notBefore(leaf.get()));
  const auto until = read_asn1_date(X509_get0_notAfter(leaf.get()));
  if (!from || !until || *until < *from) return TlsError::dates;
  facts = {*from, *until, X509_check_purpose(leaf.get(), X509_PURPOSE_SSL_SERVER, 0) == 1};
  for (int count = 1;; ++count) {
    const CertificatePtr next(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!next) {
      const bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
      return is_end ? std::nullopt : std::optional(TlsError::certificate);
    }
    if (count == certificates_max || SSL_CTX_add1_chain_cert(context, next.get()) != 1) {
      return TlsError::certificate_refused;
    }
  }
}

std::optional<TlsError> use_key(SSL_CTX* context, const TlsContext::Material& material) {
  const BioPtr bio = read_only(material.key);
  if (!bio) return TlsError::memory;
  auto passphrase = material.passphrase;
  const KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, give_passphrase, &passphrase));
  if (!key) return is_about_passphrase() ? TlsError::passphrase : TlsError::key;
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    return TlsError::key_of_another;
  }
  return std::nullopt;
}

/// Only these: what the machine trusts for the web says nothing about our clients. All of these,
/// also one that another has issued or that is no CA's: whoever lists it means it.
std::optional<TlsError> ask_clients(SSL_CTX* context, const TlsContext::Material& material) {
  if (material.clients == TlsContext::Clients::not_asked) return std::nullopt;
  const BioPtr bio = read_only(material.client_ca);
  if (!bio) return TlsError::memory;
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  int count = 0;
  while (const auto ca = CertificatePtr(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr))) {
    if (X509_STORE_add_cert(store, ca.get()) != 1 ||
        SSL_CTX_add_client_CA(context, ca.get()) != 1) {
      return TlsError::client_ca;
    }
    ++count;
  }
  if (count == 0 || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
    return TlsError::client_ca;
  }
  const int required =
      material.clients == TlsContext::Clients::must_answer ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | required, nullptr);
  SSL_CTX_set_verify_depth(context, verify_depth_max);
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
  return std::nullopt;
}

bool configure(SSL_CTX* context) noexcept {
  // A session that could be resumed is state of a stranger; without tickets and cache there is
  // none. Buffers go back to OpenSSL while a connection is idle.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  // Else one call reads on through any number of records without data, and nobody else has a turn.
  SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_num_tickets(context, 0) == 1;
}

}  // namespace

void TlsContext::Free::operator()(ssl_ctx_st* context) const noexcept { SSL_CTX_free(context); }

Result<TlsContext, TlsError> TlsContext::make(const Material& material) {
  TlsContext made;
  made.context_.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const context = made.context_.get();
  if (context == nullptr || !configure(context)) return Failure{TlsError::memory};
  ERR_clear_error();
  LeafFacts leaf;
  auto error = use_chain(context, material.certificate, leaf);
  ERR_clear_error();
  if (!error) error = use_key(context, material);
  ERR_clear_error();
  if (!error) error = ask_clients(context, material);
  ERR_clear_error();
  if (error) return Failure{*error};
  made.valid_from_ = leaf.valid_from;
  made.valid_until_ = leaf.valid_until;
  made.is_for_servers_ = leaf.is_for_servers;
  if (material.clients != Clients::not_asked) made.client_ca_ = read_client_ca(material.client_ca);
  return made;
}

std::unique_ptr<ByteChannel> TlsContext::accept(int socket) const noexcept {
  SslPtr ssl(SSL_new(context_.get()));
  if (!ssl || SSL_set_fd(ssl.get(), socket) != 1) {
    ERR_clear_error();
    return nullptr;
  }
  SSL_set_accept_state(ssl.get());
  return std::unique_ptr<ByteChannel>(new (std::nothrow) TlsChannel(std::move(ssl)));
}

}  // namespace shaken302::net
