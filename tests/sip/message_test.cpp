// SPDX-License-Identifier: MIT
#include "sip/message.hpp"

#include <doctest/doctest.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_extra.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <utility>

#include "sip/request_reader.hpp"
#include "sip/sample_request.hpp"

using namespace shaken302::sip;
using shaken302::sip::test::SampleRequest;

namespace {

#if defined(__has_feature)
constexpr bool sanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

/// Takes all memory that this process can still get. For a child process that ends soon.
void exhaust_memory() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_AS, &none);
  for (std::size_t size = 1 << 20; size >= 16; size /= 2) {
    void* volatile taken = nullptr;
    do {
      taken = std::malloc(size);
    } while (taken != nullptr);
  }
}

}  // namespace

TEST_CASE("message: a message without errors") {
  const auto message = Message::parse(SampleRequest().text());
  REQUIRE(message);
  CHECK(message->errors() == 0);
  CHECK(message->sip()->sip_request->rq_method == sip_method_invite);
}

TEST_CASE("message: P-Asserted-Identity and Remote-Party-ID have their classes") {
  SampleRequest sample;
  sample.more = "P-Asserted-Identity: <tel:+1>\r\nRemote-Party-ID: <sip:+2@a>\r\n";
  const auto message = Message::parse(sample.text());
  REQUIRE(message);
  CHECK(sip_p_asserted_identity(message->sip()) != nullptr);
  CHECK(sip_remote_party_id(message->sip()) != nullptr);
  CHECK(message->sip()->sip_unknown == nullptr);
}

TEST_CASE("message: fields that nobody asks about are not parsed") {
  SampleRequest sample;
  sample.more = "Date: never\r\nContact: <\r\nc:\r\nMax-Forwards: x\r\nAccept: ,,\r\nRoute: <\r\n";
  const auto message = Message::parse(sample.text());
  REQUIRE(message);
  CHECK(message->errors() == 0);
  CHECK(message->sip()->sip_error == nullptr);
  CHECK(message->sip()->sip_contact == nullptr);
  CHECK(message->sip()->sip_unknown != nullptr);
}

TEST_CASE("message: the compact forms of the fields that are") {
  const auto message = Message::parse(
      "INVITE sip:a@b SIP/2.0\r\nv: SIP/2.0/UDP a\r\nf: <sip:a@b>\r\nt: <sip:a@b>\r\ni: a\r\n"
      "l: 0\r\nCSeq: 1 INVITE\r\n\r\n");
  REQUIRE(message);
  CHECK(message->errors() == 0);
  CHECK(message->sip()->sip_unknown == nullptr);
  CHECK(message->sip()->sip_via != nullptr);
  CHECK(message->sip()->sip_from != nullptr);
  CHECK(message->sip()->sip_to != nullptr);
  CHECK(message->sip()->sip_call_id != nullptr);
  CHECK(message->sip()->sip_content_length != nullptr);
}

TEST_CASE("message: the error bits say that a header could not be read") {
  SampleRequest sample;
  sample.from = "From: <\r\n";
  const auto message = Message::parse(sample.text());
  REQUIRE(message);
  CHECK((message->errors() & sip_mask_request) != 0);
  CHECK(message->sip()->sip_from == nullptr);
}

TEST_CASE("message: a request line that cannot be read leaves none") {
  SampleRequest sample;
  sample.start = "INVITE a b SIP/2.0";
  const auto message = Message::parse(sample.text());
  REQUIRE(message);
  CHECK(message->sip()->sip_request == nullptr);
  CHECK((message->errors() & sip_mask_request) != 0);
}

TEST_CASE("message: a body that is shorter than Content-Length is incomplete") {
  SampleRequest sample;
  sample.more = "Content-Length: 3\r\n";
  sample.body = "ab";
  const auto message = Message::parse(sample.text());
  REQUIRE(!message);
  CHECK(message.error() == Message::Error::incomplete);
}

TEST_CASE("message: one without a byte is refused") { CHECK(!Message::parse("")); }

TEST_CASE("message: moving it moves Sofia's memory") {
  auto message = Message::parse(SampleRequest().text());
  REQUIRE(message);
  const sip_t* const sip = message->sip();
  const Message moved = std::move(message).value();
  CHECK(moved.sip() == sip);
}

TEST_CASE("message: a full memory is an error of its own, up to the gate") {
  if (sanitized) return;  // the sanitizers' allocators end the process instead
  const std::string bytes = SampleRequest().text();
  static ReadState state;
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    exhaust_memory();
    const auto message = Message::parse(bytes);
    const auto request = read_request(bytes, state);
    const bool expected = !message && message.error() == Message::Error::memory && !request &&
                          request.error() == RequestError::memory;
    _exit(expected ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
