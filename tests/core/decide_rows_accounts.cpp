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

Rows rows_about_families() {
  return {
      {"a group may use the number of an account below it",
       [](Peer&, Call& c) { name_account(c, "group", "+12125551014"); },
       sign,
       A,
       {R::account_by_header, R::number_of_family},
       "group",
       "12125551014"},
      {"and an account below it the number of the group",
       [](Peer&, Call& c) { name_account(c, "group-north", "+12125551013"); },
       sign,
       A,
       {R::account_by_header, R::number_of_family},
       "group-north",
       "12125551013"},
      {"the number of one two below",
       [](Peer&, Call& c) { name_account(c, "group", "+12125551016"); },
       sign,
       A,
       {R::account_by_header, R::number_of_family},
       "group",
       "12125551016"},
      {"the number of one two above",
       [](Peer&, Call& c) { name_account(c, "group-north-desk", "+12125551013"); },
       sign,
       A,
       {R::account_by_header, R::number_of_family},
       "group-north-desk",
       "12125551013"},
      {"a sister is not above or below",
       [](Peer&, Call& c) { name_account(c, "group-north", "+12125551015"); },
       sign,
       B,
       {R::account_by_header, R::number_of_other_account},
       "group-north",
       "12125551015"},
      {"nor is the sister of the one above",
       [](Peer&, Call& c) { name_account(c, "group-north-desk", "+12125551015"); },
       sign,
       B,
       {R::account_by_header, R::number_of_other_account},
       "group-north-desk",
       "12125551015"},
      {"no permission to use the numbers of the family",
       [](Peer&, Call& c) { name_account(c, "group-south", "+12125551013"); },
       sign,
       B,
       {R::account_by_header, R::number_of_other_account},
       "group-south",
       "12125551013"},
      {"the permission is the caller's, not the owner's",
       [](Peer&, Call& c) { name_account(c, "group", "+12125551015"); },
       sign,
       A,
       {R::account_by_header, R::number_of_family},
       "group",
       "12125551015"},
      {"an own number needs no permission",
       [](Peer&, Call& c) { name_account(c, "group-south", "+12125551015"); },
       sign,
       A,
       {R::account_by_header, R::number_assigned},
       "group-south",
       "12125551015"},
      {"an own number is assigned, not borrowed",
       [](Peer&, Call& c) { name_account(c, "group-north", "+12125551014"); },
       sign,
       A,
       {R::account_by_header, R::number_assigned},
       "group-north",
       "12125551014"},
      {"the number of a suspended account is no help to its family",
       [](Peer&, Call& c) { name_account(c, "group", "+12125551017"); },
       sign,
       B,
       {R::account_by_header, R::number_of_other_account},
       "group",
       "12125551017"},
      {"nor is that of a rejected one",
       [](Peer&, Call& c) { name_account(c, "group", "+12125551029"); },
       sign,
       B,
       {R::account_by_header, R::number_of_other_account},
       "group",
       "12125551029"},
      {"a rejected one's number is no second identity of the family",
       [](Peer&, Call& c) {
         name_account(c, "group", "+12125551029");
         c.asserted_identities[0] = sip_uri("+12125551013");
       },
       sign,
       B,
       {R::account_by_header, R::number_assigned, R::capped_identities_differ},
       "group",
       "12125551013"},
      {"the maximum of the account that has the number holds",
       [](Peer&, Call& c) { name_account(c, "group", "+12125551030"); },
       sign,
       B,
       {R::account_by_header, R::number_of_family, R::capped_by_account},
       "group",
       "12125551030"},
      {"also for what a peer asserts",
       [](Peer& p, Call& c) {
         p.override_right = OverrideRight::any;
         c.requested_level = "A";
         name_account(c, "club", "+12125551032");
       },
       sign,
       B,
       {R::account_by_header, R::account_not_vouched, R::asserted_by_peer, R::capped_by_account,
        R::request_reduced},
       "club",
       "12125551032"},
      {"a number of the family that ended yesterday",
       [](Peer&, Call& c) { name_account(c, "group-north", "+12125552000"); },
       sign,
       B,
       {R::account_by_header, R::number_not_valid_now},
       "group-north",
       "12125552000"},
      {"a number of strangers",
       [](Peer&, Call& c) { name_account(c, "group", "+12125551000"); },
       sign,
       B,
       {R::account_by_header, R::number_of_other_account},
       "group",
       "12125551000"},
      {"a suspended account of the family",
       [](Peer&, Call& c) { name_account(c, "group-asleep", "+12125551013"); },
       leave_unsigned,
       C,
       {R::account_by_header, R::account_suspended},
       "group-asleep",
       "12125551013"},
  };
}

Rows rows_about_reviews() {
  return {
      {"rejected in the middle: nothing comes through from above",
       [](Peer&, Call& c) { name_account(c, "below-rejected", "+12125551024"); },
       sign,
       C,
       {R::account_by_header, R::account_rejected},
       "below-rejected",
       "12125551024"},
      {"approved itself below a rejected one",
       [](Peer&, Call& c) { name_account(c, "rises-again", "+12125551025"); },
       sign,
       A,
       {R::account_by_header, R::number_assigned},
       "rises-again",
       "12125551025"},
      {"one rejected review is enough, the other is only pending",
       [](Peer&, Call& c) { name_account(c, "half-rejected", "+12125551026"); },
       sign,
       C,
       {R::account_by_header, R::account_rejected},
       "half-rejected",
       "12125551026"},
      {"rejected, and the number is nobody's",
       [](Peer&, Call& c) { name_account(c, "acme-rejected", "+12125559999"); },
       sign,
       C,
       {R::account_by_header, R::account_rejected},
       "acme-rejected",
       "12125559999"},
      {"not reviewed to the end, and the number is another's",
       [](Peer&, Call& c) { name_account(c, "pending", "+12125551001"); },
       sign,
       C,
       {R::account_by_header, R::account_not_vouched},
       "pending",
       "12125551001"},
  };
}

Rows rows_about_numbers_outside() {
  return {
      {"less than B outside the table does not touch its own numbers",
       [](Peer&, Call& c) { name_account(c, "outside-c", "+12125551018"); },
       sign,
       A,
       {R::account_by_header, R::number_assigned},
       "outside-c",
       "12125551018"},
      {"a number that nobody claims at the level for outside",
       [](Peer&, Call& c) { name_account(c, "outside-c", "+12125559999"); },
       sign,
       C,
       {R::account_by_header, R::number_unlisted, R::outside_limited},
       "outside-c",
       "12125559999"},
      {"another account's number at the level for outside",
       [](Peer&, Call& c) { name_account(c, "outside-c", "+12125551001"); },
       sign,
       C,
       {R::account_by_header, R::number_of_other_account, R::outside_limited},
       "outside-c",
       "12125551001"},
      {"a number of its own that is not valid now is outside too",
       [](Peer&, Call& c) { name_account(c, "below-outside-c", "+12125550150"); },
       sign,
       C,
       {R::account_by_header, R::number_of_other_account, R::outside_limited},
       "below-outside-c",
       "12125550150"},
      {"the level for outside holds below the account",
       [](Peer&, Call& c) { name_account(c, "below-outside-c", "+12125559999"); },
       sign,
       C,
       {R::account_by_header, R::number_unlisted, R::outside_limited},
       "below-outside-c",
       "12125559999"},
      {"and does not touch own numbers there",
       [](Peer&, Call& c) { name_account(c, "below-outside-c", "+12125551019"); },
       sign,
       A,
       {R::account_by_header, R::number_assigned},
       "below-outside-c",
       "12125551019"},
  };
}

Rows rows_about_suspended_and_unknown() {
  return {
      {"a peer may have suspended accounts signed as C",
       [](Peer& p, Call& c) {
         p.signs_suspended = true;
         name_account(c, "suspended", "+12125551005");
       },
       sign,
       C,
       {R::account_by_header, R::account_suspended, R::number_assigned,
        R::capped_account_suspended},
       "suspended",
       "12125551005"},
      {"also those below a suspended one",
       [](Peer& p, Call& c) {
         p.signs_suspended = true;
         name_account(c, "below-suspended", "+12125551006");
       },
       sign,
       C,
       {R::account_by_header, R::account_suspended, R::number_assigned,
        R::capped_account_suspended},
       "below-suspended",
       "12125551006"},
      {"suspended, signed as C, with a number of nobody",
       [](Peer& p, Call& c) {
         p.signs_suspended = true;
         name_account(c, "suspended", "+12125559999");
       },
       sign,
       C,
       {R::account_by_header, R::account_suspended, R::number_unlisted,
        R::capped_account_suspended},
       "suspended",
       "12125559999"},
      {"signing suspended accounts changes nothing for active ones",
       [](Peer& p, Call& c) {
         p.signs_suspended = true;
         name_account(c, "other", "+12125551001");
       },
       sign,
       A,
       {R::account_by_header, R::number_assigned},
       "other",
       "12125551001"},
      {"a removed account's name means nobody",
       [](Peer&, Call& c) { name_account(c, "removed", "+12125551027"); },
       sign,
       C,
       {R::account_unknown},
       "",
       "12125551027"},
      {"a removed account's number still names it, and it may not call",
       [](Peer& p, Call& c) {
         by_number_alone(p, c);
         c.from = sip_uri("+12125551027");
       },
       leave_unsigned,
       C,
       {R::account_by_number, R::account_suspended},
       "removed",
       "12125551027"},
      {"a peer may want the calls of unknown accounts unsigned",
       [](Peer& p, Call& c) {
         p.signs_unknown = false;
         c.account_values[0] = "nobody";
       },
       leave_unsigned,
       C,
       {R::account_unknown},
       ""},
      {"and those that nobody is named for",
       [](Peer& p, Call& c) {
         p.signs_unknown = false;
         name_account(c, {}, "+12125559999");
       },
       leave_unsigned,
       C,
       {R::account_absent},
       "",
       "12125559999"},
      {"which changes nothing for known accounts",
       [](Peer& p, Call&) { p.signs_unknown = false; },
       sign,
       A,
       {R::account_by_header, R::number_assigned}},
  };
}

Rows rows_about_credentials_and_maxima() {
  return {
      {"an own certificate is required and there",
       [](Peer&, Call& c) { name_account(c, "own-only", "+12125551020"); },
       sign,
       A,
       {R::account_by_header, R::number_assigned},
       "own-only",
       "12125551020"},
      {"an own certificate is required, and only the parent has one",
       [](Peer&, Call& c) { name_account(c, "own-only-child", "+12125551021"); },
       leave_unsigned,
       C,
       {R::account_by_header, R::number_assigned, R::own_credential_required},
       "own-only-child",
       "12125551021"},
      {"a credential that signs B at most",
       [](Peer&, Call& c) { name_account(c, "signs-b", "+12125551022"); },
       sign,
       B,
       {R::account_by_header, R::number_assigned, R::capped_by_credential},
       "signs-b",
       "12125551022"},
      {"a credential that signs C at most",
       [](Peer&, Call& c) { name_account(c, "signs-c", "+12125551023"); },
       sign,
       C,
       {R::account_by_header, R::number_assigned, R::capped_by_credential},
       "signs-c",
       "12125551023"},
      {"a credential's maximum that lowers nothing",
       [](Peer&, Call& c) { name_account(c, "signs-b", "+12125559999"); },
       sign,
       B,
       {R::account_by_header, R::number_unlisted},
       "signs-b",
       "12125559999"},
      {"the peer's credential has a maximum too",
       [](Peer& p, Call& c) {
         p.credentials = at_most_c_credential;
         c.account_values[0] = "nobody";
       },
       sign,
       C,
       {R::account_unknown},
       ""},
      {"an account that gets C at most",
       [](Peer&, Call& c) { name_account(c, "only-c", "+12125551028"); },
       sign,
       C,
       {R::account_by_header, R::number_assigned, R::capped_by_account},
       "only-c",
       "12125551028"},
      {"the account's maximum and then the peer's",
       [](Peer& p, Call& c) {
         p.max_attestation = C;
         name_account(c, "only-b", "+12125551007");
       },
       sign,
       C,
       {R::account_by_header, R::number_assigned, R::capped_by_account, R::capped_by_peer},
       "only-b",
       "12125551007"},
      {"a second maximum of the same height lowers nothing",
       [](Peer& p, Call& c) {
         p.max_attestation = B;
         name_account(c, "only-b", "+12125551007");
       },
       sign,
       B,
       {R::account_by_header, R::number_assigned, R::capped_by_account},
       "only-b",
       "12125551007"},
  };
}

}  // namespace

std::vector<DecideRow> decide_rows_about_accounts() {
  return join_rows({rows_about_families(), rows_about_reviews(), rows_about_numbers_outside(),
                    rows_about_suspended_and_unknown(), rows_about_credentials_and_maxima()});
}

}  // namespace shaken302::test
