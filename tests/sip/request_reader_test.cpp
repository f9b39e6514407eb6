// SPDX-License-Identifier: MIT
#include "sip/request_reader.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

#include "sip/sample_request.hpp"

using namespace shaken302;
using namespace shaken302::sip;
using namespace std::string_literals;
using shaken302::sip::test::SampleRequest;

namespace {

ReadState& read_state() {
  static ReadState state;
  return state;
}

/// `bytes` must outlive what is read from them.
Result<ParsedRequest, RequestError> read(const std::string& bytes) {
  return read_request(bytes, read_state());
}

/// The sample with one part replaced.
std::string with(std::string SampleRequest::*part, std::string text) {
  SampleRequest sample;
  sample.*part = std::move(text);
  return sample.text();
}
std::string with_more(std::string text) { return with(&SampleRequest::more, std::move(text)); }

std::string with_method(const std::string& method) {
  SampleRequest sample;
  sample.start = method + " sip:a@b SIP/2.0";
  sample.cseq = "CSeq: 1 " + method + "\r\n";
  return sample.text();
}

using S = SampleRequest;
using E = RequestError;

struct Refused {
  const char* why;
  std::string bytes;
  RequestError expected;
};

const std::vector<Refused> refused = {
    {"nothing", "", E::keep_alive},
    {"a ping", "\r\n\r\n", E::keep_alive},
    {"a response", with(&S::start, "SIP/2.0 200 OK"), E::response},
    {"a response of a later version", with(&S::start, "sip/3.0 200 OK"), E::response},
    {"a response without a phrase", with(&S::start, "SIP/2.0 100"), E::response},
    {"another protocol", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", E::not_sip},
    {"one word", "PING\r\n\r\n", E::not_sip},
    {"white space alone", " \r\n\r\n", E::not_sip},
    {"a version without a number", with(&S::start, "INVITE sip:a@b SIP/"), E::not_sip},
    {"64 KiB and a little", with(&S::body, std::string(65536, 'b')), E::too_long},
    {"257 lines", with_more([] {
       std::string lines;
       for (int i = 0; i < 257; ++i) lines += "X: a\r\n";
       return lines;
     }()),
     E::too_many_lines},
    {"257 commas", with_more("X: " + std::string(257, ',') + "\r\n"), E::too_many_commas},
    {"a NUL", with_more("X: \0\r\n"s), E::nul},
    {"a smuggled header", with_more("X: a\rP-Asserted-Identity: <sip:+1@x>\r\n"), E::lone_cr},
    {"no colon", with_more("X\r\n"), E::no_colon},
    {"no empty line", "INVITE sip:a@b SIP/2.0\r\nTo: <sip:a@b>\r\n", E::unterminated},
    {"a later version", with(&S::start, "INVITE sip:a@b SIP/7.0"), E::version},
    {"an earlier version", with(&S::start, "INVITE sip:a@b sip/1.0 "), E::version},
    {"no URI", with(&S::start, "INVITE SIP/2.0"), E::request_line},
    {"angle brackets (RFC 4475 3.1.2.7)", with(&S::start, "INVITE <sip:a@b> SIP/2.0"),
     E::request_line},
    {"white space in the URI", with(&S::start, "INVITE sip:a@b; lr SIP/2.0"), E::request_line},
    {"a quote would get into a Contact", with(&S::start, "INVITE sip:\"@b SIP/2.0"),
     E::request_line},
    {"so would a bracket", with(&S::start, "INVITE sip:a>,<sip:x@b SIP/2.0"), E::request_line},
    {"so would a control character", with(&S::start, "INVITE sip:\x01@b SIP/2.0"), E::request_line},
    {"and UTF-8 has no place", with(&S::start, "INVITE sip:\xc3\xa9@b SIP/2.0"), E::request_line},
    {"IPv6 without brackets", with(&S::start, "INVITE sip:2001:db8::10 SIP/2.0"), E::request_line},
    {"a method that is no token", with(&S::start, "INV/ITE sip:a@b SIP/2.0"), E::request_line},
    {"no Via", with(&S::via, ""), E::via},
    {"a broken Via", with(&S::via, "Via: UDP host\r\n"), E::via},
    {"a broken first Via: the second must not stand for it",
     with(&S::via, "Via: SIP/2.0/UDP ;;\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n"), E::via},
    {"a broken second Via",
     with(&S::via, "Via: SIP/2.0/UDP a;branch=z9hG4bK1\r\nVia: SIP/2.0/UDP ;;\r\n"), E::via},
    {"an empty first value", with(&S::via, "Via: , SIP/2.0/UDP a;branch=z9hG4bK1\r\n"), E::via},
    {"port 0 cannot be answered", with(&S::via, "Via: SIP/2.0/UDP a:0;branch=z9hG4bK1\r\n"),
     E::via},
    {"no port has that number", with(&S::via, "Via: SIP/2.0/UDP a:65536\r\n"), E::via},
    {"no From", with(&S::from, ""), E::from},
    {"an empty From", with(&S::from, "From:\r\n"), E::from},
    {"a From that does not end", with(&S::from, "From: <sip:a@b\r\n"), E::from},
    {"no To", with(&S::to, ""), E::to},
    {"an unterminated quoted string (RFC 4475 3.1.2.6)",
     with(&S::to, "To: \"Mr. J. User <sip:a@b>\r\n"), E::to},
    {"no Call-ID", with(&S::call_id, ""), E::call_id},
    {"an empty Call-ID", with(&S::call_id, "Call-ID: \r\n"), E::call_id},
    {"a Call-ID of two words", with(&S::call_id, "Call-ID: a b\r\n"), E::call_id},
    {"a control character in a log", with(&S::call_id, "Call-ID: a\x1b[2J\r\n"), E::call_id},
    {"no CSeq", with(&S::cseq, ""), E::cseq},
    {"a CSeq without a method", with(&S::cseq, "CSeq: 1\r\n"), E::cseq},
    {"a CSeq of more than 32 bits", with(&S::cseq, "CSeq: 36893488147419103232 INVITE\r\n"),
     E::cseq},
    {"methods disagree", with(&S::cseq, "CSeq: 2 OPTIONS\r\n"), E::cseq_method},
    {"methods have a case", with(&S::cseq, "CSeq: 2 invite\r\n"), E::cseq_method},
    {"two From", with_more("f: <sip:a@b>\r\n"), E::duplicate_header},
    {"two To", with_more("To : <sip:a@b>\r\n"), E::duplicate_header},
    {"two Call-ID", with_more("i: a\r\n"), E::duplicate_header},
    {"two CSeq", with_more("CSEQ: 2 INVITE\r\n"), E::duplicate_header},
    {"a negative length", with_more("Content-Length: -1\r\n"), E::content_length},
    {"a length that is no number", with_more("l: x\r\n"), E::content_length},
    {"two lengths", with_more("l: 0\r\nContent-Length: 1\r\n"), E::content_length},
    {"a length twice", with_more("l: 0\r\nl: 0\r\n"), E::content_length},
    {"a body shorter than its length (RFC 3261 18.3)", with_more("l: 1\r\n"), E::content_length},
    {"a From with a name before its colon", with_more("From B: <sip:a@b>\r\n"), E::other_header},
    {"in small letters", with_more("from b: x\r\n"), E::other_header},
    {"in its compact form", with_more("f(b): x\r\n"), E::other_header},
    {"a Via", with_more("Via/x: SIP/2.0/UDP b\r\n"), E::other_header},
    {"a compact Via", with_more("v\tx : SIP/2.0/UDP b\r\n"), E::other_header},
    {"a To with a parameter", with_more("To;x: y\r\n"), E::other_header},
    {"a Call-ID", with_more("Call-ID x: y\r\n"), E::other_header},
    {"a compact Call-ID", with_more("i=x: y\r\n"), E::other_header},
    {"a CSeq", with_more("CSeq,x: y\r\n"), E::other_header},
    {"a Content-Length", with_more("Content-Length \"x\": 9\r\n"), E::other_header},
    {"with UTF-8 behind it", with_more("To\xc3\xa9: y\r\n"), E::other_header},
    {"what cannot be read is told first",
     [] {
       SampleRequest sample;
       sample.cseq = "CSeq: x\r\n";
       sample.more = "From B: x\r\n";
       return sample.text();
     }(),
     E::cseq},
};

}  // namespace

TEST_CASE("request_reader: every way to be refused, one row per exit") {
  for (const Refused& row : refused) {
    INFO(std::string(row.why));
    const auto result = read(row.bytes);
    REQUIRE(!result);
    CHECK(static_cast<int>(result.error()) == static_cast<int>(row.expected));
  }
}

TEST_CASE("request_reader: the rows produce every error but a full memory") {
  std::set<RequestError> seen;
  for (const Refused& row : refused) seen.insert(row.expected);
  CHECK(seen.size() == static_cast<std::size_t>(RequestError::memory));
}

TEST_CASE("request_reader: what must not be refused") {
  struct Row {
    const char* why;
    std::string bytes;
  };
  const std::vector<Row> rows = {
      {"the sample", SampleRequest().text()},
      {"line ends first (RFC 3261 7.5)", "\r\n\r\n" + SampleRequest().text()},
      {"a version in small letters (7.1)", with(&S::start, "INVITE sip:a@b sip/2.0")},
      {"more spaces than one (RFC 4475 3.1.2.9)", with(&S::start, "INVITE  sip:a@b  SIP/2.0 ")},
      {"no user", with(&S::start, "INVITE sip:b SIP/2.0")},
      {"a fragment sign that some phones dial", with(&S::start, "INVITE sip:*67#@b SIP/2.0")},
      {"another scheme", with(&S::start, "INVITE soap.beep://192.0.2.103:3002 SIP/2.0")},
      {"octets behind Content-Length (RFC 4475 3.1.1.8)",
       [] {
         SampleRequest sample;
         sample.more = "Content-Length: 2\r\n";
         sample.body = "hiINVITE sip:b SIP/2.0\r\n\r\n";
         return sample.text();
       }()},
      {"a body and no Content-Length", with(&S::body, "a\0b\r\n\r"s)},
      {"a Date that Sofia cannot read", with_more("Date: Fri, 01 Jan 2010 16:00:00 EST\r\n")},
      {"a Contact that Sofia cannot read", with_more("Contact: <sip:a@b?x\r\n")},
      {"Max-Forwards out of range", with_more("Max-Forwards: 300\r\n")},
      {"Expires out of range", with_more("Expires: 10000000000000000000\r\n")},
      {"an unknown option (RFC 3261 8.3)", with_more("Require: nothingSupportsThis\r\n")},
      {"a name that is another one (RFC 3261 25.1)", with_more("Fromage: x\r\n")},
      {"a dot is part of a name", with_more("Call-ID.x y: z\r\n")},
      {"so is a hyphen", with_more("X-From B: x\r\nTo-x y: z\r\n")},
      {"one of those in the middle", with_more("(From B: x\r\nX To: y\r\n")},
      {"a name that goes on, which nothing depends on",
       with_more("P-Asserted-Identity x: <tel:+1>\r\nPrivacy;x: y\r\nSubject x: y\r\n")},
      {"256 commas", with_more("Accept: a" + std::string(256, ',') + "\r\n")},
      {"100 Via lines",
       [] {
         SampleRequest sample;
         for (int i = 0; i < 100; ++i) sample.via += "v: SIP/2.0/TCP a;branch=z9hG4bKa\r\n";
         return sample.text();
       }()},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    const auto result = read(row.bytes);
    CHECK(result.has_value());
    if (!result) MESSAGE(static_cast<int>(result.error()));
  }
}

TEST_CASE("request_reader: the methods") {
  struct Row {
    const char* name;
    Method method;
  };
  const Row rows[] = {{"INVITE", Method::invite},  {"OPTIONS", Method::options},
                      {"ACK", Method::ack},        {"CANCEL", Method::cancel},
                      {"REGISTER", Method::other}, {"invite", Method::other},
                      {"INVITED", Method::other},  {"RE%47IST%45R", Method::other}};
  for (const Row& row : rows) {
    INFO(std::string(row.name));
    const std::string bytes = with_method(row.name);
    const auto result = read(bytes);
    REQUIRE(result);
    CHECK(result->method == row.method);
    CHECK(result->method_name == row.name);
  }
}

TEST_CASE("request_reader: what the sample says") {
  const std::string bytes = SampleRequest().text();
  const auto request = read(bytes);
  REQUIRE(request);
  CHECK(request->request_uri_text == "sip:+12155550113@signer.example.com");
  CHECK(request->request_uri.user == "+12155550113");
  CHECK(request->request_uri.host == "signer.example.com");
  CHECK(request->call_id == "3848276298220188511@client.example.com");
  CHECK(request->cseq == "2 INVITE");
  CHECK(request->from_tag == "9fxced76sl");
  CHECK(!request->has_to_tag);
  CHECK(request->from.scheme == UriScheme::sip);
  CHECK(request->from.user == "+12155550112");
  CHECK(request->to.host == "called.example.com");
}

TEST_CASE("request_reader: tags") {
  struct Row {
    const char* why;
    std::string from;
    std::string to;
    std::string_view from_tag;
    bool has_to_tag;
  };
  const std::vector<Row> rows = {
      {"an RFC 2543 client has none", "From: <sip:a@b>\r\n", "To: <sip:a@b>\r\n", "", false},
      {"in the dialog", "From: <sip:a@b>;tag=1\r\n", "To: <sip:a@b>;x=y;TAG=2\r\n", "1", true},
      {"white space and folds", "From: <sip:a@b> ;\r\n tag = 1\r\n", "To: sip:a@b ; tag=2\r\n", "1",
       true},
      {"a tag of the URI is not the header's", "From: <sip:a@b;tag=1>\r\n",
       "To: <sip:a@b;tag=2>\r\n", "", false},
      {"a bare URI leaves its parameters to the header", "From: sip:a@b;tag=1\r\n",
       "To: sip:a@b;tag=2\r\n", "1", true},
      {"a tag in a display name is text", "From: \";tag=1\" <sip:a@b>\r\n",
       "To: \">;tag=2\" <sip:a@b>\r\n", "", false},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    SampleRequest sample;
    sample.from = row.from;
    sample.to = row.to;
    const std::string bytes = sample.text();
    const auto request = read(bytes);
    REQUIRE(request);
    CHECK(request->from_tag == row.from_tag);
    CHECK(request->has_to_tag == row.has_to_tag);
    CHECK(request->from.host == "b");
  }
}

TEST_CASE("request_reader: the topmost Via") {
  struct Row {
    const char* why;
    std::string via;
    std::string_view value;
    std::string_view rest;
    std::string_view branch;
    std::uint16_t port;
    bool rport;
  };
  const std::vector<Row> rows = {
      {"a port and rport", "Via: SIP/2.0/UDP a:5070;branch=z9hG4bK1;rport\r\n",
       "SIP/2.0/UDP a:5070;branch=z9hG4bK1;rport", "", "z9hG4bK1", 5070, true},
      {"no port", "v:SIP/2.0/UDP a;branch=z9hG4bK1\r\n", "SIP/2.0/UDP a;branch=z9hG4bK1", "",
       "z9hG4bK1", 5060, false},
      {"no port over TLS", "Via: SIP/2.0/TLS a;branch=z9hG4bK1\r\n",
       "SIP/2.0/TLS a;branch=z9hG4bK1", "", "z9hG4bK1", 5061, false},
      {"no port over TLS, spaced out", "Via: SIP / 2.0 / tls a\r\n", "SIP / 2.0 / tls a", "", "",
       5061, false},
      {"an rport with a value (a client that repeats ours)", "Via: SIP/2.0/UDP a;rport=9\r\n",
       "SIP/2.0/UDP a;rport=9", "", "", 5060, true},
      {"an RFC 2543 client", "Via: SIP/2.0/UDP a\r\n", "SIP/2.0/UDP a", "", "", 5060, false},
      {"two values on one line",
       "Via: SIP/2.0/UDP a;branch=z9hG4bK1 , SIP/2.0/UDP b:9;branch=z9hG4bK2;rport\r\n",
       "SIP/2.0/UDP a;branch=z9hG4bK1", ", SIP/2.0/UDP b:9;branch=z9hG4bK2;rport", "z9hG4bK1", 5060,
       false},
      {"a comma in quotes", "Via: SIP/2.0/UDP a;x=\"1,\\\"2\",SIP/2.0/UDP b\r\n",
       "SIP/2.0/UDP a;x=\"1,\\\"2\"", ",SIP/2.0/UDP b", "", 5060, false},
      {"a comma in an RFC 2543 comment", "Via: SIP/2.0/UDP a (b, \"c)\r\n",
       "SIP/2.0/UDP a (b, \"c)", "", "", 5060, false},
      {"a comma and nothing behind it", "Via: SIP/2.0/UDP a,\r\n", "SIP/2.0/UDP a", ",", "", 5060,
       false},
      {"the next line is another value", "Via: SIP/2.0/UDP a\r\nVia: SIP/2.0/UDP b;rport\r\n",
       "SIP/2.0/UDP a", "", "", 5060, false},
      {"folds stay inside", "Via: SIP/2.0/UDP\r\n a:7 ;\r\n branch=z9hG4bK1\r\n",
       "SIP/2.0/UDP\r\n a:7 ;\r\n branch=z9hG4bK1", "", "z9hG4bK1", 7, false},
      {"IPv6", "Via: SIP/2.0/UDP [2001:db8::9]:7;branch=z9hG4bK1\r\n",
       "SIP/2.0/UDP [2001:db8::9]:7;branch=z9hG4bK1", "", "z9hG4bK1", 7, false},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    const std::string bytes = with(&S::via, row.via);
    const auto request = read(bytes);
    REQUIRE(request);
    CHECK(request->via.value == row.value);
    CHECK(request->via.rest == row.rest);
    CHECK(request->via.branch == row.branch);
    CHECK(request->via.sent_by_port == row.port);
    CHECK(request->via.has_rport == row.rport);
  }
}

TEST_CASE("request_reader: From and To are seen as received, not as Sofia decodes them") {
  struct Row {
    const char* why;
    std::string_view value;
    UriScheme scheme;
    std::string_view user;
    std::string_view host;
  };
  const Row rows[] = {
      {"escapes stay", "<sip:%2B1%3b5%61@b>", UriScheme::sip, "%2B1%3b5%61", "b"},
      {"an escaped NUL", "<sip:null-%00-null@b>", UriScheme::sip, "null-%00-null", "b"},
      {"a password goes", "<sip:a:secret@b:5060;x=y?h=z>", UriScheme::sip, "a", "b"},
      {"no user", "<sip:b>", UriScheme::sip, "", "b"},
      {"parameters of the user part stay", "<sips:+1;npdi;rn=2@b>", UriScheme::sips, "+1;npdi;rn=2",
       "b"},
      {"tel with parameters", "<TEL:+1-215;ext=9>", UriScheme::tel, "+1-215;ext=9", ""},
      {"bare tel: the parameters are the header's", "tel:+1-215;tag=9", UriScheme::tel, "+1-215",
       ""},
      {"bare with a fold behind it", "sip:a@b\r\n ;tag=1", UriScheme::sip, "a", "b"},
      {"urn", "<urn:service:sos.fire>", UriScheme::urn, "service:sos.fire", ""},
      {"IPv6", "<sip:a@[2001:db8::9]:5060>", UriScheme::sip, "a", "[2001:db8::9]"},
      {"another scheme", "<mailto:a@b>", UriScheme::other, "", ""},
      {"a display name with a URI inside", "\"<sip:x@y>\" <sip:a@b>", UriScheme::sip, "a", "b"},
      {"two brackets: Sofia lets it through, nobody is called", "<<sip:a@b>;tag=1",
       UriScheme::other, "", ""},
      {"no scheme", "<a@b>", UriScheme::other, "", ""},
      {"a star", "<*>", UriScheme::other, "", ""},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    SampleRequest sample;
    sample.from = "From: " + std::string(row.value) + "\r\n";
    sample.to = "t:" + std::string(row.value) + "\r\n";
    const std::string bytes = sample.text();
    const auto request = read(bytes);
    if (!request) MESSAGE(static_cast<int>(request.error()));
    REQUIRE(request);
    for (const UriView& uri : {request->from, request->to}) {
      CHECK(static_cast<int>(uri.scheme) == static_cast<int>(row.scheme));
      CHECK(uri.user == row.user);
      CHECK(uri.host == row.host);
    }
  }
}

TEST_CASE("request_reader: a refused request leaves its fields for the 400") {
  const std::string bytes = with(&S::cseq, "CSeq: x\r\n");
  REQUIRE(!read(bytes));
  CHECK(read_state().index.find(FieldName::cseq)->value == "x");
  CHECK(read_state().index.count(FieldName::via) == 1);
}
