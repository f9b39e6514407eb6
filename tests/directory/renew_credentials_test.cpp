// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <filesystem>

#include "directory_scene.hpp"
#include "shaken302/published_name.hpp"

using namespace shaken302;
using namespace shaken302::directory;
using namespace shaken302::directory::test;
using shaken302::test::make_test_pem;
using shaken302::test::noon;

namespace {

const std::string two_toml =
    "[[credential]]\n"  // line 1
    "name = \"other\"\n"
    "key = \"other.key\"\n"
    "certificate = \"other.pem\"\n"
    "x5u_base = \"https://cert.example.com/certs\"\n" +
    std::string(good_toml);

class Scene : public DirectoryScene {
 public:
  Scene() { write("other", make_test_pem()); }
  void write(const std::string& name, const ThrowawayCa& ca) {
    folder.write(name + ".key", ca.leaf_key);
    folder.write(name + ".pem", ca.leaf_certificate);
  }
  [[nodiscard]] Result<LoadedSnapshot, config::ConfigIssues> load_alone(
      const LoadedSnapshot* before = nullptr, std::string_view toml = two_toml) {
    return load_snapshot(configuration(toml), 2, noon, slots, {},
                         {before, false, CredentialRule::each_alone});
  }
  [[nodiscard]] LoadedSnapshot renew(const LoadedSnapshot& before,
                                     const std::set<std::string>& names) {
    return renew_credentials(configuration(two_toml), before, names, noon);
  }
};

const CredentialTable::Entry& entry_of(const LoadedSnapshot& loaded, std::size_t index) {
  return loaded.snapshot->credentials->entries.at(index);
}

}  // namespace

TEST_CASE("renew_credentials: the x5u follows from the chain, as `cert publish` names it") {
  Scene scene;
  const ThrowawayCa ca = make_test_pem();
  scene.write("other", ca);
  const auto loaded = scene.load_alone();
  REQUIRE(loaded);
  const Credential& other = entry_of(*loaded, 0).credential;
  CHECK(other.x5u() == "https://cert.example.com/certs/" + published_name(other.chain().to_pem()));
  CHECK(is_acceptable_x5u(other.x5u()));
}

TEST_CASE("renew_credentials: one that is wrong from the start is out of use, alone") {
  Scene scene;
  scene.folder.write("other.key", make_test_pem().leaf_key);
  CHECK_FALSE(scene.load(scene.configuration(two_toml)));  // whoever checks is told
  const auto loaded = scene.load_alone();
  REQUIRE(loaded);
  CHECK(entry_of(*loaded, 0).faulty);
  CHECK(entry_of(*loaded, 0).credential.name() == "other");
  CHECK_FALSE(entry_of(*loaded, 0).usable());
  CHECK(entry_of(*loaded, 1).usable());
  REQUIRE(loaded->credentials.origins.size() == 2);
  CHECK(scene.lines(loaded->credentials.origins[0].faults) ==
        "t.toml:3: credential[other].key: other.key does not belong to the certificate; name the "
        "key that was certified\n");
  CHECK_FALSE(loaded->credentials.origins[0].serves_on);
  CHECK(loaded->credentials.origins[1].faults.empty());
}

TEST_CASE("renew_credentials: when all are wrong it is an issue of the whole") {
  Scene scene;
  scene.folder.write("other.pem", "nothing");
  scene.folder.write("house.pem", "nothing");
  const auto loaded = scene.load_alone();
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().size() == 2);
}

TEST_CASE("renew_credentials: one that serves goes on as it was when its new files are wrong") {
  Scene scene;
  const auto first = scene.load_alone();
  REQUIRE(first);
  scene.folder.write("other.pem", make_test_pem().leaf_certificate);

  SUBCASE("by a reload, at the lower of both caps") {
    const std::string lower =
        replaced(two_toml, "name = \"other\"\n", "name = \"other\"\nmax_attestation = \"B\"\n");
    const auto loaded = scene.load_alone(&*first, lower);
    REQUIRE(loaded);
    CHECK(entry_of(*loaded, 0).credential.is_same(entry_of(*first, 0).credential));
    CHECK(entry_of(*loaded, 0).max_attestation == Attestation::B);
    CHECK(loaded->credentials.origins[0].serves_on);
    CHECK(loaded->credentials.origins[0].faults.size() == 1);
  }
  SUBCASE("by itself, and the other one is not read") {
    scene.folder.write("house.key", "nothing");
    const LoadedSnapshot renewed = scene.renew(*first, {"other"});
    CHECK(entry_of(renewed, 0).credential.is_same(entry_of(*first, 0).credential));
    CHECK(entry_of(renewed, 1).credential.is_same(entry_of(*first, 1).credential));
    CHECK(renewed.credentials.origins[0].serves_on);
    CHECK_FALSE(renewed.credentials.origins[1].serves_on);
    CHECK(renewed.snapshot->peers == first->snapshot->peers);
    CHECK(renewed.snapshot->accounts == first->snapshot->accounts);
    CHECK(renewed.snapshot->numbers == first->snapshot->numbers);
  }
  SUBCASE("not a reload in which all are wrong and one has never served") {
    const std::string renamed = replaced(replaced(two_toml, "name = \"other\"", "name = \"third\""),
                                         "\"house.pem\"", "\"none.pem\"");
    const auto loaded = scene.load_alone(&*first, renamed);
    REQUIRE(loaded);  // house serves on
    CHECK(entry_of(*loaded, 0).faulty);
    CHECK(entry_of(*loaded, 1).usable());
  }
}

TEST_CASE("renew_credentials: good files are taken, of that one alone") {
  Scene scene;
  const auto first = scene.load_alone();
  REQUIRE(first);
  scene.write("other", make_test_pem());
  const LoadedSnapshot renewed = scene.renew(*first, {"other"});
  CHECK_FALSE(entry_of(renewed, 0).credential.is_same(entry_of(*first, 0).credential));
  CHECK(entry_of(renewed, 0).credential.x5u() != entry_of(*first, 0).credential.x5u());
  CHECK(entry_of(renewed, 1).credential.is_same(entry_of(*first, 1).credential));
  REQUIRE(renewed.built.size() == 1);
  CHECK(renewed.built[0].name == "credentials");
  CHECK(renewed.credentials.table == renewed.snapshot->credentials);
}

TEST_CASE("renew_credentials: another certificate under a fixed x5u waits for a reload") {
  Scene scene;
  const auto first = scene.load_alone();
  REQUIRE(first);
  scene.write("house", make_test_pem());
  const LoadedSnapshot renewed = scene.renew(*first, {"house"});
  CHECK(entry_of(renewed, 1).credential.is_same(entry_of(*first, 1).credential));
  CHECK(renewed.credentials.origins[1].serves_on);
  CHECK(scene.lines(renewed.credentials.origins[1].faults) ==
        "t.toml:10: credential[house].x5u: is fixed, and the files hold another certificate; "
        "publish it, change x5u with it and reload (SIGHUP), or use x5u_base\n");
  const auto reloaded = scene.load_alone(&renewed);
  REQUIRE(reloaded);
  CHECK_FALSE(entry_of(*reloaded, 1).credential.is_same(entry_of(*first, 1).credential));
  CHECK(reloaded->credentials.origins[1].faults.empty());
}

TEST_CASE("renew_credentials: the same certificate under a fixed x5u is taken, whatever its form") {
  Scene scene;
  const auto first = scene.load_alone();
  REQUIRE(first);
  const LoadedSnapshot renewed = scene.renew(*first, {"house"});
  CHECK(renewed.credentials.origins[1].faults.empty());
  // Nothing is another one now: the very same goes on.
  CHECK(entry_of(renewed, 1).credential.is_same(entry_of(*first, 1).credential));
}

TEST_CASE("renew_credentials: one that is valid now is not left for one that is not") {
  Scene scene;
  const auto first = scene.load_alone();
  REQUIRE(first);
  scene.write("other",
              make_test_pem("1234", noon + std::chrono::hours{1}, noon + std::chrono::hours{9}));
  const LoadedSnapshot renewed = scene.renew(*first, {"other"});
  CHECK(entry_of(renewed, 0).credential.is_same(entry_of(*first, 0).credential));
  CHECK(renewed.credentials.origins[0].serves_on);
  CHECK(scene.lines(renewed.credentials.origins[0].faults)
            .starts_with("t.toml:4: credential[other].certificate: other.pem is not valid yet"));
  const LoadedSnapshot later = renew_credentials(scene.configuration(two_toml), renewed, {"other"},
                                                 noon + std::chrono::hours{2});
  CHECK_FALSE(entry_of(later, 0).credential.is_same(entry_of(*first, 0).credential));
  CHECK(later.credentials.origins[0].faults.empty());
}

TEST_CASE(
    "renew_credentials: one that the configuration does not want any more does not serve on") {
  Scene scene;
  const auto first = scene.load_alone();
  REQUIRE(first);
  std::filesystem::remove(scene.folder.path() / "other.key");
  const std::string changed =
      replaced(two_toml, "name = \"other\"\n", "name = \"other\"\nexpected_spc = \"5678\"\n");
  const auto loaded = scene.load_alone(&*first, changed);
  REQUIRE(loaded);
  CHECK(entry_of(*loaded, 0).faulty);

  scene.write("other", make_test_pem("5678"));
  const auto checked = scene.load_alone(
      &*first, replaced(changed, "expected_spc", "publish_check = true\nexpected_spc"));
  REQUIRE(checked);
  CHECK(entry_of(*checked, 0).supersedes);
}

TEST_CASE("renew_credentials: two certificates under one x5u are warned about") {
  Scene scene;
  const std::string same = replaced(two_toml, "x5u_base = \"https://cert.example.com/certs\"",
                                    "x5u = \"https://cert.example.com/house.pem\"");
  CHECK(scene.warnings(scene.configuration(same)) ==
        "t.toml:10: credential[house].x5u: is that of credential other, too, whose certificate is "
        "another one; give each certificate an x5u of its own: a URL serves one of them\n");
}

TEST_CASE("renew_credentials: a publish_check_ca that is none is warned about") {
  Scene scene;
  const std::string toml = "[signing]\npublish_check_ca = \"web.pem\"\n" + two_toml;
  CHECK(scene.warnings(scene.configuration(toml))
            .starts_with("t.toml: signing.publish_check_ca: web.pem cannot be read"));
  scene.folder.write("web.pem", "text");
  CHECK(scene.warnings(scene.configuration(toml))
            .starts_with("t.toml: signing.publish_check_ca: web.pem holds no certificate of a CA"));
  scene.folder.write("web.pem", make_test_pem().root_certificate);
  CHECK(scene.warnings(scene.configuration(toml)).empty());
}

TEST_CASE("renew_credentials: trust anchors that cannot be read leave everything as it is") {
  Scene scene;
  const ThrowawayCa ca = make_test_pem();
  scene.write("other", ca);
  scene.write("house", ca);
  scene.folder.write("root.pem", ca.root_certificate);
  const std::string toml = "[signing]\ntrust_anchors = [\"root.pem\"]\n" + two_toml;
  const auto first = scene.load_alone(nullptr, toml);
  REQUIRE(first);
  std::filesystem::remove(scene.folder.path() / "root.pem");
  scene.write("other", make_test_pem());
  const LoadedSnapshot renewed =
      renew_credentials(scene.configuration(toml), *first, {"other"}, noon);
  CHECK(entry_of(renewed, 0).credential.is_same(entry_of(*first, 0).credential));
  CHECK(renewed.credentials.origins[0].serves_on);
  CHECK(scene.lines(renewed.credentials.origins[0].faults)
            .starts_with("t.toml: signing.trust_anchors: root.pem"));
  CHECK(renewed.credentials.origins[1].faults.empty());
}

TEST_CASE("renew_credentials: one that must be published is not, before somebody has looked") {
  Scene scene;
  const std::string toml =
      replaced(two_toml, "name = \"other\"\n", "name = \"other\"\npublish_check = true\n");
  const auto loaded = scene.load_alone(nullptr, toml);
  REQUIRE(loaded);
  CHECK(entry_of(*loaded, 0).unpublished);
  CHECK_FALSE(entry_of(*loaded, 0).usable());
  CHECK_FALSE(entry_of(*loaded, 1).unpublished);
}
