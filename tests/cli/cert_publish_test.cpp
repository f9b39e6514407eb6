// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "cli/cert_setup.hpp"

namespace shaken302::test {
namespace {

TEST_CASE("cert publish: the chain is there for everybody, under a name that its content gives") {
  const Setup setup;
  const Folder web;
  const Words words{"cert",
                    "publish",
                    web.path(),
                    "--config",
                    setup.config(),
                    "--base-url",
                    "https://cert.example.com/shaken/",
                    "--json"};
  const mode_t before = umask(0077);
  const Ran ran = run(words);
  umask(before);
  REQUIRE_MESSAGE(ran.status == 0, ran.err);
  const auto facts = nlohmann::json::parse(ran.out)[0];
  const std::string path = facts["path"];
  const std::string name = fs::path(path).filename().string();
  CHECK(facts["credential"] == "house");
  CHECK(facts["new"] == true);
  CHECK(facts["x5u"] == "https://cert.example.com/shaken/" + name);
  CHECK(web.names() == std::set<std::string>{name});
  CHECK(mode_of(path) == 0644);
  CHECK(read(path) == read(setup.path("keys/house.pem")));
  CHECK(name == shell("sha256sum " + path).substr(0, 32) + ".pem");

  const auto written = fs::last_write_time(path);
  const Ran again = run(words);
  CHECK(again.status == 0);
  CHECK(nlohmann::json::parse(again.out)[0]["new"] == false);
  CHECK(fs::last_write_time(path) == written);
  CHECK(web.names() == std::set<std::string>{name});
}

TEST_CASE("cert publish: only certificates get out, whatever else the file says") {
  const Setup setup;
  const Folder web;
  const std::string file = setup.path("noted.pem");
  write(file, "Bag Attributes: the boss's\n" + read(setup.path("keys/house.pem")) + "a note\n");
  const Ran ran = run({"cert", "publish", web.path(), "--certificate", file});
  REQUIRE_MESSAGE(ran.status == 0, ran.err);
  REQUIRE(web.names().size() == 1);
  const std::string path = web.path(*web.names().begin());
  CHECK(ran.out == "published  " + path + "\n");
  CHECK(read(path) == read(setup.path("keys/house.pem")));
}

TEST_CASE("cert publish: the x5u is the one that the server will sign with") {
  const Setup setup;
  const Folder web;
  const std::string file = setup.config();
  write(file, replaced(read(file), "x5u = \"https://cert.example.com/house.pem\"",
                       "x5u_base = \"https://certs.example.net/a/\""));
  const Ran ran = run({"cert", "publish", web.path(), "--config", file});
  CHECK(ran.status == 0);
  const auto at = ran.out.find("https://certs.example.net/a/");
  REQUIRE(at != std::string::npos);
  const std::string x5u = ran.out.substr(at, ran.out.find('\n', at) - at);
  CHECK(run({"cert", "show", "--config", file}).out.find("x5u         " + x5u + '\n') !=
        std::string::npos);
  CHECK(run({"sign", "--config", file, "--from", "+12155550100", "--to", "+12155550199"})
            .out.find("info=<" + x5u + ">") != std::string::npos);
}

TEST_CASE("cert publish: a CA signs no calls, and is no chain to be published") {
  const Setup setup;
  const Folder web;
  const Ran ran = run({"cert", "publish", web.path(), "--certificate", setup.path("ca/root.pem")});
  CHECK(ran.status == 1);
  CHECK(ran.err.find("begins with the certificate of a CA") != std::string::npos);
  CHECK(web.names().empty());
}

TEST_CASE("cert publish: a private key is never published") {
  const Setup setup;
  const Folder web;
  const std::string key = read(setup.path("keys/house.key"));
  const std::string certificate = read(setup.path("keys/house.pem"));
  for (const std::string& content : {key, key + certificate, certificate + key}) {
    write(setup.path("both.pem"), content);
    const Ran ran = run({"cert", "publish", web.path(), "--certificate", setup.path("both.pem")});
    CHECK(ran.status == 1);
    CHECK_MESSAGE(ran.err.find("holds a private key") != std::string::npos, ran.err);
    CHECK(ran.out.empty());
    CHECK(web.names().empty());
  }
}

TEST_CASE("cert publish: a file of that name with another content is not touched") {
  const Setup setup;
  const Folder web;
  const Words words{"cert", "publish", web.path(), "--certificate", setup.path("keys/house.pem")};
  REQUIRE(run(words).status == 0);
  const std::string path = web.path(*web.names().begin());
  write(path, "tampered");
  const Ran ran = run(words);
  CHECK(ran.status == 1);
  CHECK(ran.err.find("is not that certificate") != std::string::npos);
  CHECK(read(path) == "tampered");
  CHECK(web.names().size() == 1);
}

TEST_CASE("cert publish: a disk that is full leaves nothing") {
  const Setup setup;
  const Folder web;
  Ran ran;
  {
    const FullDisk disk(100);
    ran = run({"cert", "publish", web.path(), "--certificate", setup.path("keys/house.pem")});
  }
  CHECK(ran.status == 1);
  CHECK_MESSAGE(ran.err.find("cannot be written: File too large") != std::string::npos, ran.err);
  CHECK(web.names().empty());
}

TEST_CASE("cert publish: wrong calls are said and nothing is written") {
  const Setup setup;
  const Folder web;
  const std::string pem = setup.path("keys/house.pem");
  struct Row {
    const char* why;
    Words words;
    int status;
    std::string says;
  };
  const Row rows[] = {
      {"no folder", {"--certificate", pem}, 64, "give the folder"},
      {"nothing to publish", {web.path()}, 64, "give --certificate or --config"},
      {"both", {web.path(), "--certificate", pem, "--config", setup.config()}, 64, "one of them"},
      {"a credential of no configuration",
       {web.path(), "--certificate", pem, "--credential", "x"},
       64,
       "goes with --config"},
      {"a credential that there is not",
       {web.path(), "--config", setup.config(), "--credential", "x"},
       64,
       "there is no credential 'x', only house"},
      {"a URL that no verifier may fetch",
       {web.path(), "--certificate", pem, "--base-url", "http://x"},
       64,
       "use https"},
      {"a URL with a query",
       {web.path(), "--certificate", pem, "--base-url", "https://x/?a"},
       64,
       "no query"},
      {"a folder that is not there",
       {web.path("no"), "--certificate", pem},
       1,
       "cannot be written: No such file"},
      {"a file in the place of the folder",
       {pem, "--certificate", pem},
       1,
       "cannot be written: Not a directory"},
      {"a certificate that is not there",
       {web.path(), "--certificate", web.path("no")},
       1,
       "cannot be read"},
      {"no certificate",
       {web.path(), "--certificate", setup.path("numbers.csv")},
       1,
       setup.path("numbers.csv")},
      {"a configuration that is not there",
       {web.path(), "--config", web.path("no")},
       78,
       web.path("no")},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    Words words{"cert", "publish"};
    words.insert(words.end(), row.words.begin(), row.words.end());
    const Ran ran = run(words);
    CHECK(ran.status == row.status);
    CHECK_MESSAGE(ran.err.find(row.says) != std::string::npos, ran.err);
    CHECK(ran.out.empty());
    CHECK(web.names().empty());
  }
}

}  // namespace
}  // namespace shaken302::test
