// SPDX-License-Identifier: MIT
//
// The ceiling: echo_signer PORT KEY [--unsigned] receives, signs 350 bytes, sends. No SIP work: the
// lines from Via to CSeq, which sip_load writes one after the other, go back as they came, and what
// is signed is always the same token but for ten digits of the Call-ID. --unsigned sends as many
// bytes and signs nothing.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "plain_signer.hpp"

namespace {

constexpr std::string_view parameters =
    ";info=<https://cert.example.com/house.pem>;alg=ES256;ppt=shaken\r\n";
constexpr std::string_view last_line = "Content-Length: 0\r\n\r\n";
constexpr std::size_t signed_bytes = 350;
constexpr std::size_t serial_bytes = 10;

int bound_socket(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int buffer = 4 << 20;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const void* place = &address;
  if (socket < 0 || ::bind(socket, static_cast<const sockaddr*>(place), sizeof address) != 0)
    throw std::runtime_error("the port cannot be had");
  ::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  return socket;
}

/// Via to CSeq with its line's end; empty when it is no request of sip_load.
std::string_view lines_of(std::string_view request) {
  const auto begin = request.find("\r\n");
  const auto cseq = request.find("\r\nCSeq: ");
  const auto end = cseq == std::string_view::npos ? cseq : request.find("\r\n", cseq + 2);
  if (end == std::string_view::npos) return {};
  return request.substr(begin + 2, end - begin);
}

class EchoSigner {
 public:
  explicit EchoSigner(std::optional<contenders::PlainSigner> signer)
      : signer_(std::move(signer)), token_(signed_bytes, 'e') {
    token_[60] = '.';
  }

  /// What goes back; valid until the next call.
  std::string_view answer(std::string_view request) {
    const std::string_view lines = lines_of(request);
    const auto call_id = lines.find("\r\nCall-ID: ");
    const auto serial = call_id == std::string_view::npos ? call_id : lines.find('@', call_id);
    if (serial == std::string_view::npos || serial < serial_bytes) return {};
    reply_ = "SIP/2.0 302 Moved Temporarily\r\n";
    reply_ += lines;
    reply_ += "Contact: <sip:+12155550199@127.0.0.1>\r\n";
    if (signer_) {
      std::memcpy(token_.data() + 100, lines.data() + serial - serial_bytes, serial_bytes);
      reply_ += "Identity: ";
      reply_ += token_;
      reply_ += '.';
      contenders::append_base64url(signer_->sign(token_), reply_);
      reply_ += parameters;
    } else {
      reply_ += "X-Filler: ";
      reply_ += token_;
      reply_.append(87, 'x');
      reply_ += parameters;
    }
    return reply_ += last_line;
  }

 private:
  std::optional<contenders::PlainSigner> signer_;
  std::string token_;
  std::string reply_;
};

/// Eight at a time, with one system call each way, as shaken302 does it.
class Batch {
 public:
  Batch() {
    for (std::size_t i = 0; i < size; ++i) parts_[i] = {requests_[i].data(), requests_[i].size()};
  }

  void serve(int socket, EchoSigner& signer) {
    for (std::size_t i = 0; i < size; ++i) prepare(i);
    const int got = ::recvmmsg(socket, received_.data(), size, MSG_WAITFORONE, nullptr);
    unsigned answered = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(std::max(got, 0)); ++i) {
      const auto reply = signer.answer({requests_[i].data(), received_[i].msg_len});
      if (reply.empty()) continue;
      replies_[answered] = reply;
      reply_parts_[answered] = {replies_[answered].data(), reply.size()};
      msghdr& message = answers_[answered].msg_hdr;
      message = {};
      message.msg_name = received_[i].msg_hdr.msg_name;
      message.msg_namelen = received_[i].msg_hdr.msg_namelen;
      message.msg_iov = &reply_parts_[answered];
      message.msg_iovlen = 1;
      ++answered;
    }
    if (answered > 0) ::sendmmsg(socket, answers_.data(), answered, 0);
  }

 private:
  static constexpr std::size_t size = 8;

  void prepare(std::size_t i) {
    msghdr& message = received_[i].msg_hdr;
    message = {};
    message.msg_name = &sources_[i];
    message.msg_namelen = sizeof sources_[i];
    message.msg_iov = &parts_[i];
    message.msg_iovlen = 1;
  }

  std::array<std::array<char, 65536>, size> requests_{};
  std::array<std::string, size> replies_;
  std::array<sockaddr_in, size> sources_{};
  std::array<iovec, size> parts_{};
  std::array<iovec, size> reply_parts_{};
  std::array<mmsghdr, size> received_{};
  std::array<mmsghdr, size> answers_{};
};

}  // namespace

int main(int argc, char** argv) {
  const bool is_unsigned = argc == 4 && std::string_view(argv[3]) == "--unsigned";
  if (argc != 3 && !is_unsigned) {
    std::cerr << "usage: echo_signer PORT KEY [--unsigned]\n";
    return 64;
  }
  try {
    std::optional<contenders::PlainSigner> signer;
    if (!is_unsigned) signer.emplace(argv[2]);
    EchoSigner echo(std::move(signer));
    const int socket = bound_socket(static_cast<std::uint16_t>(std::strtoul(argv[1], nullptr, 10)));
    std::cout << "ready" << std::endl;
    const auto batch = std::make_unique<Batch>();
    for (;;) batch->serve(socket, echo);
  } catch (const std::exception& error) {
    std::cerr << "echo_signer: " << error.what() << '\n';
    return 1;
  }
}
