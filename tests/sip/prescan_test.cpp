// SPDX-License-Identifier: MIT
#include "sip/prescan.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sip/uri_text.hpp"

using namespace shaken302::sip;
using namespace std::string_literals;

namespace {

std::string repeat(std::string_view text, std::size_t count) {
  std::string result;
  while (count-- != 0) result += text;
  return result;
}

const std::string start = "OPTIONS sip:a@b SIP/2.0\r\n";

/// A message with exactly this many line ends in its header section, the last two closing it.
std::string with_line_ends(std::size_t count, std::string_view line) {
  return start + repeat(line, count - 2) + "\r\n";
}

/// The nth field of that name.
const Field* nth(const HeaderIndex& index, FieldName name, std::size_t n) {
  for (const Field& field : index.entries()) {
    if (field.known == name && n-- == 0) return &field;
  }
  return nullptr;
}

/// All values of a name that has no FieldName, in their order.
std::vector<std::string_view> values_of(const HeaderIndex& index, std::string_view name) {
  std::vector<std::string_view> values;
  for (const Field& field : index.entries()) {
    if (equals_ignoring_case(field.name, name)) values.push_back(field.value);
  }
  return values;
}

}  // namespace

TEST_CASE("prescan: each reason to refuse, and what stays just below it") {
  struct Row {
    const char* why;
    std::string bytes;
    Prescan expected;
  };
  const std::vector<Row> rows = {
      {"the smallest thing with a header section", "X\r\n\r\n", Prescan::ok},
      {"a lone LF is a line end for Sofia and Kamailio", "X\nTo: a\n\n", Prescan::ok},
      {"line ends may come first (RFC 3261 7.5)", "\r\n\n\r\n" + start + "\r\n", Prescan::ok},
      {"a datagram without bytes", "", Prescan::empty},
      {"the keep-alive of RFC 5626 3.5.1", "\r\n\r\n", Prescan::empty},
      {"line ends alone, but more than a message may have", repeat("\r\n", 40000),
       Prescan::too_long},
      {"64 KiB are the limit", start + "X: " + std::string(65536 - 25 - 7, 'x') + "\r\n\r\n",
       Prescan::ok},
      {"one byte more", start + "X: " + std::string(65537 - 25 - 7, 'x') + "\r\n\r\n",
       Prescan::too_long},
      {"too long goes before what else is wrong", start + "X\r\n\r\n" + std::string(65536, 'b'),
       Prescan::too_long},
      {"256 line ends", with_line_ends(256, "X:\r\n"), Prescan::ok},
      {"257", with_line_ends(257, "X:\r\n"), Prescan::too_many_lines},
      {"folds count", start + "X: a\r\n" + repeat(" b\r\n", 255) + "\r\n", Prescan::too_many_lines},
      {"lone LFs count", with_line_ends(257, "X:\n"), Prescan::too_many_lines},
      {"line ends of the body do not count", start + "\r\n" + repeat("\r\n", 1000), Prescan::ok},
      {"256 commas", start + "X: " + std::string(256, ',') + "\r\n\r\n", Prescan::ok},
      {"257", start + "X: " + std::string(257, ',') + "\r\n\r\n", Prescan::too_many_commas},
      {"commas of several fields are one sum",
       start + repeat("X: " + std::string(129, ',') + "\r\n", 2) + "\r\n",
       Prescan::too_many_commas},
      {"1024 semicolons",
       start + "X: " + std::string(5000, 'x') + std::string(1024, ';') + "\r\n\r\n", Prescan::ok},
      {"1025", start + "X: " + std::string(5000, 'x') + std::string(1025, ';') + "\r\n\r\n",
       Prescan::too_many_commas},
      {"a short header section is not asked", start + "X: " + std::string(4000, ';') + "\r\n\r\n",
       Prescan::ok},
      {"semicolons of the body do not count", start + "\r\n" + std::string(9000, ';'), Prescan::ok},
      {"commas of the body do not count", start + "\r\n" + std::string(1000, ','), Prescan::ok},
      {"a NUL hides the rest of a value from Sofia", start + "X: \0\r\n\r\n"s, Prescan::nul},
      {"a NUL in a name", start + "X\0: a\r\n\r\n"s, Prescan::nul},
      {"a NUL in the start line", "X \0\r\n\r\n"s, Prescan::nul},
      {"a NUL in the body is data", start + "\r\n\0"s, Prescan::ok},
      {"the smuggled header of hazards 0.11",
       start + "X-A: 1\rP-Asserted-Identity: <sip:1@x>\r\n\r\n", Prescan::lone_cr},
      {"two CRs and one LF", start + "X: a\r\r\n\r\n", Prescan::lone_cr},
      {"CR as the last byte", start + "X: a\r", Prescan::lone_cr},
      {"a CR in the start line", "OPTIONS\rsip:a@b SIP/2.0\r\n\r\n", Prescan::lone_cr},
      {"a CR before the first line", "\r" + start + "\r\n", Prescan::lone_cr},
      {"a CR in the body is data", start + "\r\na\rb", Prescan::ok},
      {"a line without a colon", start + "Call-ID\r\n\r\n", Prescan::no_colon},
      {"a colon in the fold does not count, though some would take it",
       start + "From\r\n : a\r\n\r\n", Prescan::no_colon},
      {"a field without a name", start + ": a\r\n\r\n", Prescan::no_colon},
      {"nor of white space alone", start + "X: a\r\n\t\r\n \t: b\r\n\r\n", Prescan::ok},
      {"a continuation of the start line: some would take it as a field", start + " To: a\r\n\r\n",
       Prescan::no_colon},
      {"the last line has no line end", start + "To: a", Prescan::unterminated},
      {"no empty line", start + "To: a\r\n", Prescan::unterminated},
      {"a start line alone", "OPTIONS sip:a@b SIP/2.0", Prescan::unterminated},
      {"white space is no empty line", start + "To: a\r\n \r\n", Prescan::unterminated},
  };
  static HeaderIndex index;
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    CHECK(static_cast<int>(prescan(row.bytes, index)) == static_cast<int>(row.expected));
  }
}

TEST_CASE("prescan: a mark is found at every position of the words it is looked for in") {
  static HeaderIndex index;
  for (std::size_t at = 0; at < 40; ++at) {
    CAPTURE(at);
    std::string text = start + "X: " + std::string(40, '\x8e') + "\r\n\r\n";
    CHECK(prescan(text, index) == Prescan::ok);
    text[start.size() + 3 + at] = '\0';
    CHECK(prescan(text, index) == Prescan::nul);
    text[start.size() + 3 + at] = '\r';
    CHECK(prescan(text, index) == Prescan::lone_cr);
    text[start.size() + 3 + at] = '\n';
    CHECK(prescan(text, index) == (at == 39 ? Prescan::ok : Prescan::no_colon));
  }
}

TEST_CASE("prescan: fields are found by their names, long and compact, in any case, in order") {
  const std::string bytes =
      "\r\nINVITE sip:a@b SIP/2.0\r\nv: one\r\nVIA :two \r\nf:f\r\nFrom:F\r\nT : t\r\ni\t: i\r\n"
      "call-ID: I\r\nCSEQ: 1 X\r\nL: 2\r\nContent-length: 2\r\nX-a: 1\r\nx-A:2\r\n\r\nhi";
  static HeaderIndex index;
  REQUIRE(prescan(bytes, index) == Prescan::ok);
  CHECK(index.start_line() == "INVITE sip:a@b SIP/2.0");
  CHECK(index.message() == std::string_view(bytes).substr(2, bytes.size() - 4));
  CHECK(index.body() == "hi");
  CHECK(index.entries().size() == 12);

  struct Row {
    FieldName name;
    std::vector<std::string_view> values;
  };
  const std::vector<Row> rows = {
      {FieldName::via, {"one", "two"}}, {FieldName::from, {"f", "F"}},
      {FieldName::to, {"t"}},           {FieldName::call_id, {"i", "I"}},
      {FieldName::cseq, {"1 X"}},       {FieldName::content_length, {"2", "2"}},
      {FieldName::other, {"1", "2"}},
  };
  for (const Row& row : rows) {
    CAPTURE(static_cast<int>(row.name));
    CHECK(index.count(row.name) == row.values.size());
    for (std::size_t n = 0; n < row.values.size(); ++n) {
      REQUIRE(nth(index, row.name, n) != nullptr);
      CHECK(nth(index, row.name, n)->value == row.values[n]);
    }
    CHECK(nth(index, row.name, row.values.size()) == nullptr);
    CHECK(index.find(row.name) == nth(index, row.name, 0));
  }
  CHECK(values_of(index, "X-A") == std::vector<std::string_view>{"1", "2"});
}

TEST_CASE("prescan: the names that it knows, and what is not one of them") {
  struct Row {
    FieldName name;
    std::vector<std::string_view> spellings;
  };
  const std::vector<Row> rows = {
      {FieldName::via, {"Via", "v", "VIA", "V"}},
      {FieldName::from, {"From", "f", "fROM", "F"}},
      {FieldName::to, {"To", "t", "TO", "T"}},
      {FieldName::call_id, {"Call-ID", "i", "call-id", "I"}},
      {FieldName::cseq, {"CSeq", "cseq", "CSEQ"}},
      {FieldName::content_length, {"Content-Length", "l", "content-length", "L"}},
      {FieldName::p_asserted_identity,
       {"P-Asserted-Identity", "p-asserted-identity", "P-ASSERTED-IDENTITY"}},
      {FieldName::remote_party_id, {"Remote-Party-ID", "remote-party-id", "REMOTE-PARTY-ID"}},
      {FieldName::identity, {"Identity", "y", "identity", "Y"}},
      {FieldName::privacy, {"Privacy", "privacy", "PRIVACY"}},
      {FieldName::diversion, {"Diversion", "diversion", "DIVERSION"}},
      {FieldName::history_info, {"History-Info", "history-info", "HISTORY-INFO"}},
      {FieldName::other, {"", "x", "k", "s", "m", "ta", "Vi", "Form", "C-Seq"}},
      {FieldName::other, {"Vib", "Frox", "CSec", "CallIDx", "Privacx", "Identitx"}},
      {FieldName::other, {"Diversioo", "History_Info", "Kontent-Length", "Remote-Party-IE"}},
      {FieldName::other, {"Q-Asserted-Identity", "P-Preferred-Identity", "Identity-Info"}},
      {FieldName::other, {"From ", " From", "To:", "X-To", "Vias"}},
  };
  static HeaderIndex index;
  for (const Row& row : rows) {
    for (const std::string_view spelling : row.spellings) {
      INFO(std::string(spelling));
      CHECK(static_cast<int>(field_name_of(spelling)) == static_cast<int>(row.name));
      if (row.name == FieldName::other) continue;
      const std::string bytes = start + std::string(spelling) + " \t: a\r\n\r\n";
      REQUIRE(prescan(bytes, index) == Prescan::ok);
      CHECK(index.count(row.name) == 1);
      REQUIRE(index.entries().size() == 1);
      CHECK(index.find(row.name) == &index.entries().front());
    }
  }
}

TEST_CASE("prescan: white space before the colon does not hide a name (CVE-2020-28361)") {
  static HeaderIndex index;
  const std::string bytes = start + "X-Account \t : acme\r\n\r\n";
  REQUIRE(prescan(bytes, index) == Prescan::ok);
  CHECK(values_of(index, "X-Account") == std::vector<std::string_view>{"acme"});
}

TEST_CASE("prescan: a value goes from its first to its last visible character, folds inside") {
  struct Row {
    const char* why;
    std::string_view lines;
    std::string_view value;
  };
  const Row rows[] = {
      {"plain", "X: a", "a"},
      {"white space around it", "X: \t a b \t", "a b"},
      {"no space", "X:a", "a"},
      {"nothing", "X:", ""},
      {"white space alone", "X: \t ", ""},
      {"a fold inside", "X: a\r\n b\r\n\tc", "a\r\n b\r\n\tc"},
      {"a fold first", "X:\r\n a", "a"},
      {"empty folds last", "X: a\r\n \r\n\t", "a"},
      {"LF folds", "X: a\n b", "a\n b"},
      {"a colon inside", "X: a:b", "a:b"},
  };
  static HeaderIndex index;
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    const std::string bytes = start + std::string(row.lines) + "\r\nY: z\r\n\r\n";
    REQUIRE(prescan(bytes, index) == Prescan::ok);
    REQUIRE(index.entries().size() == 2);
    CHECK(values_of(index, "X") == std::vector<std::string_view>{row.value});
    CHECK(values_of(index, "Y") == std::vector<std::string_view>{"z"});
  }
}

TEST_CASE("prescan: a refused message is indexed as far as the scan came, for the 400") {
  static HeaderIndex index;
  SUBCASE("behind a line without a colon, a NUL and a lone CR") {
    const std::string bytes = start + "broken\r\n still broken\r\nTo: t\r\n" + "X: \0\r\n"s +
                              "Y: a\rb\r\nFrom: f\r\n\r\n";
    CHECK(prescan(bytes, index) == Prescan::nul);
    CHECK(index.entries().size() == 4);
    CHECK(index.find(FieldName::to)->value == "t");
    CHECK(index.find(FieldName::from)->value == "f");
  }
  SUBCASE("up to a missing end") {
    const std::string bytes = start + "To: t\r\nFrom: f";
    CHECK(prescan(bytes, index) == Prescan::unterminated);
    CHECK(index.find(FieldName::from)->value == "f");
  }
  SUBCASE("up to the last line that counts") {
    const std::string bytes = start + "To: t\r\n" + repeat("X:\r\n", 300);
    CHECK(prescan(bytes, index) == Prescan::too_many_lines);
    CHECK(index.find(FieldName::to)->value == "t");
    CHECK(index.entries().size() == 254);  // the 255th may be folded on behind the limit
  }
  SUBCASE("as many fields as there is room for") {
    CHECK(prescan(start + repeat("X:\r\n", 255) + "Y:", index) == Prescan::too_many_lines);
    CHECK(prescan(start + repeat("X:\r\n", 254) + "Y:", index) == Prescan::unterminated);
    CHECK(index.entries().size() == 255);
  }
  SUBCASE("within the first 64 KiB") {
    const std::string bytes = start + "To: t\r\n\r\n" + std::string(65536, 'b');
    CHECK(prescan(bytes, index) == Prescan::too_long);
    CHECK(index.find(FieldName::to)->value == "t");
  }
}

TEST_CASE("prescan: nothing of the last message stays in the index") {
  static HeaderIndex index;
  REQUIRE(prescan(start + "To: t\r\n\r\nbody", index) == Prescan::ok);
  CHECK(prescan("\r\n", index) == Prescan::empty);
  CHECK(index.start_line().empty());
  CHECK(index.message().empty());
  CHECK(index.body().empty());
  CHECK(index.entries().empty());
}
