// SPDX-License-Identifier: MIT
#include "stream_connection.hpp"

#include <boost/asio/post.hpp>
#include <cstring>
#include <new>
#include <utility>

namespace shaken302::net {
namespace {

constexpr std::string_view pong = "\r\n";  // RFC 5626 3.5.1
constexpr int reads_a_turn = 4;            // then others have theirs
constexpr std::size_t dropped_max = 1U << 20U;
constexpr std::size_t kept_capacity_max = 4096;  // of a buffer with nothing in it

/// What a buffer has grown to for one large message is given back.
void let_go(std::string& buffer) noexcept {
  buffer.clear();
  if (buffer.capacity() > kept_capacity_max) std::string().swap(buffer);
}

std::unique_ptr<ByteChannel> make_channel(int socket, const TlsContext* tls) {
  auto channel = tls == nullptr ? std::make_unique<PlainChannel>(socket) : tls->accept(socket);
  if (!channel) throw std::bad_alloc();
  return channel;
}

}  // namespace

StreamConnection::StreamConnection(Parts parts, NewConnection made)
    : parts_(std::move(parts)),
      socket_(parts_.context, made.socket.number()),
      source_(made.source),
      local_(made.local),
      listener_(made.listener),
      is_unproven_(made.is_unproven) {
  made.socket.release();  // it is the descriptor's now
  channel_ = make_channel(socket_.native_handle(), made.tls.get());
  expect_within(made.tls ? parts_.limits.handshake : parts_.limits.first_byte);
}

// A failure that nobody expects ends this connection and no other; nothing was signed by halves.
void StreamConnection::proceed() noexcept try {
  switch (stage_) {
    case Stage::handshake:
      return shake_hands();
    case Stage::open:
      return exchange();
    case Stage::closing:
      return drop_input();
    case Stage::over:
      return;
  }
} catch (...) {
  end_for(Counter::stream_failed);
}

void StreamConnection::shake_hands() {
  const Progress progress = channel_->handshake();
  if (progress.state == Progress::State::wants_read ||
      progress.state == Progress::State::wants_write) {
    if (is_last_turn_) return end();
    return wait_for(progress.state);
  }
  if (progress.state != Progress::State::done) {
    return turn_away(Counter::stream_tls_failed, channel_->failure());
  }
  parts_.answering.begin_batch();
  if (is_known()) {
    if (is_unproven_) parts_.proven(*this);
    is_unproven_ = false;
  } else if (!parts_.answering.settings().forbid_unknown_sources) {
    return turn_away(Counter::stream_refused_source, "neither address nor certificate is a peer's");
  }
  stage_ = Stage::open;
  expect_within(parts_.limits.first_byte);
  exchange();
}

void StreamConnection::turn_away(Counter why, const char* reason) {
  parts_.turned_away.put({source_, listener_, reason});
  end_for(why);
}

/// One turn: everything that has come is answered, as far as its reader takes the answers.
void StreamConnection::exchange() {
  if (!output_.empty() && !flush()) return;
  parts_.answering.begin_batch();
  begin_ = 0;
  end_ = input_.size();
  if (end_ != 0) std::memcpy(parts_.scratch.input.data(), input_.data(), end_);
  is_drained_ = false;
  for (int reads = 0;; ++reads) {
    const bool has_more = answer_frames();
    if (!flush()) return rest();
    if (has_more) return come_back();
    if (is_deaf_ || is_input_ended_) return begin_close();
    if (is_drained_) {
      if (is_last_turn_) return begin_close();
      rest();
      return wait_for(Progress::State::wants_read);
    }
    if (reads == reads_a_turn) return come_back();
    if (!read_more()) return;
  }
}

/// False when the turn is over. What the socket has left is waited for: the wait looks again.
bool StreamConnection::read_more() {
  if (begin_ != 0) {
    std::memmove(parts_.scratch.input.data(), parts_.scratch.input.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  // A large message is read as a whole; of small ones no more than is answered soon, so that little
  // waits here when their sender reads no answers.
  const std::size_t whole = parts_.scratch.input.size();
  const std::size_t room = (end_ < stream_read_max ? stream_read_max : whole) - end_;
  const Progress progress = channel_->read(parts_.scratch.input.data() + end_, room);
  switch (progress.state) {
    case Progress::State::done:
      end_ += progress.bytes;
      is_drained_ = progress.bytes < room && !channel_->has_buffered() && !is_last_turn_;
      return true;
    case Progress::State::wants_read:
      is_drained_ = true;
      return true;
    case Progress::State::wants_write:
      rest();
      wait_for(progress.state);
      return false;
    case Progress::State::ended:
      is_input_ended_ = true;
      return true;
    case Progress::State::failed:
      break;
  }
  end();
  return false;
}

/// True when there may be more, but the answers to it must wait until those before them are taken.
bool StreamConnection::answer_frames() {
  while (!is_deaf_) {
    if (parts_.scratch.output.size() >= stream_output_max / 2) return begin_ != end_;
    const sip::Frame frame = frames_.next(unread());
    switch (frame.state) {
      case sip::Frame::State::need_more:
        return false;
      case sip::Frame::State::keep_alive:
        if (frame.bytes == 4) parts_.scratch.output.append(pong);
        break;
      case sip::Frame::State::complete:
        answer_message(unread().substr(0, frame.bytes), false);
        break;
      case sip::Frame::State::refuse:
        answer_message(unread(), true);
        parts_.answering.metrics().add(Counter::stream_unframed);
        is_deaf_ = true;
        return false;
    }
    begin_ += frame.bytes;
    is_in_message_ = false;
  }
  return false;
}

void StreamConnection::answer_message(std::string_view bytes, bool is_unframed) {
  sip::Request request;
  request.bytes = bytes;
  request.source = source_;
  request.local = local_;
  request.transport = listener_.transport;
  request.listener = listener_;
  request.client_names = channel_->client_names();
  request.is_unframed = is_unframed;
  const sip::Answer answer = parts_.answering.answer(request);
  parts_.scratch.output.append(answer.reply);
  // A message of somebody who is no peer, or not any more, is the last of his connection.
  const bool is_strangers =
      answer.outcome == sip::Outcome::silent_source || answer.outcome == sip::Outcome::forbidden;
  if (is_strangers) is_deaf_ = true;
}

/// True when every reply has been taken. False: it waits, or it is over.
bool StreamConnection::flush() {
  std::string& fresh = parts_.scratch.output;
  const bool is_kept = !output_.empty();
  std::string& out = is_kept ? output_ : fresh;
  std::size_t written = 0;
  while (written < out.size()) {
    const Progress progress = channel_->write(std::string_view(out).substr(written));
    if (progress.state == Progress::State::done) {
      written += progress.bytes;
      continue;
    }
    if (progress.state != Progress::State::wants_write &&
        progress.state != Progress::State::wants_read) {
      fresh.clear();
      end();
      return false;
    }
    if (is_kept) {
      output_.erase(0, written);
    } else {
      output_.assign(out, written);
      fresh.clear();
      expect_within(parts_.limits.write);
    }
    wait_for(progress.state);
    return false;
  }
  if (is_kept) {
    let_go(output_);
    expect_within(parts_.limits.idle);  // its reader has caught up
    is_in_message_ = false;
  } else {
    fresh.clear();
  }
  return true;
}

/// Keeps what is unread until the next turn, and says how long that may take.
void StreamConnection::rest() {
  if (stage_ == Stage::over) return;
  const std::string_view left = unread();
  if (left.empty()) {
    let_go(input_);
  } else {
    input_.assign(left);
  }
  if (!output_.empty()) return;  // its reader has a deadline of his own
  const bool has_heard = end_ != 0;
  // A line end may still become a ping: it is no message that has begun.
  const bool has_begun = !left.empty() && left.front() != '\r' && left.front() != '\n';
  if (has_begun) {
    if (!is_in_message_) expect_within(parts_.limits.message);
    is_in_message_ = true;
  } else if (has_heard) {
    expect_within(parts_.limits.idle);
  }
  begin_ = end_ = 0;
}

/// There is more to do, behind the others.
void StreamConnection::come_back() {
  rest();
  is_coming_back_ = true;
  boost::asio::post(parts_.context, [self = shared_from_this()] {
    self->is_coming_back_ = false;
    self->proceed();
  });
}

/// Closing a socket with unread bytes in it resets the connection, and what was written last may
/// never arrive: so our end is said first, and the rest of the input is read and dropped.
void StreamConnection::begin_close() {
  begin_ = end_ = 0;
  let_go(input_);
  channel_->end();
  if (is_input_ended_) return end();
  stage_ = Stage::closing;
  expect_within(parts_.limits.close);
  drop_input();
}

void StreamConnection::drop_input() {
  for (;;) {
    const Progress progress =
        channel_->read(parts_.scratch.input.data(), parts_.scratch.input.size());
    if (progress.state == Progress::State::wants_read) return wait_for(progress.state);
    if (progress.state != Progress::State::done) return end();
    dropped_ += progress.bytes;
    if (dropped_ > dropped_max) return end();
  }
}

void StreamConnection::look_at_clock(std::int64_t now_ns) noexcept {
  if (stage_ == Stage::over || now_ns < deadline_ns_) return;
  if (stage_ == Stage::closing) return end();
  end_for(Counter::stream_timed_out);
}

void StreamConnection::finish() noexcept {
  if (std::exchange(is_last_turn_, true)) return;
  if (stage_ == Stage::over || stage_ == Stage::closing) return;
  if (is_coming_back_ || !output_.empty()) return;  // it will see that this is its last turn
  boost::system::error_code ignored;
  socket_.cancel(ignored);
  proceed();
}

void StreamConnection::end_for(Counter why) noexcept {
  if (stage_ == Stage::over) return;
  parts_.answering.metrics().add(why);
  end();
}

void StreamConnection::end() noexcept {
  if (stage_ == Stage::over) return;
  const auto self = weak_from_this().lock();  // whoever hears of the end lets go of it
  stage_ = Stage::over;
  parts_.scratch.output.clear();
  boost::system::error_code ignored;
  socket_.close(ignored);
  parts_.ended(*this);
}

void StreamConnection::wait_for(Progress::State what) {
  using Descriptor = boost::asio::posix::stream_descriptor;
  const auto type =
      what == Progress::State::wants_write ? Descriptor::wait_write : Descriptor::wait_read;
  socket_.async_wait(type, [self = shared_from_this()](const boost::system::error_code& error) {
    if (error) return;
    self->touched_ns_ = steady_clock_ns();
    self->proceed();
  });
}

bool StreamConnection::is_known() const noexcept {
  return sip::is_known({source_.address, listener_, channel_->client_names()},
                       parts_.answering.snapshot(), parts_.answering.settings());
}

void StreamConnection::expect_within(std::chrono::nanoseconds time) noexcept {
  deadline_ns_ = steady_clock_ns() + time.count();
}

std::string_view StreamConnection::unread() const noexcept {
  return {parts_.scratch.input.data() + begin_, end_ - begin_};
}

}  // namespace shaken302::net
