// SPDX-License-Identifier: MIT
//
// One TCP or TLS connection: it reads, frames, has each message answered in order and writes the
// replies back. While a reply waits for its reader nothing further is read; what is kept between
// two turns is bounded (stream_limits.hpp). Belongs to one worker's thread.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "answering.hpp"
#include "byte_channel.hpp"
#include "file_descriptor.hpp"
#include "sip/next_frame.hpp"
#include "stream_limits.hpp"
#include "tls_context.hpp"
#include "turned_away.hpp"

namespace shaken302::net {

/// A connection that was accepted, on its way to its worker.
struct NewConnection {
  FileDescriptor socket;                  ///< never blocks
  std::shared_ptr<const TlsContext> tls;  ///< null: plain TCP
  sip::Endpoint source;
  sip::Endpoint local;
  Listener listener;
  bool is_unproven = false;  ///< only its certificate can make it a peer's
};

/// What all connections of a worker share: each fills and empties it within one turn.
struct StreamScratch {
  std::vector<char> input = std::vector<char>(stream_input_max);
  std::string output;
};

class StreamConnection : public std::enable_shared_from_this<StreamConnection> {
 public:
  /// All of it outlives the connection.
  struct Parts {
    boost::asio::io_context& context;
    Answering& answering;
    StreamScratch& scratch;
    const StreamLimits& limits;
    TurnedAwaySlot& turned_away;
    std::function<void(StreamConnection&)> proven;  ///< an unproven one has become a peer's
    /// Called once, when it is over; whoever called may let go of it.
    std::function<void(StreamConnection&)> ended;
  };
  /// Throws std::bad_alloc or boost::system::system_error: then there is no connection.
  StreamConnection(Parts parts, NewConnection made);
  StreamConnection(const StreamConnection&) = delete;
  StreamConnection& operator=(const StreamConnection&) = delete;
  ~StreamConnection() = default;

  void start() noexcept { proceed(); }
  /// Many times a second: ends what takes too long.
  void look_at_clock(std::int64_t now_ns) noexcept;
  /// Answers what has come and says that there will be no more.
  void finish() noexcept;
  /// How long nothing has happened here: no byte of a client, nor its arrival.
  [[nodiscard]] std::chrono::nanoseconds quiet_for(std::int64_t now_ns) const noexcept {
    return std::chrono::nanoseconds(now_ns - touched_ns_);
  }
  /// Half of something is there: of a handshake, of a message, or of a record of TLS.
  [[nodiscard]] bool is_amid() const noexcept {
    if (stage_ == Stage::handshake) return true;
    return stage_ == Stage::open && (is_in_message_ || channel_->has_buffered());
  }
  /// At once.
  void end() noexcept;

  [[nodiscard]] const IpAddress& source() const noexcept { return source_.address; }
  [[nodiscard]] bool is_unproven() const noexcept { return is_unproven_; }
  std::size_t place = 0;  ///< among the worker's connections; the worker's to keep

 private:
  enum class Stage : std::uint8_t {
    handshake,
    open,
    closing,  ///< our end is said; what still comes is dropped
    over,
  };

  void proceed() noexcept;
  void shake_hands();
  void turn_away(Counter why, const char* reason);
  void exchange();
  void drop_input();

  bool read_more();
  bool answer_frames();
  void answer_message(std::string_view bytes, bool is_unframed);
  bool flush();
  void rest();
  void begin_close();
  void end_for(Counter why) noexcept;
  void wait_for(Progress::State what);
  void come_back();
  [[nodiscard]] bool is_known() const noexcept;
  void expect_within(std::chrono::nanoseconds time) noexcept;
  [[nodiscard]] std::string_view unread() const noexcept;

  Parts parts_;
  // The channel's bytes go through the descriptor: it goes first.
  boost::asio::posix::stream_descriptor socket_;
  std::unique_ptr<ByteChannel> channel_;
  const sip::Endpoint source_;
  const sip::Endpoint local_;
  const Listener listener_;
  sip::FrameReader frames_;
  std::string input_;      // kept between turns: the beginning of a message, or what waits its turn
  std::string output_;     // kept between turns: what its reader has not taken yet
  std::size_t begin_ = 0;  // of this turn: the unread bytes in the scratch
  std::size_t end_ = 0;
  std::int64_t touched_ns_ = steady_clock_ns();
  std::int64_t deadline_ns_ = 0;
  std::size_t dropped_ = 0;  // since our end was said
  Stage stage_ = Stage::handshake;
  bool is_unproven_;
  bool is_in_message_ = false;
  bool is_deaf_ = false;         // nothing more is answered: no frame, or a stranger
  bool is_input_ended_ = false;  // the other side has said that it sends no more
  bool is_last_turn_ = false;    // ours ends behind what has come
  bool is_drained_ = false;      // of this turn: nothing more can be read now
  bool is_coming_back_ = false;  // it has given others a turn
};

}  // namespace shaken302::net
