// SPDX-License-Identifier: MIT
//
// What the pre-scan says of a value's form: a reply echoes by it, and what it calls plain is
// written as it came.
#include <doctest/doctest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

#include "sip/prescan.hpp"

using namespace shaken302::sip;
using namespace std::string_literals;

namespace {

const std::string start = "OPTIONS sip:a@b SIP/2.0\r\n";

/// `bytes` must outlive what is found in them.
const HeaderIndex& scanned(const std::string& bytes) {
  static HeaderIndex index;
  static_cast<void>(prescan(bytes, index));
  return index;
}

/// The least that may be said of a text, found one byte after the other.
ValueForm least_form(std::string_view text) {
  ValueForm form = ValueForm::plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool ends_line =
        byte == '\n' || (byte == '\r' && i + 1 < text.size() && text[i + 1] == '\n');
    if (ends_line) {
      form = ValueForm::folded;
    } else if (byte == 127 || (byte < 32 && byte != '\t')) {
      return ValueForm::unsafe;
    }
  }
  return form;
}

/// A header section of random pieces, half of them nothing special.
std::string random_section(std::mt19937& random) {
  static const std::vector<std::string> pieces = {
      "\r\n", "\r\n", "\n",   "\r\n ",   "\r\n\t", "\n ", "\r",   "\r\r\n", "\0"s,
      "\x01", "\x1f", "\x7f", "\t",      " ",      ":",   ",",    ";",      "\x80",
      "\xff", "X: ",  "v: ",  "\r\nX: ", "From:",  "~",   "\x0b", "\x1b"};
  std::uniform_int_distribution<std::size_t> piece(0, 2 * pieces.size() - 1);
  std::uniform_int_distribution<std::size_t> length(1, 20);
  std::string section;
  for (std::size_t i = length(random); i > 0; --i) {
    const std::size_t at = piece(random);
    section += at < pieces.size() ? pieces[at] : std::string(length(random), 'a');
  }
  return section;
}

}  // namespace

TEST_CASE("prescan: the form of a value") {
  constexpr auto plain = ValueForm::plain;
  constexpr auto folded = ValueForm::folded;
  constexpr auto unsafe = ValueForm::unsafe;
  struct Row {
    const char* why;
    std::string lines;
    ValueForm form;
  };
  const std::vector<Row> rows = {
      {"text", "X: a b", plain},
      {"nothing", "X:", plain},
      {"a tab", "X: a\tb", plain},
      {"bytes above ASCII", "X: \x80\xff\xc3\xa9", plain},
      {"the neighbours of the control characters", "X:  ~\x80", plain},
      {"a fold", "X: a\r\n b", folded},
      {"a fold by LF", "X: a\n\tb", folded},
      {"a fold and a tab", "X: a\tb\r\n\tc", folded},
      {"a fold in front", "X:\r\n a", folded},
      {"a fold of white space alone", "X: a\r\n ", folded},
      {"the first control character", "X: a\x01z", unsafe},
      {"the last", "X: a\x1Fz", unsafe},
      {"DEL", "X: a\x7Fz", unsafe},
      {"NUL", "X: a\0z"s, unsafe},
      {"escape, which a terminal obeys", "X: \x1b[2J", unsafe},
      {"form feed, which isspace takes for white space", "X: a\x0C z", unsafe},
      {"a lone CR", "X: a\rY: b", unsafe},
      {"a lone CR behind the value", "X: a\r", plain},
      {"a lone CR in front of it", "X: \ra", plain},
      {"a control character in the name", "X\x01: a", plain},
      {"at the end of the line", "X: a\x01", unsafe},
      {"in a continuation line", "X: a\r\n b\x7Fz", unsafe},
      {"a NUL there", "X: a\r\n b\0z"s, unsafe},
      {"a lone CR there", "X: a\r\n b\rc", unsafe},
      {"in the first of two", "X: a\r\n b\x01\r\n c", unsafe},
      {"in front of a fold", "X: a\x01\r\n b", unsafe},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    const std::string bytes = start + "W: a\r\n" + row.lines + "\r\nY: z\r\n\r\n";
    const HeaderIndex& index = scanned(bytes);
    REQUIRE(index.entries().size() == 3);
    CHECK(static_cast<int>(index.entries()[1].form) == static_cast<int>(row.form));
    CHECK(index.entries()[0].form == plain);  // what its neighbours hold says nothing of it
    CHECK(index.entries()[2].form == plain);
  }
}

TEST_CASE("prescan: each byte is judged alike at every position of the words that are looked at") {
  for (int byte = 0; byte < 256; ++byte) {
    if (byte == '\n') continue;
    CAPTURE(byte);
    const auto c = static_cast<char>(byte);
    const bool is_unsafe = byte == 127 || (byte < 32 && byte != '\t');
    for (std::size_t at = 0; at < 20; ++at) {
      // White space around a value, which a CR is there too, is no part of it.
      const bool is_beside = byte == '\r' && (at == 0 || at == 19);
      std::string bytes = start + "X: " + std::string(20, 'x') + "\r\n\r\n";
      bytes[start.size() + 3 + at] = c;
      const HeaderIndex& index = scanned(bytes);
      REQUIRE(index.entries().size() == 1);
      CHECK((index.entries()[0].form == ValueForm::unsafe) == (is_unsafe && !is_beside));
      CHECK(index.entries()[0].form != ValueForm::folded);
    }
  }
}

TEST_CASE("prescan: no value is called better than it is, and none worse than its message") {
  std::mt19937 random(302);
  std::array<int, 3> seen{};
  for (int i = 0; i < 50000; ++i) {
    const std::string section = "X: " + random_section(random) + "\r\n";
    CAPTURE(section);
    const std::string bytes = start + section + "\r\n";
    const HeaderIndex& index = scanned(bytes);
    const ValueForm of_section = least_form(section);
    for (const Field& field : index.entries()) {
      const ValueForm form = field.form;
      ++seen[static_cast<std::size_t>(form)];
      REQUIRE(static_cast<int>(form) >= static_cast<int>(least_form(field.value)));
      if (of_section != ValueForm::unsafe) REQUIRE(form != ValueForm::unsafe);
    }
  }
  for (const int count : seen) CHECK(count > 5000);
}
