// SPDX-License-Identifier: MIT
#include "load_options.hpp"

#include <doctest/doctest.h>

using namespace sip_load;
using Words = std::vector<std::string>;

TEST_CASE("load_options: a whole command line") {
  const Words words{
      "udp:127.0.0.1:5060", "--rate", "2000", "--seconds", "1.5", "--callers", "1,2", "--t1", "0.1",
      "--retransmit",       "--json"};
  const LoadOptions options = parse_options(words);
  CHECK(options.target.transport == Transport::udp);
  CHECK(options.target.address == "127.0.0.1");
  CHECK(options.target.port == 5060);
  REQUIRE(options.steps.size() == 1);
  CHECK(options.steps[0].rate == 2000);
  CHECK(options.steps[0].duration == std::chrono::milliseconds(1500));
  CHECK(options.callers == Words{"1", "2"});
  CHECK(options.retransmits);
  CHECK(options.patience == std::chrono::milliseconds(6400));
  CHECK(options.is_json);
}

TEST_CASE("load_options: a run is bounded, by ten seconds where nothing else is said") {
  CHECK(parse_options({"tls:[::1]:5061", "--outstanding", "1"}).steps[0].duration ==
        std::chrono::seconds(10));
  CHECK(parse_options({"tls:[::1]:5061", "--outstanding", "1"}).target.address == "::1");
  const LoadOptions counted =
      parse_options({"tcp:127.0.0.1:1", "--outstanding", "1", "--calls", "5"});
  CHECK(counted.steps[0].duration.count() == 0);
  CHECK(counted.calls == 5);
}

TEST_CASE("load_options: steps of the rate") {
  const LoadOptions options = parse_options({"udp:127.0.0.1:1", "--steps", "2000:1.5,20000:2"});
  REQUIRE(options.steps.size() == 2);
  CHECK(options.steps[1].rate == 20000);
  CHECK(options.steps[0].duration == std::chrono::milliseconds(1500));
}

TEST_CASE("load_options: what cannot be meant") {
  const std::string udp = "udp:127.0.0.1:5060";
  for (const Words& words : {
           Words{},
           Words{"sctp:127.0.0.1:5060", "--rate", "1"},
           Words{"udp:5060", "--rate", "1"},
           Words{"udp:127.0.0.1:99999", "--rate", "1"},
           Words{"udp:127.0.0.1:0", "--rate", "1"},
           Words{"udp::5060", "--rate", "1"},
           Words{"udp:localhost:5060", "--rate", "1"},
           Words{udp, "--rate", "1", "--bind", "xx"},
           Words{udp, "--rate", "1", "--callers", "@/tmp"},
           Words{udp, "--rate", "5", "--seconds", "1", "--burst", "100"},
           Words{udp, "--outstanding", "4", "--burst", "5"},
           Words{udp, "--rate", "1", "--repeat-after", "-1"},
           Words{udp, "--rate", "1", "--timeline", "-1"},
           Words{"tls:127.0.0.1:5061", "--rate", "1", "--tls-certificate", "x"},
           Words{udp, "--rate", "1", "--callers", "+12155550100"},
           Words{udp, "--rate", "1", "--callers", "12155550100,anonymous"},
           Words{udp, "--rate", "1", "--refused-callers", "nobody"},
           Words{udp, "--rate", "1", "--called", "1\r\n"},
           Words{udp, "--rate", "1", "--called", std::string(33, '1')},
           Words{udp},
           Words{udp, "--rate", "1", "--outstanding", "1"},
           Words{udp, "--rate", "1", "--nonsense"},
           Words{udp, "--rate", "1000000", "--seconds", "1000000"},
           Words{udp, "--rate", "1", "--seconds", "0"},
           Words{udp, "--rate", "0"},
           Words{udp, "--steps", "1:1", "--rate", "1"},
           Words{udp, "--steps", "1:1", "--seconds", "1"},
           Words{udp, "--steps", "1"},
           Words{udp, "--steps", "1:1,2:x"},
           Words{udp, "--steps", ""},
           Words{udp, "--rate", "1", "--refused-share", "0.5"},
           Words{udp, "--rate", "1", "--unknown-share", "0.5"},
           Words{udp, "--rate", "1", "--malformed-share", "0.5"},
           Words{udp, "--rate", "1", "--malformed", "/nonexistent"},
           Words{udp, "--rate", "1", "--repeat-share", "1.5"},
           Words{udp, "--outstanding", "-1"},
           Words{udp, "--rate", "1", "--bytes", "-1"},
           Words{udp, "--rate", "1", "--status", "99"},
           Words{udp, "--rate", "1", "--refused-status", "700"},
           Words{udp, "--rate", "1", "--verify-share", "7"},
           Words{"tcp:127.0.0.1:5060", "--rate", "1", "--retransmit"},
       }) {
    CAPTURE(words.size());
    CHECK_THROWS_AS(static_cast<void>(parse_options(words)), UsageError);
  }
  CHECK(usage().find("--retransmit") != std::string::npos);
}
