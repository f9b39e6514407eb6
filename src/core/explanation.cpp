// SPDX-License-Identifier: MIT
#include "shaken302/explanation.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "call_facts.hpp"
#include "reason_words.hpp"

namespace shaken302 {
namespace {

std::string text_of(Attestation level) { return {to_char(level)}; }

std::string text_of(const Destination& called) {
  if (const auto* number = std::get_if<PhoneNumber>(&called)) return std::string(number->digits());
  return std::string(std::get<std::string_view>(called));
}

std::string text_of(std::chrono::sys_days day) {
  const std::chrono::year_month_day date(day);
  const auto two = [](unsigned value) {
    return std::string(value < 10 ? "0" : "") + std::to_string(value);
  };
  return std::to_string(static_cast<int>(date.year())) + "-" +
         two(static_cast<unsigned>(date.month())) + "-" + two(static_cast<unsigned>(date.day()));
}

std::string text_of(const UriView& uri) {
  std::string text(uri.user);
  if (!uri.host.empty()) text.append("@").append(uri.host);
  return "'" + text + "'";
}

std::string_view name_of(CallingSource source) noexcept {
  switch (source) {
    case CallingSource::asserted_identity:
      return "P-Asserted-Identity";
    case CallingSource::remote_party_id:
      return "Remote-Party-ID";
    case CallingSource::from:
      break;
  }
  return "From";
}

std::string name_of(const AccountSource& source) {
  switch (source.kind) {
    case AccountSource::Kind::fixed:
      return "fixed by the peer";
    case AccountSource::Kind::header:
      return "header " + source.name;
    case AccountSource::Kind::parameter:
      return "parameter " + source.name + " of From";
    case AccountSource::Kind::host:
      return "host of the Request-URI";
    case AccountSource::Kind::number:
      break;
  }
  return "owner of the calling number";
}

std::string_view name_of(NumberBasis basis) noexcept {
  switch (basis) {
    case NumberBasis::assigned:
      return "assigned";
    case NumberBasis::verified:
      return "verified";
    case NumberBasis::letter_of_authorisation:
      return "loa";
    case NumberBasis::delegated:
      break;
  }
  return "delegated";
}

std::string_view name_of(Treatment treatment) noexcept {
  switch (treatment) {
    case Treatment::sign:
      return "sign";
    case Treatment::cap_b:
      return "B";
    case Treatment::cap_c:
      return "C";
    case Treatment::leave_unsigned:
      return "unsigned";
    case Treatment::block:
      break;
  }
  return "block";
}

/// One decision on its way to becoming an explanation.
class Explainer {
 public:
  Explainer(const Decision& decision, const Call& call, const Snapshot& snapshot)
      : decision_(decision),
        call_(call),
        snapshot_(snapshot),
        peer_(snapshot.peers->peers()[call.peer]),
        account_(decision.account == no_index ? nullptr
                                              : &snapshot.accounts->accounts()[decision.account]) {}

  Explanation run() {
    fill_summary();
    add("peer", "found", peer_.name);
    add_parties();
    for (const Reason reason : decision_.trail.reasons()) {
      const ReasonWords words = words_of(reason);
      add(words.rule, words.verdict, detail_of(reason));
      result_.trail.back().reason = to_text(reason);
    }
    add_row();
    if (decision_.verdict == Verdict::pass_existing) add("identity", "passed on");
    if (decision_.earned) add_caps();
    add_end();
    return std::move(result_);
  }

 private:
  void add(std::string_view rule, std::string_view verdict, std::string detail = {}) {
    result_.trail.push_back({std::string(rule), std::string(verdict), std::move(detail), {}});
  }

  void fill_summary() {
    switch (decision_.verdict) {
      case Verdict::sign:
        result_.outcome = "signed";
        result_.attest = text_of(decision_.level);
        break;
      case Verdict::leave_unsigned: {
        // An emergency call is redirected whatever the peer wants.
        const bool is_redirected =
            decision_.emergency || peer_.unsigned_outcome == UnsignedOutcome::redirect;
        result_.outcome = is_redirected ? "unsigned" : "rejected";
        break;
      }
      case Verdict::pass_existing:
        result_.outcome = "unsigned";  // by us: the Identity that is there goes on
        break;
      case Verdict::block:
        result_.outcome = "rejected";
        break;
    }
    if (account_ != nullptr) result_.account = account_->id;
    result_.orig = decision_.calling.digits();
    result_.dest = text_of(decision_.called);
    result_.peer = peer_.name;
    if (decision_.credential != no_index) {
      result_.credential = snapshot_.credentials->entries[decision_.credential].credential.name();
    }
    result_.emergency = decision_.emergency;
  }

  void add_parties() {
    if (!decision_.calling.empty()) add("orig", "read", caller());
    if (has_called(decision_)) {
      const bool by_to = peer_.called_source == CalledSource::to;
      add("dest", "read",
          std::string(by_to ? "To " : "Request-URI ") +
              text_of(by_to ? call_.to : call_.request_uri) + " is " + result_.dest);
    }
  }

  /// The row of the number table, also where no rule came to ask for it.
  void add_row() {
    static constexpr Reason about_numbers[] = {
        Reason::number_assigned, Reason::number_of_family, Reason::number_of_other_account,
        Reason::number_unlisted, Reason::number_not_valid_now};
    const bool is_said =
        std::any_of(std::begin(about_numbers), std::end(about_numbers),
                    [this](Reason reason) { return decision_.trail.contains(reason); });
    if (!is_said && decision_.claim) add("number", "listed", row());
  }

  [[nodiscard]] std::string caller() const {
    std::string text(name_of(decision_.calling_source));
    if (decision_.calling_source == CallingSource::from) text += " " + text_of(call_.from);
    if (decision_.calling.empty()) return text;
    return text + " is " + std::string(decision_.calling.digits());
  }

  [[nodiscard]] std::string row() const {
    if (!decision_.claim) return "no row names " + std::string(decision_.calling.digits());
    return row(*snapshot_.numbers, *decision_.claim);
  }

  [[nodiscard]] std::string row(const NumberTable& table, const NumberClaim& claim) const {
    std::string text =
        table.source() + ":" + std::to_string(claim.line) + ": " + std::to_string(claim.first);
    if (claim.last != claim.first) text += "-" + std::to_string(claim.last);
    const auto& accounts = snapshot_.accounts->accounts();
    if (claim.account < accounts.size()) text += " of " + accounts[claim.account].id;
    if (claim.valid_from > std::chrono::sys_days{}) text += ", from " + text_of(claim.valid_from);
    if (claim.valid_until != std::chrono::sys_days::max()) {
      text += ", until " + text_of(claim.valid_until);
    }
    return text + ", " + std::string(name_of(claim.basis));
  }

  /// Which of the numbers that the caller shows is on the do-not-originate list.
  [[nodiscard]] std::string never_call_row() const {
    if (!decision_.never_call) return {};
    return row(*snapshot_.never_calls, *decision_.never_call);
  }

  /// The ceiling of an account, and who set it.
  [[nodiscard]] std::string account_cap() const {
    const Account* at = account_;
    const bool is_lent = decision_.claim && decision_.claim->account != decision_.account;
    if (is_lent && decision_.trail.contains(Reason::number_of_family)) {
      const Account& lender = snapshot_.accounts->accounts()[decision_.claim->account];
      if (lender.effective_max < account_->effective_max) at = &lender;
    }
    const Attestation most = at->effective_max;
    while (at->max_attestation != most && !at->parent.empty()) {
      const std::uint32_t parent = snapshot_.accounts->find(at->parent);
      if (parent == no_index) break;
      at = &snapshot_.accounts->accounts()[parent];
    }
    return "to " + text_of(most) + ", by " + at->id;
  }

  [[nodiscard]] std::string account_text() const {
    std::string text = account_ == nullptr ? std::string() : account_->id + ", ";
    if (decision_.account_source >= peer_.account_sources.size()) return text;
    return text + name_of(peer_.account_sources[decision_.account_source]);
  }

  [[nodiscard]] std::string detail_of(Reason reason) const {
    switch (reason) {
      case Reason::account_by_peer:
      case Reason::account_by_header:
      case Reason::account_by_parameter:
      case Reason::account_by_host:
      case Reason::account_by_number:
        return account_text();
      case Reason::account_unknown:
        return "'" + std::string(call_.account_values[decision_.account_source]) + "', " +
               account_text();
      case Reason::account_suspended:
      case Reason::account_rejected:
      case Reason::account_not_vouched:
        return account_->id + " or an account above it";
      case Reason::number_assigned:
      case Reason::number_of_family:
      case Reason::number_of_other_account:
      case Reason::number_unlisted:
      case Reason::number_not_valid_now:
        return row();
      case Reason::caller_not_a_number:
      case Reason::caller_impossible:
        return caller();
      case Reason::called_by_rule:
        return std::string(name_of(peer_.called_rules[decision_.called_rule].treatment)) +
               ", rule " + std::to_string(decision_.called_rule + 1);
      case Reason::caller_by_rule:
        return std::string(name_of(peer_.caller_rules[decision_.caller_rule].treatment)) +
               ", rule " + std::to_string(decision_.caller_rule + 1);
      case Reason::retargeted:
        return call_.has_been_diverted
                   ? "Diversion or History-Info"
                   : "To " + text_of(call_.to) + ", Request-URI " + text_of(call_.request_uri);
      case Reason::request_ignored:
      case Reason::request_unreadable:
      case Reason::request_lowered:
      case Reason::request_reduced:
      case Reason::asserted_by_peer:
        return "'" + std::string(call_.requested_level) + "'";
      case Reason::caller_never_calls:
        return never_call_row();
      case Reason::capped_by_account:
        return account_cap();
      case Reason::capped_by_peer:
        return "to " + text_of(peer_.max_attestation);
      case Reason::capped_retargeted:
        return "to " + text_of(peer_.retargeted_max_attestation);
      case Reason::capped_identities_differ:
        return "to B";
      case Reason::capped_caller_id_not_screened:
      case Reason::capped_account_not_vouched_for:
      case Reason::capped_account_unknown:
      case Reason::capped_account_suspended:
      case Reason::capped_short_code:
        return "to C";
      case Reason::outside_limited:
        return "to " + text_of(account_->effective_outside);
      case Reason::credential_quarantined:
      case Reason::credential_not_valid_now:
        return result_.credential;
      default:
        return {};
    }
  }

  /// Every cap that was looked at and did not lower; those that did are in the decision's trail.
  void add_caps() {
    const auto holds = [this](std::string_view rule, Reason lowered, Attestation most) {
      if (!decision_.trail.contains(lowered)) add(rule, "holds", text_of(most));
    };
    if (account_ != nullptr) {
      holds("cap.account", Reason::capped_by_account, account_->effective_max);
    }
    holds("cap.peer", Reason::capped_by_peer, peer_.max_attestation);
    const AccountSource::Kind named_by = decision_.account_source < peer_.account_sources.size()
                                             ? peer_.account_sources[decision_.account_source].kind
                                             : AccountSource::Kind::fixed;
    if (named_by == AccountSource::Kind::number && peer_.caller_id_screened) {
      add("cap.caller_id_screened", "holds", "promised by the peer");
    }
    const bool is_by_uri =
        named_by == AccountSource::Kind::parameter || named_by == AccountSource::Kind::host;
    if (is_by_uri && peer_.account_uri_vouched) {
      add("cap.account_uri_vouched", "holds", "promised by the peer");
    }
    if (decision_.trail.contains(Reason::retargeted)) {
      holds("cap.retargeted", Reason::capped_retargeted, peer_.retargeted_max_attestation);
    }
    if (decision_.verdict == Verdict::sign) {
      holds("cap.credential", Reason::capped_by_credential,
            snapshot_.credentials->entries[decision_.credential].max_attestation);
    }
  }

  void add_end() {
    if (decision_.earned) add("earned", text_of(*decision_.earned));
    if (decision_.verdict == Verdict::sign) {
      add("credential", "signs", result_.credential);
      add("level", result_.attest);
    }
    add("outcome", result_.outcome);
  }

  const Decision& decision_;
  const Call& call_;
  const Snapshot& snapshot_;
  const Peer& peer_;
  const Account* account_;
  Explanation result_;
};

}  // namespace

Explanation explain(const Decision& decision, const Call& call, const Snapshot& snapshot) {
  return Explainer(decision, call, snapshot).run();
}

}  // namespace shaken302
