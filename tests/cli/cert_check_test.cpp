// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "cli/cert_setup.hpp"
#include "core/test_credentials.hpp"

namespace shaken302::test {
namespace {

TEST_CASE("cert check: a credential with all that belongs to it is good") {
  const Setup setup;
  const std::string pem = setup.path("keys/house.pem");
  const Ran ran = run({"cert", "check", pem, "--key", setup.path("keys/house.key"), "--anchors",
                       setup.path("ca/root.pem"), "--x5u", "https://cert.example.com/house.pem",
                       "--spc", "1234"});
  CHECK_MESSAGE(ran.status == 0, ran.out);
  CHECK(ran.out == pem + ": good\n");
  CHECK(ran.err.empty());
  const Ran configured = run({"cert", "check", "--config", setup.config(), "--json"});
  CHECK(configured.status == 0);
  const auto facts = nlohmann::json::parse(configured.out);
  REQUIRE(facts.size() == 1);
  CHECK(facts[0]["credential"] == "house");
  CHECK(facts[0]["good"] == true);
}

TEST_CASE("cert check: each thing that is wrong has its line, and the status is 1") {
  const Setup setup;
  const Setup other;
  const std::string pem = setup.path("keys/house.pem");
  struct Row {
    const char* why;
    Words words;
    const char* name;
    std::string says;
  };
  const Row rows[] = {
      {"the key of another certificate",
       {"--key", other.path("keys/house.key")},
       "key-mismatch",
       other.path("keys/house.key")},
      {"a key that others can read", {"--key", pem}, "unreadable-file", pem},
      {"a key that is not there",
       {"--key", setup.path("no.key")},
       "unreadable-file",
       setup.path("no.key")},
      {"another's root", {"--anchors", other.path("ca/root.pem")}, "no-path-to-anchor", pem},
      {"another provider's", {"--spc", "5678"}, "other-service-provider", pem},
      {"an x5u with a query", {"--x5u", "https://x/?a"}, "x5u-form", "\"https://x/?a\""},
      {"long ago", {"--at", "2001-01-01T00:00:00Z"}, "not-yet-valid", pem},
      {"in the far future", {"--at", "2101-01-01T00:00:00Z"}, "expired", pem},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    Words words{"cert", "check", pem};
    words.insert(words.end(), row.words.begin(), row.words.end());
    const Ran ran = run(words);
    CHECK(ran.status == 1);
    CHECK_MESSAGE(ran.out.starts_with("error: " + row.says + " "), ran.out);
    CHECK(ran.out.ends_with(pem + ": not to be used\n"));
    words.emplace_back("--json");
    const Ran json = run(words);
    CHECK(json.status == 1);
    const auto facts = nlohmann::json::parse(json.out)[0];
    CHECK(facts["good"] == false);
    CHECK(facts["findings"][0]["name"] == row.name);
    CHECK(facts["findings"][0]["severity"] == "error");
  }
}

TEST_CASE("cert check: a wrong x5u hides no wrong key, and errors come before warnings") {
  const Setup setup;
  const Setup other;
  write(setup.path("reversed.pem"),
        read(setup.path("ca/root.pem")) + read(setup.path("keys/house.pem")));
  const Ran ran = run({"cert", "check", setup.path("reversed.pem"), "--key",
                       other.path("keys/house.key"), "--x5u", "http://x/"});
  CHECK(ran.status == 1);
  const auto mismatch = ran.out.find("error: " + other.path("keys/house.key"));
  const auto x5u = ran.out.find("error: \"http://x/\"");
  const auto reordered = ran.out.find("warning: " + setup.path("reversed.pem"));
  CHECK_MESSAGE(mismatch < x5u, ran.out);
  CHECK(x5u < reordered);
  CHECK(reordered != std::string::npos);
}

TEST_CASE("cert check: warnings alone are no negative answer") {
  const Setup setup;
  write(setup.path("reversed.pem"),
        read(setup.path("ca/root.pem")) + read(setup.path("keys/house.pem")));
  const Ran ran = run({"cert", "check", setup.path("reversed.pem")});
  CHECK(ran.status == 0);
  CHECK_MESSAGE(ran.out.starts_with("warning: "), ran.out);
  CHECK(ran.out.ends_with(": good, with warnings\n"));
}

TEST_CASE("cert check: an encrypted key wants its passphrase") {
  const Setup setup;
  const std::string pem = setup.path("keys/house.pem");
  const std::string key = setup.path("keys/locked.key");
  write(setup.path("keys/right"), "open sesame\n");
  write(setup.path("keys/wrong"), "open barley\n");
  shell("openssl pkcs8 -topk8 -v2 aes-256-cbc -in " + setup.path("keys/house.key") + " -out " +
        key + " -passout pass:'open sesame' && chmod 600 " + key + " " + setup.path("keys/right") +
        " " + setup.path("keys/wrong"));
  struct Row {
    const char* why;
    Words words;
    const char* name;  ///< of the finding; nullptr: good
  };
  const Row rows[] = {
      {"none given", {}, "passphrase-needed"},
      {"another one", {"--passphrase-file", setup.path("keys/wrong")}, "passphrase-wrong"},
      {"the right one", {"--passphrase-file", setup.path("keys/right")}, nullptr},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    Words words{"cert", "check", pem, "--key", key, "--json"};
    words.insert(words.end(), row.words.begin(), row.words.end());
    const Ran ran = run(words);
    CHECK(ran.status == (row.name == nullptr ? 0 : 1));
    const auto facts = nlohmann::json::parse(ran.out)[0];
    if (row.name != nullptr) CHECK(facts["findings"][0]["name"] == row.name);
    CHECK(ran.out.find("sesame") == std::string::npos);
  }
}

TEST_CASE("cert check: anchors that cannot be read are a failure, not a finding") {
  const Setup setup;
  const Ran ran = run({"cert", "check", setup.path("keys/house.pem"), "--anchors",
                       setup.path("numbers.csv"), "--json"});
  CHECK(ran.status == 1);
  CHECK(ran.err.find(setup.path("numbers.csv")) != std::string::npos);
  CHECK(nlohmann::json::parse(ran.out).contains("error"));
}

TEST_CASE("cert check: the anchors of a configuration count") {
  const Setup setup;
  const Setup other;
  const std::string text = read(setup.config());
  for (const auto& [anchors, status] :
       {std::pair(setup.path("ca/root.pem"), 0), std::pair(other.path("ca/root.pem"), 1)}) {
    write(setup.config(),
          replaced(text, "[signing]\n", "[signing]\ntrust_anchors = [\"" + anchors + "\"]\n"));
    const Ran ran = run({"cert", "check", "--config", setup.config()});
    CHECK_MESSAGE(ran.status == status, ran.out, ran.err);
  }
}

TEST_CASE("cert selftest: every credential signs, each with its line") {
  const Setup setup;
  const Ran ran = run({"cert", "selftest", "--config", setup.config()});
  CHECK_MESSAGE(ran.status == 0, ran.err);
  CHECK_MESSAGE(ran.out.starts_with("house: good, "), ran.out);
  CHECK(ran.out.ends_with(" signatures/s on one thread\n"));
  const Ran json = run({"cert", "selftest", "--config", setup.config(), "--json"});
  const auto facts = nlohmann::json::parse(json.out);
  CHECK(facts[0]["credential"] == "house");
  CHECK(facts[0]["good"] == true);
  CHECK(facts[0]["signatures_per_second"] > 0);
}

TEST_CASE("cert selftest: one that fails is a negative answer, and the others are tested") {
  const Setup setup;
  const Setup other;
  write(setup.config(), read(setup.config()) + "\n[[credential]]\nname = \"broken\"\nkey = \"" +
                            other.path("keys/house.key") +
                            "\"\ncertificate = \"keys/house.pem\"\n"
                            "x5u = \"https://cert.example.com/b.pem\"\n");
  const Ran ran = run({"cert", "selftest", "--config", setup.config()});
  CHECK(ran.status == 1);
  CHECK_MESSAGE(ran.out.starts_with("house: good, "), ran.out);
  CHECK_MESSAGE(ran.out.find("broken: FAILED: ") != std::string::npos, ran.out);
  const Ran alone = run({"cert", "selftest", "--config", setup.config(), "--credential", "house"});
  CHECK(alone.status == 0);
}

TEST_CASE("cert selftest: a certificate that is not valid now is not good, and it says which way") {
  using std::chrono::days;
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  struct Row {
    const char* why;
    UnixTime not_before;
    UnixTime not_after;
    const char* says;  ///< nullptr: good
  };
  const Row rows[] = {
      {"valid", now - days{1}, now + days{1}, nullptr},
      {"over since yesterday", now - days{2}, now - days{1}, "has expired"},
      {"valid from tomorrow on", now + days{1}, now + days{2}, "not valid yet"},
  };
  for (const Row& row : rows) {
    const std::string why = row.why;
    CAPTURE(why);
    const Setup setup;
    const ThrowawayCa pem = make_test_pem("1234", row.not_before, row.not_after);
    write(setup.path("keys/house.key"), pem.leaf_key);
    write(setup.path("keys/house.pem"), pem.leaf_certificate);
    const Ran ran = run({"cert", "selftest", "--config", setup.config()});
    CHECK(ran.status == (row.says == nullptr ? 0 : 1));
    if (row.says == nullptr) continue;
    CHECK_MESSAGE(ran.out.starts_with("house: FAILED: "), ran.out);
    CHECK_MESSAGE(ran.out.find(row.says) != std::string::npos, ran.out);
    const Ran json = run({"cert", "selftest", "--config", setup.config(), "--json"});
    CHECK(json.status == 1);
    CHECK(nlohmann::json::parse(json.out)[0]["good"] == false);
  }
}

}  // namespace
}  // namespace shaken302::test
