// SPDX-License-Identifier: MIT
#include "app/logfmt.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

namespace shaken302::app {
namespace {

std::string quoted(std::string_view text) {
  std::string out;
  append_quoted(out, text);
  return out;
}
std::string value(std::string_view text) {
  std::string out;
  append_value(out, text);
  return out;
}

DecisionRecord make_record() {
  DecisionRecord record;
  record.verdict = Verdict::sign;
  record.level = Attestation::A;
  record.status = 302;
  record.generation = 7;
  record.calling = PhoneNumber("12155550100", NumberKind::global);
  record.called = "12155550199";
  record.peer = "edge";
  record.account = "acme";
  record.credential = "house";
  record.origid = "123e4567-e89b-12d3-a456-426655440000";
  record.call_id = "a84b4c76e66710@client.example.com";
  record.trail.add(Reason::account_by_header);
  record.trail.add(Reason::number_assigned);
  return record;
}

TEST_CASE("logfmt: a decision is one line of pairs") {
  CHECK(
      to_logfmt(make_record()) ==
      "decision peer=edge account=acme calling=12155550100 called=12155550199 verdict=sign level=A "
      "status=302 credential=house origid=123e4567-e89b-12d3-a456-426655440000 generation=7 "
      "call_id=\"a84b4c76e66710@client.example.com\" reasons=account_by_header,number_assigned");
}

TEST_CASE("logfmt: an unsigned call has no level, an absent value is an empty text") {
  DecisionRecord record;
  record.status = 404;
  record.emergency = true;
  CHECK(
      to_logfmt(record) ==
      "decision peer=\"\" account=\"\" calling=\"\" called=\"\" verdict=leave_unsigned level=none "
      "status=404 credential=\"\" origid=\"\" generation=0 emergency=true call_id=\"\" reasons=");
}

TEST_CASE("logfmt: a blocked call has no level") {
  DecisionRecord record = make_record();
  record.verdict = Verdict::block;
  record.status = 603;
  record.credential = "";
  record.origid = "";
  record.trail.add(Reason::caller_never_calls);
  CHECK(to_logfmt(record).find(" verdict=block level=none status=603 ") != std::string::npos);
  CHECK(to_logfmt(record).ends_with(",caller_never_calls"));
}

TEST_CASE("logfmt: what the shadow decides differently is one line, with both reasons") {
  DecisionRecord record = make_record();
  record.shadow.is_there = true;
  record.shadow.is_different = true;
  record.shadow.has_peer = true;
  record.shadow.verdict = Verdict::sign;
  record.shadow.level = Attestation::B;
  record.shadow.trail.add(Reason::account_by_header);
  record.shadow.trail.add(Reason::number_unlisted);
  CHECK(to_shadow_logfmt(record) ==
        "shadow_differs peer=edge account=acme calling=12155550100 called=12155550199 verdict=sign "
        "level=A shadow_verdict=sign shadow_level=B status=302 shadow_status=0 generation=7 "
        "call_id=\"a84b4c76e66710@client.example.com\" why=account_by_header,number_assigned "
        "shadow_why=account_by_header,number_unlisted");
  record.shadow.verdict = Verdict::block;
  CHECK(to_shadow_logfmt(record).find(" shadow_verdict=block shadow_level=none ") !=
        std::string::npos);
  record.call_id = "a\nb\" x=\"";
  CHECK(to_shadow_logfmt(record).find(R"( call_id="a\x0ab\" x=\"" why=)") != std::string::npos);
}

TEST_CASE("logfmt: a shadow without a peer for the call says so, and has no reasons") {
  DecisionRecord record = make_record();
  record.shadow.is_there = true;
  record.shadow.is_different = true;
  const std::string line = to_shadow_logfmt(record);
  CHECK(line.find(" shadow_verdict=no_peer shadow_level=none ") != std::string::npos);
  CHECK(line.ends_with(" shadow_why="));
}

TEST_CASE("logfmt: what a caller writes cannot leave its quotes") {
  struct Row {
    const char* why;
    std::string_view text;
    const char* expected;
  };
  for (const Row& row :
       {Row{"a new line would be a new event", "a\nreload refused", R"("a\x0areload refused")"},
        Row{"carriage return", "a\rb", R"("a\x0db")"},
        Row{"the end of the value", "a\" verdict=sign", R"("a\" verdict=sign")"},
        Row{"a backslash cannot disarm an escape", R"(a\)", R"("a\\")"},
        Row{"a terminal's escape", "\x1b[2J", R"("\x1b[2J")"},
        Row{"NUL", std::string_view("a\0b", 3), R"("a\x00b")"}, Row{"delete", "\x7f", R"("\x7f")"},
        Row{"UTF-8 stays readable as bytes", "\xc3\xa9", R"("\xc3\xa9")"},
        Row{"not even UTF-8", "\xff", R"("\xff")"},
        Row{"a space is harmless within quotes", "a b", R"("a b")"}, Row{"nothing", "", R"("")"}}) {
    CAPTURE(row.why);
    CHECK(quoted(row.text) == row.expected);
  }
}

TEST_CASE("logfmt: only a harmless value goes without quotes") {
  CHECK(value("acme-1.2_3:4@b+c*d#e/f") == "acme-1.2_3:4@b+c*d#e/f");
  CHECK(value("a b") == "\"a b\"");
  CHECK(value("a=b") == "\"a=b\"");
  CHECK(value("a,b") == "\"a,b\"");
  CHECK(value("") == "\"\"");
}

TEST_CASE("logfmt: a sentence of ours stays one line whatever it quotes") {
  CHECK(to_one_line("shaken302.toml:3: 'a\nb' is wrong") == "shaken302.toml:3: 'a\\x0ab' is wrong");
  CHECK(to_one_line("\xc3\xa9 \"x\"") == "\xc3\xa9 \"x\"");
}

TEST_CASE("logfmt: no bytes whatsoever make a second line, a control character or a forged pair") {
  std::mt19937 random(302);
  std::uniform_int_distribution<int> byte(0, 255);
  for (int i = 0; i < 2000; ++i) {
    std::string text(100, '\0');
    for (char& c : text) c = static_cast<char>(byte(random));
    DecisionRecord record = make_record();
    record.call_id = text;
    record.called = text;
    record.account = text;
    const std::string line = to_logfmt(record);
    CHECK(std::all_of(line.begin(), line.end(), [](char c) { return c >= 0x20 && c < 0x7F; }));
    // Outside of quotes there is exactly what we wrote: as many pairs as always.
    std::size_t pairs = 0;
    bool is_quoted = false;
    for (std::size_t at = 0; at < line.size(); ++at) {
      if (is_quoted && line[at] == '\\') {
        ++at;
      } else if (line[at] == '"') {
        is_quoted = !is_quoted;
      } else if (!is_quoted && line[at] == '=') {
        ++pairs;
      }
    }
    CHECK_FALSE(is_quoted);
    CHECK(pairs == 12);
  }
}

}  // namespace
}  // namespace shaken302::app
