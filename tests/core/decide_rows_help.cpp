// SPDX-License-Identifier: MIT
#include "core/decide_rows.hpp"

namespace shaken302::test {
namespace {

using R = Reason;
using Rows = std::vector<DecideRow>;
using Called = CalledRule::Kind;
constexpr auto A = Attestation::A;
constexpr auto B = Attestation::B;
constexpr auto C = Attestation::C;
constexpr auto sign = Verdict::sign;
constexpr auto leave_unsigned = Verdict::leave_unsigned;

Rows rows_about_help_in_to_only() {
  return {
      {"To asks for help, and the rules judge the Request-URI that decides",
       [](Peer& p, Call& c) {
         p.called_source = CalledSource::request_uri;
         add_rule(p, Called::prefix, Treatment::cap_c, "1415");
         c.to = sip_uri("911");
       },
       sign,
       C,
       {R::emergency, R::emergency_in_to_only, R::account_by_header, R::retargeted,
        R::called_by_rule, R::number_assigned, R::capped_by_rule}},
      {"never blocked all the same",
       [](Peer& p, Call& c) {
         p.called_source = CalledSource::request_uri;
         add_rule(p, Called::prefix, Treatment::block, "1415");
         c.to = sip_uri("911");
       },
       leave_unsigned,
       C,
       {R::emergency, R::emergency_in_to_only, R::account_by_header, R::retargeted,
        R::called_by_rule}},
      {"nor for a number that must never call",
       [](Peer& p, Call& c) {
         p.called_source = CalledSource::request_uri;
         c.from = sip_uri("+12125550190");
         c.to = urn("service:sos");
       },
       leave_unsigned,
       C,
       {R::emergency, R::emergency_in_to_only, R::caller_never_calls, R::account_by_header},
       "acme",
       "12125550190"},
      {"the rule about calls for help is not about a number that To only calls so",
       [](Peer& p, Call& c) {
         p.called_source = CalledSource::request_uri;
         add_rule(p, Called::emergency, Treatment::leave_unsigned);
         c.to = sip_uri("911");
       },
       sign,
       A,
       {R::emergency, R::emergency_in_to_only, R::account_by_header, R::retargeted,
        R::number_assigned}},
      {"where To decides, the rule about calls for help judges it",
       [](Peer& p, Call& c) {
         add_rule(p, Called::prefix, Treatment::leave_unsigned, "1415");
         add_rule(p, Called::emergency, Treatment::cap_b);
         c.to = sip_uri("911");
       },
       sign,
       B,
       {R::emergency, R::emergency_in_to_only, R::account_by_header, R::retargeted,
        R::called_by_rule, R::number_assigned, R::capped_by_rule},
       "acme",
       "12125550123",
       "911"},
      {"also where To is a service",
       [](Peer& p, Call& c) {
         add_rule(p, Called::not_a_number, Treatment::leave_unsigned);
         add_rule(p, Called::emergency, Treatment::cap_b);
         c.to = urn("service:sos");
       },
       sign,
       B,
       {R::emergency, R::emergency_in_to_only, R::account_by_header, R::called_by_rule,
        R::number_assigned, R::capped_by_rule},
       "acme",
       "12125550123",
       "urn:service:sos"},
      {"a short code in the Request-URI is nobody's number",
       [](Peer& p, Call& c) {
         p.called_source = CalledSource::request_uri;
         add_rule(p, Called::short_code, Treatment::leave_unsigned);
         c.to = sip_uri("911");
         c.request_uri = sip_uri("611");
       },
       sign,
       A,
       {R::emergency, R::account_by_header, R::retargeted, R::number_assigned},
       "acme",
       "12125550123",
       "611"},
      {"nor is a name",
       [](Peer& p, Call& c) {
         p.called_source = CalledSource::request_uri;
         add_rule(p, Called::not_a_number, Treatment::block);
         c.to = sip_uri("911");
         c.request_uri = sip_uri("bob");
       },
       leave_unsigned,
       C,
       {R::emergency, R::called_not_a_number, R::account_by_header, R::retargeted},
       "acme",
       "12125550123",
       ""},
      {"both ask for help",
       [](Peer& p, Call& c) {
         add_rule(p, Called::prefix, Treatment::block, "1");
         c.to = sip_uri("911");
         c.request_uri = sip_uri("112");
       },
       sign,
       A,
       {R::emergency, R::account_by_header, R::retargeted, R::number_assigned},
       "acme",
       "12125550123",
       "911"},
  };
}

Rows rows_about_help_behind_service_codes() {
  return {
      {"a service code in front of the emergency number",
       [](Peer& p, Call& c) {
         add_rule(p, Called::star_code, Treatment::block);
         dial(c, "*67911");
       },
       sign,
       A,
       {R::emergency, R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "911"},
      {"an escaped one",
       [](Peer& p, Call& c) {
         add_rule(p, Called::star_code, Treatment::block);
         dial(c, "%2A67911");
       },
       sign,
       A,
       {R::emergency, R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "911"},
      {"escaped digits behind it",
       [](Peer& p, Call& c) {
         add_rule(p, Called::star_code, Treatment::block);
         dial(c, "*67%391%31");
       },
       sign,
       A,
       {R::emergency, R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "911"},
      {"a code between two hashes",
       [](Peer& p, Call& c) {
         add_rule(p, Called::star_code, Treatment::block);
         dial(c, "#31#112");
       },
       sign,
       A,
       {R::emergency, R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "112"},
      {"escaped hashes",
       [](Peer& p, Call& c) {
         add_rule(p, Called::star_code, Treatment::block);
         dial(c, "%2331%23112");
       },
       sign,
       A,
       {R::emergency, R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "112"},
      {"the code that shows the caller",
       [](Peer& p, Call& c) {
         add_rule(p, Called::star_code, Treatment::block);
         dial(c, "*82911");
       },
       sign,
       A,
       {R::emergency, R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "911"},
      {"in tel",
       [](Peer& p, Call& c) {
         add_rule(p, Called::star_code, Treatment::block);
         c.to = c.request_uri = tel_uri("*67911");
       },
       sign,
       A,
       {R::emergency, R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "911"},
      {"with parameters behind it",
       [](Peer& p, Call& c) {
         add_rule(p, Called::star_code, Treatment::block);
         dial(c, "*67911;phone-context=example.com");
       },
       sign,
       A,
       {R::emergency, R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "911"},
      {"an escaped letter in the name of the service",
       [](Peer& p, Call& c) {
         add_rule(p, Called::not_a_number, Treatment::block);
         dial(c, "%73os");
       },
       sign,
       A,
       {R::emergency, R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "urn:service:sos"},
      {"an escaped dot in the name of a sub-service",
       [](Peer& p, Call& c) {
         add_rule(p, Called::not_a_number, Treatment::block);
         dial(c, "sos%2Efire");
       },
       sign,
       A,
       {R::emergency, R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "urn:service:sos.fire"},
      {"the code and the plain number are one destination",
       [](Peer& p, Call& c) {
         p.retargeted_max_attestation = C;
         c.to = sip_uri("*67911");
         c.request_uri = sip_uri("911");
       },
       sign,
       A,
       {R::emergency, R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "911"},
      {"its own rule judges it",
       [](Peer& p, Call& c) {
         add_rule(p, Called::emergency, Treatment::cap_b);
         dial(c, "*67911");
       },
       sign,
       B,
       {R::emergency, R::account_by_header, R::called_by_rule, R::number_assigned,
        R::capped_by_rule},
       "acme",
       "12125550123",
       "911"},
      {"a code in front of another short number is no call for help",
       [](Peer& p, Call& c) {
         add_rule(p, Called::star_code, Treatment::leave_unsigned);
         dial(c, "*67611");
       },
       leave_unsigned,
       C,
       {R::account_by_header, R::called_by_rule},
       "acme",
       "12125550123",
       "*67611"},
      {"nor is one in front of somebody's number that ends like one",
       [](Peer& p, Call& c) {
         add_rule(p, Called::star_code, Treatment::leave_unsigned);
         dial(c, "*6714155550911");
       },
       leave_unsigned,
       C,
       {R::called_not_a_number, R::account_by_header, R::called_by_rule},
       "acme",
       "12125550123",
       ""},
      {"a urn has no service code",
       [](Peer&, Call& c) { c.to = c.request_uri = urn("*67911"); },
       leave_unsigned,
       C,
       {R::called_not_a_number, R::account_by_header},
       "acme",
       "12125550123",
       ""},
  };
}

}  // namespace

std::vector<DecideRow> decide_rows_about_help() {
  return join_rows({rows_about_help_in_to_only(), rows_about_help_behind_service_codes()});
}

}  // namespace shaken302::test
