// SPDX-License-Identifier: MIT
#include "sip/answer.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "answer_exit.hpp"
#include "every_enumerator.hpp"

using namespace shaken302;
using namespace shaken302::sip;
using namespace shaken302::sip::test;

namespace {

/// Its Vias come back, and with the Identity that is more than a datagram.
std::string nearly_too_large() {
  const std::string via = "Via: SIP/2.0/UDP h;branch=z9hG4bK" + std::string(600, 'x') + "\r\n";
  const std::string rest = plain();
  return with(&Invite::more, repeated(via, (65530 - rest.size()) / via.size()));
}

Exit with_fault(Exit row, bool& fault) {
  row.fault = &fault;
  return row;
}

std::vector<Exit> outcome_exits() {
  using O = Outcome;
  using C = Counter;
  Invite unknown_scheme;
  unknown_scheme.request_uri = "soap.beep://192.0.2.103:3002";
  Invite refused_emergency = unknown_scheme;
  refused_emergency.to = "<sip:911@example.com>";
  Invite sos;
  sos.request_uri = "urn:service:sos";
  sos.to = "<urn:service:sos>";
  sos.from = "<sip:anonymous@anonymous.invalid>;tag=1";
  const auto refuse = unsigned_as(UnsignedOutcome::decline);
  return {
      {"A", O::signed_redirect, 302, "Moved Temporarily", C::method_invite, {}, plain()},
      {"B",
       O::signed_redirect,
       302,
       "Moved Temporarily",
       C::method_invite,
       {},
       from_caller("12155550199", "X-Account: acme\r\n")},
      {"C",
       O::signed_redirect,
       302,
       "Moved Temporarily",
       C::method_invite,
       {},
       from_caller("12155550199")},
      {"a retransmission", O::repeated_redirect, 302, "Moved Temporarily", C::method_invite,
       answered_before(plain()), plain()},
      {"a peer that wants 300", O::signed_redirect, 300, "Multiple Choices", C::method_invite,
       [](Scene& scene) { scene.peer.redirect_status = 300; }, plain()},
      {"a Contact that Kamailio refuses", O::signed_redirect, 302, "Moved Temporarily",
       C::method_invite, contact_dialect, plain()},
      {"302 without Identity",
       O::unsigned_redirect,
       302,
       "Moved Temporarily",
       C::method_invite,
       {},
       anonymous()},
      {"300 without Identity", O::unsigned_redirect, 300, "Multiple Choices", C::method_invite,
       [](Scene& scene) { scene.peer.redirect_status = 300; }, anonymous()},
      with_fault({"a signature that failed",
                  O::unsigned_redirect,
                  302,
                  "Moved Temporarily",
                  C::method_invite,
                  {},
                  plain()},
                 fail_signature),
      with_fault({"a digest that failed",
                  O::unsigned_redirect,
                  302,
                  "Moved Temporarily",
                  C::method_invite,
                  {},
                  plain()},
                 fail_digest),
      {"404", O::unsigned_refusal, 404, "Not Found", C::method_invite,
       unsigned_as(UnsignedOutcome::not_found), anonymous()},
      {"403", O::unsigned_refusal, 403, "Forbidden", C::method_invite,
       unsigned_as(UnsignedOutcome::forbidden), anonymous()},
      {"603", O::unsigned_refusal, 603, "Decline", C::method_invite, refuse, anonymous()},
      {"503", O::unsigned_refusal, 503, "Service Unavailable", C::method_invite,
       unsigned_as(UnsignedOutcome::unavailable), anonymous()},
      {"a suspended account", O::unsigned_refusal, 603, "Decline", C::method_invite, refuse,
       from_caller(number_other)},
      with_fault({"a signature that failed, refused", O::unsigned_refusal, 603, "Decline",
                  C::method_invite, refuse, plain()},
                 fail_signature),
      {"an emergency call is not refused", O::unsigned_redirect, 302, "Moved Temporarily",
       C::method_invite, refuse, sos.text()},
      {"nor when its Request-URI is of no use", O::unsigned_redirect, 302, "Moved Temporarily",
       C::method_invite,
       [](Scene& scene) {
         scene.peer.unsigned_outcome = UnsignedOutcome::decline;
         scene.peer.credentials = no_index;
         scene.peer.account_sources.clear();
       },
       refused_emergency.text()},
      {"the Identity that is there stays", O::existing_redirect, 302, "Moved Temporarily",
       C::method_invite, passing, with(&Invite::more, identity_line)},
      {"OPTIONS", O::options_ok, 200, "OK", C::method_options, {}, request_of("OPTIONS").text()},
      {"OPTIONS of a probe",
       O::options_ok,
       200,
       "OK",
       C::method_options,
       {},
       request_of("OPTIONS").text(),
       prober},
      {"OPTIONS while draining", O::options_draining, 503, "Service Unavailable", C::method_options,
       draining, request_of("OPTIONS").text()},
      {"OPTIONS of a probe while draining", O::options_draining, 503, "Service Unavailable",
       C::method_options, draining, request_of("OPTIONS").text(), prober},
      {"INVITE while draining is answered", O::signed_redirect, 302, "Moved Temporarily",
       C::method_invite, draining, plain()},
      {"INVITE in a dialog",
       O::in_dialog,
       481,
       "Call/Transaction Does Not Exist",
       C::method_invite,
       {},
       in_dialog(Invite{})},
      {"BYE in a dialog",
       O::in_dialog,
       481,
       "Call/Transaction Does Not Exist",
       C::method_other,
       {},
       in_dialog(request_of("BYE"))},
      {"REGISTER",
       O::bad_method,
       405,
       "Method Not Allowed",
       C::method_other,
       {},
       request_of("REGISTER").text()},
      {"a method nobody knows",
       O::bad_method,
       405,
       "Method Not Allowed",
       C::method_other,
       {},
       request_of("NEWMETHOD").text()},
      {"methods have case",
       O::bad_method,
       405,
       "Method Not Allowed",
       C::method_other,
       {},
       request_of("invite").text()},
      {"a scheme that cannot be called",
       O::bad_scheme,
       416,
       "Unsupported URI Scheme",
       C::method_invite,
       {},
       unknown_scheme.text()},
      {"a URN that is no service",
       O::bad_scheme,
       416,
       "Unsupported URI Scheme",
       C::method_invite,
       {},
       with(&Invite::request_uri, "urn:isbn:0451450523")},
      {"a service that is no emergency is signed by its To",
       O::signed_redirect,
       302,
       "Moved Temporarily",
       C::method_invite,
       {},
       with(&Invite::request_uri, "urn:service:test.sos")},
      {"a service that no number stands for",
       O::unsigned_redirect,
       302,
       "Moved Temporarily",
       C::method_invite,
       {},
       call_to("urn:service:test.sos", "<urn:service:test.sos>")},
      {"and that may be refused", O::unsigned_refusal, 603, "Decline", C::method_invite, refuse,
       call_to("urn:service:test.sos", "<urn:service:test.sos>")},
      {"403 to a stranger", O::forbidden, 403, "Forbidden", C::unknown_source, forbidding, plain(),
       stranger},
      {"403 to a stranger's OPTIONS", O::forbidden, 403, "Forbidden", C::unknown_source, forbidding,
       request_of("OPTIONS").text(), stranger},
      {"403 to a probe's INVITE", O::forbidden, 403, "Forbidden", C::unknown_source, forbidding,
       plain(), prober},
      {"a stranger", O::silent_source, 0, "", C::unknown_source, {}, plain(), stranger},
      {"a stranger's OPTIONS",
       O::silent_source,
       0,
       "",
       C::unknown_source,
       {},
       request_of("OPTIONS").text(),
       stranger},
      {"a probe's INVITE", O::silent_source, 0, "", C::unknown_source, {}, plain(), prober},
      {"a stranger's ACK is not told 403", O::silent_source, 0, "", C::unknown_source, forbidding,
       request_of("ACK").text(), stranger},
      {"a stranger's garbage is not told 403", O::silent_source, 0, "", C::unknown_source,
       forbidding, with(&Invite::cseq, "x"), stranger},
      {"a stranger's emergency call is not told 403", O::silent_source, 0, "", C::unknown_source,
       forbidding, sos.text(), stranger},
      {"ACK", O::silent_method, 0, "", C::method_ack, {}, in_dialog(request_of("ACK"))},
      {"CANCEL", O::silent_method, 0, "", C::method_cancel, {}, request_of("CANCEL").text()},
      {"a broken ACK",
       O::silent_method,
       0,
       "",
       C::method_ack,
       {},
       [] {
         auto ack = request_of("ACK");
         ack.cseq = "x";
         return ack.text();
       }()},
      {"a broken CANCEL",
       O::silent_method,
       0,
       "",
       C::refused_by_scan,
       {},
       [] {
         auto cancel = request_of("CANCEL");
         cancel.more = "x\r\n";
         return cancel.text();
       }()},
      {"a CANCEL of another version",
       O::silent_method,
       0,
       "",
       C::malformed,
       {},
       [] {
         auto cancel = request_of("CANCEL");
         cancel.version = "SIP/7.0";
         return cancel.text();
       }()},
      {"a response that the scan refuses",
       O::silent_response,
       0,
       "",
       C::refused_by_scan,
       {},
       "SIP/2.0 200 OK\r\nno colon\r\n" + plain().substr(plain().find("\r\n") + 2)},
      {"HTTP that the scan refuses",
       O::silent_garbage,
       0,
       "",
       C::refused_by_scan,
       {},
       "GET / HTTP/1.1\r\nno colon\r\n" + plain().substr(plain().find("\r\n") + 2)},
      {"nothing to echo",
       O::silent_garbage,
       0,
       "",
       C::malformed,
       {},
       "INVITE sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n\r\n"},
      {"a control character in what would be echoed",
       O::silent_garbage,
       0,
       "",
       C::method_invite,
       {},
       with(&Invite::from, "\"\x0B\" <sip:+12155550100@example.com>;tag=1")},
      {"a control character in what a probe would get back",
       O::silent_source,
       0,
       "",
       C::unknown_source,
       {},
       [] {
         auto probe = request_of("OPTIONS");
         probe.via += ";x=\"\x7F\"";
         return probe.text();
       }(),
       prober},
      {"a reply larger than a datagram",
       O::reply_too_large,
       0,
       "",
       C::method_invite,
       {},
       nearly_too_large(),
       edge,
       Transport::tcp},
  };
}

std::vector<Exit> error_exits() {
  using E = RequestError;
  const auto silent = [](const char* why, E error, Outcome outcome, Counter counter,
                         std::string request) {
    Exit exit{why, outcome, 0, "", counter, {}, std::move(request)};
    exit.error = error;
    return exit;
  };
  const auto bad = [](const char* why, E error, const char* phrase, Counter counter,
                      std::string request) {
    Exit exit{why, Outcome::bad_request, 400, phrase, counter, {}, std::move(request)};
    exit.error = error;
    return exit;
  };
  constexpr auto scan = Counter::refused_by_scan;
  constexpr auto gate = Counter::malformed;
  Exit version{"505",
               Outcome::bad_version,
               505,
               "Version Not Supported",
               gate,
               {},
               with(&Invite::version, "SIP/7.0")};
  version.error = E::version;
  Exit memory{"no memory",
              Outcome::silent_garbage,
              0,
              "",
              gate,
              {},
              with(&Invite::more, "v: SIP/2.0/UDP " + std::string(9000, 'a') + "\r\n")};
  memory.error = E::memory;
  memory.fault = &fail_header_allocation;
  Exit identity = memory;
  identity.why = "no memory for who calls, which is no caller without a number";
  identity.request =
      with(&Invite::more, "P-Asserted-Identity: \"" + std::string(9000, 'a') + "\" <sip:a@b>\r\n");
  std::string endless = plain();
  endless.resize(endless.size() - 2);
  std::string double_cr = plain();
  for (auto at = double_cr.find('\r'); at != std::string::npos; at = double_cr.find('\r', at + 2)) {
    double_cr.insert(at, 1, '\r');
  }
  return {
      silent("a keep-alive", E::keep_alive, Outcome::silent_garbage, scan, "\r\n\r\n"),
      silent("a response", E::response, Outcome::silent_response, Counter::response,
             "SIP/2.0 200 OK\r\n" + plain().substr(plain().find("\r\n") + 2)),
      silent("no SIP", E::not_sip, Outcome::silent_garbage, gate,
             "GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
      bad("65,537 bytes", E::too_long, "Bad Request - Message Too Long", Counter::truncated,
          plain() + std::string(65537 - plain().size(), 'b')),
      bad("257 lines", E::too_many_lines, "Bad Request - Too Many Header Lines", scan,
          with(&Invite::more, repeated("x: y\r\n", 256))),
      bad("257 commas", E::too_many_commas, "Bad Request - Too Many Commas or Semicolons", scan,
          with(&Invite::more, "x: " + std::string(257, ',') + "\r\n")),
      bad("a NUL", E::nul, "Bad Request - NUL in Header Section", scan,
          with(&Invite::more, std::string("x: \0\r\n", 6))),
      bad("a smuggled header (hazards 0.11)", E::lone_cr, "Bad Request - CR Without LF", scan,
          with(&Invite::more, "x: 1\rP-Asserted-Identity: <sip:+19995550000@x>\r\n")),
      bad("a CR too many at each line end", E::lone_cr, "Bad Request - CR Without LF", scan,
          double_cr),
      bad("no colon", E::no_colon, "Bad Request - Header Without Colon", scan,
          with(&Invite::more, "x\r\n")),
      bad("no end", E::unterminated, "Bad Request - Header Section Does Not End", scan, endless),
      version,
      bad("no Request-URI", E::request_line, "Bad Request - Malformed Request Line", gate,
          with(&Invite::request_uri, "")),
      bad("Via", E::via, "Bad Request - Malformed Via", gate, with(&Invite::via, "nonsense")),
      bad("From", E::from, "Bad Request - Malformed From", gate, with(&Invite::from, "<sip:a")),
      bad("To", E::to, "Bad Request - Malformed To", gate, with(&Invite::to, "\"J. <sip:a@x>")),
      bad("Call-ID", E::call_id, "Bad Request - Malformed Call-ID", gate,
          with(&Invite::call_id, "a b")),
      bad("CSeq", E::cseq, "Bad Request - Malformed CSeq", gate, with(&Invite::cseq, "one INVITE")),
      bad("CSeq of another method", E::cseq_method, "Bad Request - CSeq Method Differs", gate,
          with(&Invite::cseq, "1 OPTIONS")),
      bad("two From", E::duplicate_header, "Bad Request - Repeated Header", gate,
          with(&Invite::more, "f: <sip:x@example.com>;tag=2\r\n")),
      bad("negative Content-Length", E::content_length, "Bad Request - Wrong Content-Length", gate,
          with(&Invite::more, "Content-Length: -1\r\n")),
      bad("a name of which only the beginning is one that we need", E::other_header,
          "Bad Request - Malformed Header", gate, with(&Invite::more, "From B: <sip:a@b>\r\n")),
      memory,
      identity,
  };
}

}  // namespace

TEST_CASE("answer: one row per outcome") {
  Produced produced;
  for (const Exit& exit : outcome_exits()) run(exit, produced);
}

TEST_CASE("answer: no form of an emergency call is refused to a stranger") {
  struct Row {
    const char* why;
    std::string request_uri;
    std::string to;
    bool forbidden = false;
  };
  const std::string gateway = "sip:psap@gw.example.com";
  const std::vector<Row> rows = {
      {"the service", "urn:service:sos", "<urn:service:sos>"},
      {"a sub-service in any case", "URN:Service:SOS.police", "<sip:a@example.com>"},
      {"with a parameter", "urn:service:sos;x=1", "<sip:a@example.com>"},
      {"in To alone", gateway, "<urn:service:sos>"},
      {"the user that stands for it", "sip:sos@gw.example.com", "<sip:a@example.com>"},
      {"and for a sub-service, in To", gateway, "<sip:sos.fire@example.com>"},
      {"a number that the world knows", "sip:911@gw.example.com", "<sip:a@example.com>"},
      {"the European one", "tel:112", "<tel:112>"},
      {"in To, with separators", gateway, "<tel:9-1-1>"},
      {"behind +", "sip:+911@gw.example.com", "<sip:a@example.com>"},
      {"behind + and a country code", "sip:+1911@gw.example.com", "<sip:a@example.com>"},
      {"behind a country code alone", "sip:1911@gw.example.com", "<sip:a@example.com>"},
      {"a number that one of the peers has", "sip:933@gw.example.com", "<sip:a@example.com>"},
      {"with a phone-context", "tel:911;phone-context=+1", "<sip:a@example.com>"},
      {"no emergency number of any peer", "sip:999@gw.example.com", "<sip:999@example.com>", true},
      {"a number", "sip:+12155550122@gw.example.com", "<sip:+12155550122@example.com>", true},
      {"the test service", "urn:service:test.sos", "<urn:service:test.sos>", true},
      {"a name", gateway, "<sip:sosua@example.com>", true},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    Scene scene(forbidding);
    const Answer answer = scene.ask(call_to(row.request_uri, row.to), stranger);
    CHECK(answer.status == (row.forbidden ? 403 : 0));
    CHECK((answer.outcome == Outcome::forbidden) == row.forbidden);
    CHECK(answer.reply.empty() != row.forbidden);
  }
}

TEST_CASE("answer: no form of an emergency call is refused to a peer") {
  const std::vector<std::string> forms = {"urn:service:sos;x=1",      "urn:service:sos.police",
                                          "sip:sos@gw.example.com",   "sip:sos.fire@gw.example.com",
                                          "sip:+1911@gw.example.com", "sip:1911@gw.example.com",
                                          "sip:911@gw.example.com",   "tel:+911"};
  for (const std::string& form : forms) {
    CAPTURE(form);
    Invite invite;
    invite.request_uri = form;
    invite.from = "<sip:anonymous@anonymous.invalid>;tag=1";
    Scene scene(unsigned_as(UnsignedOutcome::decline));
    CHECK(scene.ask(invite.text()).outcome == Outcome::unsigned_redirect);
    invite.to = "<" + std::exchange(invite.request_uri, "sip:psap@gw.example.com") + ">";
    CHECK(scene.ask(invite.text()).outcome == Outcome::unsigned_redirect);
  }
}

TEST_CASE("answer: one row per request error") {
  Produced produced;
  for (const Exit& exit : error_exits()) run(exit, produced);
}

TEST_CASE("answer: every outcome, request error and counter is produced") {
  Produced produced;
  for (const auto& exits : {outcome_exits(), error_exits(), policy_exits(), admission_exits()}) {
    for (const Exit& exit : exits) run(exit, produced);
  }
  for (const Outcome outcome : every<Outcome>()) {
    CAPTURE(static_cast<int>(outcome));
    CHECK(produced.outcomes.contains(outcome));
  }
  for (const RequestError error : every<RequestError>()) {
    CAPTURE(static_cast<int>(error));
    CHECK(produced.errors.contains(error));
  }
  for (std::size_t i = 0; i < counter_count; ++i) {
    const auto counter = static_cast<Counter>(i);
    // Counted by whoever receives, sends and logs.
    if (counter == Counter::send_failed || counter == Counter::log_dropped) continue;
    if (counter == Counter::unanswerable || to_text(counter).starts_with("stream_")) continue;
    CAPTURE(to_text(counter));
    CHECK(produced.counters.contains(counter));
  }
}
