// SPDX-License-Identifier: MIT
//
// What Sofia keeps of single headers: the received bytes, and where its pieces lie in its copy.
#include <doctest/doctest.h>
#include <sofia-sip/sip_extra.h>

#include "contract/sofia_message.hpp"

using namespace shaken302::contract;

TEST_CASE("sofia: a header's data are the received bytes, folds and line end included") {
  const std::string line = "P-Asserted-Identity :\r\n \"A\r\n\tB\"  <sip:%2b1@x> \r\n";
  const SofiaMessage message(request_with(line));
  const auto* const header = sip_p_asserted_identity(message.sip);
  REQUIRE(header != nullptr);
  CHECK(received(*header) == line);
}

TEST_CASE("sofia: a header's data lie as far behind the request line as in the received message") {
  const std::string bytes = request_with("Remote-Party-ID: <sip:a@b>\r\n");
  const SofiaMessage message(bytes);
  const char* const begin = received(*message.sip->sip_request).data();
  CHECK(received(*message.sip->sip_from).data() - begin ==
        static_cast<std::ptrdiff_t>(bytes.find("From:")));
  CHECK(received(*sip_remote_party_id(message.sip)).data() - begin ==
        static_cast<std::ptrdiff_t>(bytes.find("Remote-Party-ID:")));
}

TEST_CASE("sofia: the copy behind a header has the offsets of the value, which is cut in place") {
  const std::string value = "\"A B\" <sip:%2b1%3B2:pw@host:5060;x=y?h=z>";
  const SofiaMessage message("INVITE sip:a@b SIP/2.0\r\nFrom:  " + value + " ;tag=1 \r\n\r\n");
  REQUIRE(message.sip->sip_from != nullptr);
  const url_t& url = *message.sip->sip_from->a_url;
  const char* const copy = copy_of(*message.sip->sip_from);
  const auto at = [&](const char* part) { return static_cast<std::size_t>(part - copy); };
  CHECK(at(url.url_scheme) == value.find("sip:"));
  CHECK(at(url.url_user) == value.find("%2b"));
  CHECK(at(url.url_password) == value.find("pw@"));
  CHECK(at(url.url_host) == value.find("host"));
  CHECK(at(url.url_params) == value.find("x=y"));
  CHECK(url.url_user == std::string("+1;2"));
}

TEST_CASE("sofia: the later values of a comma line share the first one's copy and have no length") {
  const std::string value = "<sip:+1@x> , <tel:+2>";
  const SofiaMessage message(
      request_with("P-Asserted-Identity: " + value + "\r\nP-Asserted-Identity: <tel:+3>\r\n"));
  const auto* const first = sip_p_asserted_identity(message.sip);
  REQUIRE(first != nullptr);
  const auto* const second = first->paid_next;
  REQUIRE(second != nullptr);
  const auto* const third = second->paid_next;
  REQUIRE(third != nullptr);
  CHECK(!received(*first).empty());
  CHECK(received(*second).empty());
  CHECK(received(*third) == "P-Asserted-Identity: <tel:+3>\r\n");
  CHECK(second->paid_url->url_scheme - copy_of(*first) ==
        static_cast<std::ptrdiff_t>(value.find("tel:")));
}

TEST_CASE("sofia: one bad value of a comma line takes the whole line away") {
  const SofiaMessage message(request_with("P-Asserted-Identity: <tel:+1>, <\r\n"));
  CHECK(sip_p_asserted_identity(message.sip) == nullptr);
  CHECK(message.sip->sip_error != nullptr);
}

TEST_CASE("sofia: a header parameter behind a P-Asserted-Identity takes the whole line away") {
  const SofiaMessage message(request_with("P-Asserted-Identity: <tel:+1>;verstat=x\r\n"));
  CHECK(sip_p_asserted_identity(message.sip) == nullptr);
}

TEST_CASE(
    "sofia: P-Asserted-Identity and Remote-Party-ID are known with the extended class alone") {
  const std::string bytes =
      request_with("P-Asserted-Identity: <tel:+1>\r\nRemote-Party-ID: <tel:+1>\r\n");
  const SofiaMessage plain(bytes, sip_default_mclass());
  REQUIRE(plain.sip->sip_unknown != nullptr);
  CHECK(plain.sip->sip_unknown->un_next != nullptr);
  const SofiaMessage extended(bytes);
  CHECK(extended.sip->sip_unknown == nullptr);
  CHECK(sip_p_asserted_identity(extended.sip) != nullptr);
  CHECK(sip_remote_party_id(extended.sip) != nullptr);
}

TEST_CASE("sofia: Identity fields arrive one by one, unknown, case kept, commas unsplit") {
  const SofiaMessage message(
      request_with("Identity: aB.c,d;info=<x>\r\niDENTITY:\r\n e\r\n f\r\n"));
  const sip_unknown_t* const first = message.sip->sip_unknown;
  REQUIRE(first != nullptr);
  const sip_unknown_t* const second = first->un_next;
  REQUIRE(second != nullptr);
  CHECK(second->un_next == nullptr);
  CHECK(first->un_name == std::string("Identity"));
  CHECK(first->un_value == std::string("aB.c,d;info=<x>"));
  CHECK(second->un_name == std::string("iDENTITY"));
  CHECK(received(*second) == "iDENTITY:\r\n e\r\n f\r\n");
}

TEST_CASE("sofia: failed headers keep their received bytes among the errors") {
  const SofiaMessage message(
      "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP ;;\r\nFrom: <\r\nTo: \"x\r\n\r\n");
  const sip_error_t* error = message.sip->sip_error;
  for (const char* const line : {"Via: SIP/2.0/UDP ;;\r\n", "From: <\r\n", "To: \"x\r\n"}) {
    REQUIRE(error != nullptr);
    CHECK(received(*error) == line);
    error = error->er_next;
  }
  CHECK(error == nullptr);
}

TEST_CASE("sofia: a second single header stands among the errors under its own class") {
  const SofiaMessage message(request_with("From: <sip:x@y>\r\n"));
  const sip_error_t* const error = message.sip->sip_error;
  REQUIRE(error != nullptr);
  CHECK(error->er_common->h_class == sip_from_class);
}

TEST_CASE("sofia: a Call-ID may be anything: the gate must look") {
  const SofiaMessage message("INVITE sip:a@b SIP/2.0\r\nCall-ID: a b\x01\r\n\r\n");
  CHECK(message.errors == 0);
  CHECK(message.sip->sip_call_id->i_id == std::string("a b\x01"));
}

TEST_CASE("sofia: the parameters of a Via") {
  const SofiaMessage message(
      "INVITE sip:a@b SIP/2.0\r\nVia: SIP / 2.0 / TLS a : 7 ; RPORT ;branch = x\r\n\r\n");
  const sip_via_t* const via = message.sip->sip_via;
  REQUIRE(via != nullptr);
  CHECK(via->v_protocol == std::string("SIP/2.0/TLS"));
  CHECK(std::string_view(via->v_port).starts_with("7"));
  CHECK(via->v_branch == std::string("x"));
  CHECK(via->v_rport != nullptr);
}
