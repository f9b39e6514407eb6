// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sip/request_reader.hpp"
#include "sip/sample_request.hpp"

using namespace shaken302;
using namespace shaken302::sip;
using shaken302::sip::test::SampleRequest;

namespace {

ReadState& read_state() {
  static ReadState state;
  return state;
}

/// `bytes` must outlive the call.
Call read(const std::string& bytes, const Peer& peer = {}) {
  const auto request = read_request(bytes, read_state());
  REQUIRE(request);
  return read_call(*request, read_state().index, peer, 7, {});
}

std::string with_more(std::string text) {
  SampleRequest sample;
  sample.more = std::move(text);
  return sample.text();
}

/// "sip +1 a", or "-" for none.
std::string describe(const UriView& uri) {
  const char* const names[] = {"-", "sip", "sips", "tel", "urn", "other"};
  std::string text = names[static_cast<std::size_t>(uri.scheme)];
  if (!uri.user.empty()) text += " " + std::string(uri.user);
  if (!uri.host.empty()) text += " " + std::string(uri.host);
  return text;
}

Peer with_source(AccountSource::Kind kind, std::string name) {
  Peer peer;
  peer.account_sources.push_back({kind, std::move(name), no_index});
  return peer;
}

std::string repeat(std::string_view text, std::size_t count) {
  std::string result;
  while (count-- != 0) result += text;
  return result;
}

using Kind = AccountSource::Kind;

}  // namespace

TEST_CASE("call_reader: what the sample says") {
  const std::string bytes = SampleRequest().text();
  const Call call = read(bytes);
  CHECK(call.peer == 7);
  CHECK(describe(call.request_uri) == "sip +12155550113 signer.example.com");
  CHECK(describe(call.to) == "sip +12155550113 called.example.com");
  CHECK(describe(call.from) == "sip +12155550112 caller.example.com");
  CHECK(describe(call.asserted_identities[0]) == "-");
  CHECK(describe(call.remote_party_id) == "-");
  CHECK(call.call_id == "3848276298220188511@client.example.com");
  CHECK(call.from_tag == "9fxced76sl");
  CHECK(!call.has_shaken_identity);
}

TEST_CASE("call_reader: P-Asserted-Identity, at most two values, none of them lost") {
  struct Row {
    const char* why;
    std::string lines;
    std::string first;
    std::string second;
    bool has_more = false;
  };
  const std::vector<Row> rows = {
      {"one", "P-Asserted-Identity: \"A\" <sip:+1@a>\r\n", "sip +1 a", "-"},
      {"sip and tel on a line (RFC 3325 9.1)", "p-asserted-identity: <sip:+1@a>, <tel:+1;x=y>\r\n",
       "sip +1 a", "tel +1;x=y"},
      {"sip and tel on two lines",
       "P-Asserted-Identity : <tel:+1>\r\nSubject: s\r\nP-Asserted-Identity: sip:+2@b\r\n",
       "tel +1", "sip +2 b"},
      {"a third is told",
       "P-Asserted-Identity: <tel:+1>\r\nP-Asserted-Identity: <tel:+2>,<tel:+3>\r\n", "tel +1",
       "tel +2", true},
      {"a third on a line of its own",
       "P-Asserted-Identity: <tel:+1>,<tel:+2>\r\nP-Asserted-Identity: <tel:+1>\r\n", "tel +1",
       "tel +2", true},
      {"a third on one line", "P-Asserted-Identity: <tel:+1>,<tel:+2>,<tel:+3>\r\n", "tel +1",
       "tel +2", true},
      {"a third with header parameters", "P-Asserted-Identity: <tel:+1>,<tel:+2>;x, <tel:+3>\r\n",
       "tel +1", "tel +2", true},
      {"a third line is told, also a broken one",
       "P-Asserted-Identity: <tel:+1>,<tel:+2>\r\nP-Asserted-Identity: <\r\n", "tel +1", "tel +2",
       true},
      {"bare, with URI parameters", "P-Asserted-Identity: tel:+1;ext=2\r\n", "tel +1;ext=2", "-"},
      {"bare, twice on a line", "P-Asserted-Identity: tel:+1 , sip:+2@b;x=y\r\n", "tel +1",
       "sip +2 b"},
      {"escapes stay", "P-Asserted-Identity: <sip:%2B1%3Bnpdi@a>\r\n", "sip %2B1%3Bnpdi a", "-"},
      {"folded", "P-Asserted-Identity:\r\n \"A\r\n B\"\r\n <sip:+1@a>\r\n", "sip +1 a", "-"},
      {"header parameters, as some switches write them",
       "P-Asserted-Identity: <sip:+1@a>;verstat=TN-Validation-Passed\r\n", "sip +1 a", "-"},
      {"header parameters in a list",
       "P-Asserted-Identity: \"A\" <sip:+1@a>;cpc=ordinary, <tel:+2>;x\r\n", "sip +1 a", "tel +2"},
      {"broken: there, but no number", "P-Asserted-Identity: <sip:+1@a\r\n", "other", "-"},
      {"empty: there, but no number", "P-Asserted-Identity:\r\n", "other", "-"},
      {"one bad value makes the line bad", "P-Asserted-Identity: <tel:+1>, x<\r\n", "other", "-"},
      {"a broken line before a good one",
       "P-Asserted-Identity: ,\r\nP-Asserted-Identity: <tel:+1>\r\n", "other", "tel +1"},
      {"a good line before a broken one",
       "P-Asserted-Identity: <tel:+1>\r\nP-Asserted-Identity: ,\r\n", "tel +1", "other"},
      {"another scheme", "P-Asserted-Identity: <mailto:a@b>\r\n", "other", "-"},
      {"many broken lines", repeat("P-Asserted-Identity: <\r\n", 200), "other", "other", true},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    const std::string bytes = with_more(row.lines);
    const Call call = read(bytes);
    CHECK(describe(call.asserted_identities[0]) == row.first);
    CHECK(describe(call.asserted_identities[1]) == row.second);
    CHECK(call.has_more_identities == row.has_more);
    CHECK(describe(call.from) == "sip +12155550112 caller.example.com");
  }
}

TEST_CASE("call_reader: Remote-Party-ID") {
  struct Row {
    const char* why;
    std::string lines;
    std::string expected;
  };
  const std::vector<Row> rows = {
      {"with its parameters", "Remote-Party-ID: \"A\" <sip:+1@a>;party=calling;screen=yes\r\n",
       "sip +1 a"},
      {"none", "", "-"},
      {"a second one: whose it is cannot be read",
       "Remote-Party-ID: <sip:+1@a>\r\nRemote-Party-ID: <sip:+2@a>\r\n", "other"},
      {"a second one on the line", "Remote-Party-ID: <sip:+1@a>;x=y, <sip:+2@a>\r\n", "other"},
      {"a second one that cannot be read",
       "Remote-Party-ID: <sip:+1@a>\r\nSubject: s\r\nremote-party-id: <\r\n", "other"},
      {"a first one that cannot be read", "Remote-Party-ID: <\r\nRemote-Party-ID: <sip:+1@a>\r\n",
       "other"},
      {"bare: the parameters are the header's", "Remote-Party-ID: tel:+1;party=calling\r\n",
       "tel +1"},
      {"broken", "Remote-Party-ID: <\r\n", "other"},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    const std::string bytes = with_more(row.lines);
    CHECK(describe(read(bytes).remote_party_id) == row.expected);
  }
}

TEST_CASE("call_reader: the account's header") {
  struct Row {
    const char* why;
    std::string lines;
    std::string_view expected;
  };
  const std::vector<Row> rows = {
      {"absent", "X-Account2: acme\r\n", ""},
      {"there", "X-Account: acme \r\n", "acme"},
      {"any case, white space before the colon", "x-ACCOUNT \t: acme\r\n", "acme"},
      {"there without a value: nobody", "X-Account:\r\n", ambiguous_account_value},
      {"a value of white space", "X-Account: \t\r\n", ambiguous_account_value},
      {"raw, quotes and all", "X-Account: \"acme\"\r\n", "\"acme\""},
      {"a list is one value", "X-Account: acme, other\r\n", "acme, other"},
      {"twice the same", "X-Account: acme\r\nX-Account:acme\r\n", "acme"},
      {"twice, differently: nobody", "X-Account: acme\r\nX-Account: other\r\n",
       ambiguous_account_value},
      {"a second that is empty", "X-Account: acme\r\nX-Account:\r\n", ambiguous_account_value},
      {"an empty one first", "X-Account:\r\nX-Account: acme\r\n", ambiguous_account_value},
      {"a third that agrees with the first", "X-Account: a\r\nX-Account: b\r\nX-Account: a\r\n",
       ambiguous_account_value},
  };
  const Peer peer = with_source(Kind::header, "X-Account");
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    const std::string bytes = with_more(row.lines);
    CHECK(read(bytes, peer).account_values[0] == row.expected);
  }
}

TEST_CASE("call_reader: the account's parameter of the From URI") {
  struct Row {
    const char* why;
    std::string from;
    std::string_view expected;
  };
  const std::vector<Row> rows = {
      {"absent", "<sip:+1@a>", ""},
      {"there", "<sip:+1@a;user=phone;OTG=acme>", "acme"},
      {"before headers", "<sip:+1@a;otg=acme?otg=x>", "acme"},
      {"behind a port", "<sip:+1@a:5060;otg=acme>", "acme"},
      {"no user", "<sip:a;otg=acme>", "acme"},
      {"tel", "<tel:+1;otg=acme>", "acme"},
      {"not the header's parameter", "<sip:+1@a>;otg=acme", ""},
      {"not the header's parameter behind a bare URI", "sip:+1@a;otg=acme", ""},
      {"not the user part's", "<sip:+1;otg=acme@a>", ""},
      {"not a URI header's", "<sip:+1@a?x=;otg=acme>", ""},
      {"no value: nobody", "<sip:+1@a;otg>", ambiguous_account_value},
      {"an empty value: nobody", "<sip:+1@a;otg=>", ambiguous_account_value},
      {"a value and none", "<sip:+1@a;otg=acme;otg>", ambiguous_account_value},
      {"another name", "<sip:+1@a;otg2=acme>", ""},
      {"twice, differently: nobody", "<sip:+1@a;otg=acme;otg=other>", ambiguous_account_value},
      {"escapes stay", "<sip:+1@a;otg=%61cme>", "%61cme"},
      {"no scheme that has parameters", "<mailto:a@b;otg=acme>", ""},
  };
  const Peer peer = with_source(Kind::parameter, "otg");
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    SampleRequest sample;
    sample.from = "From: " + row.from + "\r\n";
    const std::string bytes = sample.text();
    CHECK(read(bytes, peer).account_values[0] == row.expected);
  }
}

TEST_CASE("call_reader: every source has its value at its place") {
  Peer peer = with_source(Kind::fixed, "");
  peer.account_sources.push_back({Kind::host, "", no_index});
  peer.account_sources.push_back({Kind::header, "X-Account", no_index});
  peer.account_sources.push_back({Kind::number, "", no_index});
  peer.account_sources.push_back({Kind::parameter, "otg", no_index});
  SampleRequest sample;
  sample.from = "From: <sip:+1@a;otg=two>\r\n";
  sample.more = "X-Account: one\r\n";
  const std::string bytes = sample.text();
  const Call call = read(bytes, peer);
  CHECK(call.account_values[0].empty());
  CHECK(call.account_values[1] == "signer.example.com");
  CHECK(call.account_values[2] == "one");
  CHECK(call.account_values[3].empty());
  CHECK(call.account_values[4] == "two");
}

TEST_CASE("call_reader: more sources than a call has room for are left out") {
  Peer peer;
  for (int i = 0; i < 20; ++i) peer.account_sources.push_back({Kind::host, "", no_index});
  const std::string bytes = SampleRequest().text();
  CHECK(read(bytes, peer).account_values[account_sources_max - 1] == "signer.example.com");
}

TEST_CASE("call_reader: an Identity with ppt shaken") {
  struct Row {
    const char* why;
    std::string lines;
    bool expected;
  };
  const std::string token = "aaaa.bbbb.cccc;info=<https://a.example/c.pem>;alg=ES256";
  const std::vector<Row> rows = {
      {"none", "", false},
      {"one", "Identity: " + token + ";ppt=shaken\r\n", true},
      {"quoted", "identity: " + token + ";ppt=\"shaken\"\r\n", true},
      {"compact (RFC 8224 4)", "y: " + token + ";ppt=shaken\r\n", true},
      {"folded",
       "Identity: aaaa.bbbb.cccc\r\n ;info=<https://a.example/c.pem>;alg=ES256\r\n"
       " ;ppt=shaken\r\n",
       true},
      {"another kind", "Identity: " + token + ";ppt=div\r\n", false},
      {"a baseline PASSporT", "Identity: " + token + "\r\n", false},
      {"the second of two",
       "Identity: " + token + ";ppt=div\r\nIdentity: " + token + ";ppt=shaken\r\n", true},
      {"unreadable: it vouches for nothing", "Identity: ;ppt=shaken\r\n", false},
      {"another header", "X-Identity: " + token + ";ppt=shaken\r\n", false},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    const std::string bytes = with_more(row.lines);
    CHECK(read(bytes).has_shaken_identity == row.expected);
  }
}
