// SPDX-License-Identifier: MIT
//
// A successor as the one that starts it sees it; shell scripts play its part.
#include "app/successor.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <thread>

#include "app/own_program.hpp"
#include "config/temporary_folder.hpp"

namespace shaken302::app {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct Scene {
  test::TemporaryFolder folder;
  net::FileDescriptor socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  std::vector<std::string> environment{"MARK=1", "LISTEN_PID=1", "LISTEN_FDS=7",
                                       "LISTEN_FDNAMES=old", "SHAKEN302_PREDECESSOR=9"};

  Successor start(const std::string& script, std::chrono::milliseconds patience = 30s,
                  bool is_sibling = false) const {
    Successor::Settings settings;
    settings.program.path = folder.write("program", "#!/bin/sh\n" + script, 0700);
    settings.program.arguments = {"shaken302", "serve", "--config", folder.path().string()};
    settings.environment = environment;
    settings.patience = patience;
    settings.is_sibling = is_sibling;
    auto made = Successor::start(settings, {{socket.number(), "udp-127.0.0.1-5060"}}, Clock::now());
    REQUIRE(made);
    return *std::move(made);
  }
  std::string said() const {
    std::ifstream file(folder.path() / "said");
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
};

Successor::Outcome outcome_of(Successor& successor) {
  for (;;) {
    if (auto outcome = successor.look(Clock::now())) return *std::move(outcome);
    std::this_thread::sleep_for(2ms);
  }
}

TEST_CASE("successor: one that serves is left alone, with its own number and the sockets") {
  Scene scene;
  scene.environment.push_back("WATCHDOG_PID=" + std::to_string(::getpid()));
  Successor successor = scene.start(
      "exec >\"$3/said\"\n"
      "echo \"$LISTEN_PID=$$ $LISTEN_FDS $LISTEN_FDNAMES $WATCHDOG_PID=$$ $MARK "
      "$SHAKEN302_PREDECESSOR $1 $2\"\n"
      "readlink /proc/$$/fd/3\n"
      // 0, 1, 2, 3, 4, the script and the folder itself. By the shell alone: while it starts
      // another program it blocks signals and opens pipes.
      "n=0; for d in /proc/$$/fd/*; do n=$((n+1)); done; echo $n\n"
      "while IFS= read -r l; do case $l in Sig[BI][lg]*) echo \"$l\";; esac; done "
      "</proc/$$/status\n"
      "printf s >&4\n"
      "dd bs=1 count=1 <&4 2>/dev/null\n"  // waits until it is released
      "touch \"$3/released\"\n");
  const pid_t pid = successor.pid();
  CHECK(outcome_of(successor).serves);
  successor.release(true);
  const auto released = scene.folder.path() / "released";
  for (int i = 0; i < 5000 && !std::filesystem::exists(released); ++i) {
    std::this_thread::sleep_for(2ms);
  }
  CHECK(std::filesystem::exists(released));
  const std::string own = std::to_string(pid) + "=" + std::to_string(pid);
  struct stat status {};
  REQUIRE(::fstat(scene.socket.number(), &status) == 0);
  CHECK(scene.said() == own + " 1 udp-127.0.0.1-5060 " + own + " 1 4 serve --config\nsocket:[" +
                            std::to_string(status.st_ino) +
                            "]\n7\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nr");
}

TEST_CASE("successor: another process's watchdog is not its own") {
  Scene scene;
  scene.environment.emplace_back("WATCHDOG_PID=1");
  Successor successor = scene.start("echo \"$WATCHDOG_PID\" >\"$3/said\"\n");
  CHECK_FALSE(outcome_of(successor).serves);
  CHECK(scene.said() == "1\n");
}

TEST_CASE("successor: one that fails says how") {
  struct Row {
    const char* why;
    const char* script;
    std::chrono::milliseconds patience;
    const char* failure;
  };
  for (const Row& row :
       {Row{"a wrong configuration", "exit 78\n", 30s, "exit status 78"},
        Row{"it ends without a word", "exit 0\n", 30s, "exit status 0"},
        Row{"it crashes", "kill -ABRT $$\n", 30s, "ended by signal 6 (Aborted)"},
        Row{"it serves and is gone", "printf s >&4\nexit 3\n", 30s, ""},
        Row{"it says something else", "printf zz >&4\nexit 4\n", 30s, "exit status 4"},
        Row{"it says nothing", "exec sleep 100\n", 1000ms, "it did not serve within 1 s"}}) {
    CAPTURE(row.why);
    Scene scene;
    Successor successor = scene.start(row.script, row.patience);
    const pid_t pid = successor.pid();
    const auto outcome = outcome_of(successor);
    if (outcome.serves) {  // heard before its end was seen
      CHECK(std::string_view(row.failure).empty());
      continue;
    }
    if (!std::string_view(row.failure).empty()) CHECK(outcome.failure == row.failure);
    CHECK(::kill(pid, 0) != 0);  // nothing is left of it
  }
}

// Its parent may be slow to wait for it.
bool has_ended(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string stat{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return stat.empty() || stat.find(") Z ") != std::string::npos;
}

TEST_CASE("successor: a sibling has our parent, and its end is seen without being waited for") {
  struct Row {
    const char* why;
    const char* script;
    std::chrono::milliseconds patience;
    const char* failure;
  };
  for (const Row& row :
       {Row{"it fails", "exit 78\n", 30s, "it has ended, and how is its service manager's to know"},
        Row{"somebody else holds its end", "sleep 3 & exit 1\n", 30s,
            "it has ended, and how is its service manager's to know"},
        Row{"it says nothing", "exec sleep 100\n", 1000ms, "it did not serve within 1 s"}}) {
    CAPTURE(row.why);
    const Scene scene;
    Successor successor =
        scene.start(std::string("echo $PPID >\"$3/said\"\n") + row.script, row.patience, true);
    const pid_t pid = successor.pid();
    const auto outcome = outcome_of(successor);
    CHECK_FALSE(outcome.serves);
    CHECK(outcome.failure == row.failure);
    CHECK(has_ended(pid));
    CHECK(scene.said() == std::to_string(::getppid()) + "\n");
  }
}

TEST_CASE("successor: a sibling that is not waited for ends") {
  const Scene scene;
  pid_t pid = 0;
  {
    const Successor successor = scene.start("exec sleep 100\n", 30s, true);
    pid = successor.pid();
    CHECK_FALSE(has_ended(pid));
  }
  CHECK(has_ended(pid));
}

TEST_CASE("successor: a program that cannot be run says why") {
  const Scene scene;
  Successor::Settings settings;
  settings.program = {.path = "/nonexistent/shaken302", .arguments = {"shaken302"}};
  auto made = Successor::start(settings, {{scene.socket.number(), "a"}}, Clock::now());
  REQUIRE(made);
  const auto outcome = outcome_of(*made);
  CHECK_FALSE(outcome.serves);
  CHECK(outcome.failure == "it cannot be run: No such file or directory");
}

TEST_CASE("successor: one that serves and is not needed is told so, and has time to end") {
  const Scene scene;
  Successor successor = scene.start("printf s >&4\ndd bs=1 count=1 <&4 2>/dev/null >\"$3/said\"\n");
  const pid_t pid = successor.pid();
  REQUIRE(outcome_of(successor).serves);
  CHECK_FALSE(successor.is_gone(Clock::now()));
  successor.dismiss(Clock::now());
  for (int i = 0; i < 5000 && !successor.is_gone(Clock::now()); ++i) {
    std::this_thread::sleep_for(2ms);
  }
  CHECK(scene.said() == "n");
  CHECK(::kill(pid, 0) != 0);
}

TEST_CASE("successor: one that is not needed and does not end is ended") {
  const Scene scene;
  Successor successor = scene.start("printf s >&4\nexec sleep 100\n");
  const pid_t pid = successor.pid();
  REQUIRE(outcome_of(successor).serves);
  const auto now = Clock::now();
  successor.dismiss(now);
  CHECK_FALSE(successor.is_gone(now + 4900ms));
  CHECK(::kill(pid, 0) == 0);
  CHECK(successor.is_gone(now + 5s));
  CHECK(::kill(pid, 0) != 0);
}

TEST_CASE("successor: one that is not waited for ends") {
  const Scene scene;
  pid_t pid = 0;
  {
    const Successor successor = scene.start("exec sleep 100\n");
    pid = successor.pid();
    CHECK(::kill(pid, 0) == 0);
  }
  CHECK(::kill(pid, 0) != 0);
}

TEST_CASE("own_program: a command is found where the shell finds it") {
  const test::TemporaryFolder folder;
  const auto program = folder.write("bin/tool", "", 0700);
  folder.write("bin/data", "", 0600);
  folder.write("other/tool", "", 0700);
  const auto here = folder.path();
  const std::string path =
      (here / "nowhere").string() + ":" + (here / "bin").string() + ":" + (here / "other").string();
  struct Row {
    const char* why;
    std::string name;
    std::string path;
    std::filesystem::path expected;
  };
  for (const Row& row : {Row{"an absolute path", program.string(), path, program},
                         Row{"a relative one", "bin/tool", path, program},
                         Row{"the first of PATH", "tool", path, program},
                         Row{"a relative folder of PATH", "tool", "bin", program},
                         Row{"no program", "data", path, {}}, Row{"nowhere", "tool", "", {}},
                         Row{"a folder", "bin/", path, {}}, Row{"no name", "", path, {}}}) {
    CAPTURE(row.why);
    CHECK(find_program(row.name, row.path, here) == row.expected);
  }
}

TEST_CASE("own_program: this test knows itself") {
  const auto own = read_own_program();
  REQUIRE(own);
  CHECK(std::filesystem::equivalent(own->path, "/proc/self/exe"));
  CHECK(own->path.is_absolute());
  CHECK(own->arguments.front().ends_with("test_app"));
}

}  // namespace
}  // namespace shaken302::app
