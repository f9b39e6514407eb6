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
constexpr auto block = Verdict::block;

Rows rows_about_shown_numbers_that_never_call() {
  return {
      {"the first asserted identity must never call, and the tel one is signed",
       [](Peer&, Call& c) {
         c.asserted_identities = {sip_uri("+12125550190"), tel_uri("+12125550123")};
       },
       block,
       C,
       {R::caller_never_calls, R::account_by_header, R::identities_same_account}},
      {"the second one must not",
       [](Peer&, Call& c) {
         c.asserted_identities = {sip_uri("+12125550123"), sip_uri("+12125550195")};
       },
       block,
       C,
       {R::caller_never_calls, R::account_by_header, R::identities_same_account}},
      {"the second one was listed until yesterday",
       [](Peer&, Call& c) {
         c.asserted_identities = {sip_uri("+12125550123"), sip_uri("+12125550191")};
       },
       sign,
       A,
       {R::account_by_header, R::identities_same_account, R::number_assigned}},
      {"Remote-Party-ID must not, where the peer reads it",
       [](Peer& p, Call& c) {
         p.calling_sources = {CallingSource::from, CallingSource::remote_party_id};
         c.remote_party_id = sip_uri("+12125550190");
       },
       block,
       C,
       {R::caller_never_calls, R::account_by_header, R::identities_same_account}},
      {"nobody sees a Remote-Party-ID that the peer does not read",
       [](Peer&, Call& c) { c.remote_party_id = sip_uri("+12125550190"); },
       sign,
       A,
       {R::account_by_header, R::number_assigned}},
      {"From must not, and the asserted identity is no number",
       [](Peer&, Call& c) {
         c.asserted_identities[0] = sip_uri("bob");
         c.from = sip_uri("+12125550190");
       },
       block,
       C,
       {R::caller_not_a_number, R::caller_never_calls, R::account_by_header},
       "acme",
       ""},
      {"From must not, and the call is for help",
       [](Peer&, Call& c) {
         c.asserted_identities[0] = sip_uri("+12125550123");
         c.from = sip_uri("+12125550190");
         dial(c, "911");
       },
       leave_unsigned,
       C,
       {R::emergency, R::caller_never_calls, R::account_by_header, R::identities_same_account},
       "acme",
       "12125550123",
       "911"},
  };
}

Rows rows_about_anonymous_rules_beside_others() {
  return {
      {"a rule about the number is not hidden by a milder one about anonymous callers",
       [](Peer& p, Call& c) {
         add_rule(p, Caller::anonymous, Treatment::sign);
         add_rule(p, Caller::prefix, Treatment::block, "1212");
         c.asks_for_privacy = true;
       },
       block,
       C,
       {R::caller_anonymous, R::account_by_header, R::caller_by_rule}},
      {"nor does it hide a stricter one about anonymous callers",
       [](Peer& p, Call& c) {
         add_rule(p, Caller::prefix, Treatment::sign, "1212");
         add_rule(p, Caller::anonymous, Treatment::cap_c);
         c.asks_for_privacy = true;
       },
       sign,
       C,
       {R::caller_anonymous, R::account_by_header, R::caller_by_rule, R::number_assigned,
        R::capped_by_rule}},
      {"of two rules about the number the first still counts",
       [](Peer& p, Call& c) {
         add_rule(p, Caller::prefix, Treatment::cap_b, "1212");
         add_rule(p, Caller::anonymous, Treatment::sign);
         add_rule(p, Caller::prefix, Treatment::block, "1");
         c.asks_for_privacy = true;
       },
       sign,
       B,
       {R::caller_anonymous, R::account_by_header, R::caller_by_rule, R::number_assigned,
        R::capped_by_rule}},
      {"of two rules about anonymous callers the first counts too",
       [](Peer& p, Call& c) {
         add_rule(p, Caller::anonymous, Treatment::cap_b);
         add_rule(p, Caller::anonymous, Treatment::block);
         c.asks_for_privacy = true;
       },
       sign,
       B,
       {R::caller_anonymous, R::account_by_header, R::caller_by_rule, R::number_assigned,
        R::capped_by_rule}},
      {"an impossible caller that a rule allows, and that hides",
       [](Peer& p, Call& c) {
         add_rule(p, Caller::impossible, Treatment::sign);
         add_rule(p, Caller::anonymous, Treatment::cap_b);
         c.from = sip_uri("+10125550100");
         c.asks_for_privacy = true;
       },
       sign,
       B,
       {R::caller_impossible, R::caller_anonymous, R::account_by_header, R::caller_by_rule,
        R::number_assigned, R::capped_by_rule},
       "acme",
       "10125550100"},
  };
}

Rows rows_about_identities_nobody_can_read() {
  return {
      {"From has too many digits for a number",
       [](Peer&, Call& c) {
         c.asserted_identities[0] = sip_uri("+12125550123");
         c.from = sip_uri("+1800829104000000");
       },
       sign,
       B,
       {R::account_by_header, R::number_assigned, R::capped_identities_differ}},
      {"From is a name with seven digits",
       [](Peer&, Call& c) {
         c.asserted_identities[0] = sip_uri("+12125550123");
         c.from = sip_uri("desk-5550190");
       },
       sign,
       B,
       {R::account_by_header, R::number_assigned, R::capped_identities_differ}},
      {"with six it is a name",
       [](Peer&, Call& c) {
         c.asserted_identities[0] = sip_uri("+12125550123");
         c.from = sip_uri("desk-555019");
       },
       sign,
       A,
       {R::account_by_header, R::number_assigned}},
      {"the second asserted identity is unreadable",
       [](Peer&, Call& c) {
         c.asserted_identities = {sip_uri("+12125550123"), sip_uri("+1800829104000000")};
       },
       sign,
       B,
       {R::account_by_header, R::number_assigned, R::capped_identities_differ}},
      {"Remote-Party-ID is, where the peer reads it",
       [](Peer& p, Call& c) {
         p.calling_sources = {CallingSource::from, CallingSource::remote_party_id};
         c.remote_party_id = sip_uri("+1800829104000000");
       },
       sign,
       B,
       {R::account_by_header, R::number_assigned, R::capped_identities_differ}},
      {"and where it does not",
       [](Peer&, Call& c) { c.remote_party_id = sip_uri("+1800829104000000"); },
       sign,
       A,
       {R::account_by_header, R::number_assigned}},
      {"more than two asserted identities",
       [](Peer&, Call& c) {
         c.has_more_identities = true;
         c.asserted_identities = {sip_uri("+12125550123"), tel_uri("+12125550123")};
       },
       sign,
       B,
       {R::account_by_header, R::number_assigned, R::capped_identities_differ}},
      {"more than two, and those that are read are all the account's",
       [](Peer&, Call& c) {
         c.has_more_identities = true;
         c.asserted_identities = {sip_uri("+12125550124"), sip_uri("+12125550125")};
       },
       sign,
       B,
       {R::account_by_header, R::number_assigned, R::capped_identities_differ},
       "acme",
       "12125550124"},
      {"an unreadable one beside two of the account's",
       [](Peer&, Call& c) {
         c.asserted_identities = {sip_uri("+12125550124"), sip_uri("+1800829104000000")};
       },
       sign,
       B,
       {R::account_by_header, R::number_assigned, R::capped_identities_differ},
       "acme",
       "12125550124"},
  };
}

}  // namespace

std::vector<DecideRow> decide_rows_about_what_is_shown() {
  return join_rows({rows_about_shown_numbers_that_never_call(),
                    rows_about_anonymous_rules_beside_others(),
                    rows_about_identities_nobody_can_read()});
}

}  // namespace shaken302::test
