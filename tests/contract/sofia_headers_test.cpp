// SPDX-License-Identifier: MIT
//
// What Sofia finds in a header value, and where in its copy: the server cuts the received bytes by
// those offsets.
#include <doctest/doctest.h>

#include <cstdint>

#include "contract/sofia_values.hpp"

using namespace shaken302::contract;

namespace {

/// How far behind `copy` a part is; more than any length when it is in front of it.
std::size_t offset(const char* part, const char* copy) {
  return static_cast<std::size_t>(reinterpret_cast<std::uintptr_t>(part) -
                                  reinterpret_cast<std::uintptr_t>(copy));
}

/// The hosts of a line of Vias, in their order.
std::string hosts_of(const sip_via_t* via) {
  std::string hosts;
  for (; via != nullptr; via = via->v_next) hosts += text(via->v_host) + " ";
  return hosts;
}

}  // namespace

TEST_CASE("sofia: the parts of a request line, parted by any white space") {
  for (const char* const line :
       {"INVITE sip:a@b SIP/2.0", "INVITE\tsip:a@b\tSIP/2.0", "INVITE  \tsip:a@b  SIP/2.0 "}) {
    INFO(std::string(line));
    AreaHome home;
    const sip_request_t* const request = home.request(line);
    REQUIRE(request != nullptr);
    CHECK(request->rq_method == sip_method_invite);
    CHECK(text(request->rq_method_name) == "INVITE");
    CHECK(text(request->rq_url->url_user) == "a");
    CHECK(text(request->rq_url->url_host) == "b");
    CHECK(text(request->rq_version) == "SIP/2.0");
  }
}

TEST_CASE("sofia: the copy behind a header has the offsets of the value, which is cut in place") {
  const std::string value = "\"A B\" <sip:%2b1%3B2:pw@host:5060;x=y?h=z> ;tag=1";
  AreaHome home;
  for (const sip_addr_t* const address : {home.from(value), home.to(value)}) {
    REQUIRE(address != nullptr);
    const url_t& url = *address->a_url;
    const char* const copy = copy_of(*address);
    CHECK(offset(url.url_scheme, copy) == value.find("sip:"));
    CHECK(offset(url.url_user, copy) == value.find("%2b"));
    CHECK(offset(url.url_password, copy) == value.find("pw@"));
    CHECK(offset(url.url_host, copy) == value.find("host"));
    CHECK(offset(url.url_params, copy) == value.find("x=y"));
    CHECK(text(url.url_user) == "+1;2");
    CHECK(text(address->a_tag) == "1");
  }
}

TEST_CASE("sofia: what is not a scheme of the value is none, or lies outside of the copy") {
  AreaHome home;
  const sip_from_t* const none = home.from("<a@b>");
  REQUIRE(none != nullptr);
  CHECK(none->a_url->url_scheme == nullptr);
  const std::string value = "<*>";
  const sip_from_t* const star = home.from(value);
  REQUIRE(star != nullptr);
  CHECK(offset(star->a_url->url_scheme, copy_of(*star)) >= value.size());
}

TEST_CASE("sofia: folds are white space, and shift nothing") {
  const std::string value = "\"A\r\n\tB\"\r\n <sip:a@b>\r\n ;\r\n\ttag\r\n =\r\n 1";
  AreaHome home;
  const sip_from_t* const from = home.from(value);
  REQUIRE(from != nullptr);
  CHECK(offset(from->a_url->url_scheme, copy_of(*from)) == value.find("sip:"));
  CHECK(text(from->a_tag) == "1");
  const sip_via_t* const via =
      home.via("SIP/2.0/UDP\r\n a:7 ;\r\n branch=x\r\n ,\r\n SIP/2.0/UDP b");
  REQUIRE(via != nullptr);
  CHECK(hosts_of(via) == "a b ");
  CHECK(text(via->v_port) == "7");
  CHECK(text(via->v_branch) == "x");
  const sip_cseq_t* const cseq = home.cseq("1\r\n INVITE");
  REQUIRE(cseq != nullptr);
  CHECK(cseq->cs_seq == 1);
  CHECK(text(cseq->cs_method_name) == "INVITE");
}

TEST_CASE("sofia: whose the parameters of a URI without brackets are") {
  AreaHome home;
  const sip_from_t* const from = home.from("tel:+1;x=y;tag=2");
  REQUIRE(from != nullptr);
  CHECK(from->a_url->url_params == nullptr);
  CHECK(text(from->a_tag) == "2");
  const auto* const asserted = home.asserted_identity("tel:+1;x=y,tel:+2");
  REQUIRE(asserted != nullptr);
  CHECK(text(asserted->paid_url->url_params) == "x=y");
  CHECK(asserted->paid_next != nullptr);
  const auto* const remote = home.remote_party_id("tel:+1;x=y");
  REQUIRE(remote != nullptr);
  CHECK(remote->rpid_url->url_params == nullptr);
}

TEST_CASE("sofia: a tag is the header's alone, in any case of its name") {
  struct Row {
    const char* why;
    const char* value;
    const char* tag;
  };
  const Row rows[] = {
      {"none", "<sip:a@b>", "(none)"},
      {"in capitals", "<sip:a@b>;x=y;TAG=1", "1"},
      {"spaced out", "<sip:a@b> ; tag = 1", "1"},
      {"without a value it is there all the same", "<sip:a@b>;tag", ""},
      {"one of the URI", "<sip:a@b;tag=1>", "(none)"},
      {"one in a display name", "\">;tag=1\" <sip:a@b>", "(none)"},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    AreaHome home;
    const sip_to_t* const to = home.to(row.value);
    REQUIRE(to != nullptr);
    CHECK(text(to->a_tag) == row.tag);
  }
}

TEST_CASE("sofia: the parameters of a Via") {
  AreaHome home;
  const sip_via_t* const via = home.via("SIP / 2.0 / TLS a : 7 ; RPORT ;branch = x");
  REQUIRE(via != nullptr);
  CHECK(text(via->v_protocol) == "SIP/2.0/TLS");
  CHECK(text(via->v_port) == "7");
  CHECK(text(via->v_branch) == "x");
  CHECK(text(via->v_rport).empty());
  const sip_via_t* const bare = home.via("SIP/2.0/UDP a");
  REQUIRE(bare != nullptr);
  CHECK(bare->v_port == nullptr);
  CHECK(bare->v_branch == nullptr);
  CHECK(bare->v_rport == nullptr);
}

TEST_CASE("sofia: the values of one Via line follow the first in their order") {
  struct Row {
    const char* why;
    std::string value;
    std::string hosts;
  };
  const Row rows[] = {
      {"one", "SIP/2.0/UDP a", "a "},
      {"two", "SIP/2.0/UDP a;branch=x , SIP/2.0/TCP b:8;rport", "a b "},
      {"empty ones are none", ", SIP/2.0/UDP a,, SIP/2.0/UDP b,", "a b "},
      {"a comma in quotes", "SIP/2.0/UDP a;x=\"1,\\\"2\",SIP/2.0/UDP b", "a b "},
      {"a comma in a comment", "SIP/2.0/UDP a (x, (y) \"z), SIP/2.0/UDP b", "a b "},
      {"a hundred", "SIP/2.0/UDP a" + repeat(",SIP/2.0/UDP b", 99), "a " + repeat("b ", 99)},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    AreaHome home;
    CHECK(hosts_of(home.via(row.value)) == row.hosts);
  }
}

TEST_CASE("sofia: the later values of an identity line share the first one's copy") {
  const std::string value = "\"x\" <sip:+1@x> , <tel:+2>,tel:+3";
  AreaHome home;
  const auto* const asserted = home.asserted_identity(value);
  REQUIRE(asserted != nullptr);
  const char* copy = copy_of(*asserted);
  std::string numbers;
  for (const auto* one = asserted; one != nullptr; one = one->paid_next) {
    numbers += text(one->paid_url->url_user);
    CHECK(offset(one->paid_url->url_user, copy) == value.find(text(one->paid_url->url_user)));
  }
  CHECK(numbers == "+1+2+3");

  const auto* const remote = home.remote_party_id(value);
  REQUIRE(remote != nullptr);
  copy = copy_of(*remote);
  numbers.clear();
  for (const auto* one = remote; one != nullptr; one = one->rpid_next) {
    numbers += text(one->rpid_url->url_user);
    CHECK(offset(one->rpid_url->url_user, copy) == value.find(text(one->rpid_url->url_user)));
  }
  CHECK(numbers == "+1+2+3");
}
