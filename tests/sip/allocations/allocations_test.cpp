// SPDX-License-Identifier: MIT
//
// How much memory an answer asks for, once the worker is warm: none but what OpenSSL takes for a
// signature and its SHA-256, and the same for every call of its kind.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>

#include "allocation_count.hpp"
#include "sip/scene.hpp"

namespace shaken302::sip {
namespace {

using namespace test;
using shaken302::test::allocation_count;
using shaken302::test::AllocationCount;

constexpr std::string_view sdp =
    "v=0\r\no=- 3904 3904 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
    "m=audio 40000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n";

/// As proxies send it: two Vias, an asserted identity, a body; about 878 bytes.
Invite plain_invite(std::string_view caller) {
  Invite invite;
  invite.from = "\"Caller\" <sip:+" + std::string(caller) + "@example.com>;tag=9fxced76sl";
  invite.more =
      "Via: SIP/2.0/UDP 192.0.2.77:5060;branch=z9hG4bK1b2c3d;received=192.0.2.78\r\n"
      "User-Agent: a proxy\r\nAllow: INVITE, ACK, CANCEL, BYE\r\n"
      "P-Asserted-Identity: <sip:+" +
      std::string(caller) + "@example.com>\r\nContent-Type: application/sdp\r\n";
  return invite;
}

std::string with_body(std::string text) {
  constexpr std::string_view no_body = "Content-Length: 0\r\n\r\n";
  text.resize(text.size() - no_body.size());
  return text + "Content-Length: " + std::to_string(sdp.size()) + "\r\n\r\n" + std::string(sdp);
}

/// Another request for each `n`, as long as the others.
std::string request_number(Invite invite, std::size_t n) {
  std::string number = std::to_string(n);
  number.insert(0, 8 - number.size(), '0');
  invite.call_id = number + "@example.com";
  return with_body(invite.text());
}

/// OpenSSL 3.0 needs 41: big numbers, a context for them, and points of the curve.
constexpr int signature_allocations_max = 48;

struct Row {
  const char* name;
  const char* why;                                  ///< this many
  std::function<std::string(std::size_t)> request;  ///< the nth
  Outcome outcome;
  int allocations;            ///< exactly, each call
  int signature_allocations;  ///< at most: what a signature needs is OpenSSL's affair
  Endpoint source = edge;
};

const Row rows[] = {
    {"signed", "SHA-256; ECDSA. What the parser makes lies in memory of the worker's own",
     [](std::size_t n) { return request_number(plain_invite(number_a), n); },
     Outcome::signed_redirect, 1, signature_allocations_max},
    {"signed, an identity with a parameter",
     "the same: a value that is read again, because it was refused at first, lies there too",
     [](std::size_t n) {
       Invite invite = plain_invite(number_a);
       invite.more += "Privacy: none\r\n";
       const auto end = invite.more.find("@example.com>") + 13;
       invite.more.insert(end, ";verstat=TN-Validation-Passed");
       return request_number(invite, n);
     },
     Outcome::signed_redirect, 1, signature_allocations_max},
    {"signed, through five proxies", "the same: a Via behind the first is looked at and not kept",
     [](std::size_t n) {
       Invite invite = plain_invite(number_a);
       for (const char* branch : {"a", "b", "c", "d", "e"}) {
         invite.more += "Via: SIP/2.0/UDP 192.0.2.77;branch=z9hG4bK" + std::string(branch) + "\r\n";
       }
       return request_number(invite, n);
     },
     Outcome::signed_redirect, 1, signature_allocations_max},
    {"unsigned", "nothing",
     [](std::size_t n) { return request_number(plain_invite(number_other), n); },
     Outcome::unsigned_redirect, 0, 0},
    {"retransmission", "SHA-256; what was signed is in a table of fixed size",
     [](std::size_t) { return request_number(plain_invite(number_b), 0); },
     Outcome::repeated_redirect, 1, 0},
    {"OPTIONS", "nothing", [](std::size_t) { return request_of("OPTIONS").text(); },
     Outcome::options_ok, 0, 0},
    {"malformed for the parser", "what it could not read lies there too",
     [](std::size_t n) {
       Invite invite = plain_invite(number_a);
       invite.from = "<sip:+12155550100@example.com";
       return request_number(invite, n);
     },
     Outcome::bad_request, 0, 0},
    {"malformed for the pre-scan", "it never comes to the parser",
     [](std::size_t n) {
       Invite invite = plain_invite(number_a);
       invite.more += "no colon\r\n";
       return request_number(invite, n);
     },
     Outcome::bad_request, 0, 0},
    {"ACK", "it never comes to the parser", [](std::size_t) { return request_of("ACK").text(); },
     Outcome::silent_method, 0, 0},
    {"a response", "it never comes to the parser",
     [](std::size_t) {
       const std::string text = request_of("INVITE").text();
       return "SIP/2.0 200 OK" + text.substr(text.find("\r\n"));
     },
     Outcome::silent_response, 0, 0},
    {"unknown source", "whoever is nobody's peer gets nothing, not even a scan",
     [](std::size_t n) { return request_number(plain_invite(number_a), n); },
     Outcome::silent_source, 0, 0, stranger},
    {"over its peer's rate", "it never comes to the parser",
     [](std::size_t n) { return request_number(plain_invite(number_a), n); }, Outcome::over_limit,
     0, 0, endpoint("198.18.0.1")},
};

/// Of one answer, beside what the signature asks for.
struct Cost {
  std::int64_t own_least = 0;
  std::int64_t own_most = 0;
  std::int64_t signature_most = 0;
  std::int64_t bytes_most = 0;
  std::int64_t kept = 0;  ///< by all answers together: never given back
};

Cost cost_of(const Row& row, Scene& scene) {
  constexpr std::size_t warm_up = 64;
  constexpr std::size_t calls = 512;
  Cost cost{1000000};
  for (std::size_t n = 0; n < warm_up + calls; ++n) {
    const std::string request = row.request(n);
    scene.arrived += 1000;
    const AllocationCount before = allocation_count();
    const Outcome outcome = scene.ask(request, row.source).outcome;
    const AllocationCount one = allocation_count() - before;
    if (n < warm_up) continue;
    REQUIRE(outcome == row.outcome);
    const std::int64_t own = one.made - one.in_signature;
    cost.own_least = std::min(cost.own_least, own);
    cost.own_most = std::max(cost.own_most, own);
    cost.signature_most = std::max(cost.signature_most, one.in_signature);
    cost.bytes_most = std::max(cost.bytes_most, one.bytes);
    cost.kept += one.made - one.freed;
  }
  return cost;
}

TEST_CASE("allocations: each answer asks for no more memory than its row says") {
  RetransmissionTable table(4096, std::chrono::seconds(8));
  Scene scene([&](Scene& made) {
    made.settings.retransmissions = &table;
    Peer limited = made.peer;
    limited.name = "limited";
    limited.sources = {network("198.18.0.0", 15)};
    limited.limits = {1, 0, 7};
    made.more_peers = {limited};
    made.usage = std::make_unique<UsageTable>();
    made.settings.usage = made.usage.get();
  });
  std::printf("%-40s %6s %10s %8s\n", "allocations of one answer", "own", "signature", "bytes");
  for (const Row& row : rows) {
    CAPTURE(std::string(row.name));
    CAPTURE(std::string(row.why));
    const Cost cost = cost_of(row, scene);
    std::printf("%-40s %6lld %10lld %8lld\n", row.name, static_cast<long long>(cost.own_most),
                static_cast<long long>(cost.signature_most),
                static_cast<long long>(cost.bytes_most));
    CHECK(cost.own_least == row.allocations);
    CHECK(cost.own_most == row.allocations);
    CHECK(cost.signature_most <= row.signature_allocations);
    CHECK(cost.kept == 0);
  }
}

TEST_CASE("allocations: what is counted is what is made") {
  const AllocationCount before = allocation_count();
  auto number = std::make_unique<int>(1);
  CHECK((allocation_count() - before).made == 1);
  number.reset();
  CHECK((allocation_count() - before).freed == 1);
}

}  // namespace
}  // namespace shaken302::sip
