// SPDX-License-Identifier: MIT
#include "call_book.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace sip_load;

namespace {

constexpr std::int64_t ms = 1'000'000;
using Serials = std::vector<std::uint64_t>;

Serials due_at(CallBook& book, std::int64_t now) {
  Serials serials;
  book.expire(now, serials);
  return serials;
}

}  // namespace

TEST_CASE("call_book: a latency counts from when the request was due, however late it was sent") {
  CallBook book({false, 500 * ms, 2000 * ms, 0, 0});
  book.sent({Kind::call, 10 * ms, 15 * ms, false});
  CHECK(book.outstanding() == 1);
  CHECK(book.answered(0, 17 * ms, 1));
  CHECK(book.outstanding() == 0);
  CHECK(book.all().latencies.max_ns() == 7 * ms);
  CHECK(book.all().service_times.max_ns() == 2 * ms);
}

TEST_CASE(
    "call_book: the answers to the calls of a step are counted as that step's, whenever they "
    "come") {
  CallBook book({false, 500 * ms, 2000 * ms, 0, 0});
  book.sent({Kind::call, 0, 0, false, 0});
  book.sent({Kind::call, 100 * ms, 101 * ms, false, 1});
  CHECK(book.answered(0, 300 * ms, 1));
  CHECK(book.answered(1, 201 * ms, 1));
  REQUIRE(book.steps().size() == 2);
  CHECK(book.steps()[0].answered == 1);
  CHECK(book.steps()[0].service_times.max_ns() == 300 * ms);
  CHECK(book.steps()[1].latencies.max_ns() == 101 * ms);
  CHECK(book.steps()[1].service_times.max_ns() == 100 * ms);
  CHECK(book.all().answered == 2);
}

TEST_CASE("call_book: what was not asked cannot be answered, and what was asked once not twice") {
  CallBook book({false, 500 * ms, 2000 * ms, 0, 0});
  book.sent({Kind::call, 0, 0, false});
  book.sent({Kind::unknown, 0, 0, false});
  book.sent({Kind::malformed, 0, 0, false});
  CHECK_FALSE(book.answered(1, ms, 1));
  CHECK_FALSE(book.answered(2, ms, 1));
  CHECK_FALSE(book.answered(3, ms, 1));
  CHECK(book.answered(0, ms, 1));
  CHECK(book.counts().twice == 0);
  CHECK(book.answered(0, ms, 1));
  CHECK(book.counts().twice == 1);
  CHECK(book.counts().answered == 1);
}

TEST_CASE(
    "call_book: without retransmission a call is lost, raw and for good, after the patience") {
  CallBook book({false, 500 * ms, 2000 * ms, 0, 0});
  book.sent({Kind::call, 0, 0, false});
  CHECK(book.next_ns() == 2000 * ms);
  CHECK(due_at(book, 1999 * ms).empty());
  CHECK(book.counts().lost == 0);
  CHECK(due_at(book, 2000 * ms).empty());
  CHECK(book.counts().lost == 1);
  CHECK(book.counts().raw_lost == 1);
  CHECK(book.outstanding() == 0);
  CHECK(book.answered(0, 2001 * ms, 1));
  CHECK(book.counts().too_late == 1);
  CHECK(book.counts().answered == 0);
}

TEST_CASE("call_book: retransmissions by RFC 3261 17.1.1.2: after T1, 3 T1, 7 T1 ... until 64 T1") {
  CallBook book({true, 500 * ms, 32000 * ms, 0, 0});
  book.sent({Kind::call, 0, 0, false});
  std::vector<std::int64_t> times;
  for (std::int64_t now = 0; now <= 40000 * ms; now += 100 * ms) {
    if (!due_at(book, now).empty()) times.push_back(now / ms);
  }
  CHECK(times == std::vector<std::int64_t>{500, 1500, 3500, 7500, 15500, 31500});
  CHECK(book.counts().raw_lost == 1);
  CHECK(book.counts().retransmitted == 6);
  CHECK(book.counts().lost == 1);
  CHECK(book.next_ns() == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE(
    "call_book: an answer ends the retransmissions; one for each request sent is not too many") {
  CallBook book({true, 500 * ms, 32000 * ms, 0, 0});
  book.sent({Kind::call, 0, 0, false});
  CHECK(due_at(book, 500 * ms) == Serials{0});
  CHECK(book.answered(0, 501 * ms, 1));
  CHECK(book.answered(0, 502 * ms, 1));
  CHECK(book.counts().twice == 0);
  CHECK(due_at(book, 1500 * ms).empty());
  CHECK(book.counts().lost == 0);
  CHECK(book.counts().raw_lost == 1);
}

TEST_CASE("call_book: a repeat goes out whatever the answer, and the two answers are compared") {
  CallBook book({false, 500 * ms, 2000 * ms, 100 * ms, 0});
  book.sent({Kind::call, 0, 0, true});
  book.sent({Kind::call, 0, 0, true});
  CHECK(book.answered(0, ms, 77));
  CHECK(book.answered(1, ms, 77));
  CHECK(book.next_ns() == 100 * ms);
  CHECK(due_at(book, 100 * ms) == Serials{0, 1});
  CHECK(book.repeats_open() == 2);
  CHECK(book.answered(0, 101 * ms, 77));
  CHECK(book.answered(1, 101 * ms, 99));
  CHECK(book.repeats_open() == 0);
  CHECK(book.counts().repeats_same == 1);
  CHECK(book.counts().repeats_different == 1);
  CHECK(book.counts().twice == 0);
}

TEST_CASE("call_book: the timeline counts a call in the window in which it was due") {
  CallBook book({false, 500 * ms, 2000 * ms, 0, 100 * ms});
  book.sent({Kind::call, 1000 * ms, 1000 * ms, false});
  book.sent({Kind::call, 1250 * ms, 1250 * ms, false});
  CHECK(book.answered(1, 1300 * ms, 1));
  REQUIRE(book.windows().size() == 3);
  CHECK(book.windows()[0].due == 1);
  CHECK(book.windows()[0].answered == 0);
  CHECK(book.windows()[2].answered == 1);
  CHECK(book.windows()[2].slowest_ns == 50 * ms);
}
