// SPDX-License-Identifier: MIT
//
// Whole runs against a server that is right, and against servers that are wrong in one way each.
#include "load_run.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <nlohmann/json.hpp>

#include "reflector.hpp"
#include "token_maker.hpp"

using namespace sip_load;
using sip_load::test::echo;
using sip_load::test::header_of;
using sip_load::test::Reflector;
using sip_load::test::TokenMaker;

namespace {

constexpr std::int64_t ms = 1'000'000;

const TokenMaker& maker() {
  static const TokenMaker made;
  return made;
}

/// A 302 with an Identity that verifies.
std::string signed_302(std::string_view request) {
  const std::string from = header_of(request, "P-Asserted-Identity");
  const std::string calling = from.substr(6, from.find('@') - 6);
  return echo(request, "302 Moved Temporarily",
              "Identity: " +
                  maker().identity(TokenMaker::claims(calling, "12155550199", std::time(nullptr))) +
                  "\r\n");
}

LoadOptions closed_loop(const Target& target, std::uint64_t calls = 300) {
  LoadOptions options;
  options.target = target;
  options.steps = {{}};
  options.outstanding = 8;
  options.calls = calls;
  options.patience = nanoseconds(1000 * ms);
  options.certificate = maker().certificate_file();
  options.verify_share = 0.5;
  options.callers = {"12155550100", "12155550101", "4930123456"};
  return options;
}

sip_load::test::ServerTls server_tls(bool wants_client = false) {
  return {maker().certificate(), maker().key_pem(), wants_client};
}

}  // namespace

TEST_CASE("load_run: every transport and both families: all answered, all good, a half verified") {
  for (const Transport transport : {Transport::udp, Transport::tcp, Transport::tls}) {
    for (const char* address : {"127.0.0.1", "::1"}) {
      CAPTURE(address);
      CAPTURE(static_cast<int>(transport));
      const Reflector reflector(transport, address, signed_302, server_tls());
      const RunResult result = run_load(closed_loop(reflector.target()));
      CHECK(result.book.sent == 300);
      CHECK(result.verdicts.good == 300);
      CHECK(result.wrong == 0);
      CHECK(result.book.lost == 0);
      CHECK(result.verdicts.verified > 100);
      CHECK(result.verdicts.verified < 200);
      CHECK(result.answers.latencies.count() == 300);
    }
  }
}

TEST_CASE("load_run: an open loop offers its rate, for its time") {
  const Reflector reflector(Transport::udp, "127.0.0.1", signed_302);
  LoadOptions options = closed_loop(reflector.target(), 0);
  options.outstanding = 0;
  options.steps = {{500, nanoseconds(400 * ms)}};
  options.window = nanoseconds(100 * ms);
  const RunResult result = run_load(options);
  CHECK(result.scheduled == 200);
  CHECK(result.sent >= 100);  // what a busy machine does not send in time is not sent, and told
  CHECK(result.sent <= 200);
  CHECK(result.verdicts.good == result.sent);
  CHECK(result.windows.size() >= 4);
  const auto json = nlohmann::json::parse(to_json(options, result));
  CHECK(json["sent"] == result.sent);
  CHECK(json["statuses"]["302"] == result.sent);
  CHECK(to_text(options, result).find("open loop, 500/s wanted") != std::string::npos);
}

TEST_CASE("load_run: steps of the rate have figures of their own") {
  const Reflector reflector(Transport::udp, "127.0.0.1", signed_302);
  LoadOptions options = closed_loop(reflector.target(), 0);
  options.outstanding = 0;
  options.steps = {
      {300, nanoseconds(200 * ms)}, {1000, nanoseconds(200 * ms)}, {50, nanoseconds(100 * ms)}};
  const RunResult result = run_load(options);
  REQUIRE(result.steps.size() == 3);
  CHECK(result.steps[0].scheduled == 60);
  CHECK(result.steps[1].scheduled == 200);
  CHECK(result.steps[2].scheduled == 5);
  for (std::size_t i = 0; i < 3; ++i) {
    CAPTURE(i);
    CHECK(result.steps[i].sent > 0);
    CHECK(result.step_answers[i].answered == result.steps[i].sent);
  }
  const auto json = nlohmann::json::parse(to_json(options, result));
  CHECK(json["steps"][1]["wanted_per_s"] == 1000);
  CHECK(to_text(options, result).find("0.2 s of 1000/s") != std::string::npos);
}

TEST_CASE("load_run: a stream without an end of a message is no answer, and is not kept") {
  const Reflector reflector(Transport::tcp, "127.0.0.1",
                            [](std::string_view) { return std::string(1 << 20, 'x'); });
  LoadOptions options = closed_loop(reflector.target(), 8);
  options.connections = 2;
  options.patience = nanoseconds(200 * ms);
  const RunResult result = run_load(options);
  CHECK(result.wire.broken_frames == 2);
  CHECK(result.wire.connections_closed == 2);
  CHECK(result.wrong == 2);
}

TEST_CASE("load_run: a server that is wrong is found out") {
  struct Row {
    const char* why;
    test::Answer answer;
    std::uint64_t VerdictCounts::*count;
  };
  const auto with_identity = [](std::string_view request, const std::string& identity) {
    return echo(request, "302 Moved Temporarily", "Identity: " + identity + "\r\n");
  };
  for (const Row& row : {
           Row{"no Identity",
               [](std::string_view request) { return echo(request, "302 Moved Temporarily"); },
               &VerdictCounts::no_identity},
           Row{"another status",
               [](std::string_view request) { return echo(request, "403 Forbidden"); },
               &VerdictCounts::wrong_status},
           Row{"somebody else's Call-ID",
               [](std::string_view request) {
                 std::string answer = signed_302(request);
                 return answer.replace(answer.find("Call-ID: ") + 9, 4, "zzzz");
               },
               &VerdictCounts::strange},
           Row{"no SIP", [](std::string_view) { return std::string("hello"); },
               &VerdictCounts::strange},
           Row{"a token for another caller",
               [&](std::string_view request) {
                 return with_identity(request, maker().identity(TokenMaker::claims(
                                                   "1", "12155550199", std::time(nullptr))));
               },
               &VerdictCounts::verify_failed},
           Row{"a token of yesterday",
               [&](std::string_view request) {
                 const std::string calling = header_of(request, "P-Asserted-Identity");
                 return with_identity(request, maker().identity(TokenMaker::claims(
                                                   calling.substr(6, calling.find('@') - 6),
                                                   "12155550199", std::time(nullptr) - 86400)));
               },
               &VerdictCounts::verify_failed},
       }) {
    CAPTURE(row.why);
    const Reflector reflector(Transport::udp, "127.0.0.1", row.answer);
    LoadOptions options = closed_loop(reflector.target(), 8);
    options.patience = nanoseconds(200 * ms);
    options.verify_share = 1;
    const RunResult result = run_load(options);
    CHECK(result.verdicts.*row.count == 8);
    CHECK(result.verdicts.good == 0);
    CHECK(result.wrong == 8);
    CHECK_FALSE(result.verdicts.first_finding.empty());
  }
}

TEST_CASE("load_run: an Identity for a refused caller is found out, and none is right") {
  for (const bool signs_all : {false, true}) {
    CAPTURE(signs_all);
    const Reflector reflector(Transport::udp, "127.0.0.1", [&](std::string_view request) {
      const bool is_refused = request.find("+19995550100@") != std::string_view::npos;
      return is_refused && !signs_all ? echo(request, "403 Forbidden")
             : is_refused ? echo(request, "403 Forbidden", "Identity: a.b.c;info=<x>\r\n")
                          : signed_302(request);
    });
    LoadOptions options = closed_loop(reflector.target(), 200);
    options.refused_callers = {"19995550100"};
    options.refused_status = 403;
    options.shares.refused = 0.3;
    const RunResult result = run_load(options);
    const std::uint64_t refused = result.verdicts.by_status[403];
    CHECK(refused > 30);
    CHECK(refused < 90);
    CHECK(result.wrong == (signs_all ? refused : 0));
    CHECK(result.verdicts.unexpected_identity == result.wrong);
  }
}

TEST_CASE(
    "load_run: silence is lost, once raw and once for good; retransmissions find what loses first "
    "datagrams") {
  std::atomic<int> seen = 0;
  const Reflector reflector(Transport::udp, "127.0.0.1", [&](std::string_view request) {
    return seen++ % 2 == 0 ? std::string() : signed_302(request);
  });
  LoadOptions options = closed_loop(reflector.target(), 20);
  options.outstanding = 1;
  options.retransmits = true;
  options.t1 = nanoseconds(30 * ms);
  options.patience = 64 * options.t1;
  const RunResult result = run_load(options);
  CHECK(result.book.raw_lost == 20);
  CHECK(result.book.retransmitted >= 20);
  CHECK(result.book.lost == 0);
  CHECK(result.verdicts.good == 20);

  options.retransmits = false;
  options.patience = nanoseconds(50 * ms);
  const RunResult without = run_load(options);
  CHECK(without.book.raw_lost + without.book.answered == 20);
  CHECK(without.book.lost == without.book.raw_lost);
  CHECK(without.book.lost >= 9);
}

TEST_CASE("load_run: two answers to one request are counted; to a repeated one they are compared") {
  const Reflector reflector(Transport::udp, "127.0.0.1", [](std::string_view request) {
    return echo(request, "302 Moved Temporarily", "Identity: a.b.c;info=<x>\r\n");
  });
  LoadOptions options = closed_loop(reflector.target(), 50);
  options.certificate.clear();
  options.shares.repeated = 1;
  options.repeat_after = nanoseconds(20 * ms);
  const RunResult same = run_load(options);
  CHECK(same.book.repeats_sent == 50);
  CHECK(same.book.repeats_same == 50);
  CHECK(same.book.twice == 0);
  CHECK(same.wrong == 0);

  const Reflector twice(Transport::tcp, "127.0.0.1", [](std::string_view request) {
    return signed_302(request) + signed_302(request);
  });
  LoadOptions stream = closed_loop(twice.target(), 50);
  const RunResult result = run_load(stream);
  CHECK(result.book.twice == 50);
  CHECK(result.wrong == 50);
}

TEST_CASE(
    "load_run: unknown sources must get nothing; what malformed datagrams get is counted beside") {
  const Reflector reflector(Transport::udp, "127.0.0.1", [](std::string_view request) {
    return request.starts_with("INVITE ") ? signed_302(request)
                                          : std::string("SIP/2.0 400 Bad\r\n\r\n");
  });
  LoadOptions options = closed_loop(reflector.target(), 200);
  options.bind = "127.0.0.1";
  options.shares.unknown = 0.2;
  options.unknown_sources = {"127.0.0.9", "127.0.0.10"};
  options.shares.malformed = 0.2;
  options.malformed = {"one", "two"};
  const RunResult result = run_load(options);
  CHECK(result.book.unknown_sent > 10);
  CHECK(result.verdicts.unknown_answered == result.book.unknown_sent);
  CHECK(result.wrong == result.book.unknown_sent);
  CHECK(result.book.malformed_sent > 10);
  CHECK(result.verdicts.malformed_answered == result.book.malformed_sent);
  CHECK(result.verdicts.good == result.book.sent);
}

TEST_CASE("load_run: bursts in one write, several connections, a client certificate") {
  const Reflector reflector(Transport::tls, "127.0.0.1", signed_302, server_tls(true));
  LoadOptions options = closed_loop(reflector.target(), 230);
  options.outstanding = 100;
  options.burst = 50;
  options.connections = 3;
  options.tls_certificate = maker().certificate_file();
  options.tls_key = maker().key_file();
  const RunResult result = run_load(options);
  CHECK(result.verdicts.good == 230);
  CHECK(result.wrong == 0);
  CHECK(reflector.clients_shown() == 3);
}

TEST_CASE(
    "load_run: connections that the server ends are told, and end the run when none is left") {
  const Reflector reflector(Transport::tcp, "127.0.0.1",
                            [](std::string_view) { return std::string("close"); });
  LoadOptions options = closed_loop(reflector.target(), 100);
  options.patience = nanoseconds(100 * ms);
  const RunResult result = run_load(options);
  CHECK(result.wire.connections_closed == 2);
  CHECK(result.has_given_up);
  CHECK(result.book.answered == 0);
}
