// SPDX-License-Identifier: MIT
//
// What a memory home in an area promises: su_home_auto, and everything read in there.
#include <doctest/doctest.h>
#include <malloc.h>

#include <vector>

#include "contract/sofia_values.hpp"

using namespace shaken302::contract;

namespace {

/// What the process has of its heap. Nothing of a sanitizer's, which takes malloc's place: there a
/// block that nobody gives back is found when the program ends.
std::size_t heap_bytes() {
  const auto now = mallinfo2();
  return now.uordblks + now.hblkhd;
}

const std::string large_value = "SIP/2.0/UDP " + std::string(2 * AreaHome::area_bytes, 'a');

}  // namespace

TEST_CASE("sofia: what is read in an area lies there, its parameters and later values too") {
  AreaHome home;
  const sip_via_t* const via = home.via("SIP/2.0/UDP a;branch=x, SIP/2.0/UDP b;rport");
  REQUIRE(via != nullptr);
  for (const sip_via_t* one = via; one != nullptr; one = one->v_next) {
    CHECK(home.is_in_area(one));
    CHECK(home.is_in_area(one->v_host));
    CHECK(home.is_in_area(one->v_params));
  }
}

TEST_CASE("sofia: what is read stays readable, whatever is read after it") {
  AreaHome home;
  std::vector<const sip_via_t*> vias;
  for (int i = 0; i < 250; ++i) {
    vias.push_back(home.via("SIP/2.0/UDP h" + std::to_string(i) + ";branch=z" + std::to_string(i)));
    if (i % 50 == 0) vias.push_back(home.via(large_value));
    CHECK(home.from("<") == nullptr);  // what is refused takes memory too
  }
  int number = 0;
  for (const sip_via_t* const via : vias) {
    REQUIRE(via != nullptr);
    if (via->v_params == nullptr) {
      CHECK(text(via->v_host) == large_value.substr(12));
      continue;
    }
    CHECK(text(via->v_host) == "h" + std::to_string(number));
    CHECK(text(via->v_branch) == "z" + std::to_string(number));
    CHECK(text(via->v_params[0]) == "branch=z" + std::to_string(number++));
  }
  CHECK(number == 250);
}

TEST_CASE("sofia: a home in an area takes nothing from the heap for up to five blocks") {
  if (sanitized) {
    MESSAGE("SKIPPED: the heap is a sanitizer's");
    return;
  }
  AreaHome home;
  std::vector<std::size_t> heap(12);
  for (int round = 0; round < 2; ++round) {  // malloc keeps some of what the first gives back
    home.start_again();
    heap[0] = heap_bytes();
    for (std::size_t blocks = 1; blocks < heap.size(); ++blocks) {
      home.cseq("1 INVITE");
      heap[blocks] = heap_bytes();
    }
  }
  CHECK(heap[5] == heap[0]);
  // The sixth does not fit into the list of blocks that is in the area; the blocks still do.
  CHECK(heap[6] > heap[5]);
  CHECK(heap[6] < heap[5] + 1024);
  CHECK(heap[11] == heap[6]);
}

TEST_CASE("sofia: a value larger than the area is read, on the heap, and given back") {
  AreaHome home;
  REQUIRE(home.via(large_value) != nullptr);
  home.start_again();
  const std::size_t before = heap_bytes();
  const sip_via_t* const via = home.via(large_value);
  const std::size_t during = heap_bytes();
  REQUIRE(via != nullptr);
  CHECK(!home.is_in_area(via));
  CHECK(text(via->v_host) == large_value.substr(12));
  home.start_again();
  CHECK(heap_bytes() == before);
  CHECK((sanitized || during > before + AreaHome::area_bytes));
}

TEST_CASE("sofia: an area can be used again a thousand times, and nothing grows") {
  AreaHome home;
  const std::string parameters = "SIP/2.0/UDP a" + repeat(";a=b", 1000);
  const sip_request_t* first = nullptr;
  std::size_t heap = 0;
  for (int round = 0; round < 1000; ++round) {
    home.start_again();
    const sip_request_t* const request = home.request("INVITE sip:a@b SIP/2.0");
    REQUIRE(request != nullptr);
    REQUIRE(home.via(parameters) != nullptr);
    REQUIRE(home.via(large_value) != nullptr);
    REQUIRE(home.asserted_identity("<tel:+1>;x=y") == nullptr);
    if (round == 0) first = request;
    if (round == 1) heap = heap_bytes();
    REQUIRE(request == first);
  }
  CHECK(heap_bytes() < heap + 8192);  // malloc keeps a few small blocks; a thousand are no few
}
