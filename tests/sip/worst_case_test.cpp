// SPDX-License-Identifier: MIT
//
// No datagram may cost a worker more than 2 ms or more stack than 512 KiB, whatever a stranger puts
// into it.
#include <doctest/doctest.h>
#include <pthread.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sanitized.hpp"
#include "sip/request_reader.hpp"
#include "sip/sample_request.hpp"
#include "sip/scene.hpp"

using namespace shaken302;
using namespace shaken302::sip;
using shaken302::sip::test::SampleRequest;
using shaken302::sip::test::Scene;
using shaken302::test::sanitized;

namespace {

#if defined(__OPTIMIZE__)
constexpr bool optimized = true;
#else
constexpr bool optimized = false;
#endif
constexpr double limit_ms = sanitized || !optimized ? 20.0 : 2.0;
constexpr std::size_t datagram_bytes = 65507;

std::string repeat(std::string_view text, std::size_t count) {
  std::string result;
  while (count-- != 0) result += text;
  return result;
}

/// A good request with as many units between `head` and `tail` as a datagram holds.
std::string filled(const std::string& head, std::string_view unit, const std::string& tail) {
  SampleRequest sample;
  const std::size_t room = datagram_bytes - sample.text().size() - head.size() - tail.size();
  sample.more += head + repeat(unit, room / unit.size()) + tail;
  return sample.text();
}

/// The same, with the units inside one of the sample's own fields.
std::string filled(std::string SampleRequest::*part, const std::string& head, std::string_view unit,
                   const std::string& tail) {
  SampleRequest sample;
  sample.*part = head + tail;
  const std::size_t room = datagram_bytes - sample.text().size();
  sample.*part = head + repeat(unit, room / unit.size()) + tail;
  return sample.text();
}

std::string repeated(std::string_view line, std::size_t count) {
  SampleRequest sample;
  sample.more = repeat(line, count);
  return sample.text();
}

struct Run {
  std::function<void()> once;
  double best_ms = 1e9;
};

double thread_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

void* run_often(void* argument) {
  Run& run = *static_cast<Run*>(argument);
  for (int i = 0; i < 5; ++i) {
    const double begin = thread_ms();
    run.once();
    run.best_ms = std::min(run.best_ms, thread_ms() - begin);
  }
  return nullptr;
}

double cost_ms(std::function<void()> once) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 512 * 1024);
  Run run{std::move(once)};
  pthread_t thread{};
  REQUIRE(pthread_create(&thread, &attributes, run_often, &run) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  return run.best_ms;
}

double cost_of_reading_ms(const std::string& bytes) {
  static ReadState state;
  Peer peer;
  peer.account_sources.push_back({AccountSource::Kind::header, "X-Account", no_index});
  peer.account_sources.push_back({AccountSource::Kind::parameter, "otg", no_index});
  return cost_ms([&] {
    const auto request = read_request(bytes, state);
    if (request) read_call(*request, state.index, peer, 0, {});
    state.headers.clear();
  });
}

const std::string many_privacy = repeated("Privacy: none\r\n", 240);

}  // namespace

TEST_CASE("worst_case: every datagram is read within 2 ms on a stack of 512 KiB") {
  struct Row {
    const char* why;
    std::string bytes;
  };
  using S = SampleRequest;
  const std::vector<Row> rows = {
      {"lines without a colon (920 ms in Sofia alone)", filled("", "x\r\n", "")},
      {"unknown fields (334 ms)", filled("", "x:y\r\n", "")},
      {"Supported fields (229 ms)", filled("", "k:\r\n", "")},
      {"Supported fields behind lone CRs (2.2 s)", filled("", "k:a\r", "\r\n")},
      {"Contact fields (81 ms)", filled("", "m:<a:b>\r\n", "")},
      {"one long list (ends a small stack)", filled("Accept-Language: a", ",a", "\r\n")},
      {"commas of many Call-Info fields (72 ms)",
       repeated("Call-Info: " + repeat("<a:b>,", 26) + "\r\n", 247)},
      {"commas and nothing else", filled("X: ", ",", "\r\n")},
      {"commas one by one", filled("X: ", "a,", "\r\n")},
      {"line ends and nothing else", std::string(datagram_bytes, '\n')},
      {"NULs and nothing else", std::string(datagram_bytes, '\0')},
      {"CRs and nothing else", std::string(datagram_bytes, '\r')},
      {"257 Via values",
       filled(&S::via, "Via: SIP/2.0/UDP a" + repeat(",SIP/2.0/UDP a", 256), ";a", "\r\n")},
      {"256 commas in 240 Call-Info fields", repeated("Call-Info: <a:b>,<a:b>\r\n", 240)},
      {"256 commas in P-Asserted-Identity",
       repeated("P-Asserted-Identity: <a:b>" + repeat(",<a:b>", 256) + "\r\n", 1)},
      {"and header parameters, which Sofia refuses and we read again",
       repeated("P-Asserted-Identity: <a:b>" + repeat(",<a:b>;c", 127) + "\r\n", 2)},
      {"many broken P-Asserted-Identity", repeated("P-Asserted-Identity: <\r\n", 247)},
      {"many accounts", repeated("X-Account: a\r\n", 247)},
      {"many Privacy", many_privacy},
      {"many Privacy with many kinds",
       repeated("Privacy: " + repeat("none;", 4) + repeat("none,", 1) + repeat("x", 230) + "\r\n",
                240)},
      {"many Remote-Party-ID", repeated("Remote-Party-ID: <\r\n", 247)},
      {"many Via", repeated("Via: SIP/2.0/UDP a\r\n", 247)},
      {"many Identity", repeated("Identity: a.b.c;info=<https://a>;alg=ES256;ppt=div\r\n", 247)},
      {"Via parameters", filled(&S::via, "Via: SIP/2.0/UDP a", ";a", "\r\n")},
      {"as many parameters as a short message holds",
       [] {
         SampleRequest sample;
         sample.from = "From: <sip:a@b>" + repeat(";a", 1900) + "\r\n";
         return sample.text();
       }()},
      {"as many parameters as a long message may have",
       [] {
         SampleRequest sample;
         sample.from = "From: <sip:a@b>" + repeat(";a", 1000) + "\r\n";
         sample.more = "X: " + std::string(60000, 'a') + "\r\n";
         return sample.text();
       }()},
      {"From parameters", filled(&S::from, "From: <sip:a@b>", ";a", "\r\n")},
      {"From URI parameters", filled(&S::from, "From: <sip:a@b", ";a", ">\r\n")},
      {"escapes", filled(&S::from, "From: <sip:", "%61", "@b>\r\n")},
      {"a long Request-URI", filled(&S::start, "INVITE sip:a@b", ";a", " SIP/2.0")},
      {"comments", filled(&S::via, "Via: SIP/2.0/UDP a ", "(", "\r\n")},
      {"quotes", filled(&S::from, "From: \"", "\\\"", "\" <sip:a@b>\r\n")},
      {"P-Asserted-Identity parameters", filled("P-Asserted-Identity: <sip:a@b>", ";a", "\r\n")},
      {"Remote-Party-ID parameters", filled("Remote-Party-ID: <sip:a@b>", ";a", "\r\n")},
      {"Contact parameters", filled("Contact: <sip:a@b>", ";a", "\r\n")},
      {"Identity parameters", filled("Identity: a.b.c;info=<https://a>", ";a=b", "\r\n")},
      {"a long token", filled("Identity: ", "a", ";info=<https://a>;alg=ES256\r\n")},
      {"a long body", filled(&S::body, "", "b", "")},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    CHECK(row.bytes.size() <= datagram_bytes);
    CHECK(cost_of_reading_ms(row.bytes) < limit_ms);
  }
}

TEST_CASE("worst_case: a call is answered within 2 ms also where a shadow decides it once more") {
  const Scene shadow;
  Scene scene([&](Scene& it) { it.shadow = std::make_shared<const Snapshot>(shadow.snapshot); });
  REQUIRE(scene.ask(many_privacy).record != nullptr);
  CHECK(scene.count(Counter::shadow_same) == 1);
  CHECK(cost_ms([&] { scene.ask(many_privacy); }) < limit_ms);
}
