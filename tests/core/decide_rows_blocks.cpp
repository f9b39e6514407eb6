// SPDX-License-Identifier: MIT
#include "core/decide_rows.hpp"

namespace shaken302::test {
namespace {

using R = Reason;
using Rows = std::vector<DecideRow>;
using Caller = CallerRule::Kind;
using Called = CalledRule::Kind;
constexpr auto A = Attestation::A;
constexpr auto B = Attestation::B;
constexpr auto C = Attestation::C;
constexpr auto sign = Verdict::sign;
constexpr auto leave_unsigned = Verdict::leave_unsigned;
constexpr auto pass_existing = Verdict::pass_existing;
constexpr auto block = Verdict::block;

Rows rows_about_star_codes() {
  return {
      {"star codes: signed as any destination",
       [](Peer& p, Call& c) {
         add_rule(p, Called::star_code, Treatment::sign);
         dial(c, "*67");
       },
       sign,
       A,
       {R::account_by_header, R::called_by_rule, R::number_assigned},
       "acme",
       "12125550123",
       "*67"},
      {"star codes: B at most",
       [](Peer& p, Call& c) {
         add_rule(p, Called::star_code, Treatment::cap_b);
         dial(c, "*67");
       },
       sign,
       B,
       {R::account_by_header, R::called_by_rule, R::number_assigned, R::capped_by_rule},
       "acme",
       "12125550123",
       "*67"},
      {"star codes: C at most",
       [](Peer& p, Call& c) {
         add_rule(p, Called::star_code, Treatment::cap_c);
         dial(c, "*67");
       },
       sign,
       C,
       {R::account_by_header, R::called_by_rule, R::number_assigned, R::capped_by_rule},
       "acme",
       "12125550123",
       "*67"},
      {"star codes: unsigned",
       [](Peer& p, Call& c) {
         add_rule(p, Called::star_code, Treatment::leave_unsigned);
         dial(c, "#31");
       },
       leave_unsigned,
       C,
       {R::account_by_header, R::called_by_rule},
       "acme",
       "12125550123",
       "#31"},
      {"star codes: blocked",
       [](Peer& p, Call& c) {
         add_rule(p, Called::star_code, Treatment::block);
         dial(c, "*67");
       },
       block,
       C,
       {R::account_by_header, R::called_by_rule},
       "acme",
       "12125550123",
       "*67"},
      {"a star code before a number, which is no number together",
       [](Peer& p, Call& c) {
         add_rule(p, Called::star_code, Treatment::block);
         dial(c, "*674155550111");
       },
       block,
       C,
       {R::called_not_a_number, R::account_by_header, R::called_by_rule},
       "acme",
       "12125550123",
       ""},
      {"an escaped star",
       [](Peer& p, Call& c) {
         add_rule(p, Called::star_code, Treatment::block);
         dial(c, "%2A67");
       },
       block,
       C,
       {R::account_by_header, R::called_by_rule},
       "acme",
       "12125550123",
       "*67"},
      {"an escaped hash, in tel",
       [](Peer& p, Call& c) {
         c.to = c.request_uri = tel_uri("%2331");
         add_rule(p, Called::star_code, Treatment::block);
       },
       block,
       C,
       {R::account_by_header, R::called_by_rule},
       "acme",
       "12125550123",
       "#31"},
      {"a rule about short codes is not about star codes",
       [](Peer& p, Call& c) {
         add_rule(p, Called::short_code, Treatment::block);
         dial(c, "*67");
       },
       sign,
       A,
       {R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "*67"},
      {"nor the other way round",
       [](Peer& p, Call& c) {
         add_rule(p, Called::star_code, Treatment::block);
         dial(c, "611");
       },
       sign,
       A,
       {R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "611"},
      {"a star behind digits begins nothing",
       [](Peer& p, Call& c) {
         add_rule(p, Called::star_code, Treatment::block);
         dial(c, "67*");
       },
       sign,
       A,
       {R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "67*"},
      {"of To and Request-URI the one that decides",
       [](Peer& p, Call& c) {
         p.called_source = CalledSource::request_uri;
         c.to = sip_uri("*67");
         add_rule(p, Called::star_code, Treatment::block);
       },
       sign,
       A,
       {R::account_by_header, R::retargeted, R::number_assigned}},
      {"a star code beside a call for help",
       [](Peer& p, Call& c) {
         add_rule(p, Called::star_code, Treatment::block);
         c.to = sip_uri("*67");
         c.request_uri = urn("service:sos");
       },
       sign,
       A,
       {R::emergency, R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "*67"},
  };
}

Rows rows_about_numbers_that_never_call() {
  return {
      {"a number that must never call",
       [](Peer&, Call& c) { c.from = sip_uri("+12125550190"); },
       block,
       C,
       {R::caller_never_calls, R::account_by_header},
       "acme",
       "12125550190"},
      {"not listed any more",
       [](Peer&, Call& c) { c.from = sip_uri("+12125550191"); },
       sign,
       A,
       {R::account_by_header, R::number_assigned},
       "acme",
       "12125550191"},
      {"not listed yet",
       [](Peer&, Call& c) { c.from = sip_uri("+12125550192"); },
       sign,
       A,
       {R::account_by_header, R::number_assigned},
       "acme",
       "12125550192"},
      {"a range of numbers that must never call",
       [](Peer&, Call& c) { c.from = sip_uri("+12125550196"); },
       block,
       C,
       {R::caller_never_calls, R::account_by_header},
       "acme",
       "12125550196"},
      {"the asserted identity decides who calls",
       [](Peer&, Call& c) { c.asserted_identities[0] = sip_uri("+12125550190"); },
       block,
       C,
       {R::caller_never_calls, R::account_by_header, R::identities_same_account},
       "acme",
       "12125550190"},
      {"a From that must never call, whatever is signed",
       [](Peer&, Call& c) {
         c.asserted_identities[0] = sip_uri("+12125550123");
         c.from = sip_uri("+12125550190");
       },
       block,
       C,
       {R::caller_never_calls, R::account_by_header, R::identities_same_account}},
      {"whoever's account it is",
       [](Peer&, Call& c) { name_account(c, "suspended", "+12125550190"); },
       block,
       C,
       {R::caller_never_calls, R::account_by_header, R::account_suspended},
       "suspended",
       "12125550190"},
      {"whomever it calls",
       [](Peer&, Call& c) {
         c.to = sip_uri("bob");
         c.from = sip_uri("+12125550190");
       },
       block,
       C,
       {R::called_not_a_number, R::caller_never_calls, R::account_by_header, R::retargeted},
       "acme",
       "12125550190",
       ""},
      {"no Identity makes it right",
       [](Peer& p, Call& c) {
         p.existing_identity = ExistingIdentity::pass;
         c.has_shaken_identity = true;
         c.from = sip_uri("+12125550190");
       },
       block,
       C,
       {R::identity_present, R::caller_never_calls, R::account_by_header},
       "acme",
       "12125550190"},
      {"no peer's word does",
       [](Peer& p, Call& c) {
         p.override_right = OverrideRight::any;
         c.requested_level = "A";
         c.from = sip_uri("+12125550190");
       },
       block,
       C,
       {R::caller_never_calls, R::account_by_header},
       "acme",
       "12125550190"},
      {"it may call for help",
       [](Peer&, Call& c) {
         c.from = sip_uri("+12125550190");
         dial(c, "911");
       },
       leave_unsigned,
       C,
       {R::emergency, R::caller_never_calls, R::account_by_header},
       "acme",
       "12125550190",
       "911"},
  };
}

Rows rows_about_calls_for_help() {
  return {
      {"no rule about the caller blocks a call for help",
       [](Peer& p, Call& c) {
         add_rule(p, Caller::prefix, Treatment::block, "1");
         dial(c, "911");
       },
       leave_unsigned,
       C,
       {R::emergency, R::account_by_header, R::caller_by_rule},
       "acme",
       "12125550123",
       "911"},
      {"nor one about anonymous callers",
       [](Peer& p, Call& c) {
         add_rule(p, Caller::anonymous, Treatment::block);
         c.asks_for_privacy = true;
         dial(c, "911");
       },
       leave_unsigned,
       C,
       {R::emergency, R::caller_anonymous, R::account_by_header, R::caller_by_rule},
       "acme",
       "12125550123",
       "911"},
      {"nor one about impossible ones",
       [](Peer& p, Call& c) {
         add_rule(p, Caller::impossible, Treatment::block);
         c.from = sip_uri("+10125559999");
         dial(c, "911");
       },
       leave_unsigned,
       C,
       {R::emergency, R::caller_impossible, R::account_by_header, R::caller_by_rule},
       "acme",
       "10125559999",
       "911"},
      {"nor one about callers without a number",
       [](Peer& p, Call& c) {
         add_rule(p, Caller::not_a_number, Treatment::block);
         c.from = sip_uri("alice");
         dial(c, "911");
       },
       leave_unsigned,
       C,
       {R::emergency, R::caller_not_a_number, R::account_by_header, R::caller_by_rule},
       "acme",
       "",
       "911"},
      {"nor one about short codes as destinations",
       [](Peer& p, Call& c) {
         add_rule(p, Called::short_code, Treatment::block);
         dial(c, "911");
       },
       sign,
       A,
       {R::emergency, R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "911"},
      {"nor one about a prefix of the number beside it",
       [](Peer& p, Call& c) {
         add_rule(p, Called::prefix, Treatment::block, "1415");
         c.request_uri = sip_uri("911");
       },
       sign,
       A,
       {R::emergency, R::account_by_header, R::retargeted, R::number_assigned}},
      {"nor one about what is no number",
       [](Peer& p, Call& c) {
         add_rule(p, Called::not_a_number, Treatment::block);
         c.to = sip_uri("bob");
         c.request_uri = sip_uri("911");
       },
       leave_unsigned,
       C,
       {R::emergency, R::called_not_a_number, R::account_by_header, R::retargeted},
       "acme",
       "12125550123",
       ""},
      {"its own rule leaves it unsigned",
       [](Peer& p, Call& c) {
         add_rule(p, Called::emergency, Treatment::leave_unsigned);
         dial(c, "911");
       },
       leave_unsigned,
       C,
       {R::emergency, R::account_by_header, R::called_by_rule},
       "acme",
       "12125550123",
       "911"},
      {"its own rule signs it",
       [](Peer& p, Call& c) {
         add_rule(p, Called::short_code, Treatment::block);
         add_rule(p, Called::emergency, Treatment::sign);
         dial(c, "911");
       },
       sign,
       A,
       {R::emergency, R::account_by_header, R::called_by_rule, R::number_assigned},
       "acme",
       "12125550123",
       "911"},
      {"not even its own rule blocks it",
       [](Peer& p, Call& c) {
         add_rule(p, Called::emergency, Treatment::block);
         dial(c, "911");
       },
       leave_unsigned,
       C,
       {R::emergency, R::account_by_header, R::called_by_rule},
       "acme",
       "12125550123",
       "911"},
      {"a rule about calls for help is not about others",
       [](Peer& p, Call&) { add_rule(p, Called::emergency, Treatment::leave_unsigned); },
       sign,
       A,
       {R::account_by_header, R::number_assigned}},
      {"a maximum holds for a call for help",
       [](Peer& p, Call& c) {
         add_rule(p, Caller::prefix, Treatment::cap_c, "1");
         dial(c, "911");
       },
       sign,
       C,
       {R::emergency, R::account_by_header, R::caller_by_rule, R::number_assigned,
        R::capped_by_rule},
       "acme",
       "12125550123",
       "911"},
      {"an unknown account's call for help",
       [](Peer& p, Call& c) {
         p.signs_unknown = false;
         c.account_values[0] = "nobody";
         dial(c, "911");
       },
       leave_unsigned,
       C,
       {R::emergency, R::account_unknown},
       "",
       "12125550123",
       "911"},
      {"a call for help that nothing can sign",
       [](Peer&, Call& c) {
         name_account(c, "quarantined", "+12125551010");
         dial(c, "911");
       },
       leave_unsigned,
       C,
       {R::emergency, R::account_by_header, R::number_assigned, R::credential_quarantined},
       "quarantined",
       "12125551010",
       "911"},
      {"a call for help with an Identity that stays",
       [](Peer& p, Call& c) {
         p.existing_identity = ExistingIdentity::pass;
         c.has_shaken_identity = true;
         dial(c, "911");
       },
       pass_existing,
       C,
       {R::emergency, R::identity_present, R::account_by_header},
       "acme",
       "12125550123",
       "911"},
  };
}

Rows rows_about_identities_that_stay() {
  return {
      {"a rule that blocks comes before an Identity that stays",
       [](Peer& p, Call& c) {
         p.existing_identity = ExistingIdentity::pass;
         c.has_shaken_identity = true;
         add_rule(p, Caller::prefix, Treatment::block, "1");
       },
       block,
       C,
       {R::identity_present, R::account_by_header, R::caller_by_rule}},
      {"and one that leaves unsigned does too",
       [](Peer& p, Call& c) {
         p.existing_identity = ExistingIdentity::pass;
         c.has_shaken_identity = true;
         add_rule(p, Caller::prefix, Treatment::leave_unsigned, "1");
       },
       leave_unsigned,
       C,
       {R::identity_present, R::account_by_header, R::caller_by_rule}},
      {"and a suspended account",
       [](Peer& p, Call& c) {
         p.existing_identity = ExistingIdentity::pass;
         c.has_shaken_identity = true;
         name_account(c, "suspended", "+12125551005");
       },
       leave_unsigned,
       C,
       {R::identity_present, R::account_by_header, R::account_suspended},
       "suspended",
       "12125551005"},
      {"a suspended account that the peer signs keeps its Identity",
       [](Peer& p, Call& c) {
         p.existing_identity = ExistingIdentity::pass;
         c.has_shaken_identity = true;
         p.signs_suspended = true;
         name_account(c, "suspended", "+12125551005");
       },
       pass_existing,
       C,
       {R::identity_present, R::account_by_header, R::account_suspended},
       "suspended",
       "12125551005"},
      {"a suspended account's call for help keeps it",
       [](Peer& p, Call& c) {
         p.existing_identity = ExistingIdentity::pass;
         c.has_shaken_identity = true;
         name_account(c, "suspended", "+12125551005");
         dial(c, "911");
       },
       pass_existing,
       C,
       {R::emergency, R::identity_present, R::account_by_header, R::account_suspended},
       "suspended",
       "12125551005",
       "911"},
      {"so does one that a rule would block",
       [](Peer& p, Call& c) {
         p.existing_identity = ExistingIdentity::pass;
         c.has_shaken_identity = true;
         add_rule(p, Caller::prefix, Treatment::block, "1");
         dial(c, "911");
       },
       pass_existing,
       C,
       {R::emergency, R::identity_present, R::account_by_header, R::caller_by_rule},
       "acme",
       "12125550123",
       "911"},
      {"and one that a rule leaves unsigned",
       [](Peer& p, Call& c) {
         p.existing_identity = ExistingIdentity::pass;
         c.has_shaken_identity = true;
         add_rule(p, Called::emergency, Treatment::leave_unsigned);
         dial(c, "911");
       },
       pass_existing,
       C,
       {R::emergency, R::identity_present, R::account_by_header, R::called_by_rule},
       "acme",
       "12125550123",
       "911"},
      {"a caller that is no number keeps it",
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
      {"not so an unknown one that stays unsigned",
       [](Peer& p, Call& c) {
         p.signs_unknown = false;
         p.existing_identity = ExistingIdentity::pass;
         c.has_shaken_identity = true;
         c.account_values[0] = "nobody";
       },
       pass_existing,
       C,
       {R::identity_present, R::account_unknown},
       ""},
      {"a destination that is no number, blocked, with an Identity",
       [](Peer& p, Call& c) {
         p.existing_identity = ExistingIdentity::pass;
         c.has_shaken_identity = true;
         add_rule(p, Called::not_a_number, Treatment::block);
         dial(c, "bob");
       },
       block,
       C,
       {R::called_not_a_number, R::identity_present, R::account_by_header, R::called_by_rule},
       "acme",
       "12125550123",
       ""},
  };
}

}  // namespace

std::vector<DecideRow> decide_rows_about_blocks() {
  return join_rows({rows_about_star_codes(), rows_about_numbers_that_never_call(),
                    rows_about_calls_for_help(), rows_about_identities_that_stay()});
}

}  // namespace shaken302::test
