// SPDX-License-Identifier: MIT
//
// How a run's bytes leave and arrive: UDP in batches, or TCP and TLS connections. Nothing blocks
// but wait(). Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "call_book.hpp"
#include "load_options.hpp"

namespace sip_load {

/// Called with each whole message that arrived, and for whom: Kind::call stands for refused calls,
/// too.
using AnswerSink = std::function<void(Kind, std::string_view)>;

struct WireCounts {
  std::uint64_t unsendable = 0;          ///< the kernel refused them, three times each
  std::uint64_t port_closed = 0;         ///< ICMP said so (RFC 792)
  std::uint64_t connections_closed = 0;  ///< by the server, before the end
  std::uint64_t broken_frames = 0;       ///< answers on a stream whose end cannot be found
  std::size_t receive_buffer = 0;        ///< bytes, of one UDP socket, as obtained
};

class Wire {
 public:
  virtual ~Wire() = default;

  /// Queues a request; false, and nothing is queued, when there is no room before what waits has
  /// gone out.
  virtual bool queue(Kind kind, std::uint64_t serial, std::string_view bytes) = 0;
  /// Gives to the kernel what is queued, as far as it takes it.
  virtual void flush() = 0;
  /// Reads what is there.
  virtual void receive(const AnswerSink& sink) = 0;
  /// Until something can be read, or (streams) written again, or `nanoseconds` are over.
  virtual void wait(std::int64_t nanoseconds) = 0;
  /// False when nothing can be sent any more.
  [[nodiscard]] virtual bool is_open() const = 0;
  [[nodiscard]] virtual const WireCounts& counts() const = 0;
};

/// Both throw std::runtime_error when a socket cannot be made or connected.
[[nodiscard]] std::unique_ptr<Wire> make_udp_wire(const LoadOptions& options);
[[nodiscard]] std::unique_ptr<Wire> make_stream_wire(const LoadOptions& options);

}  // namespace sip_load
