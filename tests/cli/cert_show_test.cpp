// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "cli/cert_setup.hpp"

namespace shaken302::test {
namespace {

const std::string published = std::string(SHAKEN302_TEST_DATA) + "/vectors/rfc9118_fig1_cert.pem";

void check_says(const Ran& ran, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) {
    CHECK_MESSAGE(ran.out.find(part) != std::string::npos, ran.out);
  }
}

TEST_CASE("cert show: the certificate of RFC 9118 with its code, constraints and oddities") {
  const Ran ran = run({"cert", "show", published});
  CHECK_MESSAGE(ran.status == 0, ran.err);
  check_says(ran, {"  subject     CN=SHAKEN,OU=VoIP,O=Bogus Example Telecom,L=Herndon,ST=VA,C=US\n",
                   "  issuer      CN=BOGUS SHAKEN ROOT,C=US\n",
                   "  serial      1F:B6:5D:DE:B4:39:02:CB:CE:97:32:E7:CD:41:E1:AD:58:43:4A:5B\n",
                   "  valid       2021-07-15T21:52:15Z to 2022-07-15T21:52:15Z, expired ",
                   "  key         EC P-256\n", "  SPC         1234\n", "  constraints RFC 9118\n",
                   "must include [\"confidence\"]\n",
                   "\"confidence\" must be one of [\"high\",\"medium\"]\n",
                   "must not include [\"priority\"]\n", "  error: it has expired"});
  const std::string fingerprint =
      shell("openssl x509 -noout -fingerprint -sha256 -in " + published);
  check_says(ran, {"  SHA-256     " + fingerprint.substr(fingerprint.find('=') + 1)});
}

TEST_CASE("cert show: --json says the same to a script") {
  const Ran ran = run({"cert", "show", published, "--json"});
  CHECK(ran.status == 0);
  const auto all = nlohmann::json::parse(ran.out);
  REQUIRE(all.size() == 1);
  const auto& facts = all[0];
  CHECK(facts["file"] == published);
  CHECK(facts["tn_auth_list"]["service_provider_codes"] == nlohmann::json{"1234"});
  CHECK(facts["claim_constraints"]["rfc"] == "RFC 9118");
  CHECK(facts["claim_constraints"]["permitted_values"]["confidence"] ==
        nlohmann::json{"high", "medium"});
  CHECK(facts["certificates"][0]["not_after"] == "2022-07-15T21:52:15Z");
  CHECK(facts["certificates"][0]["days_left"] < 0);
  CHECK(facts["findings"][0]["name"] == "expired");
  CHECK(facts["findings"][0]["severity"] == "error");
}

TEST_CASE("cert show: a configuration shows every credential, with its x5u") {
  const Setup setup;
  const Ran ran = run({"cert", "show", "--config", setup.config()});
  CHECK_MESSAGE(ran.status == 0, ran.err);
  check_says(ran, {"house: " + setup.path("keys/house.pem") + "\n", " to ", " days left\n",
                   "  SPC         1234\n", "  x5u         https://cert.example.com/house.pem\n"});
  const Ran json = run({"cert", "show", "--config", setup.config(), "--json"});
  const auto facts = nlohmann::json::parse(json.out)[0];
  CHECK(facts["credential"] == "house");
  CHECK(facts["x5u"] == "https://cert.example.com/house.pem");
  const int days_left = facts["certificates"][0]["days_left"];
  CHECK((days_left == 364 || days_left == 365));  // 365 within the second that it was made in
}

TEST_CASE("cert show: every certificate of a chain, each after what it issued") {
  const Setup setup;
  write(setup.path("chain.pem"),
        read(setup.path("keys/house.pem")) + read(setup.path("ca/root.pem")));
  const Ran ran = run({"cert", "show", setup.path("chain.pem")});
  CHECK(ran.status == 0);
  const auto leaf = ran.out.find("subject     CN=SHAKEN 1234");
  const auto root = ran.out.find("subject     CN=shaken302 throw-away root");
  CHECK(leaf != std::string::npos);
  CHECK(root != std::string::npos);
  CHECK(leaf < root);
  check_says(ran, {"  -- issued by\n", "EC P-256, of an authority\n"});
}

TEST_CASE("cert show: what is no certificate is said in both forms, and is a negative answer") {
  const Setup setup;
  for (const char* name : {"numbers.csv", "nothing", "keys", "keys/house.key"}) {
    CAPTURE(std::string(name));
    const Ran ran = run({"cert", "show", setup.path(name)});
    CHECK(ran.status == 1);
    check_says(ran, {setup.path(name) + "\n  error: it "});
    const Ran json = run({"cert", "show", setup.path(name), "--json"});
    CHECK(json.status == 1);
    const auto facts = nlohmann::json::parse(json.out)[0];
    CHECK(facts["findings"].size() == 1);
    CHECK(!facts.contains("certificates"));
  }
}

TEST_CASE("cert: wrong usage is 64 with a line that helps") {
  const Setup setup;
  const std::string pem = setup.path("keys/house.pem");
  struct Row {
    const char* why;
    Words words;
    std::string says;
  };
  const Row rows[] = {
      {"no action", {"cert"}, "show, check, csr, selftest or publish"},
      {"an action that there is not", {"cert", "shwo"}, "there is no cert shwo"},
      {"show nothing", {"cert", "show"}, "give a file or --config"},
      {"show both", {"cert", "show", pem, "--config", setup.config()}, "one of them"},
      {"a credential of a file",
       {"cert", "show", pem, "--credential", "x"},
       "--credential goes with --config"},
      {"check nothing", {"cert", "check"}, "give a file or --config"},
      {"a key beside a configuration",
       {"cert", "check", "--config", setup.config(), "--key", "x"},
       "--key goes with a file"},
      {"a passphrase of no key",
       {"cert", "check", pem, "--passphrase-file", "x"},
       "goes with --key"},
      {"a code in lower case",
       {"cert", "check", pem, "--spc", "12ab"},
       "'12ab' is no service provider code"},
      {"no time", {"cert", "check", pem, "--at", "soon"}, "'soon'"},
      {"an option that there is not", {"cert", "selftest", "--fast"}, "--fast"},
      {"a credential that there is not",
       {"cert", "selftest", "--config", setup.config(), "--credential", "x"},
       "only house"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    const Ran ran = run(row.words);
    CHECK(ran.status == 64);
    CHECK_MESSAGE(ran.err.find(row.says) != std::string::npos, ran.err);
    CHECK(ran.out.empty());
  }
}

TEST_CASE("cert: a configuration without credentials is a negative answer") {
  const Folder folder;
  write(folder.path("c.toml"),
        "[server]\nlisten = [\"udp:127.0.0.1:5060\"]\nsecret_file = \"secret\"\n"
        "[[peer]]\nname = \"edge\"\nsources = [\"127.0.0.1\"]\n");
  for (const char* action : {"show", "check", "selftest"}) {
    const Ran ran = run({"cert", action, "--config", folder.path("c.toml")});
    CHECK_MESSAGE(ran.status == 1, ran.err);
    CHECK(ran.err.find("has no [[credential]]") != std::string::npos);
  }
}

TEST_CASE("cert: every action has its --help, and a missing configuration is 78") {
  const Folder folder;
  CHECK(run({"cert", "--help"}).status == 0);
  for (const char* action : {"show", "check", "csr", "selftest", "publish"}) {
    const Ran ran = run({"cert", action, "--help"});
    CHECK(ran.status == 0);
    CHECK(ran.out.starts_with("usage: shaken302 cert " + std::string(action)));
    CHECK(run({"cert", "--help"}).out.find("shaken302 cert " + std::string(action) + " ") !=
          std::string::npos);
  }
  for (const char* action : {"show", "check", "selftest"}) {
    const Ran ran = run({"cert", action, "--config", folder.path("none.toml"), "--json"});
    CHECK(ran.status == 78);
    CHECK(ran.err.find(folder.path("none.toml")) != std::string::npos);
    CHECK(nlohmann::json::parse(ran.out).contains("error"));
  }
}

}  // namespace
}  // namespace shaken302::test
