// SPDX-License-Identifier: MIT
#include "config/regular_file.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include "config/temporary_folder.hpp"

using namespace shaken302::config;
using shaken302::test::TemporaryFolder;

namespace {

std::string issue_of(const std::filesystem::path& path, FileRules rules = {100, false}) {
  const auto content = read_regular_file(path, rules);
  return content ? "" : to_text(content.error());
}

}  // namespace

TEST_CASE("regular_file: the whole content, bytes as they are") {
  const TemporaryFolder folder;
  const std::string bytes("a\0\r\n\xFF", 5);
  const auto content = read_regular_file(folder.write("x", bytes), {5, false});
  REQUIRE(content);
  CHECK(*content == bytes);
  const auto empty = read_regular_file(folder.write("empty", ""), {5, false});
  REQUIRE(empty);
  CHECK(empty->empty());
}

TEST_CASE("regular_file: a symbolic link is what it leads to") {
  const TemporaryFolder folder;
  folder.write("x", "content");
  std::filesystem::create_symlink("x", folder.path() / "link");
  const auto content = read_regular_file(folder.path() / "link", {100, false});
  REQUIRE(content);
  CHECK(*content == "content");
}

TEST_CASE("regular_file: what is no readable file is one clear issue and never blocks") {
  const TemporaryFolder folder;
  const std::string at = folder.path().string();
  CHECK(
      issue_of(folder.path() / "none") ==
      at + "/none: cannot be read: No such file or directory; create the file or correct the path");
  CHECK(issue_of(folder.path()) == at + ": is a folder; name a regular file");
  CHECK(issue_of("/dev/zero") == "/dev/zero: is not a regular file; name a regular file");
  REQUIRE(::mkfifo((folder.path() / "fifo").c_str(), 0600) == 0);
  CHECK(issue_of(folder.path() / "fifo") ==
        at + "/fifo: is not a regular file; name a regular file");
  folder.write("big", std::string(101, 'x'));
  CHECK(issue_of(folder.path() / "big") ==
        at + "/big: is larger than 100 bytes; make it smaller, or name the right file");
  folder.write("x", "x");
  CHECK(issue_of(folder.path() / "x" / "y") ==
        at + "/x/y: cannot be read: Not a directory; create the file or correct the path");
  std::filesystem::create_symlink("loop", folder.path() / "loop");
  CHECK(issue_of(folder.path() / "loop") ==
        at +
            "/loop: cannot be read: Too many levels of symbolic links; let the user that shaken302 "
            "runs as read it");
}

TEST_CASE("regular_file: a file without read permission is an issue for whoever is not root") {
  const TemporaryFolder folder;
  const auto file = folder.write("x", "x", 0000);
  if (::geteuid() == 0) return;  // root reads everything
  CHECK(issue_of(file) == file.string() +
                              ": cannot be read: Permission denied; let the user that shaken302 "
                              "runs as read it");
}

TEST_CASE("regular_file: a private file is for its owner alone") {
  const TemporaryFolder folder;
  for (const unsigned mode : {0600U, 0400U, 0700U}) {
    CAPTURE(mode);
    CHECK(issue_of(folder.write("key", "x", mode), {100, true}) == "");
  }
  for (const unsigned mode : {0640U, 0604U, 0660U, 0610U, 0601U, 0620U, 0602U, 0777U}) {
    CAPTURE(mode);
    const auto file = folder.write("key", "x", mode);
    const std::string issue = issue_of(file, {100, true});
    CHECK(issue.find("key: is open to group or others (mode 0") != std::string::npos);
    CHECK(issue.find("; run: chmod 600 " + file.string()) != std::string::npos);
    CHECK(issue_of(file, {100, false}) == "");
  }
}

TEST_CASE("regular_file: a private file that another user owns, who can replace it, is refused") {
  const TemporaryFolder folder;
  const auto file = folder.write("key", "x", 0600);
  if (::geteuid() != 0) return;  // only root gives files away
  CHECK(issue_of(file, {100, true}) == "");
  REQUIRE(::chown(file.c_str(), 65534, 0) == 0);
  CHECK(issue_of(file, {100, true}) ==
        file.string() +
            ": belongs to user 65534, who can replace it, and not to user 0; run "
            "shaken302 as user 65534, or: chown 0 " +
            file.string());
  CHECK(issue_of(file, {100, false}) == "");
}

TEST_CASE("regular_file: a private file is good when it is one's own or root's") {
  if (::geteuid() != 0) return;
  const TemporaryFolder folder;
  const auto file = folder.write("key", "x", 0600);
  REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
  const auto issue_for = [&](uid_t user) {
    REQUIRE(::seteuid(user) == 0);
    const std::string issue = issue_of(file, {100, true});
    REQUIRE(::seteuid(0) == 0);
    return issue;
  };
  REQUIRE(::chown(file.c_str(), 65534, 0) == 0);
  CHECK(issue_for(65534) == "");
  // The access control list that systemd gives a credential, which root owns: u:65534:r.
  REQUIRE(::chown(file.c_str(), 0, 0) == 0);
  CHECK(issue_for(65534).find("Permission denied") != std::string::npos);
}

TEST_CASE("regular_file: a file whose size is not what it holds is being written") {
  // The kernel says 0 and gives more: the same as a file that grows between the two calls.
  CHECK(issue_of("/proc/self/status", {1000000, false}) ==
        "/proc/self/status: changed while it was read; write it aside and rename it into place");
}
