// SPDX-License-Identifier: MIT
#include "config/peer_listeners.hpp"

#include <doctest/doctest.h>

#include "config/configuration_text.hpp"
#include "config/entry_row.hpp"
#include "config/listen_text.hpp"

using namespace shaken302;
using namespace shaken302::config;
using shaken302::config::test::text_of;

namespace {

/// What is said of a peer of a database on a server with these listeners.
std::string issues_of(const EntryRow& row, const std::vector<std::string>& listen) {
  std::vector<ListenAddress> addresses;
  for (const std::string& text : listen) addresses.push_back(*parse_listen(text));
  IssueSink issues("sqlite:db");
  const PeerEntry peer = read_peer_row(row, 0, issues);
  check_listeners(peer, addresses, issues);
  return text_of(issues.take());
}

EntryRow edge(std::string column, std::string list) {
  return {{"name", "edge"}, {"sources", R"(["10.0.0.1"])"}, {std::move(column), std::move(list)}};
}

}  // namespace

TEST_CASE("peer_listeners: a peer of a database names listeners of the server, or is told") {
  struct Row {
    const char* why;
    EntryRow row;
    std::vector<std::string> listen;
    std::string issues;
  };
  const std::string others =
      "; add it to [server] listen, or name one of \"udp:0.0.0.0\", \"udp:[::]:5062\"\n";
  const std::vector<std::string> both = {"udp:0.0.0.0", "udp:[::]:5062"};
  const Row rows[] = {
      {"it names none", edge("hosts", R"(["a.example"])"), both, ""},
      {"the first", edge("listeners", R"(["udp:0.0.0.0:5060"])"), both, ""},
      {"the second", edge("listeners", R"(["udp:[::]:5062", "udp:0.0.0.0"])"), both, ""},
      {"another port", edge("listeners", R"(["udp:0.0.0.0:5061"])"), both,
       "sqlite:db: peer[edge].listeners: \"udp:0.0.0.0:5061\" is no listener of this server" +
           others},
      {"another address", edge("listeners", R"(["udp:127.0.0.1:5060", "udp:0.0.0.0"])"), both,
       "sqlite:db: peer[edge].listeners: \"udp:127.0.0.1:5060\" is no listener of this server" +
           others},
      {"another family", edge("listeners", R"(["udp:[::]:5060"])"), both,
       "sqlite:db: peer[edge].listeners: \"udp:[::]:5060\" is no listener of this server" + others},
      {"a level at one of them", edge("attestation_from", R"(["listener:udp:[::]:5062=B"])"), both,
       ""},
      {"a level at another", edge("attestation_from", R"(["header:X-A", "listener:udp:[::]=B"])"),
       both,
       "sqlite:db: peer[edge].attestation_from: \"udp:[::]\" is no listener of this server" +
           others},
      {"port 0 is what is configured",
       edge("listeners", R"(["udp:127.0.0.1:0"])"),
       {"udp:127.0.0.1:0"},
       ""},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    CHECK(issues_of(row.row, row.listen) == row.issues);
  }
}
