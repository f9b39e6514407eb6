// SPDX-License-Identifier: MIT
#include "core/decide_rows.hpp"

namespace shaken302::test {
namespace {

using R = Reason;
using Rows = std::vector<DecideRow>;
constexpr auto A = Attestation::A;
constexpr auto B = Attestation::B;
constexpr auto C = Attestation::C;
constexpr auto sign = Verdict::sign;
constexpr auto leave_unsigned = Verdict::leave_unsigned;
constexpr auto block = Verdict::block;

Rows rows_about_two_identities() {
  return {
      {"both identities are numbers of the family",
       [](Peer&, Call& c) {
         name_account(c, "group-north", "+12125551013");
         c.asserted_identities[0] = sip_uri("+12125551014");
       },
       sign,
       A,
       {R::account_by_header, R::identities_same_account, R::number_assigned},
       "group-north",
       "12125551014"},
      {"only the one that is signed is the account's",
       [](Peer&, Call& c) {
         c.asserted_identities[0] = sip_uri("+12125550124");
         c.from = sip_uri("+12125559999");
       },
       sign,
       B,
       {R::account_by_header, R::number_assigned, R::capped_identities_differ},
       "acme",
       "12125550124"},
      {"neither is: B already",
       [](Peer&, Call& c) {
         c.asserted_identities[0] = sip_uri("+12125559999");
         c.from = sip_uri("+12125559998");
       },
       sign,
       B,
       {R::account_by_header, R::number_unlisted},
       "acme",
       "12125559999"},
      {"From is a number of its own, but not today",
       [](Peer&, Call& c) {
         c.asserted_identities[0] = sip_uri("+12125550123");
         c.from = sip_uri("+12125550150");
       },
       sign,
       B,
       {R::account_by_header, R::number_assigned, R::capped_identities_differ}},
      {"From is another account's",
       [](Peer&, Call& c) {
         c.asserted_identities[0] = sip_uri("+12125550123");
         c.from = sip_uri("+12125551001");
       },
       sign,
       B,
       {R::account_by_header, R::number_assigned, R::capped_identities_differ}},
      {"one number written in two ways does not differ",
       [](Peer&, Call& c) {
         c.asserted_identities[0] = tel_uri("+1-212-555-0123");
         c.from = sip_uri("2125550123");
       },
       sign,
       A,
       {R::account_by_header, R::number_assigned}},
      {"a From of another kind of number",
       [](Peer&, Call& c) {
         c.asserted_identities[0] = sip_uri("+12125550123");
         c.from = sip_uri("611");
       },
       sign,
       B,
       {R::account_by_header, R::number_assigned, R::capped_identities_differ}},
      {"a From that is no number does not differ",
       [](Peer&, Call& c) {
         c.asserted_identities[0] = sip_uri("+12125550123");
         c.from = sip_uri("alice");
       },
       sign,
       A,
       {R::account_by_header, R::number_assigned}},
      {"a second asserted identity that is not the account's",
       [](Peer&, Call& c) {
         c.asserted_identities = {sip_uri("+12125550123"), sip_uri("+12125559999")};
       },
       sign,
       B,
       {R::account_by_header, R::number_assigned, R::capped_identities_differ}},
      {"a second asserted identity that is",
       [](Peer&, Call& c) {
         c.asserted_identities = {sip_uri("+12125550123"), sip_uri("+12125550124")};
       },
       sign,
       A,
       {R::account_by_header, R::identities_same_account, R::number_assigned}},
      {"Remote-Party-ID says less than either and is not compared",
       [](Peer&, Call& c) { c.remote_party_id = sip_uri("+12125559999"); },
       sign,
       A,
       {R::account_by_header, R::number_assigned}},
      {"where it decides, From is compared with it",
       [](Peer& p, Call& c) {
         p.calling_sources = {CallingSource::remote_party_id, CallingSource::from};
         c.remote_party_id = sip_uri("+12125559999");
       },
       sign,
       B,
       {R::account_by_header, R::number_unlisted},
       "acme",
       "12125559999"},
      {"identities that differ have nobody in common when nobody is known",
       [](Peer&, Call& c) {
         c.asserted_identities[0] = sip_uri("+12125550124");
         c.account_values[0] = "nobody";
       },
       sign,
       C,
       {R::account_unknown},
       "",
       "12125550124"},
  };
}

Rows rows_about_retargeted_calls() {
  return {
      {"To and Request-URI differ: marked",
       [](Peer&, Call& c) { c.request_uri = sip_uri("+14155550199"); },
       sign,
       A,
       {R::account_by_header, R::retargeted, R::number_assigned}},
      {"diverted: marked",
       [](Peer&, Call& c) { c.has_been_diverted = true; },
       sign,
       A,
       {R::account_by_header, R::retargeted, R::number_assigned}},
      {"To and Request-URI differ, with a maximum",
       [](Peer& p, Call& c) {
         p.retargeted_max_attestation = B;
         c.request_uri = sip_uri("+14155550199");
       },
       sign,
       B,
       {R::account_by_header, R::retargeted, R::number_assigned, R::capped_retargeted}},
      {"diverted, with a lower maximum",
       [](Peer& p, Call& c) {
         p.retargeted_max_attestation = C;
         c.has_been_diverted = true;
       },
       sign,
       C,
       {R::account_by_header, R::retargeted, R::number_assigned, R::capped_retargeted}},
      {"the maximum of retargeted calls is not that of others",
       [](Peer& p, Call&) { p.retargeted_max_attestation = C; },
       sign,
       A,
       {R::account_by_header, R::number_assigned}},
      {"one destination written in two ways is not retargeted",
       [](Peer& p, Call& c) {
         p.retargeted_max_attestation = C;
         c.to = tel_uri("(415)555-0111");
       },
       sign,
       A,
       {R::account_by_header, R::number_assigned}},
      {"a name in the Request-URI is not the number in To",
       [](Peer& p, Call& c) {
         p.retargeted_max_attestation = C;
         c.request_uri = sip_uri("bob");
       },
       sign,
       C,
       {R::account_by_header, R::retargeted, R::number_assigned, R::capped_retargeted}},
      {"the Request-URI decides, and To differs all the same",
       [](Peer& p, Call& c) {
         p.called_source = CalledSource::request_uri;
         p.retargeted_max_attestation = B;
         c.request_uri = sip_uri("+14155550199");
       },
       sign,
       B,
       {R::account_by_header, R::retargeted, R::number_assigned, R::capped_retargeted},
       "acme",
       "12125550123",
       "14155550199"},
      {"a name in To is not the number in the Request-URI",
       [](Peer& p, Call& c) {
         p.called_source = CalledSource::request_uri;
         p.retargeted_max_attestation = B;
         c.to = sip_uri("bob");
       },
       sign,
       B,
       {R::account_by_header, R::retargeted, R::number_assigned, R::capped_retargeted}},
      {"a request without To has nothing to compare",
       [](Peer& p, Call& c) {
         p.called_source = CalledSource::request_uri;
         p.retargeted_max_attestation = B;
         c.to = {};
       },
       sign,
       A,
       {R::account_by_header, R::number_assigned}},
      {"two names have nothing to compare either",
       [](Peer&, Call& c) {
         c.to = sip_uri("bob");
         c.request_uri = sip_uri("alice");
       },
       leave_unsigned,
       C,
       {R::called_not_a_number, R::account_by_header},
       "acme",
       "12125550123",
       ""},
      {"a service and the number of its centre are one destination",
       [](Peer& p, Call& c) {
         p.called_source = CalledSource::request_uri;
         p.retargeted_max_attestation = C;
         c.to = urn("service:sos");
       },
       sign,
       A,
       {R::emergency, R::emergency_in_to_only, R::account_by_header, R::number_assigned}},
      {"a retargeted maximum that lowers nothing",
       [](Peer& p, Call& c) {
         p.retargeted_max_attestation = B;
         c.has_been_diverted = true;
         c.from = sip_uri("+12125559999");
       },
       sign,
       B,
       {R::account_by_header, R::retargeted, R::number_unlisted},
       "acme",
       "12125559999"},
      {"marked also where it stays unsigned",
       [](Peer&, Call& c) {
         c.has_been_diverted = true;
         name_account(c, "suspended", "+12125551005");
       },
       leave_unsigned,
       C,
       {R::account_by_header, R::account_suspended, R::retargeted},
       "suspended",
       "12125551005"},
  };
}

Rows rows_about_anonymous_callers() {
  return {
      {"a caller that asks for privacy is signed by default",
       [](Peer&, Call& c) { c.asks_for_privacy = true; },
       sign,
       A,
       {R::caller_anonymous, R::account_by_header, R::number_assigned}},
      {"From is the anonymous URI: the asserted identity is signed",
       [](Peer&, Call& c) {
         c.asserted_identities[0] = sip_uri("+12125550124");
         c.from = {UriScheme::sip, "anonymous", "anonymous.invalid"};
       },
       sign,
       A,
       {R::caller_anonymous, R::account_by_header, R::number_assigned},
       "acme",
       "12125550124"},
      {"the host alone makes it anonymous, in any case",
       [](Peer&, Call& c) { c.from.host = "Anonymous.INVALID"; },
       sign,
       A,
       {R::caller_anonymous, R::account_by_header, R::number_assigned}},
      {"the user alone does too, and there is no number",
       [](Peer&, Call& c) { c.from = sip_uri("Anonymous"); },
       leave_unsigned,
       C,
       {R::caller_not_a_number, R::caller_anonymous, R::account_by_header},
       "acme",
       ""},
      {"a rule signs anonymous callers",
       [](Peer& p, Call& c) {
         add_rule(p, CallerRule::Kind::anonymous, Treatment::sign);
         c.asks_for_privacy = true;
       },
       sign,
       A,
       {R::caller_anonymous, R::account_by_header, R::caller_by_rule, R::number_assigned}},
      {"a rule gives anonymous callers B",
       [](Peer& p, Call& c) {
         add_rule(p, CallerRule::Kind::anonymous, Treatment::cap_b);
         c.asks_for_privacy = true;
       },
       sign,
       B,
       {R::caller_anonymous, R::account_by_header, R::caller_by_rule, R::number_assigned,
        R::capped_by_rule}},
      {"a rule gives anonymous callers C",
       [](Peer& p, Call& c) {
         add_rule(p, CallerRule::Kind::anonymous, Treatment::cap_c);
         c.asks_for_privacy = true;
       },
       sign,
       C,
       {R::caller_anonymous, R::account_by_header, R::caller_by_rule, R::number_assigned,
        R::capped_by_rule}},
      {"a rule leaves anonymous callers unsigned",
       [](Peer& p, Call& c) {
         add_rule(p, CallerRule::Kind::anonymous, Treatment::leave_unsigned);
         c.asks_for_privacy = true;
       },
       leave_unsigned,
       C,
       {R::caller_anonymous, R::account_by_header, R::caller_by_rule}},
      {"a rule blocks anonymous callers",
       [](Peer& p, Call& c) {
         add_rule(p, CallerRule::Kind::anonymous, Treatment::block);
         c.asks_for_privacy = true;
       },
       block,
       C,
       {R::caller_anonymous, R::account_by_header, R::caller_by_rule}},
      {"a rule about anonymous callers is not about others",
       [](Peer& p, Call&) { add_rule(p, CallerRule::Kind::anonymous, Treatment::block); },
       sign,
       A,
       {R::account_by_header, R::number_assigned}},
  };
}

Rows rows_about_from_first() {
  return {
      {"From first, and it is a name: the asserted identity is asked",
       [](Peer& p, Call& c) {
         p.calling_sources = {CallingSource::from, CallingSource::asserted_identity};
         c.asserted_identities[0] = sip_uri("+12125550124");
         c.from = sip_uri("alice");
       },
       sign,
       A,
       {R::account_by_header, R::number_assigned},
       "acme",
       "12125550124"},
      {"From first, and it is anonymous: likewise",
       [](Peer& p, Call& c) {
         p.calling_sources = {CallingSource::from, CallingSource::asserted_identity};
         c.asserted_identities[0] = sip_uri("+12125550124");
         c.from = sip_uri("anonymous");
       },
       sign,
       A,
       {R::caller_anonymous, R::account_by_header, R::number_assigned},
       "acme",
       "12125550124"},
      {"From first, and it is a number: the asserted identity only differs",
       [](Peer& p, Call& c) {
         p.calling_sources = {CallingSource::from, CallingSource::asserted_identity};
         c.asserted_identities[0] = sip_uri("+12125559999");
       },
       sign,
       B,
       {R::account_by_header, R::number_assigned, R::capped_identities_differ}},
      {"From first, no number anywhere",
       [](Peer& p, Call& c) {
         p.calling_sources = {CallingSource::from, CallingSource::asserted_identity};
         c.from = sip_uri("alice");
         c.asserted_identities[0] = sip_uri("bob");
       },
       leave_unsigned,
       C,
       {R::caller_not_a_number, R::account_by_header},
       "acme",
       ""},
      {"From first, a name, and nothing behind it",
       [](Peer& p, Call& c) {
         p.calling_sources = {CallingSource::from, CallingSource::asserted_identity};
         c.from = sip_uri("alice");
       },
       leave_unsigned,
       C,
       {R::caller_not_a_number, R::account_by_header},
       "acme",
       ""},
      {"a Remote-Party-ID that is no number is not replaced by From",
       [](Peer& p, Call& c) {
         p.calling_sources = {CallingSource::remote_party_id, CallingSource::from};
         c.remote_party_id = sip_uri("anonymous");
       },
       leave_unsigned,
       C,
       {R::caller_not_a_number, R::account_by_header},
       "acme",
       ""},
      {"From first with digits of no number's length: the asserted identity is asked",
       [](Peer& p, Call& c) {
         p.calling_sources = {CallingSource::from, CallingSource::asserted_identity};
         c.asserted_identities[0] = sip_uri("+12125550124");
         c.from = sip_uri("+121255501");
       },
       sign,
       B,
       {R::account_by_header, R::number_assigned, R::capped_identities_differ},
       "acme",
       "12125550124"},
  };
}

Rows rows_about_impossible_callers() {
  return {
      {"an area code that begins with 0: C unless a rule says more",
       [](Peer&, Call& c) { c.from = sip_uri("+10125559999"); },
       sign,
       C,
       {R::caller_impossible, R::account_by_header, R::number_unlisted,
        R::capped_impossible_number},
       "acme",
       "10125559999"},
      {"an area code that is a service code",
       [](Peer&, Call& c) { c.from = sip_uri("+14115559999"); },
       sign,
       C,
       {R::caller_impossible, R::account_by_header, R::number_unlisted,
        R::capped_impossible_number},
       "acme",
       "14115559999"},
      {"a country code that nobody has",
       [](Peer&, Call& c) { c.from = sip_uri("+2101234567"); },
       sign,
       C,
       {R::caller_impossible, R::account_by_header, R::number_unlisted,
        R::capped_impossible_number},
       "acme",
       "2101234567"},
      {"an impossible number that the directory lists",
       [](Peer&, Call& c) { c.from = sip_uri("+10125550100"); },
       sign,
       C,
       {R::caller_impossible, R::account_by_header, R::number_assigned,
        R::capped_impossible_number},
       "acme",
       "10125550100"},
      {"a rule may sign it as the directory says",
       [](Peer& p, Call& c) {
         add_rule(p, CallerRule::Kind::impossible, Treatment::sign);
         c.from = sip_uri("+10125550100");
       },
       sign,
       A,
       {R::caller_impossible, R::account_by_header, R::caller_by_rule, R::number_assigned},
       "acme",
       "10125550100"},
      {"digits of no number's length are impossible, and nothing to sign",
       [](Peer&, Call& c) { c.from = sip_uri("+121255501"); },
       leave_unsigned,
       C,
       {R::caller_impossible, R::account_by_header},
       "acme",
       ""},
      {"a rule signs impossible callers",
       [](Peer& p, Call& c) {
         add_rule(p, CallerRule::Kind::impossible, Treatment::sign);
         c.from = sip_uri("+10125559999");
       },
       sign,
       B,
       {R::caller_impossible, R::account_by_header, R::caller_by_rule, R::number_unlisted},
       "acme",
       "10125559999"},
      {"a rule gives impossible callers B at most",
       [](Peer& p, Call& c) {
         add_rule(p, CallerRule::Kind::impossible, Treatment::cap_b);
         c.from = sip_uri("+10125559999");
       },
       sign,
       B,
       {R::caller_impossible, R::account_by_header, R::caller_by_rule, R::number_unlisted},
       "acme",
       "10125559999"},
      {"a rule gives impossible callers C at most",
       [](Peer& p, Call& c) {
         add_rule(p, CallerRule::Kind::impossible, Treatment::cap_c);
         c.from = sip_uri("+10125559999");
       },
       sign,
       C,
       {R::caller_impossible, R::account_by_header, R::caller_by_rule, R::number_unlisted,
        R::capped_by_rule},
       "acme",
       "10125559999"},
      {"a rule leaves impossible callers unsigned",
       [](Peer& p, Call& c) {
         add_rule(p, CallerRule::Kind::impossible, Treatment::leave_unsigned);
         c.from = sip_uri("+10125559999");
       },
       leave_unsigned,
       C,
       {R::caller_impossible, R::account_by_header, R::caller_by_rule},
       "acme",
       "10125559999"},
      {"a rule blocks impossible callers",
       [](Peer& p, Call& c) {
         add_rule(p, CallerRule::Kind::impossible, Treatment::block);
         c.from = sip_uri("+10125559999");
       },
       block,
       C,
       {R::caller_impossible, R::account_by_header, R::caller_by_rule},
       "acme",
       "10125559999"},
      {"a rule about anonymous callers does not make one possible",
       [](Peer& p, Call& c) {
         add_rule(p, CallerRule::Kind::anonymous, Treatment::sign);
         c.asks_for_privacy = true;
         c.from = sip_uri("+10125559999");
       },
       sign,
       C,
       {R::caller_impossible, R::caller_anonymous, R::account_by_header, R::caller_by_rule,
        R::number_unlisted, R::capped_impossible_number},
       "acme",
       "10125559999"},
      {"nor does one about its prefix",
       [](Peer& p, Call& c) {
         add_rule(p, CallerRule::Kind::prefix, Treatment::cap_b, "1");
         c.from = sip_uri("+10125559999");
       },
       sign,
       C,
       {R::caller_impossible, R::account_by_header, R::caller_by_rule, R::number_unlisted,
        R::capped_impossible_number},
       "acme",
       "10125559999"},
      {"but a stricter one counts",
       [](Peer& p, Call& c) {
         add_rule(p, CallerRule::Kind::prefix, Treatment::block, "1");
         c.from = sip_uri("+10125559999");
       },
       block,
       C,
       {R::caller_impossible, R::account_by_header, R::caller_by_rule},
       "acme",
       "10125559999"},
      {"also those that no length fits",
       [](Peer& p, Call& c) {
         add_rule(p, CallerRule::Kind::impossible, Treatment::block);
         c.from = sip_uri("+121255501");
       },
       block,
       C,
       {R::caller_impossible, R::account_by_header, R::caller_by_rule},
       "acme",
       ""},
      {"which are not called no number at all",
       [](Peer& p, Call& c) {
         add_rule(p, CallerRule::Kind::not_a_number, Treatment::block);
         c.from = sip_uri("+121255501");
       },
       leave_unsigned,
       C,
       {R::caller_impossible, R::account_by_header},
       "acme",
       ""},
  };
}

}  // namespace

std::vector<DecideRow> decide_rows_about_parties() {
  return join_rows({rows_about_two_identities(), rows_about_retargeted_calls(),
                    rows_about_anonymous_callers(), rows_about_from_first(),
                    rows_about_impossible_callers()});
}

}  // namespace shaken302::test
