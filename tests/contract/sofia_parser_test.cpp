// SPDX-License-Identifier: MIT
//
// What Sofia's parser makes of a message as a whole, and what it hides.
#include <doctest/doctest.h>
#include <sofia-sip/msg_mclass.h>
#include <sofia-sip/sip_extra.h>
#include <sofia-sip/sip_util.h>

#include <cstddef>
#include <cstdlib>

#include "contract/sofia_message.hpp"

using namespace shaken302::contract;
using namespace std::string_literals;

TEST_CASE("sofia: a good request is extracted without errors") {
  const SofiaMessage message(request_with("Subject: y\r\nContent-Length: 2\r\n", "hi"));
  CHECK(message.result == 1);
  CHECK(message.errors == 0);
  CHECK(!message.flagged(MSG_FLG_ERROR | MSG_FLG_TRUNC | MSG_FLG_TOOLARGE));
  CHECK(message.flagged(MSG_FLG_COMPLETE));
  CHECK(message.sip->sip_request->rq_method == sip_method_invite);
  CHECK(message.sip->sip_error == nullptr);
}

TEST_CASE("sofia: a message that begins with a line end fails") {
  const SofiaMessage message("\r\n" + request_with(""));
  CHECK(message.result == -1);
}

TEST_CASE("sofia: a Content-Length beyond the datagram sets the flags of a truncated message") {
  const SofiaMessage message(request_with("Content-Length: 3\r\n", "hi"));
  CHECK(message.result == -1);
  CHECK(message.flagged(MSG_FLG_TRUNC));
  CHECK(message.flagged(MSG_FLG_ERROR));
}

TEST_CASE("sofia: octets behind Content-Length are left alone") {
  const SofiaMessage message(request_with("Content-Length: 2\r\n", "hi" + request_with("")));
  CHECK(message.result == 1);
  CHECK(message.sip->sip_payload->pl_len == 2);
}

TEST_CASE("sofia: everything behind a NUL in a header is invisible, and no error is flagged") {
  const std::string bytes = request_with("Subject: a\0b\r\nP-Asserted-Identity: <sip:+1@x>\r\n"s);
  const SofiaMessage message(bytes);
  CHECK(message.errors == 0);
  CHECK(!message.flagged(MSG_FLG_ERROR | MSG_FLG_TRUNC | MSG_FLG_TOOLARGE));
  CHECK(sip_p_asserted_identity(message.sip) == nullptr);
  CHECK(message.result == 0);  // the one sign of it: the message never ends
}

TEST_CASE("sofia: a lone CR ends a line, so a header can hide in another one") {
  const SofiaMessage message(request_with("Subject: a\rP-Asserted-Identity: <sip:+1@x>\r\n"));
  CHECK(message.result == 1);
  CHECK(message.errors == 0);
  CHECK(sip_p_asserted_identity(message.sip) != nullptr);
}

TEST_CASE("sofia: a line without a colon sets no error bit") {
  const SofiaMessage message(request_with("nonsense\r\n"));
  CHECK(message.result == 1);
  CHECK(message.errors == 0);
  CHECK(message.sip->sip_error != nullptr);
}

TEST_CASE("sofia: a name may be folded away from its colon") {
  const SofiaMessage message(request_with("P-Asserted-Identity\r\n : <sip:+1@x>\r\n"));
  CHECK(sip_p_asserted_identity(message.sip) != nullptr);
}

TEST_CASE(
    "sofia: white space behind the start line is dropped, and a continuation becomes a field") {
  std::string bytes = request_with("");
  bytes.insert(bytes.find("\r\n") + 2, "\t P-Asserted-Identity: <sip:+1@x>\r\n");
  const SofiaMessage message(bytes);
  CHECK(sip_p_asserted_identity(message.sip) != nullptr);
}

TEST_CASE("sofia: a second From, To, Call-ID or CSeq is flagged, and the first is shown") {
  for (const char* const second :
       {"From: <sip:x@y>\r\n", "t: <sip:x@y>\r\n", "Call-ID: x\r\n", "CSeq: 2 BYE\r\n"}) {
    INFO(std::string(second));
    const SofiaMessage message(request_with(second));
    CHECK(message.request_error());
    CHECK(message.sip->sip_error != nullptr);
    CHECK(message.sip->sip_from->a_url->url_user == std::string("a"));
    CHECK(message.sip->sip_to->a_url->url_user == std::string("c"));
    CHECK(message.sip->sip_call_id->i_id == std::string("a@b"));
    CHECK(message.sip->sip_cseq->cs_seq == 1);
  }
}

TEST_CASE("sofia: a broken first Via makes the next one the first") {
  std::string bytes = request_with("");
  bytes.insert(bytes.find("\r\n") + 2, "Via: SIP/2.0/UDP ;;\r\n");
  const SofiaMessage message(bytes);
  REQUIRE(message.sip->sip_via != nullptr);
  CHECK(message.sip->sip_via->v_host == std::string("a"));
  CHECK(received(*message.sip->sip_via).starts_with("Via: SIP/2.0/UDP a;"));
  CHECK(message.request_error());
}

TEST_CASE("sofia: a broken field that a redirect does not need sets no request bit") {
  for (const char* const line : {"Date: Fri, 01 Jan 2010 16:00:00 EST\r\n", "Contact: <sip:a\r\n",
                                 "Max-Forwards: x\r\n", "P-Asserted-Identity: <sip:a\r\n"}) {
    INFO(std::string(line));
    const SofiaMessage message(request_with(line));
    CHECK(message.result == 1);
    CHECK(!message.request_error());
    CHECK(message.sip->sip_error != nullptr);
  }
}

TEST_CASE("sofia: a request line that fails leaves no request") {
  const SofiaMessage message("INVITE sip:a@b; lr SIP/2.0\r\nTo: <sip:a@b>\r\n\r\n");
  CHECK(message.result == -1);
  CHECK(message.sip->sip_request == nullptr);
}

TEST_CASE("sofia: any version is accepted in a request line: the gate must look") {
  const SofiaMessage message("OPTIONS sip:a@b SIP/7.0\r\n\r\n");
  REQUIRE(message.sip->sip_request != nullptr);
  CHECK(message.sip->sip_request->rq_version == std::string("SIP/7.0"));
}

TEST_CASE("sofia: methods have a case, and an unknown one keeps its name") {
  const SofiaMessage message("invite sip:a@b SIP/2.0\r\n\r\n");
  REQUIRE(message.sip->sip_request != nullptr);
  CHECK(message.sip->sip_request->rq_method == sip_method_unknown);
  CHECK(message.sip->sip_request->rq_method_name == std::string("invite"));
}

TEST_CASE("sofia: what it rejects in the headers of a request") {
  struct Row {
    const char* why;
    const char* line;
  };
  const Row rows[] = {
      {"= in a branch", "v: SIP/2.0/UDP a;branch=z9hG4bK=1\r\n"},
      {"@ in a branch", "v: SIP/2.0/UDP a;branch=z9hG4bK@1\r\n"},
      {"nothing in a branch", "v: SIP/2.0/UDP a;branch=\r\n"},
      {"@ in a tag", "f: <sip:a@b>;tag=a@b\r\n"},
      {"UTF-8 without quotes", "f: J\xc3\xb6rg <sip:a@b>;tag=1\r\n"},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    const SofiaMessage message("INVITE sip:a@b SIP/2.0\r\n" + std::string(row.line) + "\r\n");
    CHECK(message.request_error());
    CHECK(message.sip->sip_via == nullptr);
    CHECK(message.sip->sip_from == nullptr);
  }
}

TEST_CASE("sofia: numbers out of range are no errors") {
  const SofiaMessage message(
      request_with("Max-Forwards: 300\r\nExpires: 99999999999999999999\r\n"));
  CHECK(message.result == 1);
  CHECK(message.errors == 0);
}

TEST_CASE("sofia: it accepts a slash in a branch") {
  const SofiaMessage message("INVITE sip:a@b SIP/2.0\r\nv: SIP/2.0/UDP a;branch=z9hG4bK/1\r\n\r\n");
  REQUIRE(message.sip->sip_via != nullptr);
  CHECK(message.sip->sip_via->v_branch == std::string("z9hG4bK/1"));
}

TEST_CASE("sofia: it accepts a second bracket in From") {
  const SofiaMessage message("INVITE sip:a@b SIP/2.0\r\nFrom: <<sip:a@b>;tag=1\r\n\r\n");
  CHECK(message.errors == 0);
  REQUIRE(message.sip->sip_from != nullptr);
  CHECK(message.sip->sip_from->a_url->url_type == url_invalid);
}

TEST_CASE("sofia: it accepts brackets around a Request-URI, as an invalid scheme") {
  const SofiaMessage message("INVITE <sip:a@b> SIP/2.0\r\n\r\n");
  REQUIRE(message.sip->sip_request != nullptr);
  CHECK(message.sip->sip_request->rq_url->url_type == url_invalid);
}

TEST_CASE(
    "sofia: a class that was emptied parses the headers put back, and leaves the others alone") {
  msg_mclass_t* const mclass = msg_mclass_clone(sip_default_mclass(), 0, msg_mclass_empty);
  REQUIRE(mclass != nullptr);
  const auto via = static_cast<unsigned short>(offsetof(sip_t, sip_via));
  REQUIRE(msg_mclass_insert_with_mask(mclass, sip_via_class, via, sip_mask_request) >= 0);
  REQUIRE(msg_mclass_insert_with_mask(mclass, sip_p_asserted_identity_class, 0, 0) >= 0);
  {
    const SofiaMessage message(request_with("v: SIP/2.0/UDP b\r\nDate: never\r\nContact: <\r\n"
                                            "P-Asserted-Identity: <tel:+1>\r\n"),
                               mclass);
    CHECK(message.result == 1);
    CHECK(message.errors == 0);
    REQUIRE(message.sip->sip_via != nullptr);
    CHECK(message.sip->sip_via->v_next != nullptr);
    CHECK(sip_p_asserted_identity(message.sip) != nullptr);
    CHECK(message.sip->sip_from == nullptr);
    CHECK(message.sip->sip_date == nullptr);
    CHECK(message.sip->sip_error == nullptr);
  }
  {
    const SofiaMessage message(request_with("v: ;\r\n"), mclass);
    CHECK(message.request_error());
  }
  std::free(mclass);
}

TEST_CASE("sofia: 100 Via fields keep their order") {
  std::string more;
  for (int i = 0; i < 100; ++i) more += "v: SIP/2.0/UDP h" + std::to_string(i) + "\r\n";
  const SofiaMessage message(request_with(more));
  CHECK(message.errors == 0);
  const sip_via_t* via = message.sip->sip_via;
  for (int i = 0; i < 100; ++i) {
    via = via->v_next;
    REQUIRE(via != nullptr);
    CHECK(via->v_host == "h" + std::to_string(i));
  }
}
