// SPDX-License-Identifier: MIT
//
// A stream, cut: what stands in front of the first '|' says how long the pieces are, '1' one byte,
// and begins again at its end; what stands behind it is the stream. However it is cut it gives the
// same messages and pings, and each message ends where its Content-Length says, by another reader.
#include <algorithm>
#include <string>
#include <vector>

#include "fuzz_target.hpp"
#include "sip/next_frame.hpp"
#include "sip/reply_view.hpp"

namespace shaken302::fuzz {
namespace {

using sip::Frame;
using sip::FrameReader;

/// What came out of a stream, in order: messages, and line ends as themselves.
struct Framed {
  std::vector<std::string> frames;
  std::string unread;
  bool refused = false;
  std::string wrong;
  friend bool operator==(const Framed&, const Framed&) = default;
};

std::string wrong_frame(const Frame& frame, std::string_view unread) {
  switch (frame.state) {
    case Frame::State::complete:
      return frame.bytes > 0 && frame.bytes <= unread.size() &&
                     frame.bytes <= sip::message_bytes_max
                 ? ""
                 : "the size of a message";
    case Frame::State::keep_alive:
      return (frame.bytes == 1 || frame.bytes == 2 || frame.bytes == 4) &&
                     consists_of(unread.substr(0, frame.bytes), "\r\n")
                 ? ""
                 : "the size of a keep-alive";
    case Frame::State::need_more:
      if (unread.size() >= sip::message_bytes_max) return "no end to what is kept";
      return frame.bytes == 0 || frame.bytes > unread.size() ? "" : "more of what is there";
    case Frame::State::refuse:
      return "";
  }
  return "a state that does not exist";
}

/// What a connection does with the bytes that it has; `next` frames what is unread.
template <class Next>
void take_frames(Framed& out, Next next) {
  while (!out.refused && out.wrong.empty()) {
    const Frame frame = next(std::string_view(out.unread));
    out.wrong = wrong_frame(frame, out.unread);
    if (frame.state == Frame::State::need_more) return;
    if (frame.state == Frame::State::refuse) {
      out.refused = true;
      out.unread.clear();
      return;
    }
    out.frames.push_back(out.unread.substr(0, frame.bytes));
    out.unread.erase(0, frame.bytes);
  }
}

Framed in_pieces(std::string_view stream, std::string_view cuts) {
  Framed out;
  FrameReader reader;
  for (std::size_t i = 0; !stream.empty() && !out.refused; ++i) {
    const auto wanted = static_cast<unsigned char>(cuts[i % cuts.size()]);
    const std::size_t size =
        std::clamp<std::size_t>(wanted > '0' ? wanted - '0' : 1U, 1U, stream.size());
    out.unread += stream.substr(0, size);
    stream.remove_prefix(size);
    take_frames(out, [&reader](std::string_view unread) { return reader.next(unread); });
  }
  return out;
}

/// The whole stream at once, by the reader that remembers nothing.
Framed at_once(std::string_view stream) {
  Framed out;
  out.unread = stream;
  take_frames(out, sip::next_frame);
  return out;
}

/// Where the empty line behind the header section ends.
std::size_t end_of_headers(std::string_view message) {
  for (auto at = message.find('\n'); at != message.npos; at = message.find('\n', at + 1)) {
    if (message.substr(at + 1).starts_with('\n')) return at + 2;
    if (message.substr(at + 1).starts_with("\r\n")) return at + 3;
  }
  return message.npos;
}

/// A message that two readers would end at different places smuggles another one.
std::string wrong_message(const std::string& message) {
  const std::size_t headers = end_of_headers(message);
  if (headers == std::string::npos) return "a message without an end of its headers";
  const auto lengths = sip::test::MessageView(message).all("content-length");
  if (lengths.empty()) return "a message without a length";
  for (const std::string& length : lengths) {
    const std::string digits = sip::test::without_white_space(length);
    const auto significant = std::min(digits.find_first_not_of('0'), digits.size());
    const std::string plain = significant == digits.size() ? "0" : digits.substr(significant);
    if (digits.empty() || plain != std::to_string(message.size() - headers)) {
      return "a message of another length than '" + length + "'";
    }
  }
  return {};
}

}  // namespace

std::string broken_by(std::string_view input) {
  const auto bar = std::min(input.find('|'), input.size());
  const std::string_view cuts = bar == 0 ? std::string_view("1") : input.substr(0, bar);
  // A line end at last: a reader may wait for it before it refuses what another refuses at once.
  const std::string stream = std::string(input.substr(std::min(bar + 1, input.size()))) + "\n";
  const Framed whole = at_once(stream);
  if (!whole.wrong.empty()) return whole.wrong;
  for (const std::string& frame : whole.frames) {
    if (consists_of(frame, "\r\n")) continue;
    if (auto wrong = wrong_message(frame); !wrong.empty()) return wrong;
  }
  for (const std::string_view pieces : {cuts, std::string_view("1"), std::string_view("\xFF")}) {
    const Framed cut = in_pieces(stream, pieces);
    if (!cut.wrong.empty()) return cut.wrong;
    if (cut.refused != whole.refused) return "refused in one way of cutting and not in another";
    if (cut != whole) return "other frames when it is cut";
  }
  return {};
}

}  // namespace shaken302::fuzz
