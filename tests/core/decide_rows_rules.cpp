// SPDX-License-Identifier: MIT
#include "core/decide_rows.hpp"
#include "core/policy_scene.hpp"

namespace shaken302::test {
namespace {

using R = Reason;
using Rows = std::vector<DecideRow>;
using Kind = AccountSource::Kind;
constexpr auto A = Attestation::A;
constexpr auto B = Attestation::B;
constexpr auto C = Attestation::C;
constexpr auto sign = Verdict::sign;
constexpr auto leave_unsigned = Verdict::leave_unsigned;

Rows rows_about_accounts() {
  return {
      {"an account fixed for the peer",
       [](Peer& p, Call&) {
         p.account_sources = {{Kind::fixed, {}, 0}};
       },
       sign,
       A,
       {R::account_by_peer, R::number_assigned}},
      {"a fixed account that the table does not have",
       [](Peer& p, Call&) {
         p.account_sources = {{Kind::fixed, {}, no_index}};
       },
       sign,
       C,
       {R::account_unknown},
       ""},
      {"a parameter of From, which the caller can write",
       [](Peer& p, Call&) {
         p.account_sources = {{Kind::parameter, "otg", no_index}};
       },
       sign,
       C,
       {R::account_by_parameter, R::number_assigned, R::capped_account_not_vouched_for}},
      {"a parameter of From, which the peer promises to write itself",
       [](Peer& p, Call&) {
         p.account_sources = {{Kind::parameter, "otg", no_index}};
         p.account_uri_vouched = true;
       },
       sign,
       A,
       {R::account_by_parameter, R::number_assigned}},
      {"the host of the Request-URI, which the caller can write",
       [](Peer& p, Call&) {
         p.account_sources = {{Kind::host, {}, no_index}};
       },
       sign,
       C,
       {R::account_by_host, R::number_assigned, R::capped_account_not_vouched_for}},
      {"the host of the Request-URI, which the peer promises to write itself",
       [](Peer& p, Call&) {
         p.account_sources = {{Kind::host, {}, no_index}};
         p.account_uri_vouched = true;
       },
       sign,
       A,
       {R::account_by_host, R::number_assigned}},
      {"the number, on a peer that screens caller ids",
       by_number_alone,
       sign,
       A,
       {R::account_by_number, R::number_assigned}},
      {"the number, on a peer that does not",
       [](Peer& p, Call& c) {
         by_number_alone(p, c);
         p.caller_id_screened = false;
       },
       sign,
       C,
       {R::account_by_number, R::number_assigned, R::capped_caller_id_not_screened}},
      {"not screened, but the account is known otherwise",
       [](Peer& p, Call&) { p.caller_id_screened = false; },
       sign,
       A,
       {R::account_by_header, R::number_assigned}},
      {"a URI that the caller can write, of an account that earns no more than C anyway",
       [](Peer& p, Call& c) {
         p.account_sources = {{Kind::parameter, "otg", no_index}};
         name_account(c, "pending", "+12125551004");
       },
       sign,
       C,
       {R::account_by_parameter, R::account_not_vouched},
       "pending",
       "12125551004"},
      {"one promise does not stand for the other: a screened caller id says nothing about a host",
       [](Peer& p, Call& c) {
         p.account_sources = {{Kind::host, {}, no_index}};
         p.caller_id_screened = true;
         c.from = sip_uri("+12125559999");
       },
       sign,
       C,
       {R::account_by_host, R::number_unlisted, R::capped_account_not_vouched_for},
       "acme",
       "12125559999"},
      {"nor a URI that the peer writes about the number",
       [](Peer& p, Call& c) {
         by_number_alone(p, c);
         p.caller_id_screened = false;
         p.account_uri_vouched = true;
       },
       sign,
       C,
       {R::account_by_number, R::number_assigned, R::capped_caller_id_not_screened}},
      {"a silent source is skipped",
       [](Peer&, Call& c) { c.account_values[0] = {}; },
       sign,
       A,
       {R::account_by_number, R::number_assigned}},
      {"nonsense in a source that speaks is not: nobody gains another account by it",
       [](Peer&, Call& c) { c.account_values[0] = "nobody"; },
       sign,
       C,
       {R::account_unknown},
       ""},
      {"ids are compared exactly",
       [](Peer&, Call& c) { c.account_values[0] = "ACME"; },
       sign,
       C,
       {R::account_unknown},
       ""},
      {"nobody names an account and the number is unlisted",
       [](Peer&, Call& c) { name_account(c, {}, "+12125559999"); },
       sign,
       C,
       {R::account_absent},
       "",
       "12125559999"},
      {"a right that has ended names nobody",
       [](Peer&, Call& c) { name_account(c, {}, "+12125550150"); },
       sign,
       C,
       {R::account_absent},
       "",
       "12125550150"},
      {"the next source is asked after a number that names nobody",
       [](Peer& p, Call& c) {
         p.account_sources = {{Kind::number, {}, no_index}, {Kind::fixed, {}, 1}};
         name_account(c, {}, "+12125559999");
       },
       sign,
       B,
       {R::account_by_peer, R::number_unlisted},
       "other",
       "12125559999"},
      {"no sources at all",
       [](Peer& p, Call&) { p.account_sources.clear(); },
       sign,
       C,
       {R::account_absent},
       ""},
      {"the eighth source is asked",
       [](Peer& p, Call& c) {
         c.account_values[0] = {};
         p.account_sources.assign(account_sources_max, {Kind::header, "X-None", no_index});
         c.account_values[account_sources_max - 1] = "acme";
       },
       sign,
       A,
       {R::account_by_header, R::number_assigned}},
      {"sources beyond the eighth do not exist",
       [](Peer& p, Call& c) {
         c.account_values[0] = {};
         p.account_sources.assign(account_sources_max, {Kind::header, "X-None", no_index});
         p.account_sources.push_back({Kind::fixed, {}, 0});
       },
       sign,
       C,
       {R::account_absent},
       ""},
      {"a suspended account",
       [](Peer&, Call& c) { name_account(c, "suspended", "+12125551005"); },
       leave_unsigned,
       C,
       {R::account_by_header, R::account_suspended},
       "suspended",
       "12125551005"},
      {"an account below a suspended one",
       [](Peer&, Call& c) { name_account(c, "below-suspended", "+12125551006"); },
       leave_unsigned,
       C,
       {R::account_by_header, R::account_suspended},
       "below-suspended",
       "12125551006"},
      {"a business profile that is still pending",
       [](Peer&, Call& c) { name_account(c, "pending", "+12125551004"); },
       sign,
       C,
       {R::account_by_header, R::account_not_vouched},
       "pending",
       "12125551004"},
      {"its own rejected trust product is not healed by the parent's",
       [](Peer&, Call& c) { name_account(c, "acme-rejected", "+12125551003"); },
       sign,
       C,
       {R::account_by_header, R::account_rejected},
       "acme-rejected",
       "12125551003"},
  };
}

Rows rows_about_caps() {
  return {
      {"the account's maximum",
       [](Peer&, Call& c) { name_account(c, "only-b", "+12125551007"); },
       sign,
       B,
       {R::account_by_header, R::number_assigned, R::capped_by_account},
       "only-b",
       "12125551007"},
      {"an ancestor's maximum",
       [](Peer&, Call& c) { name_account(c, "below-only-b", "+12125551008"); },
       sign,
       B,
       {R::account_by_header, R::number_assigned, R::capped_by_account},
       "below-only-b",
       "12125551008"},
      {"a maximum that lowers nothing is not in the trail",
       [](Peer&, Call& c) { c.account_values[0] = "only-b"; },
       sign,
       B,
       {R::account_by_header, R::number_of_other_account},
       "only-b"},
      {"the peer's maximum",
       [](Peer& p, Call&) { p.max_attestation = C; },
       sign,
       C,
       {R::account_by_header, R::number_assigned, R::capped_by_peer}},
      {"every cap, one after the other",
       [](Peer& p, Call& c) {
         by_number_alone(p, c);
         c.from = sip_uri("+12125551007");
         p.caller_id_screened = false;
       },
       sign,
       C,
       {R::account_by_number, R::number_assigned, R::capped_by_account,
        R::capped_caller_id_not_screened},
       "only-b",
       "12125551007"},
  };
}

Rows rows_about_credentials() {
  return {
      {"an account without a credential does not get the peer's",
       [](Peer&, Call& c) { name_account(c, "keyless", "+12125551009"); },
       leave_unsigned,
       C,
       {R::account_by_header, R::number_assigned, R::no_credential},
       "keyless",
       "12125551009"},
      {"nobody's call on a peer without a credential",
       [](Peer& p, Call& c) {
         p.credentials = no_index;
         c.account_values[0] = "nobody";
       },
       leave_unsigned,
       C,
       {R::account_unknown, R::no_credential},
       ""},
      {"a credential in quarantine",
       [](Peer&, Call& c) { name_account(c, "quarantined", "+12125551010"); },
       leave_unsigned,
       C,
       {R::account_by_header, R::number_assigned, R::credential_quarantined},
       "quarantined",
       "12125551010"},
      {"a credential whose files are wrong",
       [](Peer&, Call& c) { name_account(c, "faulty", "+12125551099"); },
       leave_unsigned,
       C,
       {R::account_by_header, R::number_unlisted, R::credential_faulty},
       "faulty",
       "12125551099"},
      {"a credential that nobody can fetch yet",
       [](Peer&, Call& c) { name_account(c, "unpublished", "+12125551099"); },
       leave_unsigned,
       C,
       {R::account_by_header, R::number_unlisted, R::credential_unpublished},
       "unpublished",
       "12125551099"},
      {"the older one signs until they can",
       [](Peer&, Call& c) { name_account(c, "renewed", "+12125551099"); },
       sign,
       B,
       {R::account_by_header, R::number_unlisted, R::credential_passed_over},
       "renewed",
       "12125551099"},
      {"a certificate that permits A alone, and B is earned",
       [](Peer&, Call& c) { name_account(c, "strict", "+12125551099"); },
       leave_unsigned,
       C,
       {R::account_by_header, R::number_unlisted, R::credential_forbids_level},
       "strict",
       "12125551099"},
      {"a certificate of yesterday",
       [](Peer&, Call& c) { name_account(c, "expired", "+12125551011"); },
       leave_unsigned,
       C,
       {R::account_by_header, R::number_assigned, R::credential_not_valid_now},
       "expired",
       "12125551011"},
      {"a certificate of tomorrow",
       [](Peer&, Call& c) { name_account(c, "future", "+12125551012"); },
       leave_unsigned,
       C,
       {R::account_by_header, R::number_assigned, R::credential_not_valid_now},
       "future",
       "12125551012"},
  };
}

}  // namespace

std::vector<DecideRow> decide_rows_about_rules() {
  return join_rows({rows_about_accounts(), rows_about_caps(), rows_about_credentials()});
}

}  // namespace shaken302::test
