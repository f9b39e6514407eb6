// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>

#include "directory/wiped_text.hpp"
#include "directory_scene.hpp"

using namespace shaken302;
using namespace shaken302::directory;
using namespace shaken302::directory::test;

namespace {

std::string issue_of(const DirectoryScene& scene) {
  const auto secret = load_secret(scene.configuration());
  return secret ? "" : scene.lines(secret.error());
}

bool are_equal(const Secret& a, const Secret& b) {
  return std::ranges::equal(a.value(), b.value());
}

}  // namespace

TEST_CASE("load_secret: sixteen bytes for the owner alone are a secret, the same for everybody") {
  const DirectoryScene scene;
  const auto secret = load_secret(scene.configuration());
  REQUIRE(secret);
  CHECK(are_equal(*secret, *make_secret("0123456789abcdef")));
  scene.folder.write("secret", "0123456789abcdeg");
  const auto other = load_secret(scene.configuration());
  REQUIRE(other);
  CHECK_FALSE(are_equal(*secret, *other));
}

TEST_CASE(
    "load_secret: each mistake is one line with the command that repairs it, and no byte of it") {
  const DirectoryScene scene;
  const std::string at = "t.toml: server.secret_file: secret ";
  scene.folder.write("secret", "123456789abcdef");
  CHECK(issue_of(scene) ==
        at + "holds less than 16 bytes; run: (umask 077; head -c 32 /dev/urandom | base64 > "
             "secret)\n");
  scene.folder.write("secret", "123456789abcdef\r\n\n");
  CHECK(issue_of(scene).find("holds less than 16 bytes") != std::string::npos);
  scene.folder.write("secret", "0123456789abcdef", 0640);
  CHECK(issue_of(scene) == at + "is open to group or others (mode 0640); run: chmod 600 secret\n");
  std::filesystem::remove(scene.folder.path() / "secret");
  CHECK(issue_of(scene) == at + "cannot be read: No such file or directory; create the file or "
                                "correct the path\n");
  std::filesystem::create_directory(scene.folder.path() / "secret");
  CHECK(issue_of(scene) == at + "is a folder; name a regular file\n");
}

TEST_CASE("load_secret: the line of the key, where somebody wrote it") {
  const DirectoryScene scene;
  const auto secret = load_secret(scene.configuration(
      "[server]\nworkers = 1\nsecret_file = \"none\"\n" + std::string(good_toml)));
  REQUIRE_FALSE(secret);
  CHECK(scene.lines(secret.error()).starts_with("t.toml:3: server.secret_file: none cannot be"));
}

TEST_CASE("load_secret: read_file keeps its limits") {
  const DirectoryScene scene;
  const auto file = scene.folder.write("f", "12345", 0644);
  const auto content = read_file(file, 5, false);
  REQUIRE(content);
  CHECK(*content == "12345");
  CHECK_FALSE(read_file(file, 4, false));
  CHECK_FALSE(read_file(file, 5, true));
  CHECK_FALSE(read_file("/dev/zero", 5, false));
}
