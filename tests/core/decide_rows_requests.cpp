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

void ask_for(Peer& peer, Call& call, OverrideRight right, std::string_view level) {
  peer.override_right = right;
  call.requested_level = level;
}
Rows rows_about_rights() {
  return {
      {"a peer without the right asks for more",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::none, "A");
         c.from = sip_uri("+12125559999");
       },
       sign,
       B,
       {R::account_by_header, R::request_ignored, R::number_unlisted},
       "acme",
       "12125559999"},
      {"a request without the right is told beside the rules, unsigned",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::none, "A");
         add_rule(p, CallerRule::Kind::prefix, Treatment::leave_unsigned, "1");
       },
       leave_unsigned,
       C,
       {R::account_by_header, R::caller_by_rule, R::request_ignored}},
      {"and blocked",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::none, "A");
         add_rule(p, CalledRule::Kind::prefix, Treatment::block, "1");
       },
       Verdict::block,
       C,
       {R::account_by_header, R::called_by_rule, R::request_ignored}},
      {"and of a suspended account",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::none, "A");
         name_account(c, "suspended", "+12125551005");
       },
       leave_unsigned,
       C,
       {R::account_by_header, R::account_suspended, R::request_ignored},
       "suspended",
       "12125551005"},
      {"and with an Identity that stays",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::none, "A");
         p.existing_identity = ExistingIdentity::pass;
         c.has_shaken_identity = true;
       },
       Verdict::pass_existing,
       C,
       {R::identity_present, R::account_by_header, R::request_ignored}},
      {"and is not heard when it asks for less",
       [](Peer& p, Call& c) { ask_for(p, c, OverrideRight::none, "C"); },
       sign,
       A,
       {R::account_by_header, R::request_ignored, R::number_assigned}},
      {"nor when what it says is unreadable",
       [](Peer& p, Call& c) { ask_for(p, c, OverrideRight::none, "?"); },
       sign,
       A,
       {R::account_by_header, R::request_ignored, R::number_assigned}},
      {"lower: from A to C",
       [](Peer& p, Call& c) { ask_for(p, c, OverrideRight::lower, "C"); },
       sign,
       C,
       {R::account_by_header, R::number_assigned, R::request_lowered}},
      {"lower: from A to B",
       [](Peer& p, Call& c) { ask_for(p, c, OverrideRight::lower, "B"); },
       sign,
       B,
       {R::account_by_header, R::number_assigned, R::request_lowered}},
      {"lower: from B to C",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::lower, "C");
         c.from = sip_uri("+12125559999");
       },
       sign,
       C,
       {R::account_by_header, R::number_unlisted, R::request_lowered},
       "acme",
       "12125559999"},
      {"lower: what it gets anyway",
       [](Peer& p, Call& c) { ask_for(p, c, OverrideRight::lower, "A"); },
       sign,
       A,
       {R::account_by_header, R::number_assigned}},
      {"lower: not up",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::lower, "A");
         c.from = sip_uri("+12125559999");
       },
       sign,
       B,
       {R::account_by_header, R::number_unlisted, R::request_reduced},
       "acme",
       "12125559999"},
      {"any: up from B",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::any, "A");
         c.from = sip_uri("+12125559999");
       },
       sign,
       A,
       {R::account_by_header, R::number_unlisted, R::asserted_by_peer},
       "acme",
       "12125559999"},
      {"any: down",
       [](Peer& p, Call& c) { ask_for(p, c, OverrideRight::any, "C"); },
       sign,
       C,
       {R::account_by_header, R::number_assigned, R::request_lowered}},
      {"any: what it gets anyway",
       [](Peer& p, Call& c) { ask_for(p, c, OverrideRight::any, "A"); },
       sign,
       A,
       {R::account_by_header, R::number_assigned}},
      {"any: nothing asked for",
       [](Peer& p, Call& c) {
         p.override_right = OverrideRight::any;
         c.from = sip_uri("+12125559999");
       },
       sign,
       B,
       {R::account_by_header, R::number_unlisted},
       "acme",
       "12125559999"},
      {"any: up to B for an account that is not approved yet",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::any, "B");
         name_account(c, "pending", "+12125551004");
       },
       sign,
       B,
       {R::account_by_header, R::account_not_vouched, R::asserted_by_peer},
       "pending",
       "12125551004"},
      {"any: up to A for it",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::any, "A");
         name_account(c, "pending", "+12125551004");
       },
       sign,
       A,
       {R::account_by_header, R::account_not_vouched, R::asserted_by_peer},
       "pending",
       "12125551004"},
      {"any: over the level for outside",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::any, "A");
         name_account(c, "outside-c", "+12125559999");
       },
       sign,
       A,
       {R::account_by_header, R::number_unlisted, R::outside_limited, R::asserted_by_peer},
       "outside-c",
       "12125559999"},
      {"a level in lower case with blanks around it",
       [](Peer& p, Call& c) { ask_for(p, c, OverrideRight::lower, " \tb "); },
       sign,
       B,
       {R::account_by_header, R::number_assigned, R::request_lowered}},
      {"a letter that is no level",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::any, "D");
         c.from = sip_uri("+12125559999");
       },
       sign,
       B,
       {R::account_by_header, R::number_unlisted, R::request_unreadable},
       "acme",
       "12125559999"},
      {"two letters are no level",
       [](Peer& p, Call& c) { ask_for(p, c, OverrideRight::lower, "BC"); },
       sign,
       A,
       {R::account_by_header, R::number_assigned, R::request_unreadable}},
      {"blanks are no level",
       [](Peer& p, Call& c) { ask_for(p, c, OverrideRight::lower, "  "); },
       sign,
       A,
       {R::account_by_header, R::number_assigned, R::request_unreadable}},
      {"a character that only looks like A when its case is changed",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::any, "!");
         c.from = sip_uri("+12125559999");
       },
       sign,
       B,
       {R::account_by_header, R::number_unlisted, R::request_unreadable},
       "acme",
       "12125559999"},
  };
}

Rows rows_about_those_nobody_lifts() {
  return {
      {"nobody lifts a rejected account",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::any, "A");
         name_account(c, "acme-rejected", "+12125551003");
       },
       sign,
       C,
       {R::account_by_header, R::account_rejected, R::request_reduced},
       "acme-rejected",
       "12125551003"},
      {"nor one below it",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::any, "B");
         name_account(c, "below-rejected", "+12125551024");
       },
       sign,
       C,
       {R::account_by_header, R::account_rejected, R::request_reduced},
       "below-rejected",
       "12125551024"},
      {"nor a suspended one that is signed as C",
       [](Peer& p, Call& c) {
         p.signs_suspended = true;
         ask_for(p, c, OverrideRight::any, "A");
         name_account(c, "suspended", "+12125559999");
       },
       sign,
       C,
       {R::account_by_header, R::account_suspended, R::number_unlisted, R::capped_account_suspended,
        R::request_reduced},
       "suspended",
       "12125559999"},
      {"nor one that is suspended from above and has the number",
       [](Peer& p, Call& c) {
         p.signs_suspended = true;
         ask_for(p, c, OverrideRight::any, "A");
         name_account(c, "below-suspended", "+12125551006");
       },
       sign,
       C,
       {R::account_by_header, R::account_suspended, R::number_assigned, R::capped_account_suspended,
        R::request_reduced},
       "below-suspended",
       "12125551006"},
      {"and none that stays unsigned",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::any, "A");
         name_account(c, "suspended", "+12125551005");
       },
       leave_unsigned,
       C,
       {R::account_by_header, R::account_suspended},
       "suspended",
       "12125551005"},
      {"nor an unknown one",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::any, "A");
         c.account_values[0] = "nobody";
       },
       sign,
       C,
       {R::account_unknown, R::capped_account_unknown, R::request_reduced},
       ""},
      {"nor one that nobody named",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::any, "B");
         name_account(c, {}, "+12125559999");
       },
       sign,
       C,
       {R::account_absent, R::capped_account_unknown, R::request_reduced},
       "",
       "12125559999"},
      {"an unknown account gets the C that was asked for",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::any, "C");
         c.account_values[0] = "nobody";
       },
       sign,
       C,
       {R::account_unknown},
       ""},
      {"an unknown account whose peer may only lower",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::lower, "A");
         c.account_values[0] = "nobody";
       },
       sign,
       C,
       {R::account_unknown, R::request_reduced},
       ""},
  };
}

Rows rows_about_reductions() {
  return {
      {"reduced by the account's maximum, though the number is its own",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::any, "A");
         name_account(c, "only-b", "+12125551007");
       },
       sign,
       B,
       {R::account_by_header, R::number_assigned, R::capped_by_account, R::request_reduced},
       "only-b",
       "12125551007"},
      {"asserted, then reduced by the account's maximum",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::any, "A");
         name_account(c, "only-b", "+12125559999");
       },
       sign,
       B,
       {R::account_by_header, R::number_unlisted, R::asserted_by_peer, R::capped_by_account,
        R::request_reduced},
       "only-b",
       "12125559999"},
      {"asserted, then reduced by an ancestor's maximum",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::any, "A");
         name_account(c, "below-only-b", "+12125559999");
       },
       sign,
       B,
       {R::account_by_header, R::number_unlisted, R::asserted_by_peer, R::capped_by_account,
        R::request_reduced},
       "below-only-b",
       "12125559999"},
      {"asserted, then reduced by the peer's maximum",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::any, "A");
         p.max_attestation = B;
         c.from = sip_uri("+12125559999");
       },
       sign,
       B,
       {R::account_by_header, R::number_unlisted, R::asserted_by_peer, R::capped_by_peer,
        R::request_reduced},
       "acme",
       "12125559999"},
      {"reduced because nobody screened the caller id",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::any, "A");
         by_number_alone(p, c);
         p.caller_id_screened = false;
       },
       sign,
       C,
       {R::account_by_number, R::number_assigned, R::capped_caller_id_not_screened,
        R::request_reduced}},
      {"asserted, then reduced because the caller may have written the account",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::any, "A");
         p.account_sources = {{AccountSource::Kind::host, {}, no_index}};
         c.from = sip_uri("+12125559999");
       },
       sign,
       C,
       {R::account_by_host, R::number_unlisted, R::asserted_by_peer,
        R::capped_account_not_vouched_for, R::request_reduced},
       "acme",
       "12125559999"},
      {"asserted, then reduced because it is a short code",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::any, "A");
         c.from = sip_uri("611");
       },
       sign,
       C,
       {R::account_by_header, R::number_unlisted, R::asserted_by_peer, R::capped_short_code,
        R::request_reduced},
       "acme",
       "611"},
      {"asserted, then reduced because the identities differ",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::any, "A");
         c.asserted_identities[0] = sip_uri("+12125559999");
       },
       sign,
       B,
       {R::account_by_header, R::number_unlisted, R::asserted_by_peer, R::capped_identities_differ,
        R::request_reduced},
       "acme",
       "12125559999"},
      {"asserted, then reduced because the call was retargeted",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::any, "A");
         p.retargeted_max_attestation = C;
         c.has_been_diverted = true;
         c.from = sip_uri("+12125559999");
       },
       sign,
       C,
       {R::account_by_header, R::retargeted, R::number_unlisted, R::asserted_by_peer,
        R::capped_retargeted, R::request_reduced},
       "acme",
       "12125559999"},
      {"asserted, then reduced by a rule",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::any, "A");
         add_rule(p, CallerRule::Kind::prefix, Treatment::cap_b, "1212");
         c.from = sip_uri("+12125559999");
       },
       sign,
       B,
       {R::account_by_header, R::caller_by_rule, R::number_unlisted, R::asserted_by_peer,
        R::capped_by_rule, R::request_reduced},
       "acme",
       "12125559999"},
      {"asserted, then reduced by the credential's maximum",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::any, "A");
         name_account(c, "signs-b", "+12125559999");
       },
       sign,
       B,
       {R::account_by_header, R::number_unlisted, R::asserted_by_peer, R::capped_by_credential,
        R::request_reduced},
       "signs-b",
       "12125559999"},
      {"lowered, and then further by the account's maximum",
       [](Peer& p, Call& c) {
         ask_for(p, c, OverrideRight::lower, "B");
         name_account(c, "only-c", "+12125551028");
       },
       sign,
       C,
       {R::account_by_header, R::number_assigned, R::request_lowered, R::capped_by_account,
        R::request_reduced},
       "only-c",
       "12125551028"},
  };
}

}  // namespace

std::vector<DecideRow> decide_rows_about_requests() {
  return join_rows({rows_about_rights(), rows_about_those_nobody_lifts(), rows_about_reductions()});
}

}  // namespace shaken302::test
