// SPDX-License-Identifier: MIT
//
// What a request says beside who calls whom: the level that is asked for, the wish for privacy, and
// whether the call was diverted.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sip/request_reader.hpp"
#include "sip/sample_request.hpp"

using namespace shaken302;
using namespace shaken302::sip;
using shaken302::sip::test::SampleRequest;

namespace {

using Kind = LevelSource::Kind;

IpAddress address_ending_in(std::uint8_t last) {
  IpAddress address;
  address.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, last};
  return address;
}
const Listener here{Transport::udp, address_ending_in(1), 5060};

/// `bytes` must outlive the call.
Call read(const std::string& bytes, const Peer& peer = {}, const Listener& listener = here) {
  static ReadState state;
  const auto request = read_request(bytes, state);
  REQUIRE(request);
  return read_call(*request, state.index, peer, 0, listener);
}

std::string with_more(std::string text) {
  SampleRequest sample;
  sample.more = std::move(text);
  return sample.text();
}

LevelSource header(std::string name) { return {Kind::header, std::move(name), {}, Attestation::C}; }
LevelSource from_parameter(std::string name) {
  return {Kind::from_parameter, std::move(name), {}, Attestation::C};
}
LevelSource request_parameter(std::string name) {
  return {Kind::request_parameter, std::move(name), {}, Attestation::C};
}
LevelSource at(const Listener& listener, Attestation level) {
  return {Kind::listener, "", listener, level};
}
Peer asked_in(std::vector<LevelSource> sources, OverrideRight right = OverrideRight::any) {
  Peer peer;
  peer.override_right = right;
  peer.level_sources = std::move(sources);
  return peer;
}

constexpr std::string_view unreadable = ambiguous_account_value;

}  // namespace

TEST_CASE("call_reader: the level that a header asks for") {
  struct Row {
    const char* why;
    std::string lines;
    std::string_view expected;
  };
  const std::vector<Row> rows = {
      {"absent", "X-Level2: A\r\n", ""},
      {"there", "X-Level: B \r\n", "B"},
      {"any case, white space before the colon", "x-LEVEL \t: A\r\n", "A"},
      {"folded", "X-Level:\r\n B\r\n", "B"},
      {"raw: who decides reads it", "X-Level: full\r\n", "full"},
      {"twice the same", "X-Level: B\r\nSubject: s\r\nx-level:B\r\n", "B"},
      {"twice, differently: never nothing", "X-Level: A\r\nX-Level: C\r\n", unreadable},
      {"twice, one in small letters", "X-Level: A\r\nX-Level: a\r\n", unreadable},
      {"without a value: never nothing", "X-Level:\r\n", unreadable},
      {"a value of white space", "X-Level: \t \r\n", unreadable},
      {"a second without a value", "X-Level: A\r\nX-Level:\r\n", unreadable},
      {"a first without a value", "X-Level:\r\nX-Level: A\r\n", unreadable},
      {"a third that agrees with the first", "X-Level: A\r\nX-Level: B\r\nX-Level: A\r\n",
       unreadable},
      {"a list is one value", "X-Level: A, B\r\n", "A, B"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    const std::string bytes = with_more(row.lines);
    CHECK(read(bytes, asked_in({header("X-Level")})).requested_level == row.expected);
    CHECK(read(bytes).requested_level.empty());
  }
}

TEST_CASE("call_reader: the level that a parameter of From or of the Request-URI asks for") {
  struct Row {
    const char* why;
    std::string uri;
    std::string_view expected;
  };
  const std::vector<Row> rows = {
      {"absent", "sip:+1@a", ""},
      {"there", "sip:+1@a;user=phone;LVL=B", "B"},
      {"before headers", "sip:+1@a;lvl=B?lvl=A", "B"},
      {"behind a port", "sip:+1@a:5060;lvl=C", "C"},
      {"tel", "tel:+1;lvl=B", "B"},
      {"sips", "sips:+1@a;lvl=A", "A"},
      {"not the user part's", "sip:+1;lvl=A@a", ""},
      {"not a URI header's", "sip:+1@a?x=;lvl=A", ""},
      {"another name", "sip:+1@a;lvl2=A;xlvl=A", ""},
      {"no value: never nothing", "sip:+1@a;lvl", unreadable},
      {"an empty value", "sip:+1@a;lvl=", unreadable},
      {"twice, differently", "sip:+1@a;lvl=A;lvl=B", unreadable},
      {"a value and none", "sip:+1@a;lvl=A;lvl", unreadable},
      {"twice the same", "sip:+1@a;lvl=A;lvl=A", "A"},
      {"escapes stay", "sip:+1@a;lvl=%41", "%41"},
  };
  const Peer from = asked_in({from_parameter("lvl")});
  const Peer request = asked_in({request_parameter("lvl")});
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    SampleRequest by_from;
    by_from.from = "From: <" + row.uri + ">;tag=1;lvl=C\r\n";
    const std::string from_bytes = by_from.text();
    CHECK(read(from_bytes, from).requested_level == row.expected);
    CHECK(read(from_bytes, request).requested_level.empty());
    SampleRequest by_uri;
    by_uri.start = "INVITE " + row.uri + " SIP/2.0";
    const std::string uri_bytes = by_uri.text();
    CHECK(read(uri_bytes, request).requested_level == row.expected);
    CHECK(read(uri_bytes, from).requested_level.empty());
  }
}

TEST_CASE("call_reader: the level that a listener stands for") {
  const std::string bytes = SampleRequest().text();
  struct Row {
    const char* why;
    Listener listener;
    std::string_view expected;
  };
  const std::vector<Row> rows = {
      {"this one", here, "B"},
      {"another port", {Transport::udp, here.address, 5061}, "C"},
      {"another address", {Transport::udp, address_ending_in(2), 5060}, "A"},
      {"another transport", {Transport::tcp, here.address, 5060}, ""},
      {"another altogether", {Transport::udp, address_ending_in(3), 5060}, ""},
  };
  const Peer peer =
      asked_in({at({Transport::udp, here.address, 5061}, Attestation::C), at(here, Attestation::B),
                at({Transport::udp, address_ending_in(2), 5060}, Attestation::A)});
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    CHECK(read(bytes, peer, row.listener).requested_level == row.expected);
  }
}

TEST_CASE("call_reader: the first place that says anything about the level wins") {
  SampleRequest sample;
  sample.start = "INVITE sip:+12155550113@a;lvl=C SIP/2.0";
  sample.from = "From: <sip:+1@a;lvl=B;empty>;tag=1\r\n";
  sample.more = "X-A: A\r\nX-Empty:\r\nX-Two: A\r\nX-Two: B\r\n";
  const std::string bytes = sample.text();
  struct Row {
    const char* why;
    std::vector<LevelSource> sources;
    std::string_view expected;
  };
  const std::vector<Row> rows = {
      {"a header first", {header("X-A"), from_parameter("lvl"), request_parameter("lvl")}, "A"},
      {"From first", {from_parameter("lvl"), header("X-A"), request_parameter("lvl")}, "B"},
      {"the Request-URI first", {request_parameter("lvl"), header("X-A")}, "C"},
      {"the listener first", {at(here, Attestation::C), header("X-A")}, "C"},
      {"who says nothing is skipped",
       {header("X-None"), from_parameter("none"), header("X-A")},
       "A"},
      {"a listener that is another's is skipped",
       {at({Transport::udp, here.address, 1}, Attestation::C), from_parameter("lvl")},
       "B"},
      {"what cannot be read is not skipped", {header("X-Two"), header("X-A")}, unreadable},
      {"nor what is empty", {header("X-Empty"), header("X-A")}, unreadable},
      {"nor a parameter that is empty", {from_parameter("empty"), header("X-A")}, unreadable},
      {"nobody says anything", {header("X-None")}, ""},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    CHECK(read(bytes, asked_in(row.sources)).requested_level == row.expected);
  }
}

TEST_CASE("call_reader: of a peer that may only lower, the lowest level counts wherever it is") {
  SampleRequest sample;
  sample.start = "INVITE sip:+12155550113@a;lvl=C SIP/2.0";
  sample.from = "From: <sip:+1@a;lvl=A;empty;small=b>;tag=1\r\n";
  sample.more =
      "X-A: A\r\nX-B: B \r\nX-Small:  c \r\nX-Full: full\r\nX-Empty:\r\nX-Two: A\r\nX-Two: B\r\n"
      "X-Half: x\r\nX-Half: C\r\n";
  const std::string bytes = sample.text();
  struct Row {
    const char* why;
    std::vector<LevelSource> sources;
    std::string_view expected;
  };
  const std::vector<Row> rows = {
      {"the first is the higher", {header("X-A"), header("X-B")}, "B"},
      {"the first is the lower", {header("X-B"), header("X-A")}, "B"},
      {"what a caller writes does not keep the listener from speaking",
       {header("X-A"), at(here, Attestation::C)},
       "C"},
      {"a caller's From parameter", {from_parameter("lvl"), header("X-B")}, "B"},
      {"the Request-URI", {header("X-A"), from_parameter("lvl"), request_parameter("lvl")}, "C"},
      {"what cannot be read hides nothing", {header("X-Full"), header("X-B")}, "B"},
      {"nor what is empty", {header("X-Empty"), from_parameter("empty"), header("X-A")}, "A"},
      {"nor a second value of one header", {header("X-Half")}, "C"},
      {"two values of one header", {header("X-Two")}, "B"},
      {"small letters and blanks", {header("X-A"), header("X-Small")}, "C"},
      {"a small letter in a parameter", {header("X-A"), from_parameter("small")}, "B"},
      {"another listener's level says nothing",
       {at({Transport::udp, here.address, 1}, Attestation::C), header("X-A")},
       "A"},
      {"only what cannot be read: the text itself", {header("X-Full")}, "full"},
      {"the first of two such",
       {header("X-None"), header("X-Empty"), header("X-Full")},
       unreadable},
      {"nobody says anything", {header("X-None")}, ""},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    for (const OverrideRight right : {OverrideRight::lower, OverrideRight::none}) {
      CHECK(read(bytes, asked_in(row.sources, right)).requested_level == row.expected);
    }
  }
}

TEST_CASE("call_reader: the wish for privacy, in every spelling") {
  struct Row {
    const char* why;
    std::string lines;
    bool expected;
  };
  const std::vector<Row> rows = {
      {"none", "", false},
      {"id (RFC 3325 9.3)", "Privacy: id\r\n", true},
      {"user (RFC 3323 4.2)", "Privacy: user\r\n", true},
      {"header", "Privacy: header\r\n", true},
      {"session", "Privacy: session\r\n", true},
      {"capitals", "PRIVACY : ID\r\n", true},
      {"it asks for none", "Privacy: none\r\n", false},
      {"none at any cost", "Privacy: none;critical\r\n", false},
      {"critical alone asks for nothing", "Privacy: critical\r\n", false},
      {"id, critical", "Privacy: id;critical\r\n", true},
      {"critical, id", "Privacy: critical; id\r\n", true},
      {"a list by semicolons", "Privacy: critical ;\tuser\r\n", true},
      {"a list by commas, as some write it", "Privacy: critical, id\r\n", true},
      {"without blanks", "Privacy: critical,id\r\n", true},
      {"folded", "Privacy: critical;\r\n id\r\n", true},
      {"history (RFC 7044) hides no caller", "Privacy: history\r\n", false},
      {"history and id", "Privacy: history;id\r\n", true},
      {"another word that begins like it", "Privacy: identity\r\n", false},
      {"another word that ends like it", "Privacy: xid\r\n", false},
      {"empty", "Privacy:\r\n", false},
      {"empty items", "Privacy: ;;,\r\n", false},
      {"empty items before it", "Privacy: ;,;id\r\n", true},
      {"the second of two fields", "Privacy: none\r\nSubject: s\r\nPrivacy: id\r\n", true},
      {"the first of two fields", "Privacy: id\r\nPrivacy: none\r\n", true},
      {"the third", "Privacy: none\r\nPrivacy:\r\nprivacy: user\r\n", true},
      {"another header", "X-Privacy: id\r\nP-Privacy: id\r\n", false},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    const std::string bytes = with_more(row.lines);
    CHECK(read(bytes).asks_for_privacy == row.expected);
  }
}

TEST_CASE("call_reader: a call that was diverted says so by being there") {
  struct Row {
    const char* why;
    std::string lines;
    bool expected;
  };
  // Neither has a compact form.
  const std::vector<Row> rows = {
      {"neither", "Subject: s\r\n", false},
      {"Diversion (RFC 5806)", "Diversion: <tel:+1>;reason=unconditional\r\n", true},
      {"History-Info (RFC 7044)", "History-Info: <sip:a@b>;index=1\r\n", true},
      {"any case, white space before the colon", "hIsToRy-InFo\t: <sip:a@b>\r\n", true},
      {"both", "Diversion: <tel:+1>\r\nHistory-Info: <sip:a@b>;index=1\r\n", true},
      {"empty is there", "Diversion:\r\n", true},
      {"unreadable is there", "History-Info: <\r\n", true},
      {"another header", "X-Diversion: <tel:+1>\r\nHistory: <sip:a@b>\r\n", false},
      {"in a value", "Subject: Diversion: x\r\n", false},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    const std::string bytes = with_more(row.lines);
    CHECK(read(bytes).has_been_diverted == row.expected);
  }
}
