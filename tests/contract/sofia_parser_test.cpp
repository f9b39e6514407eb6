// SPDX-License-Identifier: MIT
//
// What Sofia refuses in a single header value, and what it lets through although no grammar does.
#include <doctest/doctest.h>

#include <vector>

#include "contract/sofia_values.hpp"

using namespace shaken302::contract;
using namespace std::string_literals;

namespace {

struct Row {
  const char* why;
  std::string value;
};

void check_all(msg_hclass_t* header, bool expected, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    AreaHome home;
    CHECK((home.read<msg_header_t>(header, row.value) != nullptr) == expected);
  }
}
void refuses(msg_hclass_t* header, const std::vector<Row>& rows) { check_all(header, false, rows); }
void reads(msg_hclass_t* header, const std::vector<Row>& rows) { check_all(header, true, rows); }

}  // namespace

TEST_CASE("sofia: what it refuses in a request line") {
  refuses(sip_request_class,
          {
              {"nothing", ""},
              {"a method alone", "INVITE"},
              {"no URI", "INVITE SIP/2.0"},
              {"no version", "INVITE sip:a@b"},
              {"a version without a number", "INVITE sip:a@b SIP/"},
              {"white space in the URI", "INVITE sip:a@b; lr SIP/2.0"},
              {"a fourth word: the gate looks at the last one", "INVITE sip:a@b SIP/2.0 SIP/2.0"},
              {"white space first", " INVITE sip:a@b SIP/2.0"},
              {"a method that is no token", "INV/ITE sip:a@b SIP/2.0"},
              {"no host", "INVITE sip:a@ SIP/2.0"},
              {"IPv6 without brackets", "INVITE sip:2001:db8::10 SIP/2.0"},
              {"a port that is no number", "INVITE sip:a@b:x SIP/2.0"},
          });
}

TEST_CASE("sofia: what it reads in a request line, and the gate must look") {
  reads(sip_request_class, {
                               {"a later version", "INVITE sip:a@b SIP/7.0"},
                               {"another protocol", "INVITE sip:a@b HTTP/1.0"},
                               {"brackets around the URI", "INVITE <sip:a@b> SIP/2.0"},
                               {"a star", "INVITE * SIP/2.0"},
                               {"no scheme", "INVITE a@b SIP/2.0"},
                               {"a port that none has", "INVITE sip:a@b:99999 SIP/2.0"},
                               {"a method in small letters", "invite sip:a@b SIP/2.0"},
                               {"one that nobody knows", "RE%47IST%45R sip:a@b SIP/2.0"},
                               {"tabs", "INVITE\tsip:a@b\tSIP/2.0"},
                               {"more spaces than one", "INVITE  sip:a@b  SIP/2.0 \t "},
                           });
}

TEST_CASE("sofia: what it refuses in a Via") {
  refuses(sip_via_class, {
                             {"nothing", ""},
                             {"commas alone", ",,"},
                             {"no protocol", "UDP host"},
                             {"no host", "SIP/2.0/UDP"},
                             {"a semicolon for a host", "SIP/2.0/UDP ;;"},
                             {"two hosts", "SIP/2.0/UDP a b"},
                             {"IPv6 without brackets", "SIP/2.0/UDP 2001:db8::9"},
                             {"a port that is no number", "SIP/2.0/UDP a:x"},
                             {"a port that none has", "SIP/2.0/UDP a:99999"},
                             {"a line of nothing but white space", "SIP/2.0/UDP\r\n \r\n a"},
                             {"a parameter without a name", "SIP/2.0/UDP a;;branch=x"},
                             {"= in a branch", "SIP/2.0/UDP a;branch=z9hG4bK=1"},
                             {"@ in a branch", "SIP/2.0/UDP a;branch=z9hG4bK@1"},
                             {"nothing in a branch", "SIP/2.0/UDP a;branch="},
                             {"a second value like that", "SIP/2.0/UDP a, SIP/2.0/UDP b;branch="},
                         });
}

TEST_CASE("sofia: what it reads in a Via, and the gate must look or not mind") {
  reads(sip_via_class, {
                           {"a slash in a branch", "SIP/2.0/UDP a;branch=z9hG4bK/1"},
                           {"port 0", "SIP/2.0/UDP a:0"},
                           {"an rport that is no number", "SIP/2.0/UDP a;rport=x"},
                           {"any protocol", "FOO/9/UDP a"},
                           {"an empty first value", ", SIP/2.0/UDP a"},
                           {"an empty last value", "SIP/2.0/UDP a,"},
                           {"a comment (RFC 2543)", "SIP/2.0/UDP a (b, (c) \"d)"},
                       });
}

TEST_CASE("sofia: what it refuses in a From or To") {
  for (msg_hclass_t* const header : {sip_from_class, sip_to_class}) {
    refuses(header, {
                        {"nothing", ""},
                        {"a bracket", "<"},
                        {"no URI in the brackets", "<>"},
                        {"brackets that do not end", "<sip:a@b"},
                        {"a quoted string that does not end", "\"x <sip:a@b>"},
                        {"UTF-8 without quotes", "J\xc3\xb6rg <sip:a@b>"},
                        {"a second closing bracket", "<sip:a@b>>;tag=1"},
                        {"a word behind the brackets", "<sip:a@b> x"},
                        {"a second value", "<sip:a@b>,<sip:c@d>"},
                        {"a second value without brackets", "sip:a@b,sip:c@d"},
                        {"@ in a tag", "<sip:a@b>;tag=a@b"},
                        {"nothing in a tag", "<sip:a@b>;tag="},
                    });
  }
}

TEST_CASE("sofia: what it reads in a From or To, and the gate must not mind") {
  for (msg_hclass_t* const header : {sip_from_class, sip_to_class}) {
    reads(header, {
                      {"a second opening bracket", "<<sip:a@b>;tag=1"},
                      {"a star", "<*>"},
                      {"no scheme", "<a@b>"},
                      {"white space in the URI", "<sip:a b@c>"},
                      {"a tag without a value", "<sip:a@b>;tag"},
                      {"two tags", "<sip:a@b>;tag=1;tag=2"},
                  });
  }
}

TEST_CASE("sofia: what it refuses in a CSeq") {
  refuses(sip_cseq_class, {
                              {"nothing", ""},
                              {"no method", "1"},
                              {"no number", "x INVITE"},
                              {"a negative one", "-1 INVITE"},
                              {"more than 32 bits", "4294967296 INVITE"},
                              {"more than 64", "36893488147419103232 INVITE"},
                              {"nothing in between", "1INVITE"},
                              {"a method that is no token", "1 IN/VITE"},
                              {"a second value", "1 INVITE,2 BYE"},
                          });
}

TEST_CASE("sofia: what it reads in a CSeq, and the gate must not mind") {
  reads(sip_cseq_class, {
                            {"32 bits", "4294967295 INVITE"},
                            {"a word behind the method", "1 INVITE x"},
                            {"a fold", "1\r\n INVITE"},
                        });
}

TEST_CASE("sofia: what it refuses in the lists of identities") {
  for (msg_hclass_t* const header : {sip_p_asserted_identity_class, sip_remote_party_id_class}) {
    refuses(header, {
                        {"nothing", ""},
                        {"commas alone", ",,"},
                        {"brackets that do not end", "<sip:a@b"},
                        {"a second value like that", "<tel:+1>, <"},
                        {"a word behind the brackets", "<tel:+1> x"},
                    });
  }
}

TEST_CASE("sofia: what it reads in the lists of identities, and the reader must not mind") {
  for (msg_hclass_t* const header : {sip_p_asserted_identity_class, sip_remote_party_id_class}) {
    reads(header, {
                      {"empty values", ",<tel:+1>,,<tel:+2>,"},
                      {"a star", "*"},
                      {"no scheme", "a@b"},
                      {"no brackets", "tel:+1"},
                      {"a comma in a display name", "\"a,b\" <tel:+1>"},
                  });
  }
}

TEST_CASE("sofia: a header parameter behind a P-Asserted-Identity takes the whole line away") {
  AreaHome home;
  for (const char* const value : {"<tel:+1>;verstat=x", "<tel:+1>,<tel:+2>;verstat=x"}) {
    INFO(std::string(value));
    CHECK(home.asserted_identity(value) == nullptr);
    CHECK(home.remote_party_id(value) != nullptr);  // which is why it is asked then
  }
}

TEST_CASE("sofia: the version of a request line stays as it was written, but for its case") {
  AreaHome home;
  const sip_request_t* const later = home.request("OPTIONS sip:a@b SIP/7.0");
  REQUIRE(later != nullptr);
  CHECK(text(later->rq_version) == "SIP/7.0");
  const sip_request_t* const small = home.request("OPTIONS sip:a@b sip/2.0");
  REQUIRE(small != nullptr);
  CHECK(text(small->rq_version) == "SIP/2.0");
}

TEST_CASE("sofia: methods have a case, and an unknown one keeps its name") {
  AreaHome home;
  const sip_request_t* const small = home.request("invite sip:a@b SIP/2.0");
  REQUIRE(small != nullptr);
  CHECK(small->rq_method == sip_method_unknown);
  CHECK(text(small->rq_method_name) == "invite");
  const sip_cseq_t* const cseq = home.cseq("1 invite x");
  REQUIRE(cseq != nullptr);
  CHECK(text(cseq->cs_method_name) == "invite");
}

TEST_CASE("sofia: a bracket too many makes the URI an invalid one, that nobody is called by") {
  AreaHome home;
  const sip_request_t* const request = home.request("INVITE <sip:a@b> SIP/2.0");
  REQUIRE(request != nullptr);
  CHECK(request->rq_url->url_type == url_invalid);
  const sip_from_t* const from = home.from("<<sip:a@b>;tag=1");
  REQUIRE(from != nullptr);
  CHECK(from->a_url->url_type == url_invalid);
}

TEST_CASE("sofia: what is behind a NUL is invisible, which is why the pre-scan refuses one") {
  AreaHome home;
  const sip_via_t* const via = home.via("SIP/2.0/UDP a\0;branch=x,SIP/2.0/UDP b"s);
  REQUIRE(via != nullptr);
  CHECK(via->v_branch == nullptr);
  CHECK(via->v_next == nullptr);
}

TEST_CASE("sofia: a lone CR is white space, and a line end for others: the pre-scan refuses one") {
  AreaHome home;
  const sip_via_t* const via = home.via("SIP/2.0/UDP a\r;branch=x");
  REQUIRE(via != nullptr);
  CHECK(text(via->v_branch) == "x");
}
