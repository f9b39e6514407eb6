// SPDX-License-Identifier: MIT
#include "answer_view.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sip_load;

TEST_CASE("answer_view: status, Call-ID, Identity") {
  const auto view = parse_answer(
      "SIP/2.0 302 Moved Temporarily\r\nCall-ID: a@b\r\nIdentity: "
      "x.y.z;info=<i>\r\nContent-Length: 0\r\n\r\n");
  REQUIRE(view.has_value());
  CHECK(view->status == 302);
  CHECK(view->call_id == "a@b");
  CHECK(view->identity == "x.y.z;info=<i>");
}

TEST_CASE("answer_view: what is no answer") {
  struct Row {
    const char* why;
    std::string_view bytes;
  };
  for (const Row& row : {
           Row{"nothing", ""},
           Row{"a request", "INVITE sip:a SIP/2.0\r\nCall-ID: a\r\n\r\n"},
           Row{"no end", "SIP/2.0 302 Moved\r\nCall-ID: a\r\n"},
           Row{"no status", "SIP/2.0 x02 Moved\r\nCall-ID: a\r\n\r\n"},
           Row{"no Call-ID", "SIP/2.0 302 Moved\r\nX-Call-ID: a\r\n\r\n"},
           Row{"two Call-IDs", "SIP/2.0 302 Moved\r\nCall-ID: a\r\nCall-ID: b\r\n\r\n"},
           Row{"two Identities",
               "SIP/2.0 302 M\r\nCall-ID: a\r\nIdentity: 1\r\nIdentity: 2\r\n\r\n"},
       }) {
    CAPTURE(row.why);
    CHECK_FALSE(parse_answer(row.bytes).has_value());
  }
}

TEST_CASE(
    "answer_view: an answer on a stream ends where Content-Length says, whatever has arrived of "
    "it") {
  const std::string one = "SIP/2.0 200 OK\r\nContent-Length: 3\r\n\r\nabc";
  for (std::size_t arrived = 0; arrived < one.size(); ++arrived) {
    CAPTURE(arrived);
    const Frame frame = next_answer(std::string_view(one).substr(0, arrived));
    CHECK(frame.size == 0);
    CHECK_FALSE(frame.is_broken);
  }
  const std::string stream = "\r\n\r\n" + one + "SIP/2.0 ";
  CHECK(next_answer(stream).skipped == 4);
  CHECK(next_answer(stream).size == one.size());
}

TEST_CASE("answer_view: an answer without a readable Content-Length breaks the stream") {
  CHECK(next_answer("SIP/2.0 200 OK\r\nCall-ID: a\r\n\r\n").is_broken);
  CHECK(next_answer("SIP/2.0 200 OK\r\nContent-Length: x\r\n\r\n").is_broken);
}
