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

// The server lays headers beside the home. What the home does not know, no parser may free or move:
// neither a value that it takes, nor one that it refuses half way.
TEST_CASE("sofia: a parser leaves a header alone that is no block of its home") {
  struct Row {
    msg_hclass_t* header;
    std::string value;
  };
  const Row rows[] = {
      {sip_request_class, "INVITE sip:a@b SIP/2.0"},
      {sip_request_class, "INVITE a b SIP/2.0"},
      {sip_via_class, "SIP/2.0/UDP a;branch=x;y, SIP/2.0/UDP b" + repeat(";a=b", 100)},
      {sip_via_class, "SIP/2.0/UDP a;branch=x, SIP/2.0/UDP b;rport, ;;"},
      {sip_from_class, "\"A\" <sip:a@b>;tag=1" + repeat(";a=b", 100)},
      {sip_from_class, "\"A\" <sip:a@b>;tag=1;\x01"},
      {sip_to_class, "<sip:a@b"},
      {sip_cseq_class, "1 INVITE"},
      {sip_cseq_class, "1"},
      {sip_p_asserted_identity_class, "<tel:+1>, <tel:+2>, <tel:+3>"},
      {sip_p_asserted_identity_class, "<tel:+1>, <tel:+2>, <"},
      {sip_remote_party_id_class, "<tel:+1>;party=calling" + repeat(";a=b", 100) + ", <tel:+2>;a"},
      {sip_remote_party_id_class, "<tel:+1>;party=calling, <tel:+2"},
  };
  AreaHome home;
  for (const Row& row : rows) {
    CAPTURE(row.value.substr(0, 60));
    home.start_again();
    const auto struct_size = static_cast<std::size_t>(row.header->hc_size);
    // On the heap, where the sanitizer sees who frees it; on both sides of it nothing may be
    // written.
    constexpr std::size_t margin = 64;
    std::vector<std::byte> memory(margin + struct_size + row.value.size() + 1 + margin);
    for (std::size_t i = 0; i < margin; ++i) {
      memory[i] = std::byte{0xA5};
      memory[memory.size() - 1 - i] = std::byte{0xA5};
    }
    auto* const made = reinterpret_cast<msg_header_t*>(memory.data() + margin);
    made->sh_common->h_class = row.header;
    std::memcpy(MSG_HEADER_DATA(made), row.value.c_str(), row.value.size() + 1);
    row.header->hc_parse(home.home(), made, MSG_HEADER_DATA(made),
                         static_cast<isize_t>(row.value.size()));
    CHECK(made->sh_common->h_class == row.header);
    for (std::size_t i = 0; i < margin; ++i) {
      REQUIRE(memory[i] == std::byte{0xA5});
      REQUIRE(memory[memory.size() - 1 - i] == std::byte{0xA5});
    }
  }
}
