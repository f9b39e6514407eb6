// SPDX-License-Identifier: MIT
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "socket.hpp"
#include "wire.hpp"

namespace sip_load {
namespace {

constexpr std::size_t batch = 64;
constexpr std::size_t answer_bytes_max = 16384;

/// One socket with what waits to be sent on it.
struct Outlet {
  Descriptor socket;
  Kind kind = Kind::call;  ///< whose traffic it carries; call stands for refused calls, too
  std::array<std::string, batch> texts;
  std::size_t queued = 0;
};

class UdpWire final : public Wire {
 public:
  explicit UdpWire(const LoadOptions& options) {
    for (std::size_t i = 0; i < options.sockets; ++i) open(options, Kind::call, options.bind);
    unknown_begin_ = outlets_.size();
    if (options.shares.unknown > 0) {
      for (const std::string& source : options.unknown_sources)
        open(options, Kind::unknown, source);
    }
    malformed_begin_ = outlets_.size();
    if (options.shares.malformed > 0) open(options, Kind::malformed, options.bind);
    for (std::size_t i = 0; i < batch; ++i) {
      received_parts_[i] = {received_[i].data(), received_[i].size()};
    }
  }

  bool queue(Kind kind, std::uint64_t serial, std::string_view bytes) override {
    Outlet& outlet = outlets_[index_of(kind, serial)];
    if (outlet.queued == batch) flush(outlet);
    outlet.texts[outlet.queued++].assign(bytes);
    return true;
  }

  void flush() override {
    for (Outlet& outlet : outlets_) {
      if (outlet.queued > 0) flush(outlet);
    }
  }

  void receive(const AnswerSink& sink) override {
    for (;;) {
      const auto ready = readiness_.wait(0);
      if (ready.empty()) return;
      for (const epoll_event& event : ready) receive(outlets_[event.data.u32], sink);
    }
  }

  void wait(std::int64_t nanoseconds) override { readiness_.wait(nanoseconds); }
  [[nodiscard]] bool is_open() const override { return true; }
  [[nodiscard]] const WireCounts& counts() const override { return counts_; }

 private:
  void open(const LoadOptions& options, Kind kind, const std::string& source) {
    Outlet outlet;
    outlet.kind = kind;
    outlet.socket =
        connected_socket(SOCK_DGRAM, source, options.target.address, options.target.port);
    make_nonblocking(outlet.socket);
    // An answer that waits here while this program is not run must not be lost. FORCE is for root
    // alone.
    const int wanted = 1 << 24;
    if (::setsockopt(outlet.socket.number(), SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof wanted) !=
        0)
      ::setsockopt(outlet.socket.number(), SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
    int obtained = 0;
    socklen_t size = sizeof obtained;
    if (::getsockopt(outlet.socket.number(), SOL_SOCKET, SO_RCVBUF, &obtained, &size) == 0)
      counts_.receive_buffer = static_cast<std::size_t>(obtained);
    readiness_.watch(outlet.socket, static_cast<std::uint32_t>(outlets_.size()));
    outlets_.push_back(std::move(outlet));
  }

  /// A retransmission must leave from the port of the first one.
  [[nodiscard]] std::size_t index_of(Kind kind, std::uint64_t serial) const {
    if (kind == Kind::malformed) return malformed_begin_;
    if (kind == Kind::unknown) return unknown_begin_ + serial % (malformed_begin_ - unknown_begin_);
    return serial % unknown_begin_;
  }

  void flush(Outlet& outlet) {
    std::array<mmsghdr, batch> messages{};
    std::array<iovec, batch> parts;
    for (std::size_t i = 0; i < outlet.queued; ++i) {
      parts[i] = {outlet.texts[i].data(), outlet.texts[i].size()};
      messages[i].msg_hdr.msg_iov = &parts[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
    int failures = 0;
    for (std::size_t done = 0; done < outlet.queued;) {
      const int sent = ::sendmmsg(outlet.socket.number(), messages.data() + done,
                                  static_cast<unsigned>(outlet.queued - done), 0);
      if (sent > 0) {
        done += static_cast<std::size_t>(sent);
        failures = 0;
      } else if (!may_try_again(outlet, ++failures)) {
        ++counts_.unsendable;
        ++done;
        failures = 0;
      }
    }
    outlet.queued = 0;
  }

  /// A closed port is told by the call after the one that met it, and costs that call alone.
  bool may_try_again(const Outlet& outlet, int failures) {
    if (errno == ECONNREFUSED) ++counts_.port_closed;
    if (errno == EAGAIN || errno == ENOBUFS) {
      pollfd file{outlet.socket.number(), POLLOUT, 0};
      ::poll(&file, 1, 1);
    }
    return failures < 3;
  }

  void receive(const Outlet& outlet, const AnswerSink& sink) {
    std::array<mmsghdr, batch> messages{};
    for (std::size_t i = 0; i < batch; ++i) {
      messages[i].msg_hdr.msg_iov = &received_parts_[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
    const int count =
        ::recvmmsg(outlet.socket.number(), messages.data(), batch, MSG_DONTWAIT, nullptr);
    if (count < 0 && errno == ECONNREFUSED) ++counts_.port_closed;
    for (int i = 0; i < count; ++i) {
      const auto at = static_cast<std::size_t>(i);
      sink(outlet.kind, {received_[at].data(), messages[at].msg_len});
    }
  }

  std::vector<Outlet> outlets_;  ///< calls', then unknown sources', then that of malformed ones
  std::size_t unknown_begin_ = 0;
  std::size_t malformed_begin_ = 0;
  Readiness readiness_;
  std::vector<std::array<char, answer_bytes_max>> received_{batch};
  std::array<iovec, batch> received_parts_{};
  WireCounts counts_;
};

}  // namespace

std::unique_ptr<Wire> make_udp_wire(const LoadOptions& options) {
  return std::make_unique<UdpWire>(options);
}

}  // namespace sip_load
