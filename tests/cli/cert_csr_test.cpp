// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "cli/cert_setup.hpp"

namespace shaken302::test {
namespace {

/// What `openssl asn1parse` says of the DER in base64.
std::string parsed(const Folder& folder, const std::string& base64) {
  write(folder.path("value.b64"), base64 + "\n");
  return shell("openssl base64 -d -in " + folder.path("value.b64") +
               " | openssl asn1parse -inform DER");
}

Words csr(const Folder& folder, Words more) {
  Words words{"cert", "csr", "--key", folder.path("new.key"), "--out", folder.path("new.csr")};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST_CASE("cert csr: openssl accepts the request, its signature and its TNAuthList") {
  const Folder folder;
  const Ran ran = run(csr(folder, {"--spc", "1234", "--tn", "+12155550100", "--tn",
                                   "12155550110-12155550119", "--json"}));
  REQUIRE_MESSAGE(ran.status == 0, ran.err);
  CHECK(mode_of(folder.path("new.key")) == 0600);
  CHECK(mode_of(folder.path("new.csr")) == 0644);

  const std::string request =
      shell("openssl req -verify -noout -text -in " + folder.path("new.csr") + " 2>&1");
  for (const char* part :
       {"verify OK", "Subject: CN = SHAKEN 1234", "NIST CURVE: P-256", "ecdsa-with-SHA256",
        "Requested Extensions:", "1.3.6.1.5.5.7.1.26: \n"}) {
    CHECK_MESSAGE(request.find(part) != std::string::npos, request);
  }
  const auto facts = nlohmann::json::parse(ran.out);
  const std::string list = parsed(folder, facts["tn_auth_list"]);
  for (const char* part : {"IA5STRING         :1234", "IA5STRING         :12155550110",
                           "INTEGER           :0A", "IA5STRING         :12155550100"}) {
    CHECK_MESSAGE(list.find(part) != std::string::npos, list);
  }
  // The bare value is that of the request.
  std::string der =
      shell("openssl req -in " + folder.path("new.csr") + " -outform DER | od -An -tx1 -v");
  std::string value =
      shell("openssl base64 -d -in " + folder.path("value.b64") + " | od -An -tx1 -v");
  for (std::string* hex : {&der, &value}) std::erase_if(*hex, [](char c) { return c <= ' '; });
  CHECK(!value.empty());
  CHECK(der.find(value) != std::string::npos);
  CHECK(ran.err.find("RFC 9060") != std::string::npos);
}

TEST_CASE("cert csr: the key is the request's, PKCS#8, and nowhere in the output") {
  const Folder folder;
  const Ran ran = run(csr(folder, {"--spc", "709J"}));
  REQUIRE_MESSAGE(ran.status == 0, ran.err);
  CHECK(ran.err.empty());
  CHECK(ran.out.find("MAigBhYENzA5Sg==") != std::string::npos);
  CHECK(ran.out.find("MAigBhYENzA5Sg (base64url") != std::string::npos);
  const std::string key = read(folder.path("new.key"));
  CHECK(key.starts_with("-----BEGIN PRIVATE KEY-----\n"));
  CHECK(ran.out.find(key.substr(28, 40)) == std::string::npos);
  CHECK(shell("openssl pkey -pubout -in " + folder.path("new.key")) ==
        shell("openssl req -pubkey -noout -in " + folder.path("new.csr")));
  CHECK(folder.names() == std::set<std::string>{"new.key", "new.csr"});
}

TEST_CASE("cert csr: the subject is as wished") {
  struct Row {
    const char* why;
    Words words;
    const char* subject;
  };
  const Row rows[] = {
      {"none is wished", {"--spc", "1234", "--subject", ""}, "subject=\n"},
      {"a whole one",
       {"--spc", "1234", "--subject", "C=US, O=Example\\, Inc., CN=SHAKEN 1234"},
       "subject=C = US, O = \"Example, Inc.\", CN = SHAKEN 1234\n"},
      {"numbers alone have no name by themselves", {"--tn", "12155550100"}, "subject=\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    const Folder folder;
    const Ran ran = run(csr(folder, row.words));
    REQUIRE_MESSAGE(ran.status == 0, ran.err);
    CHECK(shell("openssl req -noout -subject -in " + folder.path("new.csr")) == row.subject);
  }
}

TEST_CASE("cert csr: what cannot be asked for is said, and no file is made") {
  struct Row {
    const char* why;
    Words words;
    const char* says;
  };
  const Row rows[] = {
      {"nothing to ask for", {}, "--spc"},
      {"lower case", {"--spc", "709j"}, "'709j' is no service provider code"},
      {"a code that is empty", {"--spc", ""}, "'' is no service provider code"},
      {"two codes", {"--spc", "1234", "--spc", "5678"}, "more than once"},
      {"a number with letters",
       {"--spc", "1234", "--tn", "1215CALLME"},
       "'1215CALLME' is no number"},
      {"a range backwards", {"--tn", "12-11"}, "'12-11' is no range"},
      {"a subject of a type that there is not",
       {"--spc", "1", "--subject", "X=1"},
       "'X=1' is no subject"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    const Folder folder;
    const Ran ran = run(csr(folder, row.words));
    CHECK(ran.status == 64);
    CHECK_MESSAGE(ran.err.find(row.says) != std::string::npos, ran.err);
    CHECK(ran.out.empty());
    CHECK(folder.names().empty());
  }
}

TEST_CASE("cert csr: both files are wanted") {
  const Folder folder;
  for (const Words& words : {Words{"cert", "csr", "--spc", "1", "--key", folder.path("k")},
                             Words{"cert", "csr", "--spc", "1", "--out", folder.path("r")}}) {
    const Ran ran = run(words);
    CHECK(ran.status == 64);
    CHECK_MESSAGE(ran.err.find("give a file for the ") != std::string::npos, ran.err);
    CHECK(folder.names().empty());
  }
}

TEST_CASE("cert csr: nothing is ever written over, and nothing half-written is left") {
  struct Row {
    const char* why;
    const char* there;  ///< a file that is there before
    const char* key;
    const char* out;
    const char* says;
  };
  const Row rows[] = {
      {"the key is there", "new.key", "new.key", "new.csr", "new.key is there already"},
      {"the request is there", "new.csr", "new.key", "new.csr", "new.csr is there already"},
      {"both are one file", "", "new.key", "new.key", "new.key is there already"},
      {"the key's folder is not", "", "no/new.key", "new.csr", "cannot be written: No such"},
      {"the request's folder is not", "", "new.key", "no/new.csr", "cannot be written: No such"},
      {"the request's is no folder", "file", "new.key", "file/new.csr", "cannot be written: Not a"},
      {"a folder's name", "", "new.key", "", "give a file"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    const Folder folder;
    std::set<std::string> before;
    if (*row.there != '\0') {
      write(folder.path(row.there), "as it was");
      before.insert(row.there);
    }
    const std::string out = *row.out == '\0' ? "" : folder.path(row.out);
    const Ran ran =
        run({"cert", "csr", "--spc", "1234", "--key", folder.path(row.key), "--out", out});
    CHECK((ran.status == 1 || ran.status == 64));
    CHECK_MESSAGE(ran.err.find(row.says) != std::string::npos, ran.err);
    CHECK(folder.names() == before);
    if (*row.there != '\0') CHECK(read(folder.path(row.there)) == "as it was");
  }
}

TEST_CASE("cert csr: a disk that is full leaves neither key nor request") {
  // PKCS#8 of P-256 is 241 bytes, the request more.
  for (const rlim_t bytes : {0U, 100U, 241U}) {
    const Folder folder;
    Ran ran;
    {
      const FullDisk disk(bytes);
      ran = run(csr(folder, {"--spc", "1234"}));
    }
    CHECK(ran.status == 1);
    CHECK_MESSAGE(ran.err.find(": cannot be written: File too large") != std::string::npos,
                  ran.err);
    CHECK(folder.names().empty());
  }
}

TEST_CASE("cert csr: a link in the place of the key is not followed") {
  const Folder folder;
  fs::create_symlink(folder.path("elsewhere"), folder.path("new.key"));
  const Ran ran = run(csr(folder, {"--spc", "1234"}));
  CHECK(ran.status == 1);
  CHECK(ran.err.find("is there already") != std::string::npos);
  CHECK(folder.names() == std::set<std::string>{"new.key"});
}

TEST_CASE("cert csr: the key is its owner's alone whatever the umask") {
  for (const mode_t mask : {0000U, 0022U, 0077U}) {
    const Folder folder;
    const mode_t before = umask(mask);
    const Ran ran = run(csr(folder, {"--spc", "1234"}));
    umask(before);
    CHECK(ran.status == 0);
    CHECK(mode_of(folder.path("new.key")) == 0600);
    CHECK(mode_of(folder.path("new.csr")) == 0644);
  }
}

}  // namespace
}  // namespace shaken302::test
