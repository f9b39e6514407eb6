// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <set>

#include "config/configuration.hpp"
#include "config/configuration_text.hpp"
#include "config/temporary_folder.hpp"

using namespace shaken302;
using namespace shaken302::config;
using shaken302::config::test::text_of;

namespace {

struct Case {
  std::string why;
  std::string toml;
  std::string issues;
};

/// tests/config/bad_configurations.txt, whose first lines describe it.
std::vector<Case> read_cases() {
  std::ifstream file(SHAKEN302_TEST_DATA "/config/bad_configurations.txt");
  std::vector<Case> cases;
  std::string* to = nullptr;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("=== ")) {
      cases.push_back({line.substr(4), "", ""});
      to = &cases.back().toml;
    } else if (line == "--->") {
      to = &cases.back().issues;
    } else if (to != nullptr && (!line.empty() || to == &cases.back().toml)) {
      *to += line + '\n';
    }
  }
  return cases;
}

std::string issues_of(std::string_view toml) {
  const auto configuration = parse_configuration(toml, "test.toml");
  return configuration ? "none" : text_of(configuration.error());
}

constexpr std::string_view peer = "[[peer]]\nname = \"edge\"\nsources = [\"10.0.0.1\"]\n";

}  // namespace

TEST_CASE("configuration: every mistake gives its line, word for word") {
  const auto cases = read_cases();
  CHECK(cases.size() >= 140);
  std::set<std::string> names;
  for (const Case& c : cases) {
    CAPTURE(c.why);
    CHECK(names.insert(c.why).second);
    CHECK(issues_of(c.toml) == c.issues);
  }
}

TEST_CASE("configuration: bytes that an editor does not show") {
  const std::string start(peer);
  CHECK(issues_of(start + "country = \"\xE9\"\n") ==
        "test.toml:4: TOML syntax, column 11: Encountered invalid utf-8 sequence; save the file as "
        "UTF-8\n");
  CHECK(issues_of(start + "country = \"1" + '\0' + "\"\n") ==
        "test.toml:4: TOML syntax, column 13: string: unescaped control characters other than TAB "
        "(U+0009) are explicitly prohibited; close the quotes on the same line; a text is one "
        "line\n");
  CHECK(issues_of(start + "status = 302\rcountry = \"1\"\n") ==
        "test.toml:4: TOML syntax, column 14: key-value pair: expected '\\n' after '\\r', saw 'c'; "
        "texts stand in quotes, lists in [ ], and each key = value on its own line\n");
  CHECK(issues_of(start + "[server]\nserver_header = \"caf\xC3\xA9\"\n") ==
        "test.toml:5: server.server_header: \"caf\xC3\xA9\" cannot be a Server header; use at most "
        "128 printable ASCII characters without quotes and open brackets, as in \"shaken302\"\n");
  CHECK(issues_of("\xFF\xFE" + start).starts_with("test.toml:1: TOML syntax, column 1: "));
  CHECK(issues_of("\xEF\xBB\xBF" + start) == "none");
}

TEST_CASE("configuration: a rule behind one that leaves it calls is reached") {
  const std::string start(peer);
  for (const char* const rules :
       {R"(country = "44"
called_rules = ["international=C", "+44=block", "+4=B"])",
        R"(country = "44"
called_rules = ["toll-free=C", "+1800=block", "+4480=B", "+80=C"])",
        R"(country = ""
called_rules = ["international=C", "+44=block", "toll-free=C", "+1800=block"])",
        R"(called_rules = ["+44=C", "international=block", "+1800=C", "toll-free=B"])"}) {
    CAPTURE(std::string(rules));
    CHECK(issues_of(start + rules + "\n") == "none");
  }
}

TEST_CASE("configuration: Windows line ends are good") {
  CHECK(issues_of("[[peer]]\r\nname = \"edge\"\r\nsources = [\"10.0.0.1\"]\r\n") == "none");
}

TEST_CASE("configuration: a comment may hold anything") {
  std::string toml(peer);
  toml += "status = 302 # \"\"\" ''' \" a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t\n";
  CHECK(issues_of(toml + "# \"\"\"\n#...........................\n") == "none");
  CHECK(issues_of(toml + "[server]\nserver_header = \"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s\"\n") ==
        "none");
}

TEST_CASE("configuration: a hostile depth of keys is an issue, not a stack overflow") {
  std::string dots(peer);
  dots += 'a';
  for (int i = 0; i < 200000; ++i) dots += ".a";
  CHECK(issues_of(dots + " = 1\n") ==
        "test.toml:4: a key with too many dots; write [section] and then key = value\n");
  // The same hidden behind quotes, brackets and a comment's quote.
  for (const std::string_view before :
       {"\"q\" . ", "'#'.", "x = {", "# \"\n[", "x = [ \"\\\"\", {"}) {
    CAPTURE(before);
    CHECK(issues_of(std::string(before) + dots.substr(peer.size()) + " = 1\n")
              .find("a key with too many dots") != std::string::npos);
  }
}

TEST_CASE("configuration: files that are none") {
  const shaken302::test::TemporaryFolder folder;
  const auto issues = [&](const std::string& name) {
    const auto configuration = read_configuration(folder.path() / name);
    return configuration ? "none" : text_of(configuration.error());
  };
  const std::string at = folder.path().string();
  CHECK(issues("none.toml") == at + "/none.toml: cannot be read: No such file or directory; create "
                                    "the file or correct the path\n");
  CHECK(issues(".") == at + "/.: is a folder; name a regular file\n");
  folder.write("big.toml", std::string(10000000, '#'));
  CHECK(issues("big.toml") ==
        at + "/big.toml: is larger than 8388608 bytes; make it smaller, or name the right file\n");
  folder.write("good.toml", peer);
  CHECK(issues("good.toml") == "none");
  folder.write("bad.toml", std::string(peer) + "status = 1\n");
  CHECK(issues("bad.toml") == at + "/bad.toml:4: peer[edge].status: 1 is not a status that "
                                   "redirects here; use 302 or 300\n");
}

TEST_CASE("configuration: no header that a caller can write tells whose call it is") {
  const auto issues = [](const std::string& header) {
    return issues_of(std::string(peer) + "account_from = [\"header:" + header + "\"]\n");
  };
  for (const std::string header : {"P-Preferred-Identity",
                                   "P-Asserted-Identity",
                                   "p-asserted-identity",
                                   "Remote-Party-ID",
                                   "Identity",
                                   "y",
                                   "Y",
                                   "Organization",
                                   "Reply-To",
                                   "Call-Info",
                                   "Contact",
                                   "m",
                                   "Subject",
                                   "s",
                                   "User-Agent",
                                   "Call-ID",
                                   "i",
                                   "Via",
                                   "v",
                                   "CSeq",
                                   "From",
                                   "f",
                                   "To",
                                   "t",
                                   "Route",
                                   "Record-Route",
                                   "Diversion",
                                   "History-Info",
                                   "Privacy",
                                   "Date",
                                   "Max-Forwards",
                                   "Content-Type",
                                   "c",
                                   "Content-Length",
                                   "l",
                                   "content-anything",
                                   "Content-Encoding",
                                   "e",
                                   "Referred-By",
                                   "b",
                                   "Authorization",
                                   "Proxy-Authorization",
                                   "USER-AGENT",
                                   "Supported",
                                   "k",
                                   "User-to-User",
                                   "MIME-Version"}) {
    CAPTURE(header);
    const std::string begin = "test.toml:4: peer[edge].account_from: \"header:" + header + "\": ";
    const std::string end =
        "itself; name a header that the proxy alone writes, or use \"number\"\n";
    const std::string found = issues(header);
    CHECK(found.starts_with(begin + (header.size() == 1 ? header + " is the short form of "
                                                        : "every caller writes that header ")));
    CHECK(found.ends_with(end));
  }
  // Names that only look alike are the operator's.
  for (const std::string header : {"X-Account", "X-From", "Content", "P-Charge-Info", "x-y"}) {
    CAPTURE(header);
    CHECK(issues(header) == "none");
  }
}

TEST_CASE("configuration: a prefix that takes no number away from anybody is good") {
  struct Row {
    const char* why;
    const char* lines;
  };
  constexpr Row rows[] = {
      {"what North America has anyway",
       "country = \"1\"\ninternational_prefix = \"011\"\nnational_prefix = \"1\"\n"},
      {"behind a 9 for an outside line: no exchange begins with 1",
       "country = \"1\"\ninternational_prefix = \"9011\"\n"},
      {"Russia's begins with its trunk prefix",
       "country = \"7\"\ninternational_prefix = \"810\"\nnational_prefix = \"8\"\n"},
      {"none at all", "country = \"1\"\ninternational_prefix = \"\"\nnational_prefix = \"\"\n"},
      {"none where there is one by default", "country = \"44\"\ninternational_prefix = \"\"\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    CHECK(issues_of(std::string(peer) + row.lines) == "none");
  }
  for (int country = 1; country < 1000; ++country) {
    CAPTURE(country);
    CHECK(issues_of(std::string(peer) + "country = \"" + std::to_string(country) + "\"\n") ==
          "none");
  }
}

TEST_CASE("configuration: a short form is told by what it stands for") {
  for (const auto& [name, full] :
       {std::pair<std::string, std::string>{"X", "Session-Expires"}, {"b", "Referred-By"}}) {
    for (const std::string key : {"account_from", "attestation_from"}) {
      const std::string issue =
          issues_of(std::string(peer) + key + " = [\"header:" + name + "\"]\n");
      CHECK_MESSAGE(issue.find(": " + name + " is the short form of " + full +
                               ", which every caller writes itself; ") != std::string::npos,
                    issue);
    }
  }
}

TEST_CASE("configuration: what is good and does nothing gets a warning at its line") {
  struct Row {
    std::string why, keys, warnings;
  };
  const std::string asks = "attestation_from = [\"header:X-Level\"]\n";
  const std::string ignored =
      "test.toml:4: peer[edge].attestation_from: does nothing: attestation_override is \"none\", "
      "so "
      "what the peer asks for is ignored and counted; add attestation_override = \"lower\", or "
      "remove the key\n";
  const std::string tls =
      "[tls]\ncertificate = \"a\"\nkey = \"b\"\nclient_ca = \"c\"\nclient_certificate = "
      "\"optional\"\n";
  const Row rows[] = {
      {"a place for a level, and no right to ask", asks, ignored},
      {"the same, written out", asks + "attestation_override = \"none\"\n", ignored},
      {"a right to ask", asks + "attestation_override = \"lower\"\n", ""},
      {"what would be so without it",
       "attestation_from = [\"header:P-Attestation-Indicator\", \"header:Attestation-Info\", "
       "\"header:Attestation\", \"header:X-Attestation\"]\n",
       ""},
      {"abroad of nowhere", "country = \"\"\ncalled_rules = [\"+1900=C\", \"international=C\"]\n",
       "test.toml:5: peer[edge].called_rules: \"international=C\" matches nothing: country is "
       "\"\"; "
       "say which country is home, or remove the rule\n"},
      {"abroad of a country", "country = \"44\"\ncalled_rules = [\"international=C\"]\n", ""},
      {"another rule of nowhere", "country = \"\"\ncalled_rules = [\"toll-free=C\"]\n", ""},
      {"short INVITEs are not answered", "[server]\nreply_ratio_max = 2\n",
       "test.toml:5: server.reply_ratio_max: 2: a signed answer has about 900 bytes, so calls by "
       "UDP "
       "whose INVITE is shorter than 450 get no answer at all; use 5, or 0 where no datagram can "
       "come from a forged source\n"},
      {"most do", "[server]\nreply_ratio_max = 3\n", ""},
      {"any does", "[server]\nreply_ratio_max = 0\n", ""},
      {"a share that is more than the whole",
       "[server]\nconnections_max = 100\nconnections_per_source = 101\n",
       "test.toml:6: server.connections_per_source: 101 from one source are never reached: "
       "connections_max is 100; make it smaller than connections_max, or raise that\n"},
      {"a share that is the whole",
       "[server]\nconnections_max = 100\nconnections_per_source = 100\n", ""},
      {"a share that nobody wrote", "[server]\nconnections_max = 100\n", ""},
      {"a client where none shows a certificate",
       "client_names = [\"sbc.example\"]\nlisteners = [\"udp:0.0.0.0:5060\"]\n[server]\nlisten = "
       "[\"udp:0.0.0.0:5060\", \"tls:0.0.0.0:5061\"]\n" +
           tls,
       "test.toml:4: peer[edge].client_names: none of the peer's listeners speaks TLS, so no call "
       "is "
       "ever its; name a \"tls:\" listener in listeners, or remove the key\n"},
      {"the last client is gone", "client_names = []\n",
       "test.toml:4: peer[edge].client_names: is empty: every client of the peer's sources and "
       "listeners is taken for it, without a certificate; name a client, or remove the key if that "
       "is meant\n"},
      {"anybody may probe", "[server]\nprobe_sources = [\"10.0.0.1\", \"0.0.0.0/0\"]\n",
       "test.toml:5: server.probe_sources: far too many hosts may learn that a server is here; "
       "name "
       "the networks of the monitoring\n"},
      {"a large network may", "[server]\nprobe_sources = [\"10.0.0.0/8\"]\n", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    const auto configuration = parse_configuration(std::string(peer) + row.keys, "test.toml");
    REQUIRE(configuration.has_value());
    CHECK(text_of(configuration->warnings) == row.warnings);
  }
}
