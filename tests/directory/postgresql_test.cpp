// SPDX-License-Identifier: MIT
//
// What needs no server; tests/e2e/postgresql_test.py has one.
#include "directory/postgresql.hpp"

#include <doctest/doctest.h>

#include <thread>

#include "net/loopback_listener.hpp"
#include "trickling_server.hpp"

using namespace shaken302::directory;
using Kind = DatabaseError::Kind;

TEST_CASE("postgresql: a field comes out of COPY as it went in") {
  const std::vector<std::optional<std::string>> fields{"plain", std::nullopt,  "", "a\tb\\c\nd\re",
                                                       "\\N",   "[\"x\\\\y\"]"};
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i != 0) line += '\t';
    append_copy_field(line, fields[i]);
  }
  CHECK(line.find('\n') == std::string::npos);
  std::vector<std::optional<std::string_view>> row(fields.size());
  REQUIRE(split_copy_line(line, row));
  for (std::size_t i = 0; i < fields.size(); ++i) {
    CAPTURE(i);
    CHECK(row[i].has_value() == fields[i].has_value());
    CHECK(row[i].value_or("") == fields[i].value_or(""));
  }
}

TEST_CASE("postgresql: the escapes of COPY, and a row of another width") {
  std::string line = "\\b\\f\\v\\t\\x";
  std::vector<std::optional<std::string_view>> row(1);
  REQUIRE(split_copy_line(line, row));
  CHECK(*row[0] == "\b\f\v\tx");
  std::string two = "a\tb";
  CHECK_FALSE(split_copy_line(two, row));
  std::vector<std::optional<std::string_view>> three(3);
  std::string again = "a\tb";
  CHECK_FALSE(split_copy_line(again, three));
}

TEST_CASE("postgresql: who cannot be reached is named without the password") {
  const auto closed =
      open_postgresql("postgresql://signer:hunter2@127.0.0.1:1/db?sslpassword=hunter3", {}, {});
  REQUIRE_FALSE(closed);
  CHECK(closed.error().kind == Kind::unreachable);
  CHECK(closed.error().message.find("hunter") == std::string::npos);
  CHECK(closed.error().message.find('\n') == std::string::npos);
  const auto unreadable = open_postgresql("postgresql://signer:hunter2@db:port/db", {}, {});
  REQUIRE_FALSE(unreadable);
  CHECK(unreadable.error().message.find("hunter") == std::string::npos);
  const auto unknown = open_postgresql("postgresql://db/x?hunter2=1", {}, {});
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().kind == Kind::refused);
  CHECK(unknown.error().message.find("hunter") == std::string::npos);
}

TEST_CASE("postgresql: which errors pass by themselves") {
  struct Row {
    const char* why;
    const char* state;
    Kind kind;
  };
  for (const Row& row : {
           Row{"a lock that was not free", "55P03", Kind::busy},
           Row{"cancelled", "57014", Kind::busy},
           Row{"a deadlock", "40P01", Kind::busy},
           Row{"not serializable", "40001", Kind::busy},
           Row{"no table", "42P01", Kind::missing},
           Row{"no column", "42703", Kind::missing},
           Row{"no database", "3D000", Kind::missing},
           Row{"the connection failed", "08006", Kind::unreachable},
           Row{"too many connections", "53300", Kind::unreachable},
           Row{"it is shut down", "57P01", Kind::unreachable},
           Row{"an error of its disk", "58030", Kind::unreachable},
           Row{"idle for too long in a transaction", "25P03", Kind::unreachable},
           Row{"a mishap inside", "XX000", Kind::unreachable},
           Row{"a row that a policy hides", "42501", Kind::refused},
           Row{"a wrong password", "28P01", Kind::refused},
       }) {
    const std::string why = row.why;
    CAPTURE(why);
    CHECK(kind_of_sqlstate(row.state) == row.kind);
  }
}

TEST_CASE("postgresql: a server that accepts and says nothing costs our patience, a stop nothing") {
  const shaken302::test::SilentListener listener;
  const std::string uri =
      "postgresql://signer@127.0.0.1:" + std::to_string(listener.port()) + "/db";
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const auto silent = open_postgresql(uri, {}, {.connect = std::chrono::milliseconds(200)});
  REQUIRE_FALSE(silent);
  CHECK(silent.error().kind == Kind::busy);
  CHECK(Clock::now() - begin >= std::chrono::milliseconds(200));
  CHECK(Clock::now() - begin < std::chrono::seconds(5));

  std::stop_source stop;
  std::thread stopper([&stop] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop.request_stop();
  });
  const auto stopped =
      open_postgresql(uri, stop.get_token(), {.connect = std::chrono::seconds(60)});
  stopper.join();
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().kind == Kind::stopped);
  CHECK(Clock::now() - begin < std::chrono::seconds(10));
}

TEST_CASE("postgresql: a server that trickles rows for ever costs our total patience") {
  const shaken302::directory::test::TricklingServer server;
  using Clock = std::chrono::steady_clock;
  const auto opened = open_postgresql(server.uri(), {}, {.total = std::chrono::milliseconds(300)});
  if (!opened) FAIL(opened.error().message);
  const auto begin = Clock::now();
  const auto begun = (*opened)->begin_reading();
  if (!begun) FAIL(begun.error().message);
  std::size_t rows = 0;
  const auto read = (*opened)->read("SELECT 1", [&](DatabaseRow) {
    // Without an end of it the test ends all the same.
    return ++rows < 500;
  });
  REQUIRE_FALSE(read);
  CHECK(read.error().kind == Kind::busy);
  CHECK(rows > 0);
  CHECK(Clock::now() - begin >= std::chrono::milliseconds(300));
}
