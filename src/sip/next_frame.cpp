// SPDX-License-Identifier: MIT
#include "next_frame.hpp"

#include <algorithm>
#include <utility>

namespace shaken302::sip {
namespace {

constexpr std::string_view ping = "\r\n\r\n";

ContentLength read_number(std::string_view digits) noexcept {
  constexpr ContentLength malformed{ContentLength::State::malformed, 0};
  if (digits.empty()) return malformed;
  std::size_t number = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return malformed;
    number = number * 10 + static_cast<std::size_t>(c - '0');
    if (number > message_bytes_max) return malformed;
  }
  return {ContentLength::State::present, number};
}

/// Half a ping could still become one: the answer must not depend on how the bytes were cut.
Frame read_line_ends(std::string_view unread) noexcept {
  if (unread.starts_with(ping)) return {Frame::State::keep_alive, ping.size()};
  if (ping.starts_with(unread)) return {Frame::State::need_more, 0};
  if (unread.starts_with("\r\n")) return {Frame::State::keep_alive, 2};
  if (unread.starts_with("\n")) return {Frame::State::keep_alive, 1};
  return {Frame::State::refuse, 0};
}

}  // namespace

ContentLength read_content_length(const HeaderIndex& index) noexcept {
  ContentLength result;
  for (const Field& field : index.entries()) {
    if (field.known != FieldName::content_length) continue;
    const ContentLength here = read_number(field.value);
    const bool differs =
        result.state == ContentLength::State::present && here.bytes != result.bytes;
    if (here.state == ContentLength::State::malformed || differs) {
      return {ContentLength::State::malformed, 0};
    }
    result = here;
  }
  return result;
}

Frame next_frame(std::string_view unread) noexcept {
  constexpr Frame refuse{Frame::State::refuse, 0};
  if (unread.empty()) return {};
  if (unread.front() == '\r' || unread.front() == '\n') return read_line_ends(unread);

  // The stream may hold many messages: only the first 64 KiB can be this one. A CR at the very end
  // may still get its LF.
  std::string_view scanned = unread.substr(0, message_bytes_max);
  if (scanned.ends_with('\r')) scanned.remove_suffix(1);
  HeaderIndex index;
  switch (prescan(scanned, index)) {
    case Prescan::unterminated:
      return unread.size() < message_bytes_max ? Frame{} : refuse;
    case Prescan::ok:
    case Prescan::too_many_commas:
    case Prescan::no_colon:
      break;  // ends where it says it does, and gets its 400
    default:
      return refuse;
  }
  const ContentLength length = read_content_length(index);
  if (length.state != ContentLength::State::present) return refuse;
  const std::size_t bytes = index.message().size() + length.bytes;
  if (bytes > message_bytes_max) return refuse;
  return {unread.size() < bytes ? Frame::State::need_more : Frame::State::complete, bytes};
}

Frame FrameReader::next(std::string_view unread) noexcept {
  if (unread.size() < whole_) return {Frame::State::need_more, whole_};
  if (whole_ != 0) {
    seen_ = 0;  // what was seen is this message's
    return {Frame::State::complete, std::exchange(whole_, 0)};
  }
  // A header section ends with a line end: without a new one nothing has changed. (Line ends before
  // a message are told apart byte by byte.)
  const bool is_between = !unread.empty() && (unread.front() == '\r' || unread.front() == '\n');
  const bool has_line_end = unread.find('\n', seen_) != std::string_view::npos;
  if (!is_between && !has_line_end && unread.size() < message_bytes_max) {
    seen_ = unread.size();
    return {};
  }
  const Frame frame = next_frame(unread);
  seen_ = frame.state == Frame::State::need_more && !is_between ? unread.size() : 0;
  if (frame.state == Frame::State::need_more) whole_ = frame.bytes;
  return frame;
}

}  // namespace shaken302::sip
