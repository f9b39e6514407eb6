// SPDX-License-Identifier: MIT
#include "app/credential_watch.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "config/temporary_folder.hpp"
#include "directory/file_state.hpp"

using namespace shaken302;
using namespace shaken302::app;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

/// Hears what the watch tells.
class Ear {
 public:
  CredentialWatch::Changed changed() {
    return [this](const std::set<std::string>& names) {
      const std::lock_guard lock(mutex_);
      told_.push_back(names);
      is_told_.notify_all();
    };
  }
  /// What is told next; empty: nothing within the time.
  std::set<std::string> wait(milliseconds time = seconds{5}) {
    std::unique_lock lock(mutex_);
    if (!is_told_.wait_for(lock, time, [this] { return !told_.empty(); })) return {};
    const auto names = told_.front();
    told_.erase(told_.begin());
    return names;
  }

 private:
  std::mutex mutex_;
  std::condition_variable is_told_;
  std::vector<std::set<std::string>> told_;
};

class Scene {
 public:
  shaken302::test::TemporaryFolder folder;
  Ear ear;
  CredentialWatch watch{ear.changed(), {milliseconds{5}, milliseconds{40}, milliseconds{400}}};

  Scene() {
    for (const char* name : {"a.key", "a.pem", "b.key", "b.pem"}) folder.write(name, "first");
  }
  config::CredentialFiles files(const std::string& name) const {
    config::CredentialFiles files;
    files.name = name;
    files.key = folder.path() / (name + ".key");
    files.certificate = folder.path() / (name + ".pem");
    return files;
  }
  CredentialWatch::Watched known(const std::string& name) const {
    return {files(name), directory::file_state(files(name))};
  }
  void follow_both() { watch.follow({known("a"), known("b")}); }
};

using Names = std::set<std::string>;

}  // namespace

TEST_CASE("credential_watch: tells of what has changed, and of nothing else") {
  Scene scene;
  scene.follow_both();
  CHECK(scene.ear.wait(milliseconds{150}).empty());
  scene.folder.write("a.key", "another");
  CHECK(scene.ear.wait() == Names{"a"});
  std::filesystem::remove(scene.folder.path() / "b.pem");
  CHECK(scene.ear.wait() == Names{"b"});
  CHECK(scene.ear.wait(milliseconds{150}).empty());
}

TEST_CASE("credential_watch: a link that is turned is a change of the file behind it") {
  Scene scene;
  const auto link = scene.folder.path() / "live.pem";
  std::filesystem::create_symlink("a.pem", link);
  auto watched = scene.known("a");
  watched.files.certificate = link;
  watched.state = directory::file_state(watched.files);
  scene.watch.follow({watched});
  CHECK(scene.ear.wait(milliseconds{150}).empty());
  std::filesystem::create_symlink("b.pem", scene.folder.path() / "next");
  std::filesystem::rename(scene.folder.path() / "next", link);
  CHECK(scene.ear.wait() == Names{"a"});
}

TEST_CASE("credential_watch: a state that nobody knows is told of once") {
  Scene scene;
  scene.watch.follow({{scene.files("a"), ""}, scene.known("b")});
  CHECK(scene.ear.wait() == Names{"a"});
  CHECK(scene.ear.wait(milliseconds{150}).empty());
}

TEST_CASE("credential_watch: a change between the load and the first look is not missed") {
  Scene scene;
  auto before = scene.known("a");
  scene.folder.write("a.pem", "written meanwhile");
  scene.watch.follow({before});
  CHECK(scene.ear.wait() == Names{"a"});
}

TEST_CASE(
    "credential_watch: waits for the writer, but not for ever, nor for the writer of another") {
  Scene scene;
  scene.follow_both();
  scene.folder.write("b.key", "done");
  const auto begin = std::chrono::steady_clock::now();
  Names told;
  int writes = 0;
  while (!told.contains("a") && std::chrono::steady_clock::now() - begin < seconds{5}) {
    scene.folder.write("a.pem", std::string(static_cast<std::size_t>(++writes), 'x'));
    const auto names = scene.ear.wait(milliseconds{10});
    if (names.contains("b")) CHECK_FALSE(told.contains("a"));
    told.insert(names.begin(), names.end());
  }
  CHECK(told == Names{"a", "b"});
  CHECK(std::chrono::steady_clock::now() - begin >= milliseconds{350});
}

TEST_CASE("credential_watch: those that are not followed any more are not told of, and it ends") {
  Scene scene;
  scene.follow_both();
  scene.watch.follow({scene.known("b")});
  CHECK(scene.ear.wait(milliseconds{100}).empty());
  scene.folder.write("a.key", "another");
  CHECK(scene.ear.wait(milliseconds{150}).empty());
}
