// SPDX-License-Identifier: MIT
#include "app/log.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <functional>
#include <string>

#include "net/file_descriptor.hpp"

namespace shaken302::app {
namespace {

// What `write` makes a log print to stderr; `is_journal`: with stderr being the journal's stream.
std::string print(bool is_journal, const std::function<void(Log&)>& write) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const net::FileDescriptor from(ends[0]);
  const net::FileDescriptor before(::dup(STDERR_FILENO));
  ::dup2(ends[1], STDERR_FILENO);
  ::close(ends[1]);
  struct stat status {};
  ::fstat(STDERR_FILENO, &status);
  const auto stream = std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
  ::setenv("JOURNAL_STREAM", is_journal ? stream.c_str() : "1:1", 1);
  {
    Log log;
    write(log);
  }
  ::unsetenv("JOURNAL_STREAM");
  ::dup2(before.number(), STDERR_FILENO);
  std::string text(65536, '\0');
  const auto size = ::read(from.number(), text.data(), text.size());
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

TEST_CASE("log: under journald a line has its priority in front and no time") {
  CHECK(print(true, [](Log& log) {
          log.set_level("debug");
          log.error("a");
          log.warning("b");
          log.info("c");
          log.debug("d");
          log.report("e");
        }) == "<3>a\n<4>b\n<6>c\n<7>d\n<6>e\n");
}

TEST_CASE("log: elsewhere a line has the time and the level in front") {
  const std::string text = print(false, [](Log& log) { log.info("hello"); });
  CHECK(text.size() > 20);
  CHECK(text.substr(4, 1) == "-");
  CHECK(text.ends_with(" info hello\n"));
}

TEST_CASE("log: the level decides what is written, but not what was asked for") {
  struct Row {
    const char* level;
    const char* expected;
  };
  for (const Row& row :
       {Row{"error", "<3>e\n<6>r\n"}, Row{"warning", "<3>e\n<4>w\n<6>r\n"},
        Row{"info", "<3>e\n<4>w\n<6>i\n<6>r\n"}, Row{"debug", "<3>e\n<4>w\n<6>i\n<7>d\n<6>r\n"}}) {
    CAPTURE(row.level);
    CHECK(print(true, [&](Log& log) {
            log.set_level(row.level);
            log.error("e");
            log.warning("w");
            log.info("i");
            log.debug("d");
            log.report("r");
          }) == row.expected);
  }
}

TEST_CASE("log: a line that stderr does not take is counted, and the next one may go through") {
  std::uint64_t dropped = 0;
  const std::string text = print(true, [&dropped](Log& log) {
    const net::FileDescriptor before(::dup(STDERR_FILENO));
    const net::FileDescriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    REQUIRE(full.is_open());
    ::dup2(full.number(), STDERR_FILENO);
    log.info("lost");
    log.info("lost too");
    for (int i = 0; i < 500 && log.dropped() < 2; ++i) ::usleep(10'000);
    dropped = log.dropped();
    ::dup2(before.number(), STDERR_FILENO);
    log.info("seen");
  });
  CHECK(dropped == 2);
  CHECK(text == "<6>seen\n");
}

TEST_CASE("log: an event is a line, whatever it says") {
  CHECK(print(true, [](Log& log) { log.info("a\n<3>forged {} %v"); }) ==
        "<6>a\\x0a<3>forged {} %v\n");
}

TEST_CASE("log: everything is written before it is gone, and nothing was dropped") {
  std::uint64_t dropped = 1;
  const std::string text = print(true, [&](Log& log) {
    for (int i = 0; i < 1000; ++i) log.info("line");
    dropped = log.dropped();
  });
  CHECK(text.size() == 1000 * std::string_view("<6>line\n").size());
  CHECK(dropped == 0);
}

}  // namespace
}  // namespace shaken302::app
