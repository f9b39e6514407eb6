// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <map>
#include <set>

#include "config/configuration_text.hpp"
#include "config/key_table.hpp"

using namespace shaken302;
using namespace shaken302::config;
using shaken302::config::test::text_of;

namespace {

constexpr std::string_view required =
    "[[credential]]\nname = \"house\"\nkey = \"house.key\"\ncertificate = \"house.pem\"\n"
    "x5u = \"https://cert.example.com/house.pem\"\n"
    "[[peer]]\nname = \"edge\"\nsources = [\"10.0.0.1\"]\n"
    "[[account]]\nid = \"acme\"\n";

Configuration parsed(const std::string& toml) {
  const auto configuration = parse_configuration(toml, "etc/test.toml");
  if (!configuration) FAIL(text_of(configuration.error()));
  return *configuration;
}

/// The required keys, and `lines` in `section`.
std::string with(Section section, const std::string& lines) {
  const SectionRow& row = section_row(section);
  std::string toml(required);
  if (!row.repeated) return toml + header_of(row) + '\n' + lines + '\n';
  // The line takes the place of the one that is there.
  const std::string key = '\n' + lines.substr(0, lines.find(' ')) + " = ";
  const auto old = toml.find(key);
  if (old != std::string::npos) toml.erase(old, toml.find('\n', old + 1) - old);
  const std::string header = header_of(row) + '\n';
  return toml.insert(toml.find(header) + header.size(), lines + '\n');
}

/// The lines of `to` that `from` does not have.
std::string changed(const std::string& from, const std::string& to) {
  std::multiset<std::string> known;
  std::istringstream old(from);
  for (std::string line; std::getline(old, line);) known.insert(line);
  std::string out;
  std::istringstream now(to);
  for (std::string line; std::getline(now, line);) {
    const auto at = known.find(line);
    if (at == known.end()) {
      out += line + '\n';
    } else {
      known.erase(at);
    }
  }
  return out;
}

struct Row {
  Section section;
  const char* line;
  const char* effect;  ///< what changes in the text of the configuration
};

constexpr Row rows[] = {
    {Section::server, R"(listen = ["udp:127.0.0.1:5070", "udp:[::1]"])",
     "listen 0 127.0.0.1 false 5070 udp:127.0.0.1:5070\nlisten 0 ::1 true 5060 udp:[::1]\n"},
    {Section::server, R"(listen = ["udp:[::1]", "tcp:[::1]"])",
     "listen 0 ::1 true 5060 udp:[::1]\nlisten 1 ::1 true 5060 tcp:[::1]\n"},
    {Section::server,
     "listen = [\"tcp:10.0.0.1\", \"tls:10.0.0.1\"]\n[tls]\ncertificate = \"c\"\nkey = "
     "\"/k\"",
     "listen 1 10.0.0.1 false 5060 tcp:10.0.0.1\nlisten 2 10.0.0.1 false 5061 tls:10.0.0.1\n"
     "tls 'etc/c' '/k'\n"},
    {Section::server, "connections_max = 1", "connections 1\n"},
    {Section::server, "connections_per_source = 65536", "per source 65536\n"},
    {Section::server, R"(idle_timeout = "10s")", "idle 10\n"},
    {Section::server, R"(idle_timeout = "86400s")", "idle 86400\n"},
    {Section::tls, R"(certificate = "c.pem")", "tls 'etc/c.pem' ''\n"},
    {Section::tls, R"(key = "/c.key")", "tls '' '/c.key'\n"},
    {Section::tls, R"(passphrase_file = "c.pass")", "tls passphrase 'etc/c.pass'\n"},
    {Section::tls, R"(client_ca = "ca.pem")", "clients 'etc/ca.pem' 0\n"},
    {Section::tls, R"(client_certificate = "required")", "clients '' 2\n"},
    {Section::tls, R"(client_certificate = "optional")", "clients '' 1\n"},
    {Section::server, R"(listen = ["udp:0.0.0.0", "udp:[::]", "udp:127.0.0.1:0", "udp:0.0.0.0:0"])",
     "listen 0 0.0.0.0 false 5060 udp:0.0.0.0\nlisten 0 :: true 5060 udp:[::]\n"
     "listen 0 127.0.0.1 false 0 udp:127.0.0.1:0\nlisten 0 0.0.0.0 false 0 udp:0.0.0.0:0\n"},
    {Section::server, "workers = 256", "workers 256\n"},
    {Section::server, R"(secret_file = "/run/secret")", "secret /run/secret\n"},
    {Section::server, R"(probe_sources = ["192.0.2.0/24", "::1"])", "probe 192.0.2.0/24 ::1 \n"},
    {Section::server, R"(unknown_source = "403")", "forbid true\n"},
    {Section::server, "dscp = 63", "dscp 63\n"},
    {Section::server, "receive_buffer = 65536", "buffer 65536\n"},
    {Section::server, R"(drain_time = "0s")", "drain 0\n"},
    {Section::server, R"(drain_time = "60s")", "drain 60\n"},
    {Section::server, R"(retransmission_memory = "0s")", "retransmissions 0 in 131072\n"},
    {Section::server, R"(retransmission_memory = "32s")", "retransmissions 32 in 131072\n"},
    {Section::server, "retransmission_slots = 1024", "retransmissions 8 in 1024\n"},
    {Section::server, "retransmission_slots = 8388608", "retransmissions 8 in 8388608\n"},
    {Section::server, "server_header = \"shaken302 (edge 1)\"", "server shaken302 (edge 1)\n"},
    {Section::server, R"(queue_deadline = "0ms")", "deadline 0\n"},
    {Section::server, R"(queue_deadline = "10000ms")", "deadline 10000\n"},
    {Section::server, "reply_ratio_max = 0", "ratio 0\n"},
    {Section::server, "reply_ratio_max = 1000", "ratio 1000\n"},
    {Section::signing, R"(iat_backdate = "2s")", "iat 2\n"},
    {Section::signing, R"(trust_anchors = ["one.pem", "/two.pem"])",
     "anchor etc/one.pem\nanchor /two.pem\n"},
    {Section::signing, R"(publish_check_ca = "web.pem")", "publication by etc/web.pem\n"},
    {Section::credential, "publish_check = true", "expects '' '' once published\n"},
    {Section::signing, R"(pkcs11_module = "hsm.so")", "token 'etc/hsm.so' 50 ''\n"},
    {Section::signing, R"(token_deadline = "5ms")", "token '' 5 ''\n"},
    {Section::signing, R"(token_deadline = "500ms")", "token '' 500 ''\n"},
    {Section::credential, R"(passphrase_file = "house.pass")", "expects 'etc/house.pass' ''\n"},
    {Section::credential, R"(expected_spc = "505J")", "expects '' '505J'\n"},
    {Section::credential, R"(expected_numbers = ["+12155550100-12155550199", "441632960001"])",
     "expects '' '' 12155550100+100 441632960001+1\n"},
    {Section::log, "decisions = false", "log false 50 info\n"},
    {Section::log, "decisions_per_second = 0", "log true 0 info\n"},
    {Section::log, R"(level = "debug")", "log true 50 debug\n"},
    {Section::directory, R"(source = "files")", ""},
    {Section::directory, R"(numbers = "")", "numbers ''\n"},
    {Section::directory, R"(numbers = "../n.csv")", "numbers 'n.csv'\n"},
    {Section::directory, R"(do_not_originate = "never.csv")", "never 'etc/never.csv'\n"},
    {Section::shadow, R"(configuration = "next.toml")", "shadow 'etc/next.toml'\n"},
    {Section::peer, R"(country = "44")", "plan '44' '00' '0' 9..10 false 112 911 999 \n"},
    {Section::peer, R"(country = "")", "plan '' '' '' 10..10 false 112 911 \n"},
    {Section::peer, R"(international_prefix = "00")",
     "plan '1' '00' '1' 10..10 false 112 911 933 \n"},
    {Section::peer, R"(national_prefix = "")", "plan '1' '011' '' 10..10 false 112 911 933 \n"},
    {Section::peer, "bare_international = true", "plan '1' '011' '1' 10..10 true 112 911 933 \n"},
    {Section::peer, R"(emergency = ["999"])", "plan '1' '011' '1' 10..10 false 999 \n"},
    {Section::peer, R"(dialect = ["x-identity"])", "dialect false true false X-Identity\n"},
    {Section::peer, "dialect = [\"contact\", \"identity\"]\nnext_hop = \"[::1]:5080\"",
     "dialect true false true X-Identity\nnext_hop '[::1]:5080'\n"},
    {Section::peer, R"(x_identity_name = "X-Signed")", "dialect true false false X-Signed\n"},
    {Section::peer, "status = 300", "status 300\n"},
    {Section::peer, R"(next_hop = "proxy.example")", "next_hop 'proxy.example'\n"},
    {Section::peer, R"(unsigned = "404")", "unsigned 1\n"},
    {Section::peer, R"(unsigned = "403")", "unsigned 2\n"},
    {Section::peer, R"(unsigned = "603")", "unsigned 3\n"},
    {Section::peer, R"(unsigned = "503")", "unsigned 4\n"},
    {Section::peer, R"(orig = ["From", "Remote-Party-ID", "P-Asserted-Identity"])", "orig 2 1 0\n"},
    {Section::peer, R"(dest = "Request-URI")", "dest 1\n"},
    {Section::peer, R"(account_from = ["header:X-A", "param:otg", "host", "fixed:acme"])",
     "account_from 1 'X-A' ''\naccount_from 2 'otg' ''\naccount_from 3 '' ''\n"
     "account_from 0 '' 'acme'\n"},
    {Section::peer, "caller_id_screened = true", "screened true\n"},
    {Section::peer, "account_uri_vouched = true", "uri vouched true\n"},
    {Section::peer, R"(max_attestation = "B")", "max B\n"},
    {Section::peer, R"(max_attestation = "C")", "max C\n"},
    {Section::peer, R"(attestation_override = "none")", ""},
    {Section::peer, R"(existing_identity = "add")", "existing 1\n"},
    {Section::peer, "existing_identity = \"pass\"\nverifies_identity = true", "existing 2\n"},
    {Section::peer, "verifies_identity = true", ""},
    {Section::peer, R"(credential = "house")", "credential 'house '\n"},
    {Section::peer, "force_rport = true", "flags true false false 0\n"},
    {Section::peer, "attestation_header = true", "flags false true false 0\n"},
    {Section::peer, "origination_id_header = true", "flags false false true 0\n"},
    {Section::peer, "ppt_quoted = true", "flags false false false 1\n"},
    {Section::account, R"(parent = "top")",
     "account acme parent 'top' 0 0 0 max A credential '' origid per call\n"},
    {Section::account, R"(status = "suspended")",
     "account acme parent '' 1 0 0 max A credential '' origid per call\n"},
    {Section::account, R"(business_profile = "approved")",
     "account acme parent '' 0 2 0 max A credential '' origid per call\n"},
    {Section::account, R"(trust_product = "rejected")",
     "account acme parent '' 0 0 3 max A credential '' origid per call\n"},
    {Section::account, R"(trust_product = "pending")",
     "account acme parent '' 0 0 1 max A credential '' origid per call\n"},
    {Section::account, R"(max_attestation = "B")",
     "account acme parent '' 0 0 0 max B credential '' origid per call\n"},
    {Section::account, R"(credential = "house")",
     "account acme parent '' 0 0 0 max A credential 'house ' origid per call\n"},
    {Section::account, R"(origid = "6BA7B810-9dad-41d1-80b4-00c04fd430c8")",
     "account acme parent '' 0 0 0 max A credential '' origid "
     "6ba7b810-9dad-41d1-80b4-00c04fd430c8\n"},
    {Section::credential, R"(max_attestation = "C")",
     "credential house etc/house.key etc/house.pem https://cert.example.com/house.pem C\n"},
    {Section::peer, R"(sources = ["10.0.0.0/24", "2001:db8::1"])",
     "sources 10.0.0.0/24 2001:db8::1 \n"},
    {Section::peer, R"(listeners = ["udp:0.0.0.0"])", "at 0 0.0.0.0 5060\n"},
    {Section::peer, R"(hosts = ["GW.example.com", "192.0.2.1"])",
     "hosts gw.example.com 192.0.2.1 \n"},
    {Section::peer, R"(attestation_override = "lower")", "override 1\n"},
    {Section::peer, "attestation_override = \"any\"\nattestation_from = [\"header:X-A\"]",
     "override 2\nlevel from 0 'X-A' 0 :: 0 C\n"},
    {Section::peer,
     "attestation_override = \"any\"\naccount_uri_vouched = true\n"
     "attestation_from = [\"from-param:a\", \"uri-param:a\"]",
     "uri vouched true\noverride 2\nlevel from 1 'a' 0 :: 0 C\nlevel from 2 'a' 0 :: 0 C\n"},
    {Section::peer, "attestation_override = \"lower\"\nattestation_from = [\"from-param:a\"]",
     "override 1\nlevel from 1 'a' 0 :: 0 C\n"},
    {Section::peer,
     "listeners = [\"udp:0.0.0.0\"]\nattestation_from = [\"listener:udp:0.0.0.0=C\"]",
     "at 0 0.0.0.0 5060\nlevel from 3 '' 0 0.0.0.0 5060 C\n"},
    {Section::peer,
     R"(attestation_from = ["uri-param:lvl", "header:X-A", "from-param:X-A", "listener:udp:0.0.0.0:5060=A"])",
     "level from 2 'lvl' 0 :: 0 C\nlevel from 0 'X-A' 0 :: 0 C\nlevel from 1 'X-A' 0 :: 0 C\n"
     "level from 3 '' 0 0.0.0.0 5060 A\n"},
    {Section::peer, R"(retargeted_max_attestation = "B")", "retargeted B\n"},
    {Section::peer, R"(retargeted_max_attestation = "C")", "retargeted C\n"},
    {Section::peer, R"(suspended_accounts = "C")", "signs suspended true unknown true\n"},
    {Section::peer, R"(unknown_accounts = "unsigned")", "signs suspended false unknown false\n"},
    {Section::peer,
     R"(caller_rules = ["anonymous=sign", "not-a-number=unsigned", "short-code=C", "impossible=block", "+1900=C", "+1=B"])",
     "caller 0 '' 0\ncaller 1 '' 3\ncaller 2 '' 2\ncaller 3 '' 4\ncaller 4 '1900' 2\n"
     "caller 4 '1' 1\n"},
    {Section::peer,
     R"(called_rules = ["emergency=unsigned", "toll-free=C", "international=B", "short-code=sign", "star-code=C", "not-a-number=block", "+123456789012345=block"])",
     "called 0 '' 3\ncalled 1 '' 2\ncalled 2 '' 1\ncalled 3 '' 0\ncalled 4 '' 2\ncalled 5 '' 4\n"
     "called 6 '123456789012345' 4\n"},
    {Section::peer, R"(caller_rules = ["not-a-number=block", "short-code=sign"])",
     "caller 1 '' 4\ncaller 2 '' 0\n"},
    {Section::peer, R"(called_rules = ["emergency=sign", "not-a-number=unsigned"])",
     "called 0 '' 0\ncalled 5 '' 3\n"},
    {Section::peer, R"(called_rules = ["international=C", "+1900=block", "+1=B", "toll-free=C"])",
     "called 2 '' 2\ncalled 6 '1900' 4\ncalled 6 '1' 1\ncalled 1 '' 2\n"},
    {Section::peer, R"(called_rules = ["toll-free=C", "+180=block", "+1900=C", "+8=C"])",
     "called 1 '' 2\ncalled 6 '180' 4\ncalled 6 '1900' 2\ncalled 6 '8' 2\n"},
    {Section::peer, R"(block = "403")", "block 2\n"},
    {Section::peer, R"(block = "404")", "block 1\n"},
    {Section::peer, R"(block = "503")", "block 4\n"},
    {Section::peer, "calls_per_second = 1000000", "limit 1000000 0\n"},
    {Section::peer, R"(over_limit = "503")", "limit 0 1\n"},
    {Section::account, "calls_per_second = 1000000", "limits 1000000 0\n"},
    {Section::account, "calls_per_day = 1000000000", "limits 0 1000000000\n"},
    {Section::peer, R"(origid = "per-peer")", "peer origid per peer\n"},
    {Section::peer, R"(origid = "per-account")", "peer origid per account\n"},
    {Section::peer, R"(origid = "6BA7B810-9dad-41d1-80b4-00c04fd430c8")",
     "peer origid 6ba7b810-9dad-41d1-80b4-00c04fd430c8\n"},
    {Section::account, R"(origid = "per-account")",
     "account acme parent '' 0 0 0 max A credential '' origid per account\n"},
    {Section::account, R"(origid = "per-peer")",
     "account acme parent '' 0 0 0 max A credential '' origid per peer\n"},
    {Section::account, R"(outside_attestation = "C")",
     "outside C family false own false labels \n"},
    {Section::account, "family_numbers = true", "outside B family true own false labels \n"},
    {Section::account, "own_certificate_required = true",
     "outside B family false own true labels \n"},
    {Section::account, R"(labels = ["wholesale", "region 2"])",
     "outside B family false own false labels wholesale region 2 \n"},
};

}  // namespace

TEST_CASE("configuration: each key has its effect and no other") {
  const std::string plain = text_of(parsed(std::string(required)));
  std::set<std::pair<Section, std::string>> seen;
  for (const Row& row : rows) {
    CAPTURE(row.line);
    CHECK(changed(plain, text_of(parsed(with(row.section, row.line)))) == row.effect);
    std::istringstream lines(row.line);
    for (std::string line; std::getline(lines, line);) {
      seen.emplace(row.section, line.substr(0, line.find(' ')));
    }
  }
  for (const KeyRow& key : key_table()) {
    CAPTURE(key.name);
    const bool is_of_another_test = key.name.starts_with("x5u") || key.name == "client_names";
    if (!is_required(key) && !is_of_another_test)
      CHECK(seen.count({key.section, std::string(key.name)}) == 1);
  }
}

TEST_CASE("configuration: peers are known by certificates where clients are asked for them") {
  const std::string tls =
      "[server]\nlisten = [\"tls:10.0.0.1\"]\n[tls]\ncertificate = \"c\"\nkey = \"k\"\n"
      "client_ca = \"ca\"\nclient_certificate = \"optional\"\n";
  const std::string peer = "[[peer]]\nname = \"edge\"\nclient_names = [\"SBC.example\", \"b\"]\n";
  const Configuration configuration = parsed(tls + peer);
  const Peer& edge = configuration.directory.peers.at(0).peer;
  CHECK(edge.client_names == std::vector<std::string>{"sbc.example", "b"});
  CHECK(edge.sources.empty());
  CHECK(configuration.warnings.empty());
}

TEST_CASE("configuration: [tls] without a listener that speaks it is a warning") {
  const Configuration configuration = parsed(with(Section::tls, "certificate = \"c\""));
  REQUIRE(configuration.warnings.size() == 1);
  CHECK(configuration.warnings[0].key == "tls.certificate");
}

TEST_CASE("configuration: an x5u is written, or follows from a base and the chain") {
  const auto with_place = [](const std::string& place) {
    std::string toml(required);
    const std::string line = "x5u = \"https://cert.example.com/house.pem\"\n";
    return toml.replace(toml.find(line), line.size(), place);
  };
  const auto files = [&](const std::string& place) {
    return parsed(with_place(place)).directory.credentials.front();
  };
  CHECK(files("x5u = \"https://a.example/b.pem\"\n").x5u == "https://a.example/b.pem");
  const CredentialFiles based = files("x5u_base = \"https://a.example:8443/certs//\"\n");
  CHECK(based.x5u.empty());
  CHECK(based.x5u_base == "https://a.example:8443/certs");
  struct Wrong {
    const char* place;
    const char* issue;
  };
  const std::string longest(218 - std::string("https://a.example/").size(), 'x');
  CHECK(files("x5u_base = \"https://a.example/" + longest + "\"\n").x5u_base.size() == 218);
  const std::string too_long = "x5u_base = \"https://a.example/" + longest + "x\"\n";
  const Wrong wrong[] = {
      {"", "etc/test.toml:1: credential[house].x5u: is missing"},
      {"x5u = \"\"\n", "etc/test.toml:5: credential[house].x5u: is missing"},
      {"x5u = \"https://a.example/b.pem\"\nx5u_base = \"https://a.example\"\n",
       "etc/test.toml:6: credential[house].x5u_base: stands beside x5u; use one of the two"},
      {"x5u = \"http://a.example/b.pem\"\n",
       "etc/test.toml:5: credential[house].x5u: \"http://a.example/b.pem\" is not a URL"},
      {"x5u_base = \"https://a.example/?q\"\n",
       "etc/test.toml:5: credential[house].x5u_base: \"https://a.example/?q\" is not a folder"},
      {too_long.c_str(), "etc/test.toml:5: credential[house].x5u_base: "},
  };
  for (const Wrong& row : wrong) {
    CAPTURE(std::string(row.place));
    const auto read = parse_configuration(with_place(row.place), "etc/test.toml");
    REQUIRE_FALSE(read);
    CHECK(text_of(read.error()).starts_with(row.issue));
  }
}

TEST_CASE("configuration: several credentials are a list, and a list has its limits") {
  const auto names = [](const std::string& value) {
    return parsed(std::string(required) + "credential = " + value + '\n')
        .directory.accounts.front()
        .credentials;
  };
  using Names = std::vector<std::string>;
  CHECK(names(R"("")").empty());
  CHECK(names(R"("a")") == Names{"a"});
  CHECK(names(R"(["b", "a", "c", "d"])") == Names{"b", "a", "c", "d"});
  struct Wrong {
    const char* value;
    const char* issue;
  };
  const Wrong wrong[] = {
      {"[]", "is an empty list; name one, or leave the key out\n"},
      {R"(["a", ""])", "names none; leave the empty name out of the list\n"},
      {R"(["a", "b", "a"])", "\"a\" is there twice; leave one of them out\n"},
      {R"(["a", "b", "c", "d", "e"])",
       "names 5 credentials; name at most 4: the newest that is valid signs\n"},
      {"7",
       "is a whole number, not a text in quotes or a list of such; write it like this: "
       "credential = \"house\"\n"},
  };
  for (const Wrong& row : wrong) {
    CAPTURE(std::string(row.value));
    const auto read = parse_configuration(
        std::string(required) + "credential = " + row.value + '\n', "etc/test.toml");
    REQUIRE_FALSE(read);
    CHECK(text_of(read.error()) ==
          std::string("etc/test.toml:11: account[acme].credential: ") + row.issue);
  }
}

TEST_CASE("configuration: relative paths begin at the file's folder, absolute ones do not") {
  const Configuration configuration = parsed(std::string(required));
  CHECK(configuration.file == "etc/test.toml");
  CHECK(configuration.settings.secret_file == "etc/secret");
  CHECK(configuration.directory.numbers == "etc/numbers.csv");
  CHECK(configuration.directory.credentials.at(0).key == "etc/house.key");
  CHECK(configuration.directory.credentials.at(0).certificate == "etc/house.pem");
  CHECK(parsed(with(Section::server, "secret_file = \"../run/s\"")).settings.secret_file ==
        "run/s");
  CHECK(parsed(with(Section::directory, "numbers = \"/n.csv\"")).directory.numbers == "/n.csv");
}

TEST_CASE("configuration: entries know their lines and keep their order") {
  const Configuration configuration =
      parsed(std::string(required) +
             "\n[[account]]\nid = \"aaa\"\n\n[[peer]]\nname = \"b\"\n"
             "sources = [\"10.0.0.2\"]\n");
  const DirectorySource& directory = configuration.directory;
  CHECK(directory.credentials.at(0).line == 1);
  REQUIRE(directory.peers.size() == 2);
  CHECK(directory.peers[0].line == 6);
  CHECK(directory.peers[1].line == 15);
  REQUIRE(directory.accounts.size() == 2);
  CHECK(directory.accounts[0].account.id == "acme");
  CHECK(directory.accounts[0].line == 9);
  CHECK(directory.accounts[1].account.id == "aaa");
  CHECK(directory.accounts[1].line == 12);
}

TEST_CASE("configuration: 50,000 accounts are read, and one that is there twice is found") {
  std::string toml(required);
  for (int i = 0; i < 50000; ++i) {
    toml += fmt::format("[[account]]\nid = \"customer-{}\"\nbusiness_profile = \"approved\"\n", i);
  }
  CHECK(parsed(toml).directory.accounts.size() == 50001);
  const auto twice = parse_configuration(toml + "[[account]]\nid = \"customer-7\"\n", "t");
  REQUIRE_FALSE(twice);
  CHECK(twice.error().size() == 1);
}
