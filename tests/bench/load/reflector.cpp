// SPDX-License-Identifier: MIT
#include "reflector.hpp"

#include <netdb.h>
#include <openssl/pem.h>
#include <poll.h>

#include <array>
#include <stdexcept>

#include "answer_view.hpp"

namespace sip_load::test {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

void require(bool holds) {
  if (!holds) throw std::runtime_error("the reflector cannot be made");
}

bool is_readable(int fd) {
  pollfd file{fd, POLLIN, 0};
  return ::poll(&file, 1, 20) == 1;
}

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
Bio bio_of(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

/// Blocking reads and writes of one connection.
class Channel {
 public:
  Channel(int fd, SSL_CTX* context) : fd_(fd) {
    const timeval patience{5, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (context == nullptr) return;
    tls_.reset(SSL_new(context));
    is_good_ = SSL_set_fd(tls_.get(), fd) == 1 && SSL_accept(tls_.get()) == 1;
  }
  [[nodiscard]] bool is_good() const { return is_good_; }
  [[nodiscard]] bool has_shown_certificate() const {
    return tls_ && SSL_get0_peer_certificate(tls_.get()) != nullptr;
  }
  [[nodiscard]] bool has_something() const {
    return (tls_ && SSL_pending(tls_.get()) > 0) || is_readable(fd_);
  }
  long read(char* into, std::size_t size) {
    return tls_ ? SSL_read(tls_.get(), into, static_cast<int>(size)) : ::recv(fd_, into, size, 0);
  }
  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const long sent = tls_ ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                             : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

 private:
  int fd_;
  bool is_good_ = true;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, SSL_free};
};

}  // namespace

std::string header_of(std::string_view request, const std::string& name) {
  const std::string begin = "\r\n" + name + ": ";
  const auto at = request.find(begin);
  if (at == std::string_view::npos) return {};
  const auto value = at + begin.size();
  return std::string(request.substr(value, request.find("\r\n", value) - value));
}

std::string echo(std::string_view request, const std::string& status, const std::string& more) {
  std::string answer = "SIP/2.0 " + status + "\r\n";
  for (const char* name : {"Via", "From", "To", "Call-ID", "CSeq"}) {
    answer += std::string(name) + ": " + header_of(request, name) + "\r\n";
  }
  return answer + more + "Content-Length: 0\r\n\r\n";
}

Reflector::Reflector(Transport transport, const std::string& address, Answer answer,
                     const ServerTls& tls)
    : transport_(transport), address_(address), answer_(std::move(answer)) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_socktype = transport == Transport::udp ? SOCK_DGRAM : SOCK_STREAM;
  addrinfo* list = nullptr;
  require(::getaddrinfo(address.c_str(), "0", &hints, &list) == 0);
  const std::unique_ptr<addrinfo, FreeAddresses> found(list);
  socket_ = Descriptor(::socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, 0));
  require(::bind(socket_.number(), found->ai_addr, found->ai_addrlen) == 0);
  const std::string name = local_name(socket_);
  port_ = static_cast<std::uint16_t>(std::stoi(name.substr(name.rfind(':') + 1)));
  if (transport == Transport::tls) prepare(tls);
  if (transport != Transport::udp) require(::listen(socket_.number(), 64) == 0);
  thread_ = std::jthread([this] {
    if (transport_ == Transport::udp)
      serve_datagrams();
    else
      accept_connections();
  });
}

Reflector::~Reflector() {
  is_stopping_ = true;
  thread_.join();
}

void Reflector::prepare(const ServerTls& tls) {
  context_.reset(SSL_CTX_new(TLS_server_method()));
  const Bio certificate_text = bio_of(tls.certificate);
  const Bio key_text = bio_of(tls.key);
  X509* certificate = PEM_read_bio_X509(certificate_text.get(), nullptr, nullptr, nullptr);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr);
  require(SSL_CTX_use_certificate(context_.get(), certificate) == 1 &&
          SSL_CTX_use_PrivateKey(context_.get(), key) == 1);
  X509_free(certificate);
  EVP_PKEY_free(key);
  if (tls.wants_client) {
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       [](int, X509_STORE_CTX*) { return 1; });
  }
}

void Reflector::serve_datagrams() {
  std::array<char, 65536> bytes;
  while (!is_stopping_) {
    if (!is_readable(socket_.number())) continue;
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    // The sockets API takes every kind of address by one pointer type.
    auto* from = static_cast<sockaddr*>(static_cast<void*>(&storage));
    const ssize_t got = ::recvfrom(socket_.number(), bytes.data(), bytes.size(), 0, from, &size);
    if (got <= 0) continue;
    const std::string answer = answer_({bytes.data(), static_cast<std::size_t>(got)});
    if (!answer.empty()) ::sendto(socket_.number(), answer.data(), answer.size(), 0, from, size);
  }
}

void Reflector::accept_connections() {
  while (!is_stopping_) {
    if (!is_readable(socket_.number())) continue;
    const int connection = ::accept4(socket_.number(), nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    connections_.emplace_back([this, connection] { serve_connection(connection); });
  }
  connections_.clear();
}

void Reflector::serve_connection(int connection) {
  const Descriptor owned(connection);
  Channel channel(connection, context_.get());
  if (channel.has_shown_certificate()) ++clients_shown_;
  std::string stream;
  std::array<char, 4096> bytes;
  while (!is_stopping_ && channel.is_good()) {
    if (!channel.has_something()) continue;
    const long got = channel.read(bytes.data(), bytes.size());
    if (got <= 0) return;
    stream.append(bytes.data(), static_cast<std::size_t>(got));
    for (Frame frame = next_answer(stream); frame.size > 0; frame = next_answer(stream)) {
      const std::string answer =
          answer_(std::string_view(stream).substr(frame.skipped, frame.size));
      if (answer == "close") return;
      channel.write(answer);
      stream.erase(0, frame.skipped + frame.size);
    }
  }
}

}  // namespace sip_load::test
