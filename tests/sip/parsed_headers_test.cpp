// SPDX-License-Identifier: MIT
#include "sip/parsed_headers.hpp"

#include <doctest/doctest.h>
#include <malloc.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_extra.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include "sanitized.hpp"
#include "sip/request_reader.hpp"
#include "sip/sample_request.hpp"

using namespace shaken302::sip;
using shaken302::sip::test::SampleRequest;
using shaken302::test::sanitized;

namespace {

/// More than the area of a worker holds.
const std::string large_via = "SIP/2.0/UDP " + std::string(20000, 'a');

std::string text(const char* part) { return part == nullptr ? "(none)" : part; }

/// Takes all memory that this process can still get. For a child process that ends soon.
void exhaust_memory() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_AS, &none);
  // malloc keeps small blocks by their size: each size has to be asked for.
  for (std::size_t size = 1 << 20; size != 0; size = size > 2048 ? size / 2 : size - 16) {
    void* volatile taken = nullptr;
    do {
      taken = std::malloc(size);
    } while (taken != nullptr);
  }
}

/// Whether `check` holds in a child process in which no memory is left. It must not ask for any.
bool holds_without_memory(const std::function<bool()>& check) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    exhaust_memory();
    _exit(check() ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("parsed_headers: each header, what is read and what is not") {
  ParsedHeaders headers;

  const auto* const request = headers.read_request("INVITE sip:a@b SIP/2.0");
  REQUIRE(request != nullptr);
  CHECK(request->rq_method == sip_method_invite);
  CHECK(text(request->rq_url->url_host) == "b");
  CHECK(headers.read_request("INVITE a b SIP/2.0") == nullptr);

  const auto* const via = headers.read_via("SIP/2.0/UDP a;branch=x, SIP/2.0/UDP b");
  REQUIRE(via != nullptr);
  CHECK(text(via->v_branch) == "x");
  REQUIRE(via->v_next != nullptr);
  CHECK(text(via->v_next->v_host) == "b");
  CHECK(headers.read_via("SIP/2.0/UDP ;;") == nullptr);

  const auto* const from = headers.read_from("\"A\" <sip:a@b>;tag=1");
  REQUIRE(from != nullptr);
  CHECK(text(from->a_tag) == "1");
  CHECK(headers.read_from("<") == nullptr);

  const auto* const to = headers.read_to("<sip:c@d>");
  REQUIRE(to != nullptr);
  CHECK(to->a_tag == nullptr);
  CHECK(text(to->a_url->url_user) == "c");
  CHECK(headers.read_to("") == nullptr);

  const auto* const cseq = headers.read_cseq("7 BYE");
  REQUIRE(cseq != nullptr);
  CHECK(cseq->cs_seq == 7);
  CHECK(text(cseq->cs_method_name) == "BYE");
  CHECK(headers.read_cseq("7") == nullptr);

  const auto* const asserted = headers.read_p_asserted_identity("<tel:+1>, <tel:+2>");
  REQUIRE(asserted != nullptr);
  CHECK(text(asserted->paid_url->url_user) == "+1");
  REQUIRE(asserted->paid_next != nullptr);
  CHECK(text(asserted->paid_next->paid_url->url_user) == "+2");
  CHECK(headers.read_p_asserted_identity("<tel:+1>;x=y") == nullptr);

  const auto* const remote = headers.read_remote_party_id("<tel:+1>;x=y");
  REQUIRE(remote != nullptr);
  CHECK(text(remote->rpid_url->url_user) == "+1");
  CHECK(headers.read_remote_party_id("<tel:+1") == nullptr);

  CHECK(!headers.is_out_of_memory());
}

TEST_CASE("parsed_headers: what was read survives what is read later, and a bad value") {
  ParsedHeaders headers;
  const auto* const first = headers.read_via("SIP/2.0/UDP first;branch=x");
  REQUIRE(first != nullptr);
  for (int i = 0; i < 300; ++i) {
    REQUIRE(headers.read_via("SIP/2.0/UDP later;branch=y") != nullptr);
    REQUIRE(headers.read_from("<") == nullptr);
  }
  REQUIRE(headers.read_via(large_via) != nullptr);
  CHECK(text(first->v_host) == "first");
  CHECK(text(first->v_branch) == "x");
}

TEST_CASE("parsed_headers: a value that is only looked at leaves nothing, and disturbs nothing") {
  ParsedHeaders headers;
  const auto* const first = headers.read_via("SIP/2.0/UDP first;branch=x");
  for (int i = 0; i < 300; ++i) {
    REQUIRE(headers.can_read_via("SIP/2.0/UDP later;branch=y;a;b;c;d;e;f;g;h;i, SIP/2.0/TCP c;x"));
    REQUIRE_FALSE(headers.can_read_via("SIP/2.0/UDP ;;"));
  }
  REQUIRE(headers.can_read_via(large_via));
  const auto* const next = headers.read_via("SIP/2.0/UDP second");
  REQUIRE(next != nullptr);
  const auto distance = reinterpret_cast<const char*>(next) - reinterpret_cast<const char*>(first);
  CHECK(distance > 0);
  CHECK(distance < 1024);  // right behind the first
  CHECK(text(first->v_branch) == "x");
  CHECK(text(next->v_host) == "second");
  CHECK(!headers.is_out_of_memory());
}

TEST_CASE("parsed_headers: a value without its end in memory is read to its end") {
  const std::string line = "<sip:a@b>;tag=12345";
  ParsedHeaders headers;
  const auto* const from = headers.read_from(std::string_view(line).substr(0, line.size() - 4));
  REQUIRE(from != nullptr);
  CHECK(text(from->a_tag) == "1");
}

TEST_CASE("parsed_headers: clear lets go of all, and memory does not grow") {
  // A sanitizer has a heap of its own, which this does not see: it tells of a leak at the end.
  const auto heap_bytes = [] { return mallinfo2().uordblks + mallinfo2().hblkhd; };
  ParsedHeaders headers;
  const sip_request_s* first = nullptr;
  std::size_t heap = 0;
  for (int round = 0; round < 10000; ++round) {
    headers.clear();
    const auto* const request = headers.read_request("INVITE sip:a@b SIP/2.0");
    REQUIRE(headers.read_via(large_via) != nullptr);
    REQUIRE(headers.read_from("<sip:a@b") == nullptr);
    if (round == 0) first = request;
    if (round == 1) heap = heap_bytes();
    REQUIRE(request != nullptr);
    REQUIRE(request == first);
  }
  CHECK(heap_bytes() < heap + 8192);  // malloc keeps a few small blocks; ten thousand are no few
}

TEST_CASE("parsed_headers: no memory is told, and forgotten with what was read") {
  if (sanitized) {
    MESSAGE("SKIPPED: a sanitizer's allocator ends the process instead");
    return;
  }
  static ParsedHeaders headers;
  CHECK(holds_without_memory([] {
    const bool told = headers.read_via(large_via) == nullptr && headers.is_out_of_memory();
    const bool others_are_read = headers.read_cseq("1 INVITE") != nullptr;
    headers.clear();
    return told && others_are_read && !headers.is_out_of_memory() &&
           headers.read_via("SIP/2.0/UDP a;branch=x") != nullptr;
  }));
}

TEST_CASE("parsed_headers: a request for which there is no memory is not called malformed") {
  if (sanitized) {
    MESSAGE("SKIPPED: a sanitizer's allocator ends the process instead");
    return;
  }
  static ReadState state;
  SampleRequest sample;
  sample.from = "From: \"" + std::string(20000, 'a') + "\" <sip:a@b>\r\n";
  const std::string large = sample.text();
  sample.from = "From: <sip:a@b>" + [] {
    std::string parameters;
    for (int i = 0; i < 600; ++i) parameters += ";a";
    return parameters;
  }() + "\r\n";
  const std::string many_parameters = sample.text();  // the value fits, its list does not
  sample.from = "From: <sip:a@b\r\n";
  const std::string broken = sample.text();
  const std::string ordinary = SampleRequest().text();
  REQUIRE(read_request(large, state));
  state.headers.clear();  // the child must find nothing to give back
  CHECK(holds_without_memory([&] {
    const auto request = read_request(large, state);
    return !request && request.error() == RequestError::memory;
  }));
  REQUIRE(read_request(many_parameters, state));
  state.headers.clear();
  CHECK(holds_without_memory([&] {
    const auto request = read_request(many_parameters, state);
    return !request && request.error() == RequestError::memory;
  }));
  CHECK(holds_without_memory([&] {
    const auto request = read_request(broken, state);
    return !request && request.error() == RequestError::from;
  }));
  CHECK(holds_without_memory([&] { return read_request(ordinary, state).has_value(); }));
}
