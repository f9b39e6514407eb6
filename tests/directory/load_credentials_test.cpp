// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "core/certificate_builder.hpp"
#include "directory_scene.hpp"

using namespace shaken302;
using namespace shaken302::directory;
using namespace shaken302::directory::test;
using shaken302::test::make_ec_key;
using shaken302::test::make_test_pem;
using shaken302::test::noon;
using shaken302::test::to_pem;
using shaken302::test::to_pkcs8_pem;

namespace {

/// A self-signed certificate of `key`, valid at noon.
std::string certificate_of(EVP_PKEY* key, std::vector<std::vector<std::uint8_t>> tn_auth_lists,
                           std::vector<std::pair<int, const char*>> extensions = {}) {
  shaken302::test::CertificateSpec spec;
  spec.key = key;
  spec.not_before = shaken302::test::day_before_noon;
  spec.not_after = shaken302::test::day_after_noon;
  spec.tn_auth_lists = std::move(tn_auth_lists);
  spec.extensions = std::move(extensions);
  return to_pem(shaken302::test::make_certificate(spec).get());
}

const std::vector<std::uint8_t> spc_1234{0x30, 0x08, 0xA0, 0x06, 0x16,
                                         0x04, 0x31, 0x32, 0x33, 0x34};

}  // namespace

TEST_CASE("load_credentials: a good pair is a usable credential without a word") {
  DirectoryScene scene;
  const auto loaded = scene.load(scene.configuration());
  REQUIRE(loaded);
  CHECK(loaded->warnings.empty());
  REQUIRE(loaded->snapshot->credentials->entries.size() == 1);
  const auto& entry = loaded->snapshot->credentials->entries[0];
  CHECK(entry.usable());
  CHECK(entry.credential.name() == "house");
  CHECK(entry.credential.x5u() == "https://cert.example.com/house.pem");
}

TEST_CASE("load_credentials: everything wrong with a certificate file refuses the configuration") {
  const ThrowawayCa ca = make_test_pem();
  const KeyPtr p384 = make_ec_key("P-384");
  const KeyPtr p256 = make_ec_key();
  const std::string leaf = ca.leaf_certificate;
  struct Row {
    const char* why;
    std::string pem;
    const char* issue;
  };
  const Row rows[] = {
      {"empty", "",
       "holds no certificate; put the certificate of the leaf there, then its intermediates"},
      {"broken", leaf.substr(0, leaf.size() / 2),
       "is neither PEM nor DER that can be read; export the certificates again, as PEM, leaf "
       "first"},
      {"five", leaf + leaf + leaf + leaf + leaf,
       "holds more than 4 certificates or 64 KiB; keep the leaf and its intermediates; the root "
       "does not belong there"},
      {"with the key", leaf + ca.leaf_key,
       "holds a private key, and this file is for everybody; keep the certificates alone; if it "
       "was "
       "published, have a new key certified"},
      {"another curve", certificate_of(p384.get(), {}),
       "is for a key that is not EC on the named curve P-256; have a P-256 key certified; SHAKEN "
       "knows no other"},
      {"a broken TNAuthList", certificate_of(p256.get(), {{0x30, 0x02, 0x05}}),
       "has a TNAuthList that is not RFC 8226; ask the CA for a certificate without that fault"},
      {"a CA",
       certificate_of(p256.get(), {spc_1234}, {{NID_basic_constraints, "critical,CA:TRUE"}}),
       "begins with the certificate of a CA, which signs no calls; put the leaf there, then its "
       "intermediates"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    DirectoryScene scene(ca);
    scene.folder.write("house.pem", row.pem);
    CHECK(scene.issues() ==
          std::string("t.toml:4: credential[house].certificate: house.pem ") + row.issue + "\n");
  }
}

TEST_CASE("load_credentials: everything wrong with a key file refuses the configuration") {
  const ThrowawayCa ca = make_test_pem();
  const KeyPtr p384 = make_ec_key("P-384");
  const KeyPtr p256 = make_ec_key();
  struct Row {
    const char* why;
    std::string pem;
    const char* issue;
  };
  const Row rows[] = {
      {"empty", "",
       "is not a private key, PKCS#8 or SEC1, PEM or DER; export it with: openssl pkcs8 -topk8"},
      {"encrypted", to_pkcs8_pem(p256.get(), "secret"),
       "is encrypted, and no passphrase is given; name the file of its passphrase as "
       "passphrase_file"},
      {"another curve", to_pkcs8_pem(p384.get()),
       "is not an EC key on the named curve P-256; make one with: openssl genpkey -algorithm EC "
       "-pkeyopt ec_paramgen_curve:P-256"},
      {"of another certificate", to_pkcs8_pem(p256.get()),
       "does not belong to the certificate; name the key that was certified"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    DirectoryScene scene(ca);
    scene.folder.write("house.key", row.pem);
    const std::string issues = scene.issues();
    CHECK(issues == std::string("t.toml:3: credential[house].key: house.key ") + row.issue + "\n");
    // Never a byte of the key, whatever is wrong with it.
    if (row.pem.size() > 100) CHECK(issues.find(row.pem.substr(40, 20)) == std::string::npos);
  }
}

TEST_CASE("load_credentials: a key that group or others may read is refused") {
  DirectoryScene scene;
  scene.folder.write("house.key", make_test_pem().leaf_key, 0640);
  CHECK(scene.issues() ==
        "t.toml:3: credential[house].key: house.key is open to group or others (mode 0640); run: "
        "chmod 600 house.key\n");
}

TEST_CASE("load_credentials: both files missing are two issues, of every credential") {
  DirectoryScene scene;
  auto configuration = scene.configuration();
  auto second = configuration.directory.credentials[0];
  second.name = "second";
  second.key = scene.folder.path() / "none.key";
  second.certificate = scene.folder.path() / "none.pem";
  configuration.directory.credentials.push_back(second);
  std::filesystem::remove(scene.folder.path() / "house.key");
  constexpr const char* why =
      " cannot be read: No such file or directory; create the file or correct the path\n";
  CHECK(scene.issues(configuration) ==
        std::string("t.toml:3: credential[house].key: house.key") + why +
            "t.toml:4: credential[second].certificate: none.pem" + why +
            "t.toml:3: credential[second].key: none.key" + why);
}

TEST_CASE("load_credentials: a name or x5u that did not come through the reader is still checked") {
  DirectoryScene scene;
  auto configuration = scene.configuration();
  configuration.directory.credentials[0].x5u = "http://cert.example.com/house.pem";
  CHECK(scene.issues(configuration) ==
        "t.toml:5: credential[house].x5u: \"http://cert.example.com/house.pem\" is not a URL for "
        "certificates; use https, port 443 or 8443, no user, query or fragment, at most 255 "
        "characters\n");
  configuration = scene.configuration();
  configuration.directory.credentials[0].name = "a\nb";
  CHECK(scene.issues(configuration)
            .starts_with("t.toml:1: credential[a\\x0Ab].name: \"a\\x0Ab\" is not a name; use "
                         "letters, digits, \".\", "
                         "\"_\" and \"-\"\n"));
}

TEST_CASE("load_credentials: a failed test signature quarantines that credential and no other") {
  const ThrowawayCa good = make_test_pem();
  ThrowawayCa bad = make_test_pem();
  bad.leaf_key = shaken302::test::make_treacherous_key(bad.leaf_key);
  DirectoryScene scene(bad);
  scene.folder.write("good.key", good.leaf_key);
  scene.folder.write("good.pem", good.leaf_certificate);
  auto configuration = scene.configuration();
  auto second = configuration.directory.credentials[0];
  second.name = "good";
  second.x5u = "https://cert.example.com/good.pem";
  second.key = scene.folder.path() / "good.key";
  second.certificate = scene.folder.path() / "good.pem";
  configuration.directory.credentials.push_back(second);
  const auto loaded = scene.load(configuration);
  REQUIRE(loaded);
  const auto& entries = loaded->snapshot->credentials->entries;
  REQUIRE(entries.size() == 2);
  CHECK_FALSE(entries[0].usable());
  CHECK(entries[1].usable());
  CHECK(
      scene.lines(loaded->warnings) ==
      "t.toml:3: credential[house].key: house.key makes test signatures that do not verify: it is "
      "in quarantine; replace key and certificate; its calls stay unsigned until then\n");
}

TEST_CASE("load_credentials: a certificate that is not valid now is a warning") {
  DirectoryScene scene;
  const auto configuration = scene.configuration();
  CHECK(scene.warnings(configuration, noon) == "");
  CHECK(scene.warnings(configuration, shaken302::test::day_after_noon) == "");
  CHECK(
      scene.warnings(configuration, shaken302::test::day_after_noon + std::chrono::seconds(1)) ==
      "t.toml:4: credential[house].certificate: house.pem has expired: at 2030-01-02 00:00:00 UTC; "
      "renew it; its calls stay unsigned until then\n");
  CHECK(
      scene.warnings(configuration, shaken302::test::day_before_noon - std::chrono::seconds(1)) ==
      "t.toml:4: credential[house].certificate: house.pem is not valid yet: valid from 2029-12-31 "
      "00:00:00 UTC; its calls stay unsigned until then; check the clock\n");
}

TEST_CASE("load_credentials: a certificate without TNAuthList is refused") {
  const KeyPtr key = make_ec_key();
  DirectoryScene scene;
  scene.folder.write("house.key", to_pkcs8_pem(key.get()));
  scene.folder.write("house.pem", certificate_of(key.get(), {}));
  CHECK(scene.issues() ==
        "t.toml:4: credential[house].certificate: house.pem has no TNAuthList; verifiers refuse "
        "it: use a "
        "SHAKEN certificate\n");
}

TEST_CASE("load_credentials: a certificate for numbers alone is a warning") {
  const KeyPtr key = make_ec_key();
  TnAuthList list;
  list.numbers = {"12155550100"};
  DirectoryScene scene;
  scene.folder.write("house.key", to_pkcs8_pem(key.get()));
  scene.folder.write("house.pem", certificate_of(key.get(), {to_der(list)}));
  const std::string warning =
      "t.toml:4: credential[house].certificate: house.pem signs only for the numbers in its "
      "TNAuthList; calls of other numbers would be refused by verifiers; use a certificate with a "
      "service provider code, or give it to accounts with those numbers alone\n";
  CHECK(scene.warnings(scene.configuration()).starts_with(warning));
  list.service_provider_codes = {"1234"};
  scene.folder.write("house.pem", certificate_of(key.get(), {to_der(list)}));
  CHECK(scene.warnings(scene.configuration()).find(warning) == std::string::npos);
}

TEST_CASE("load_credentials: a chain that verifiers cannot follow is a warning") {
  const ThrowawayCa ca = make_test_pem();
  const ThrowawayCa stranger = make_test_pem();
  DirectoryScene scene(ca);
  scene.folder.write("house.pem", ca.leaf_certificate + ca.root_certificate);
  CHECK(scene.warnings(scene.configuration()) == "");
  scene.folder.write("house.pem", ca.leaf_certificate + stranger.root_certificate);
  CHECK(
      scene.warnings(scene.configuration()) ==
      "t.toml:4: credential[house].certificate: house.pem does not link up: verifiers cannot build "
      "the path: the second certificate did not issue the first; put each certificate's issuer "
      "right behind it\n");
  scene.folder.write("house.pem",
                     ca.leaf_certificate + ca.root_certificate + stranger.root_certificate);
  CHECK(scene.warnings(scene.configuration())
            .find("the third certificate did not issue the second") != std::string::npos);
}

TEST_CASE("load_credentials: an intermediate that is not valid now is a warning") {
  const ThrowawayCa ca = make_test_pem();
  const KeyPtr key = make_ec_key();
  shaken302::test::CertificateSpec spec;
  spec.key = key.get();
  spec.not_before = shaken302::test::day_before_noon;
  spec.not_after = noon - std::chrono::seconds(1);
  DirectoryScene scene(ca);
  scene.folder.write("house.pem", ca.leaf_certificate + ca.root_certificate +
                                      to_pem(shaken302::test::make_certificate(spec).get()));
  CHECK(
      scene.warnings(scene.configuration())
          .find(
              "credential[house].certificate: house.pem holds a certificate behind the leaf that "
              "is not valid now; put the CA's present one there; its calls stay unsigned until then"
              "\n") != std::string::npos);
}

TEST_CASE("load_credentials: trust anchors are files, and every certificate leads to one of them") {
  const ThrowawayCa ca = make_test_pem();
  const std::string toml =
      "[signing]\ntrust_anchors = [\"one.pem\", \"two.pem\"]\n" + std::string(good_toml);
  DirectoryScene scene(ca);
  scene.folder.write("one.pem", make_test_pem().root_certificate);
  scene.folder.write("two.pem", ca.root_certificate);
  CHECK(scene.issues(toml).empty());
  scene.folder.write("two.pem", make_test_pem().root_certificate);
  CHECK(scene.issues(toml).starts_with(
      "t.toml:6: credential[house].certificate: house.pem does not lead to a trust anchor: "));
  scene.folder.write("two.pem", "no certificate");
  CHECK(scene.issues(toml) ==
        "t.toml: signing.trust_anchors: two.pem holds no certificate; put the certificates of the "
        "CAs there, as PEM\n");
  std::filesystem::remove(scene.folder.path() / "two.pem");
  CHECK(scene.issues(toml) ==
        "t.toml: signing.trust_anchors: two.pem cannot be read: No such file or directory; create "
        "the file or correct the path\n");
}

TEST_CASE("load_credentials: a key with a passphrase, and what the certificate is expected to be") {
  const ThrowawayCa ca = make_test_pem();
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(
      BIO_new_mem_buf(ca.leaf_key.data(), static_cast<int>(ca.leaf_key.size())), &BIO_free);
  const KeyPtr key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
  DirectoryScene scene(ca);
  scene.folder.write("house.key", to_pkcs8_pem(key.get(), "secret"));
  scene.folder.write("house.pass", "secret\n");
  const auto with = [](std::string_view more) {
    return replaced(good_toml, "name = \"house\"\n", "name = \"house\"\n" + std::string(more));
  };
  CHECK(scene.issues(with("passphrase_file = \"house.pass\"\nexpected_spc = \"1234\"\n")).empty());
  CHECK(scene.issues(with("passphrase_file = \"house.pass\"\nexpected_spc = \"9876\"\n")) ==
        "t.toml:6: credential[house].certificate: house.pem is for another service provider code "
        "than expected_spc: its code is 1234; name the certificate of that provider, or correct "
        "expected_spc\n");
  scene.folder.write("house.pass", "another\n");
  CHECK(scene.issues(with("passphrase_file = \"house.pass\"\n")) ==
        "t.toml:3: credential[house].passphrase_file: house.pass does not hold the passphrase of "
        "the key; put the passphrase there, alone on one line\n");
}

TEST_CASE("load_credentials: constraints on attest are a cap on what the credential signs") {
  const ThrowawayCa ca = make_test_pem();
  const KeyPtr key = make_ec_key();
  shaken302::test::CertificateSpec spec;
  spec.key = key.get();
  spec.not_before = shaken302::test::day_before_noon;
  spec.not_after = shaken302::test::day_after_noon;
  spec.tn_auth_lists = {spc_1234};
  // JWTClaimConstraints: attest may be "B" or "C".
  spec.raw_extensions = {{"1.3.6.1.5.5.7.1.27",
                          false,
                          {0x30, 0x16, 0xA1, 0x14, 0x30, 0x12, 0x30, 0x10, 0x16, 0x06, 'a',  't',
                           't',  'e',  's',  't',  0x30, 0x06, 0x0C, 0x01, 'B',  0x0C, 0x01, 'C'}}};
  DirectoryScene scene(ca);
  scene.folder.write("house.key", to_pkcs8_pem(key.get()));
  scene.folder.write("house.pem", to_pem(shaken302::test::make_certificate(spec).get()));
  const auto loaded = scene.load(scene.configuration());
  REQUIRE(loaded);
  CHECK(loaded->snapshot->credentials->entries[0].max_attestation == Attestation::B);
  CHECK(scene.lines(loaded->warnings).find("allow some attestations alone: B, C") !=
        std::string::npos);
}
