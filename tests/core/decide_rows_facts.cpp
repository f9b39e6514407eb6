// SPDX-License-Identifier: MIT
#include "core/decide_rows.hpp"
#include "core/policy_scene.hpp"

namespace shaken302::test {
namespace {

using R = Reason;
using Rows = std::vector<DecideRow>;
constexpr auto A = Attestation::A;
constexpr auto B = Attestation::B;
constexpr auto C = Attestation::C;
constexpr auto sign = Verdict::sign;
constexpr auto leave_unsigned = Verdict::leave_unsigned;
constexpr auto pass_existing = Verdict::pass_existing;

void name_account(Call& call, std::string_view account, std::string_view number) {
  call.account_values[0] = account;
  call.from = sip_uri(number);
}

Rows rows_about_numbers() {
  return {
      {"acme's block, named by the header",
       nullptr,
       sign,
       A,
       {R::account_by_header, R::number_assigned}},
      {"a number nobody claims",
       [](Peer&, Call& c) { c.from = sip_uri("+12125559999"); },
       sign,
       B,
       {R::account_by_header, R::number_unlisted},
       "acme",
       "12125559999"},
      {"somebody else's number",
       [](Peer&, Call& c) { c.from = sip_uri("+12125551001"); },
       sign,
       B,
       {R::account_by_header, R::number_of_other_account},
       "acme",
       "12125551001"},
      {"somebody else's range inside acme's block",
       [](Peer&, Call& c) { c.from = sip_uri("+12125550160"); },
       sign,
       B,
       {R::account_by_header, R::number_of_other_account},
       "acme",
       "12125550160"},
      {"acme's number inside that range",
       [](Peer&, Call& c) { c.from = sip_uri("+12125550165"); },
       sign,
       A,
       {R::account_by_header, R::number_assigned},
       "acme",
       "12125550165"},
      {"ported out yesterday: does not fall back to the block",
       [](Peer&, Call& c) { c.from = sip_uri("+12125550150"); },
       sign,
       B,
       {R::account_by_header, R::number_not_valid_now},
       "acme",
       "12125550150"},
      {"assigned from tomorrow on",
       [](Peer&, Call& c) { c.from = sip_uri("+12125550151"); },
       sign,
       B,
       {R::account_by_header, R::number_not_valid_now},
       "acme",
       "12125550151"},
      {"a parent's number is not the child's",
       [](Peer&, Call& c) { c.account_values[0] = "acme-child"; },
       sign,
       B,
       {R::account_by_header, R::number_of_other_account},
       "acme-child"},
      {"approvals and the credential come from the parent",
       [](Peer&, Call& c) { name_account(c, "acme-child", "+12125551002"); },
       sign,
       A,
       {R::account_by_header, R::number_assigned},
       "acme-child",
       "12125551002"},
      {"a short code vouches for nobody",
       [](Peer&, Call& c) { c.from = sip_uri("611"); },
       sign,
       C,
       {R::account_by_header, R::number_unlisted, R::capped_short_code},
       "acme",
       "611"},
      {"nor does an emergency number",
       [](Peer&, Call& c) { c.from = sip_uri("911"); },
       sign,
       C,
       {R::account_by_header, R::number_unlisted, R::capped_short_code},
       "acme",
       "911"},
      {"the national form is the same number",
       [](Peer&, Call& c) { c.from = sip_uri("2125550123"); },
       sign,
       A,
       {R::account_by_header, R::number_assigned}},
  };
}

Rows rows_about_callers() {
  return {
      {"the asserted identity comes before From",
       [](Peer&, Call& c) { c.asserted_identities[0] = sip_uri("+12125559999"); },
       sign,
       B,
       {R::account_by_header, R::number_unlisted},
       "acme",
       "12125559999"},
      {"of two asserted identities the tel URI",
       [](Peer&, Call& c) {
         c.asserted_identities = {sip_uri("+12125559999"), tel_uri("+12125550124")};
       },
       sign,
       B,
       {R::account_by_header, R::number_assigned, R::capped_identities_differ},
       "acme",
       "12125550124"},
      {"of two sip URIs the first",
       [](Peer&, Call& c) {
         c.asserted_identities = {sip_uri("+12125550124"), sip_uri("+12125559999")};
       },
       sign,
       B,
       {R::account_by_header, R::number_assigned, R::capped_identities_differ},
       "acme",
       "12125550124"},
      {"a sip URI rather than a scheme that has no numbers",
       [](Peer&, Call& c) {
         c.asserted_identities = {UriView{UriScheme::other, "+12125559999", {}},
                                  UriView{UriScheme::sips, "+12125550124", "proxy.example"}};
       },
       sign,
       A,
       {R::account_by_header, R::identities_same_account, R::number_assigned},
       "acme",
       "12125550124"},
      {"the second alone is the asserted identity too",
       [](Peer&, Call& c) { c.asserted_identities[1] = tel_uri("+12125550124"); },
       sign,
       A,
       {R::account_by_header, R::identities_same_account, R::number_assigned},
       "acme",
       "12125550124"},
      {"an asserted identity without a number is not replaced by the caller's From",
       [](Peer&, Call& c) { c.asserted_identities[0] = sip_uri("anonymous"); },
       leave_unsigned,
       C,
       {R::caller_not_a_number, R::account_by_header},
       "acme",
       ""},
      {"nor is one of a scheme that has no numbers",
       [](Peer&, Call& c) {
         c.asserted_identities[0] = {UriScheme::other, "+12125550123", {}};
       },
       leave_unsigned,
       C,
       {R::caller_not_a_number, R::account_by_header},
       "acme",
       ""},
      {"nor is the second, when it is the only one",
       [](Peer&, Call& c) {
         c.asserted_identities[1] = {UriScheme::other, "+12125550123", {}};
       },
       leave_unsigned,
       C,
       {R::caller_not_a_number, R::account_by_header},
       "acme",
       ""},
      {"the peer may want From alone",
       [](Peer& p, Call& c) {
         p.calling_sources = {CallingSource::from};
         c.asserted_identities[0] = sip_uri("+12125559999");
       },
       sign,
       B,
       {R::account_by_header, R::number_assigned, R::capped_identities_differ}},
      {"or Remote-Party-ID first",
       [](Peer& p, Call& c) {
         p.calling_sources = {CallingSource::remote_party_id, CallingSource::from};
         c.remote_party_id = sip_uri("+12125550124");
       },
       sign,
       A,
       {R::account_by_header, R::identities_same_account, R::number_assigned},
       "acme",
       "12125550124"},
      {"which is skipped where it is absent",
       [](Peer& p, Call&) {
         p.calling_sources = {CallingSource::remote_party_id, CallingSource::from};
       },
       sign,
       A,
       {R::account_by_header, R::number_assigned}},
      {"none of the sources is there",
       [](Peer& p, Call&) { p.calling_sources = {CallingSource::asserted_identity}; },
       leave_unsigned,
       C,
       {R::caller_absent, R::account_by_header},
       "acme",
       ""},
      {"a name in From",
       [](Peer&, Call& c) { c.from = sip_uri("alice"); },
       leave_unsigned,
       C,
       {R::caller_not_a_number, R::account_by_header},
       "acme",
       ""},
  };
}

Rows rows_about_callees() {
  return {
      {"a callee that is no number",
       [](Peer&, Call& c) { c.to = sip_uri("bob"); },
       leave_unsigned,
       C,
       {R::called_not_a_number, R::account_by_header},
       "acme",
       "12125550123",
       ""},
      {"no To at all",
       [](Peer&, Call& c) { c.to = {}; },
       leave_unsigned,
       C,
       {R::called_not_a_number, R::account_by_header},
       "acme",
       "12125550123",
       ""},
      {"the peer may want the Request-URI",
       [](Peer& p, Call& c) {
         p.called_source = CalledSource::request_uri;
         c.request_uri = tel_uri("+14155550122");
         c.to = sip_uri("bob");
       },
       sign,
       A,
       {R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "14155550122"},
      {"a short code can be called",
       [](Peer&, Call& c) { c.to = sip_uri("611"); },
       sign,
       A,
       {R::account_by_header, R::retargeted, R::number_assigned},
       "acme",
       "12125550123",
       "611"},
      {"neither a number nor another URN",
       [](Peer&, Call& c) { c.to = urn("service:counseling"); },
       leave_unsigned,
       C,
       {R::called_not_a_number, R::account_by_header},
       "acme",
       "12125550123",
       ""},
      {"a name that only begins like the emergency service",
       [](Peer&, Call& c) { c.to = urn("service:sosial"); },
       leave_unsigned,
       C,
       {R::called_not_a_number, R::account_by_header},
       "acme",
       "12125550123",
       ""},
      {"a name that ends before it",
       [](Peer&, Call& c) { c.to = urn("service:so"); },
       leave_unsigned,
       C,
       {R::called_not_a_number, R::account_by_header},
       "acme",
       "12125550123",
       ""},
  };
}

Rows rows_about_emergencies() {
  return {
      {"an emergency number is signed like any other",
       [](Peer&, Call& c) { c.to = sip_uri("911"); },
       sign,
       A,
       {R::emergency, R::account_by_header, R::retargeted, R::number_assigned},
       "acme",
       "12125550123",
       "911"},
      {"an emergency service, whatever its case",
       [](Peer&, Call& c) { c.to = urn("Service:SOS"); },
       sign,
       A,
       {R::emergency, R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "urn:service:sos"},
      {"a sub-service keeps its name",
       [](Peer&, Call& c) { c.to = urn("service:sos.Fire"); },
       sign,
       A,
       {R::emergency, R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "urn:service:sos.fire"},
      {"a sub-service that nobody registered is the emergency service",
       [](Peer&, Call& c) { c.to = urn("service:sos.\"};evil"); },
       sign,
       A,
       {R::emergency, R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "urn:service:sos"},
      {"what follows the name does not matter (RFC 8141 2.3)",
       [](Peer&, Call& c) { c.to = urn("service:sos.police?+x"); },
       sign,
       A,
       {R::emergency, R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "urn:service:sos.police"},
      {"nor does a parameter that no URN has",
       [](Peer&, Call& c) { c.to = urn("service:sos;x=1"); },
       sign,
       A,
       {R::emergency, R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "urn:service:sos"},
      {"the user that stands for the service in a sip URI",
       [](Peer&, Call& c) { c.to = sip_uri("sos"); },
       sign,
       A,
       {R::emergency, R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "urn:service:sos"},
      {"and the one of a sub-service, with parameters, in any case, in sips",
       [](Peer&, Call& c) {
         c.to = {UriScheme::sips, "SOS.police;x=1", "proxy.example"};
       },
       sign,
       A,
       {R::emergency, R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "urn:service:sos.police"},
      {"a user that only begins like it",
       [](Peer&, Call& c) { c.to = sip_uri("sosua"); },
       leave_unsigned,
       C,
       {R::called_not_a_number, R::account_by_header},
       "acme",
       "12125550123",
       ""},
      {"nothing stands for a service behind tel",
       [](Peer&, Call& c) { c.to = tel_uri("sos"); },
       leave_unsigned,
       C,
       {R::called_not_a_number, R::account_by_header},
       "acme",
       "12125550123",
       ""},
      {"the test service is no emergency, and no number",
       [](Peer&, Call& c) { c.to = urn("service:test.sos"); },
       leave_unsigned,
       C,
       {R::called_not_a_number, R::account_by_header},
       "acme",
       "12125550123",
       ""},
      {"a proxy that puts the country code in front of everything",
       [](Peer&, Call& c) { c.to = sip_uri("+1911"); },
       sign,
       A,
       {R::emergency, R::account_by_header, R::retargeted, R::number_assigned},
       "acme",
       "12125550123",
       "1911"},
      {"also without +",
       [](Peer&, Call& c) { c.request_uri = tel_uri("1-911"); },
       sign,
       A,
       {R::emergency, R::account_by_header, R::retargeted, R::number_assigned}},
      {"the Request-URI alone makes it one",
       [](Peer&, Call& c) { c.request_uri = urn("service:sos"); },
       sign,
       A,
       {R::emergency, R::account_by_header, R::number_assigned}},
      {"and so does To alone",
       [](Peer& p, Call& c) {
         p.called_source = CalledSource::request_uri;
         c.to = sip_uri("112");
       },
       sign,
       A,
       {R::emergency, R::account_by_header, R::retargeted, R::number_assigned}},
      {"a suspended account's call for help is known as one",
       [](Peer&, Call& c) {
         c.account_values[0] = "suspended";
         c.request_uri = sip_uri("911");
       },
       leave_unsigned,
       C,
       {R::emergency, R::account_by_header, R::account_suspended, R::retargeted},
       "suspended"},
      {"and a caller without a number too",
       [](Peer&, Call& c) {
         c.from = sip_uri("anonymous");
         c.to = urn("service:sos");
       },
       leave_unsigned,
       C,
       {R::emergency, R::caller_not_a_number, R::caller_anonymous, R::account_by_header},
       "acme",
       "",
       "urn:service:sos"},
  };
}

Rows rows_about_identities() {
  return {
      {"a shaken Identity is replaced by default",
       [](Peer&, Call& c) { c.has_shaken_identity = true; },
       sign,
       A,
       {R::identity_present, R::account_by_header, R::number_assigned}},
      {"or gets ours beside it",
       [](Peer& p, Call& c) {
         p.existing_identity = ExistingIdentity::add;
         c.has_shaken_identity = true;
       },
       sign,
       A,
       {R::identity_present, R::account_by_header, R::number_assigned}},
      {"or is passed on as the only one",
       [](Peer& p, Call& c) {
         p.existing_identity = ExistingIdentity::pass;
         c.has_shaken_identity = true;
       },
       pass_existing,
       C,
       {R::identity_present, R::account_by_header}},
      {"passed on although we could not sign",
       [](Peer& p, Call& c) {
         p.existing_identity = ExistingIdentity::pass;
         c.has_shaken_identity = true;
         c.from = sip_uri("alice");
       },
       pass_existing,
       C,
       {R::identity_present, R::caller_not_a_number, R::account_by_header},
       "acme",
       ""},
      {"a peer that would pass one on gets a signature where there is none",
       [](Peer& p, Call&) { p.existing_identity = ExistingIdentity::pass; },
       sign,
       A,
       {R::account_by_header, R::number_assigned}},
  };
}

}  // namespace

std::vector<DecideRow> decide_rows_about_facts() {
  return join_rows({rows_about_numbers(), rows_about_callers(), rows_about_callees(),
                    rows_about_emergencies(), rows_about_identities()});
}

}  // namespace shaken302::test
