// SPDX-License-Identifier: MIT
//
// What the tests of `explain` share: the command run for JSON, a message, several peers.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "cli/commands.hpp"

namespace shaken302::test {

inline nlohmann::json explained(const Setup& setup, const Words& more,
                                const std::string& input = {}) {
  Words words{"explain", "--json", "--config", setup.config()};
  words.insert(words.end(), more.begin(), more.end());
  const Ran ran = run(words, input);
  REQUIRE_MESSAGE(ran.status == 0, ran.err);
  return nlohmann::json::parse(ran.out);
}

inline const std::string invite =
    "INVITE sip:+12155550199@127.0.0.1 SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK1\r\n"
    "From: <sip:+12155550100@a.example>;tag=1\r\nTo: <sip:+12155550199@b.example>\r\n"
    "Call-ID: c1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n";

inline constexpr const char* more_peers = R"toml(
[[peer]]
name = "port"
sources = ["127.0.0.1"]
listeners = ["udp:127.0.0.1:5062"]
country = "1"
account_from = ["header:X-Account", "number"]
caller_id_screened = true
credential = "house"
max_attestation = "B"

[[peer]]
name = "host"
sources = ["127.0.0.1"]
hosts = ["gw.example"]
country = "1"
account_from = ["header:X-Account"]
unsigned = "404"

[[peer]]
name = "both"
sources = ["127.0.0.1"]
hosts = ["gw.example"]
listeners = ["udp:127.0.0.1:5062"]
country = "1"
account_from = ["fixed:newcomer"]
)toml";

/// `policy`: more keys of the first peer.
inline void write_peers(const Setup& setup, const std::string& policy) {
  std::string text = read(setup.config());
  text = replaced(text, "\"udp:127.0.0.1:5060\"]",
                  "\"udp:127.0.0.1:5060\", \"udp:127.0.0.1:5061\", \"udp:127.0.0.1:5062\"]");
  text = replaced(text, "caller_id_screened = true\n", "caller_id_screened = true\n" + policy);
  write(setup.config(), text + more_peers);
}

}  // namespace shaken302::test
