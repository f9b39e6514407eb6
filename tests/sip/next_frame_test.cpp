// SPDX-License-Identifier: MIT
#include "sip/next_frame.hpp"

#include <doctest/doctest.h>

#include <ctime>
#include <string>
#include <vector>

using namespace shaken302::sip;
using namespace std::string_literals;

namespace {

using State = Frame::State;

const std::string head = "OPTIONS sip:a@b SIP/2.0\r\nTo: <sip:a@b>\r\n";
const std::string options = head + "Content-Length: 0\r\n\r\n";
const std::string message = head + "l: 4\r\n\r\nbody";

/// Reads a stream that arrives in two pieces as a connection does; keeps what was framed.
struct Reader {
  FrameReader frames{};
  std::string unread{};
  std::vector<std::string> messages{};
  std::size_t pings = 0;
  bool refused = false;

  void receive(std::string_view piece) {
    unread += piece;
    while (!refused) {
      const Frame frame = frames.next(unread);
      if (frame.state == State::need_more) return;
      if (frame.state == State::refuse) refused = true;
      if (frame.state == State::complete) messages.push_back(unread.substr(0, frame.bytes));
      if (frame.state == State::keep_alive && frame.bytes == 4) ++pings;
      unread.erase(0, frame.bytes);
    }
  }
};

}  // namespace

TEST_CASE("next_frame: what a stream can begin with") {
  struct Row {
    const char* why;
    std::string bytes;
    State state;
    std::size_t size;
  };
  const std::vector<Row> rows = {
      {"nothing yet", "", State::need_more, 0},
      {"a whole message", options, State::complete, options.size()},
      {"a whole message with a body", message, State::complete, message.size()},
      {"two messages: the first", options + message, State::complete, options.size()},
      {"a body that is not there yet: its length is known", message.substr(0, message.size() - 1),
       State::need_more, message.size()},
      {"headers that are not there yet", head, State::need_more, 0},
      {"half a line end", head + "l: 0\r\n\r", State::need_more, 0},
      {"the same length twice", head + "l: 4\r\nContent-Length: 04\r\n\r\nbody", State::complete,
       head.size() + 6 + 20 + 2 + 4},
      {"a line without a colon is a 400, not the end of the stream", head + "x\r\nl: 0\r\n\r\n",
       State::complete, head.size() + 11},
      {"too many commas too", head + "X:" + std::string(300, ',') + "\r\nl: 0\r\n\r\n",
       State::complete, head.size() + 312},
      {"a length is mandatory (RFC 3261 18.3)", head + "\r\n", State::refuse, 0},
      {"two lengths", head + "l: 4\r\nl: 5\r\n\r\nbody", State::refuse, 0},
      {"a negative length", head + "l: -1\r\n\r\n", State::refuse, 0},
      {"a signed length", head + "l: +1\r\n\r\n", State::refuse, 0},
      {"no number", head + "l: 1 2\r\n\r\n", State::refuse, 0},
      {"no digits", head + "l:\r\n\r\n", State::refuse, 0},
      {"a list", head + "l: 4, 4\r\n\r\nbody", State::refuse, 0},
      {"a hexadecimal length", head + "l: 0x4\r\n\r\nbody", State::refuse, 0},
      {"a length that overflows", head + "l: 18446744073709551616\r\n\r\n", State::refuse, 0},
      {"a length of its own beyond the limit", head + "l: 65537\r\n\r\n", State::refuse, 0},
      {"head and body beyond the limit", head + "l: 65536\r\n\r\n", State::refuse, 0},
      {"head and body at the limit", head + "l: 65484\r\n\r\n" + std::string(65536, 'b'),
       State::complete, 65536},
      {"one byte beyond it", head + "l: 65485\r\n\r\n" + std::string(65536, 'b'), State::refuse, 0},
      {"headers without an end", head + "X: " + std::string(65536, 'x'), State::refuse, 0},
      {"a lone CR: where do the headers end?", head + "X: a\rl: 4\r\n\r\n", State::refuse, 0},
      {"a NUL", head + "X: \0\r\nl: 0\r\n\r\n"s, State::refuse, 0},
      {"CR and no LF in front", "\rX", State::refuse, 0},
      {"one line end in front", "\r\nX", State::keep_alive, 2},
      {"a line feed in front", "\nX", State::keep_alive, 1},
      {"a ping", "\r\n\r\n", State::keep_alive, 4},
      {"a ping with a message behind", "\r\n\r\n" + options, State::keep_alive, 4},
      {"perhaps a ping", "\r\n\r", State::need_more, 0},
      {"perhaps a ping", "\r\n", State::need_more, 0},
      {"perhaps a ping", "\r", State::need_more, 0},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    const Frame frame = next_frame(row.bytes);
    CHECK(static_cast<int>(frame.state) == static_cast<int>(row.state));
    CHECK(frame.bytes == row.size);
  }
}

TEST_CASE("next_frame: more lines than the scan takes close the stream") {
  std::string bytes = head;
  for (int i = 0; i < 300; ++i) bytes += "X: a\r\n";
  CHECK(next_frame(bytes).state == State::refuse);
}

TEST_CASE("next_frame: a stream cut at any offset is framed alike") {
  const std::string stream =
      "\r\n" + message + "\r\n\r\n" + options + options + "\r\n\r\n\r\n" + message;
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    CAPTURE(cut);
    Reader reader;
    reader.receive(std::string_view(stream).substr(0, cut));
    reader.receive(std::string_view(stream).substr(cut));
    CHECK(reader.messages == std::vector<std::string>{message, options, options, message});
    CHECK(reader.pings == 2);
    CHECK(reader.unread.empty());
    CHECK(!reader.refused);
  }
}

TEST_CASE("next_frame: a stream that comes byte by byte is framed alike") {
  Reader reader;
  for (const char byte : message + "\r\n\r\n" + options) reader.receive({&byte, 1});
  CHECK(reader.messages == std::vector<std::string>{message, options});
  CHECK(reader.pings == 1);
}

TEST_CASE("frame_reader: a shorter message behind one whose body came late is seen at once") {
  const std::string longer = head + "X: " + std::string(500, 'x') + "\r\nl: 4\r\n\r\nbody";
  for (std::size_t cut = longer.size() - 4; cut < longer.size(); ++cut) {
    CAPTURE(cut);
    Reader reader;
    reader.receive(std::string_view(longer).substr(0, cut));
    reader.receive(longer.substr(cut) + options);
    CHECK(reader.messages == std::vector<std::string>{longer, options});
  }
}

TEST_CASE("frame_reader: what is refused in one piece is refused byte by byte") {
  const std::vector<std::string> rows = {
      head + "\r\n" + options,
      head + "l: x\r\n\r\n",
      head + "l: 65536\r\n\r\n",
      head + "X: a\rl: 4\r\n\r\n",
      head + "X: \0\r\nl: 0\r\n\r\n"s,
      "\rX",
      options + "\r\n\rX",
      head + "X: " + std::string(70000, 'x'),
  };
  for (const std::string& bytes : rows) {
    CAPTURE(bytes.substr(0, 60));
    Reader whole;
    whole.receive(bytes);
    Reader bytewise;
    for (const char byte : bytes) {
      bytewise.receive({&byte, 1});
      if (bytewise.refused) break;
    }
    CHECK(whole.refused);
    CHECK(bytewise.refused);
    CHECK(whole.messages == bytewise.messages);
  }
}

TEST_CASE(
    "frame_reader: a message of the largest size that comes byte by byte is not scanned anew") {
  // Quadratic, this would take seconds.
  const std::string large = head + "X: " + std::string(60000, 'x') + "\r\nl: 0\r\n\r\n";
  FrameReader frames;
  const auto begin = std::clock();
  for (std::size_t size = 1; size < large.size(); ++size) {
    REQUIRE(frames.next(std::string_view(large).substr(0, size)).state == State::need_more);
  }
  CHECK(frames.next(large).bytes == large.size());
  CHECK(std::clock() - begin < CLOCKS_PER_SEC);
}
