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

Rows rows_about_kinds_of_callers() {
  return {
      {"callers without a number left unsigned by rule",
       [](Peer& p, Call& c) {
         add_rule(p, Caller::not_a_number, Treatment::leave_unsigned);
         c.from = sip_uri("alice");
       },
       leave_unsigned,
       C,
       {R::caller_not_a_number, R::account_by_header, R::caller_by_rule},
       "acme",
       ""},
      {"callers without a number blocked",
       [](Peer& p, Call& c) {
         add_rule(p, Caller::not_a_number, Treatment::block);
         c.from = sip_uri("alice");
       },
       block,
       C,
       {R::caller_not_a_number, R::account_by_header, R::caller_by_rule},
       "acme",
       ""},
      {"no rule can sign what is no number",
       [](Peer& p, Call& c) {
         add_rule(p, Caller::not_a_number, Treatment::sign);
         c.from = sip_uri("alice");
       },
       leave_unsigned,
       C,
       {R::caller_not_a_number, R::account_by_header, R::caller_by_rule},
       "acme",
       ""},
      {"no caller at all has no number either",
       [](Peer& p, Call&) {
         add_rule(p, Caller::not_a_number, Treatment::block);
         p.calling_sources = {CallingSource::asserted_identity};
       },
       block,
       C,
       {R::caller_absent, R::account_by_header, R::caller_by_rule},
       "acme",
       ""},
      {"short codes as callers: signed, at C still",
       [](Peer& p, Call& c) {
         add_rule(p, Caller::short_code, Treatment::sign);
         c.from = sip_uri("611");
       },
       sign,
       C,
       {R::account_by_header, R::caller_by_rule, R::number_unlisted, R::capped_short_code},
       "acme",
       "611"},
      {"short codes as callers: unsigned",
       [](Peer& p, Call& c) {
         add_rule(p, Caller::short_code, Treatment::leave_unsigned);
         c.from = sip_uri("611");
       },
       leave_unsigned,
       C,
       {R::account_by_header, R::caller_by_rule},
       "acme",
       "611"},
      {"short codes as callers: blocked",
       [](Peer& p, Call& c) {
         add_rule(p, Caller::short_code, Treatment::block);
         c.from = sip_uri("72345");
       },
       block,
       C,
       {R::account_by_header, R::caller_by_rule},
       "acme",
       "72345"},
      {"an emergency number as caller is a short code",
       [](Peer& p, Call& c) {
         add_rule(p, Caller::short_code, Treatment::block);
         c.from = sip_uri("911");
       },
       block,
       C,
       {R::account_by_header, R::caller_by_rule},
       "acme",
       "911"},
      {"a rule about short codes is not about numbers",
       [](Peer& p, Call&) { add_rule(p, Caller::short_code, Treatment::block); },
       sign,
       A,
       {R::account_by_header, R::number_assigned}},
      {"callers by prefix: signed",
       [](Peer& p, Call&) { add_rule(p, Caller::prefix, Treatment::sign, "1212"); },
       sign,
       A,
       {R::account_by_header, R::caller_by_rule, R::number_assigned}},
      {"callers by prefix: B at most",
       [](Peer& p, Call&) { add_rule(p, Caller::prefix, Treatment::cap_b, "1212"); },
       sign,
       B,
       {R::account_by_header, R::caller_by_rule, R::number_assigned, R::capped_by_rule}},
      {"callers by prefix: C at most",
       [](Peer& p, Call&) { add_rule(p, Caller::prefix, Treatment::cap_c, "1212"); },
       sign,
       C,
       {R::account_by_header, R::caller_by_rule, R::number_assigned, R::capped_by_rule}},
      {"callers by prefix: unsigned",
       [](Peer& p, Call&) {
         add_rule(p, Caller::prefix, Treatment::leave_unsigned, "12125550123");
       },
       leave_unsigned,
       C,
       {R::account_by_header, R::caller_by_rule}},
      {"callers by prefix: blocked",
       [](Peer& p, Call&) { add_rule(p, Caller::prefix, Treatment::block, "1"); },
       block,
       C,
       {R::account_by_header, R::caller_by_rule}},
      {"another prefix",
       [](Peer& p, Call&) { add_rule(p, Caller::prefix, Treatment::block, "1213"); },
       sign,
       A,
       {R::account_by_header, R::number_assigned}},
      {"a short code has no prefix",
       [](Peer& p, Call& c) {
         add_rule(p, Caller::prefix, Treatment::block, "6");
         c.from = sip_uri("611");
       },
       sign,
       C,
       {R::account_by_header, R::number_unlisted, R::capped_short_code},
       "acme",
       "611"},
      {"of two rules about the caller the first counts",
       [](Peer& p, Call&) {
         add_rule(p, Caller::prefix, Treatment::sign, "1212");
         add_rule(p, Caller::prefix, Treatment::block, "1");
       },
       sign,
       A,
       {R::account_by_header, R::caller_by_rule, R::number_assigned}},
      {"in either order",
       [](Peer& p, Call&) {
         add_rule(p, Caller::prefix, Treatment::block, "1");
         add_rule(p, Caller::prefix, Treatment::sign, "1212");
       },
       block,
       C,
       {R::account_by_header, R::caller_by_rule}},
      {"a rule that does not match is passed over",
       [](Peer& p, Call&) {
         add_rule(p, Caller::prefix, Treatment::block, "44");
         add_rule(p, Caller::prefix, Treatment::cap_b, "1");
       },
       sign,
       B,
       {R::account_by_header, R::caller_by_rule, R::number_assigned, R::capped_by_rule}},
      {"rules beyond the thirty-second do not exist",
       [](Peer& p, Call&) {
         p.caller_rules.assign(call_rules_max, {Caller::prefix, "44", Treatment::sign});
         add_rule(p, Caller::prefix, Treatment::block, "1");
       },
       sign,
       A,
       {R::account_by_header, R::number_assigned}},
  };
}

Rows rows_about_kinds_of_destinations() {
  return {
      {"toll-free destinations: signed",
       [](Peer& p, Call& c) {
         add_rule(p, Called::toll_free, Treatment::sign);
         dial(c, "+18005550199");
       },
       sign,
       A,
       {R::account_by_header, R::called_by_rule, R::number_assigned},
       "acme",
       "12125550123",
       "18005550199"},
      {"toll-free destinations: B at most",
       [](Peer& p, Call& c) {
         add_rule(p, Called::toll_free, Treatment::cap_b);
         dial(c, "+18005550199");
       },
       sign,
       B,
       {R::account_by_header, R::called_by_rule, R::number_assigned, R::capped_by_rule},
       "acme",
       "12125550123",
       "18005550199"},
      {"toll-free destinations: C at most",
       [](Peer& p, Call& c) {
         add_rule(p, Called::toll_free, Treatment::cap_c);
         dial(c, "+18005550199");
       },
       sign,
       C,
       {R::account_by_header, R::called_by_rule, R::number_assigned, R::capped_by_rule},
       "acme",
       "12125550123",
       "18005550199"},
      {"toll-free destinations: unsigned",
       [](Peer& p, Call& c) {
         add_rule(p, Called::toll_free, Treatment::leave_unsigned);
         dial(c, "+18005550199");
       },
       leave_unsigned,
       C,
       {R::account_by_header, R::called_by_rule},
       "acme",
       "12125550123",
       "18005550199"},
      {"toll-free destinations: blocked",
       [](Peer& p, Call& c) {
         add_rule(p, Called::toll_free, Treatment::block);
         dial(c, "+18005550199");
       },
       block,
       C,
       {R::account_by_header, R::called_by_rule},
       "acme",
       "12125550123",
       "18005550199"},
      {"international destinations: signed",
       [](Peer& p, Call& c) {
         add_rule(p, Called::international, Treatment::sign);
         dial(c, "+442071838750");
       },
       sign,
       A,
       {R::account_by_header, R::called_by_rule, R::number_assigned},
       "acme",
       "12125550123",
       "442071838750"},
      {"international destinations: B at most",
       [](Peer& p, Call& c) {
         add_rule(p, Called::international, Treatment::cap_b);
         dial(c, "+442071838750");
       },
       sign,
       B,
       {R::account_by_header, R::called_by_rule, R::number_assigned, R::capped_by_rule},
       "acme",
       "12125550123",
       "442071838750"},
      {"international destinations: C at most",
       [](Peer& p, Call& c) {
         add_rule(p, Called::international, Treatment::cap_c);
         dial(c, "+442071838750");
       },
       sign,
       C,
       {R::account_by_header, R::called_by_rule, R::number_assigned, R::capped_by_rule},
       "acme",
       "12125550123",
       "442071838750"},
      {"international destinations: unsigned",
       [](Peer& p, Call& c) {
         add_rule(p, Called::international, Treatment::leave_unsigned);
         dial(c, "+442071838750");
       },
       leave_unsigned,
       C,
       {R::account_by_header, R::called_by_rule},
       "acme",
       "12125550123",
       "442071838750"},
      {"international destinations: blocked",
       [](Peer& p, Call& c) {
         add_rule(p, Called::international, Treatment::block);
         dial(c, "+442071838750");
       },
       block,
       C,
       {R::account_by_header, R::called_by_rule},
       "acme",
       "12125550123",
       "442071838750"},
      {"premium destinations: signed",
       [](Peer& p, Call& c) {
         add_rule(p, Called::prefix, Treatment::sign, "1900");
         dial(c, "+19005550199");
       },
       sign,
       A,
       {R::account_by_header, R::called_by_rule, R::number_assigned},
       "acme",
       "12125550123",
       "19005550199"},
      {"premium destinations: B at most",
       [](Peer& p, Call& c) {
         add_rule(p, Called::prefix, Treatment::cap_b, "1900");
         dial(c, "+19005550199");
       },
       sign,
       B,
       {R::account_by_header, R::called_by_rule, R::number_assigned, R::capped_by_rule},
       "acme",
       "12125550123",
       "19005550199"},
      {"premium destinations: C at most",
       [](Peer& p, Call& c) {
         add_rule(p, Called::prefix, Treatment::cap_c, "1900");
         dial(c, "+19005550199");
       },
       sign,
       C,
       {R::account_by_header, R::called_by_rule, R::number_assigned, R::capped_by_rule},
       "acme",
       "12125550123",
       "19005550199"},
      {"premium destinations: unsigned",
       [](Peer& p, Call& c) {
         add_rule(p, Called::prefix, Treatment::leave_unsigned, "1900");
         dial(c, "+19005550199");
       },
       leave_unsigned,
       C,
       {R::account_by_header, R::called_by_rule},
       "acme",
       "12125550123",
       "19005550199"},
      {"premium destinations: blocked",
       [](Peer& p, Call& c) {
         add_rule(p, Called::prefix, Treatment::block, "1900");
         dial(c, "+19005550199");
       },
       block,
       C,
       {R::account_by_header, R::called_by_rule},
       "acme",
       "12125550123",
       "19005550199"},
      {"the last of the toll-free codes",
       [](Peer& p, Call& c) {
         add_rule(p, Called::toll_free, Treatment::block);
         dial(c, "+18885550199");
       },
       block,
       C,
       {R::account_by_header, R::called_by_rule},
       "acme",
       "12125550123",
       "18885550199"},
      {"a code between them is not toll-free",
       [](Peer& p, Call& c) {
         add_rule(p, Called::toll_free, Treatment::block);
         dial(c, "+18105550199");
       },
       sign,
       A,
       {R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "18105550199"},
      {"universal freephone numbers are toll-free everywhere",
       [](Peer& p, Call& c) {
         add_rule(p, Called::toll_free, Treatment::block);
         dial(c, "+80012345678");
       },
       block,
       C,
       {R::account_by_header, R::called_by_rule},
       "acme",
       "12125550123",
       "80012345678"},
      {"0800 of the plan's own country",
       [](Peer& p, Call& c) {
         p.plan = make_number_plan("44");
         add_rule(p, Called::toll_free, Treatment::block);
         dial(c, "+448001234567");
       },
       block,
       C,
       {R::account_by_header, R::called_by_rule},
       "acme",
       "12125550123",
       "448001234567"},
      {"0800 of another country is not toll-free from here",
       [](Peer& p, Call& c) {
         add_rule(p, Called::toll_free, Treatment::block);
         dial(c, "+448001234567");
       },
       sign,
       A,
       {R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "448001234567"},
      {"a geographic number of that country is not",
       [](Peer& p, Call& c) {
         p.plan = make_number_plan("44");
         add_rule(p, Called::toll_free, Treatment::block);
         dial(c, "+442071838750");
       },
       sign,
       A,
       {R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "442071838750"},
      {"the plan's own country is not international",
       [](Peer& p, Call&) { add_rule(p, Called::international, Treatment::block); },
       sign,
       A,
       {R::account_by_header, R::number_assigned}},
      {"without a country nothing is international",
       [](Peer& p, Call& c) {
         p.plan = make_number_plan("");
         add_rule(p, Called::international, Treatment::block);
         dial(c, "+442071838750");
       },
       sign,
       A,
       {R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "442071838750"},
      {"a short code is not international",
       [](Peer& p, Call& c) {
         add_rule(p, Called::international, Treatment::block);
         dial(c, "611");
       },
       sign,
       A,
       {R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "611"},
      {"short codes as destinations: unsigned",
       [](Peer& p, Call& c) {
         add_rule(p, Called::short_code, Treatment::leave_unsigned);
         dial(c, "611");
       },
       leave_unsigned,
       C,
       {R::account_by_header, R::called_by_rule},
       "acme",
       "12125550123",
       "611"},
      {"short codes as destinations: blocked",
       [](Peer& p, Call& c) {
         add_rule(p, Called::short_code, Treatment::block);
         dial(c, "72345");
       },
       block,
       C,
       {R::account_by_header, R::called_by_rule},
       "acme",
       "12125550123",
       "72345"},
      {"a prefix is not for short codes",
       [](Peer& p, Call& c) {
         add_rule(p, Called::prefix, Treatment::block, "6");
         dial(c, "611");
       },
       sign,
       A,
       {R::account_by_header, R::number_assigned},
       "acme",
       "12125550123",
       "611"},
      {"destinations that are no number: unsigned",
       [](Peer& p, Call& c) {
         add_rule(p, Called::not_a_number, Treatment::leave_unsigned);
         dial(c, "bob");
       },
       leave_unsigned,
       C,
       {R::called_not_a_number, R::account_by_header, R::called_by_rule},
       "acme",
       "12125550123",
       ""},
      {"destinations that are no number: blocked",
       [](Peer& p, Call& c) {
         add_rule(p, Called::not_a_number, Treatment::block);
         dial(c, "bob");
       },
       block,
       C,
       {R::called_not_a_number, R::account_by_header, R::called_by_rule},
       "acme",
       "12125550123",
       ""},
      {"a star code before a number is no number",
       [](Peer& p, Call& c) {
         add_rule(p, Called::not_a_number, Treatment::block);
         dial(c, "*674155550111");
       },
       block,
       C,
       {R::called_not_a_number, R::account_by_header, R::called_by_rule},
       "acme",
       "12125550123",
       ""},
      {"of two rules about the destination the first counts",
       [](Peer& p, Call& c) {
         add_rule(p, Called::international, Treatment::sign);
         add_rule(p, Called::prefix, Treatment::block, "44");
         dial(c, "+442071838750");
       },
       sign,
       A,
       {R::account_by_header, R::called_by_rule, R::number_assigned},
       "acme",
       "12125550123",
       "442071838750"},
      {"in either order too",
       [](Peer& p, Call& c) {
         add_rule(p, Called::prefix, Treatment::block, "44");
         add_rule(p, Called::international, Treatment::sign);
         dial(c, "+442071838750");
       },
       block,
       C,
       {R::account_by_header, R::called_by_rule},
       "acme",
       "12125550123",
       "442071838750"},
      {"of a rule about the caller and one about the destination the stricter counts: the "
       "destination's",
       [](Peer& p, Call& c) {
         add_rule(p, Caller::prefix, Treatment::cap_b, "1");
         add_rule(p, Called::international, Treatment::leave_unsigned);
         dial(c, "+442071838750");
       },
       leave_unsigned,
       C,
       {R::account_by_header, R::caller_by_rule, R::called_by_rule},
       "acme",
       "12125550123",
       "442071838750"},
      {"the caller's",
       [](Peer& p, Call& c) {
         add_rule(p, Caller::prefix, Treatment::block, "1");
         add_rule(p, Called::international, Treatment::sign);
         dial(c, "+442071838750");
       },
       block,
       C,
       {R::account_by_header, R::caller_by_rule, R::called_by_rule},
       "acme",
       "12125550123",
       "442071838750"},
      {"C is stricter than B",
       [](Peer& p, Call& c) {
         add_rule(p, Caller::prefix, Treatment::cap_c, "1");
         add_rule(p, Called::international, Treatment::cap_b);
         dial(c, "+442071838750");
       },
       sign,
       C,
       {R::account_by_header, R::caller_by_rule, R::called_by_rule, R::number_assigned,
        R::capped_by_rule},
       "acme",
       "12125550123",
       "442071838750"},
  };
}

}  // namespace

std::vector<DecideRow> decide_rows_about_kinds() {
  return join_rows({rows_about_kinds_of_callers(), rows_about_kinds_of_destinations()});
}

}  // namespace shaken302::test
