// SPDX-License-Identifier: MIT
#include <algorithm>
#include <vector>

#include "answer_view.hpp"
#include "stream_connection.hpp"
#include "wire.hpp"

namespace sip_load {
namespace {

/// What may wait for a server that does not read, beyond one burst.
constexpr std::size_t waiting_bytes_max = 1 << 20;
/// No answer is larger: what is longer without an end is none.
constexpr std::size_t unframed_bytes_max = 1 << 18;
/// How often it looks again, before what is due is sent.
constexpr int looks_max = 16;

class StreamWire final : public Wire {
 public:
  explicit StreamWire(const LoadOptions& options) : burst_(options.burst) {
    if (options.target.transport == Transport::tls) tls_ = make_tls_context(options);
    for (std::size_t i = 0; i < options.connections; ++i) {
      connections_.push_back(std::make_unique<StreamConnection>(options, tls_.get()));
      readiness_.watch(connections_.back()->socket(), static_cast<std::uint32_t>(i));
    }
    open_ = connections_.size();
  }

  bool queue(Kind, std::uint64_t serial, std::string_view bytes) override {
    StreamConnection& connection = next_open(serial / burst_);
    const bool begins_burst = serial % burst_ == 0;
    if (!connection.is_open() || (begins_burst && connection.waiting() > waiting_bytes_max))
      return false;
    connection.queue(bytes);
    return true;
  }

  void flush() override {
    for (std::size_t i = 0; i < connections_.size(); ++i) flush(i);
  }

  void receive(const AnswerSink& sink) override {
    for (int look = 0; look < looks_max; ++look) {
      const auto ready = readiness_.wait(0);
      if (ready.empty()) return;
      bool has_moved = false;
      for (const epoll_event& event : ready) has_moved = receive(event.data.u32, sink) || has_moved;
      if (!has_moved) return;
    }
  }

  void wait(std::int64_t nanoseconds) override { readiness_.wait(nanoseconds); }
  [[nodiscard]] bool is_open() const override { return open_ > 0; }
  [[nodiscard]] const WireCounts& counts() const override { return counts_; }

 private:
  StreamConnection& next_open(std::uint64_t turn) {
    std::size_t index = turn % connections_.size();
    for (std::size_t tried = 0; tried < connections_.size() && !connections_[index]->is_open();
         ++tried) {
      index = (index + 1) % connections_.size();
    }
    return *connections_[index];
  }

  void flush(std::size_t index) {
    StreamConnection& connection = *connections_[index];
    if (!connection.is_open()) return;
    if (connection.waiting() > 0) connection.write();
    note_end(connection);
    const bool waits = connection.waiting() > 0;
    if (connection.is_open() && waits != connection.waits_for_room) {
      readiness_.rewatch(connection.socket(), static_cast<std::uint32_t>(index), waits);
      connection.waits_for_room = waits;
    }
  }

  void note_end(const StreamConnection& connection) {
    if (connection.is_open()) return;
    --open_;
    ++counts_.connections_closed;
  }

  /// Whether there was an answer, or an end.
  bool receive(std::uint32_t index, const AnswerSink& sink) {
    StreamConnection& connection = *connections_[index];
    if (!connection.is_open()) return false;
    connection.read();
    bool has_moved = false;
    for (;;) {
      const std::string_view stream = connection.received();
      const Frame frame = next_answer(stream);
      if (frame.is_broken || (frame.size == 0 && stream.size() > unframed_bytes_max)) {
        ++counts_.broken_frames;
        connection.close();
        break;
      }
      if (frame.size == 0) break;
      sink(Kind::call, stream.substr(frame.skipped, frame.size));
      connection.take(frame.skipped + frame.size);
      has_moved = true;
    }
    note_end(connection);
    return has_moved || !connection.is_open();
  }

  std::size_t burst_;
  TlsContext tls_;
  std::vector<std::unique_ptr<StreamConnection>> connections_;
  Readiness readiness_;
  std::size_t open_ = 0;
  WireCounts counts_;
};

}  // namespace

std::unique_ptr<Wire> make_stream_wire(const LoadOptions& options) {
  return std::make_unique<StreamWire>(options);
}

}  // namespace sip_load
