// SPDX-License-Identifier: MIT
#include "invite_text.hpp"

#include <doctest/doctest.h>

#include <set>

#include "answer_view.hpp"

using namespace sip_load;

namespace {

InviteShape shape() {
  InviteShape shape;
  shape.run = "cafe";
  shape.callers = {"12155550100", "4930123456"};
  return shape;
}

std::string value_of(const std::string& message, const std::string& begin, const std::string& end) {
  const auto at = message.find(begin);
  REQUIRE(at != std::string::npos);
  return message.substr(at + begin.size(),
                        message.find(end, at + begin.size()) - at - begin.size());
}

}  // namespace

TEST_CASE("invite_text: every request is its own transaction, and the same serial the same bytes") {
  const InviteText text(shape());
  std::set<std::string> call_ids, branches, tags;
  for (const std::uint64_t serial : {0U, 1U, 9U, 10U, 123456789U}) {
    std::string one, again;
    text.append(serial, serial % 2, one);
    text.append(serial, serial % 2, again);
    CHECK(one == again);
    CHECK(one.size() >= 878);
    CHECK(one.size() <= 882);
    const std::string call_id = value_of(one, "Call-ID: ", "\r\n");
    CHECK(text.serial_of(call_id) == serial);
    call_ids.insert(call_id);
    branches.insert(value_of(one, ";branch=", "\r\n"));
    tags.insert(value_of(one, ";tag=", "\r\n"));
    CHECK(one.find(serial % 2 == 0 ? "sip:+12155550100@" : "sip:+4930123456@") !=
          std::string::npos);
  }
  CHECK(call_ids.size() == 5);
  CHECK(branches.size() == 5);
  CHECK(tags.size() == 5);
}

TEST_CASE("invite_text: Content-Length is that of the body, filled or not") {
  for (const std::size_t bytes : {0U, 880U, 1400U}) {
    CAPTURE(bytes);
    InviteShape wanted = shape();
    wanted.bytes = bytes;
    std::string message;
    InviteText(wanted).append(7, 0, message);
    CHECK(next_answer(message).size == message.size());
  }
}

TEST_CASE("invite_text: Call-IDs of others have no serial") {
  const InviteText text(shape());
  for (const char* call_id :
       {"", "cafe", "cafe0000000001", "beef0000000001@load.invalid", "cafe000000001@load.invalid",
        "cafe00000000x1@load.invalid", "cafe00000000011@load.invalid"}) {
    CAPTURE(call_id);
    CHECK_FALSE(text.serial_of(call_id).has_value());
  }
}
