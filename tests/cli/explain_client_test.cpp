// SPDX-License-Identifier: MIT
//
// Whose call it is that comes over TLS from a client with a certificate.
#include <doctest/doctest.h>

#include "commands.hpp"
#include "explained.hpp"

using namespace shaken302::test;

namespace {

constexpr const char* customer = R"toml(
[[peer]]
name = "customer"
client_names = ["sbc1.customer.example"]
account_from = ["fixed:newcomer"]

[tls]
certificate = "tls/server.pem"
key = "tls/server.key"
client_ca = "tls/clients.pem"
client_certificate = "optional"
)toml";

void add_customer(const Setup& setup) {
  const std::string text =
      replaced(read(setup.config()), "\"udp:127.0.0.1:5060\"]",
               "\"udp:127.0.0.1:5060\", \"tcp:127.0.0.1:5060\", \"tls:127.0.0.1:5061\"]");
  write(setup.config(), text + customer);
}

Ran explain(const Setup& setup, const Words& place) {
  Words words{"explain", "--json", "--config", setup.config()};
  for (const char* word : {"--from", "+12155550100", "--to", "+12155550199"}) words.push_back(word);
  words.insert(words.end(), place.begin(), place.end());
  return run(words, "");
}

}  // namespace

TEST_CASE("explain: --client-name finds the peer that a certificate proves") {
  const Setup setup;
  add_customer(setup);
  struct Row {
    std::string why;
    Words words;
    std::string peer;
  };
  const std::string at = "tls:127.0.0.1:5061";
  const Row rows[] = {
      {"no certificate: who the address says",
       {"--source", "127.0.0.1", "--listener", at},
       "local"},
      {"a certificate of a peer",
       {"--source", "127.0.0.1", "--listener", at, "--client-name", "sbc1.customer.example"},
       "customer"},
      {"from anywhere",
       {"--source", "192.0.2.1", "--listener", at, "--client-name", "sbc1.customer.example"},
       "customer"},
      {"in capitals, the second of its names",
       {"--source", "192.0.2.1", "--listener", at, "--client-name", "x.example", "--client-name",
        "SBC1.Customer.example"},
       "customer"},
      {"as a URI in the certificate",
       {"--source", "192.0.2.1", "--listener", at, "--client-name", "sip:sbc1.customer.example"},
       "customer"},
      {"of nobody: who the address says",
       {"--source", "127.0.0.1", "--listener", at, "--client-name", "sbc2.customer.example"},
       "local"},
      {"the peer by its name", {"--peer", "customer", "--listener", at}, "customer"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    const Ran ran = explain(setup, row.words);
    REQUIRE_MESSAGE(ran.status == 0, ran.err);
    CHECK(nlohmann::json::parse(ran.out)["peer"] == row.peer);
    CHECK(ran.out.find("\"warning\"") == std::string::npos);
  }
  const Ran ran = explain(setup, {"--peer", "customer", "--listener", "udp:127.0.0.1:5060"});
  CHECK(ran.status == 0);
  CHECK_MESSAGE(ran.out.find("\"warning\"") != std::string::npos, ran.out);
  CHECK_MESSAGE(ran.out.find("this listener is not tls: no call there is its") != std::string::npos,
                ran.out);
}

TEST_CASE("explain: --client-name where no certificate can be shown is wrong usage") {
  const Setup setup;
  add_customer(setup);
  struct Row {
    std::string why;
    Words words;
    int status;
    std::string says;
  };
  const std::string name = "sbc1.customer.example";
  const Row rows[] = {
      {"on UDP",
       {"--source", "127.0.0.1", "--listener", "udp:127.0.0.1:5060", "--client-name", name},
       64,
       "--client-name needs a tls listener"},
      {"on TCP",
       {"--source", "127.0.0.1", "--listener", "tcp:127.0.0.1:5060", "--client-name", name},
       64,
       "--client-name needs a tls listener"},
      {"no host",
       {"--source", "127.0.0.1", "--listener", "tls:127.0.0.1:5061", "--client-name", "*.example"},
       64,
       "'*.example' is no host name"},
      {"beside a peer",
       {"--peer", "customer", "--client-name", name},
       64,
       "--client-name goes with --source"},
      {"a stranger from an address of nobody",
       {"--source", "192.0.2.1", "--listener", "tls:127.0.0.1:5061", "--client-name", "x.example"},
       1,
       "no peer's: a call from 192.0.2.1"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    const Ran ran = explain(setup, row.words);
    CHECK(ran.status == row.status);
    CHECK_MESSAGE(ran.err.find(row.says) != std::string::npos, ran.err);
  }
}
