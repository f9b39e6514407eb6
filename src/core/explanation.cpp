// SPDX-License-Identifier: MIT
#include "shaken302/explanation.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "call_facts.hpp"
#include "explanation_names.hpp"
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

/// One decision on its way to becoming an explanation.
class Explainer {
 public:
  Explainer(const Decision& decision, const Call& call, const Snapshot& snapshot, UnixTime now)
      : decision_(decision),
        call_(call),
        snapshot_(snapshot),
        now_(now),
        peer_(snapshot.peers->peers()[call.peer]),
        account_(decision.account == no_index ? nullptr
                                              : &snapshot.accounts->accounts()[decision.account]) {}

  Explanation run() {
    fill_summary();
    add("peer", "found", peer_.name);
    add_parties();
    if (decision_.earned) level_ = *decision_.earned;
    for (const Reason reason : decision_.trail.reasons()) {
      const ReasonWords words = words_for(reason);
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
    if (is_said || !decision_.claim) return;
    add("number", decision_.claim->is_valid_at(now_) ? "listed" : "not valid at this time", row());
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
        place_of_row(table.source(), claim.line) + ": " + std::to_string(claim.first);
    if (claim.last != claim.first) text += "-" + std::to_string(claim.last);
    const auto& accounts = snapshot_.accounts->accounts();
    if (claim.account < accounts.size()) text += " of " + accounts[claim.account].id;
    if (claim.valid_from > std::chrono::sys_days{}) text += ", from " + text_of(claim.valid_from);
    if (claim.valid_until != std::chrono::sys_days::max()) {
      text += ", until " + text_of(claim.valid_until);
    }
    // A number that never calls is nobody's, on no basis.
    if (claim.account != no_index) text.append(", ").append(name_of(claim.basis));
    if (claim.is_valid_at(now_)) return text;
    return text + (UnixTime{claim.valid_from} > now_ ? ", not yet valid" : ", expired");
  }

  /// Which of the numbers that the caller shows is on the do-not-originate list.
  [[nodiscard]] std::string never_call_row() const {
    if (!decision_.never_call) return {};
    return row(*snapshot_.never_calls, *decision_.never_call);
  }

  /// The ceiling of an account, and who set it. The account's own comes before that of whoever
  /// lends it the number, and either is in the trail only where it lowers.
  std::string account_cap() {
    const bool is_own = account_->effective_max < level_ || !decision_.claim;
    const Account* at =
        is_own ? account_ : &snapshot_.accounts->accounts()[decision_.claim->account];
    const Attestation most = at->effective_max;
    while (at->max_attestation != most && !at->parent.empty()) {
      const std::uint32_t parent = snapshot_.accounts->find(at->parent);
      if (parent == no_index) break;
      at = &snapshot_.accounts->accounts()[parent];
    }
    return lowered_to(most) + ", by " + at->id;
  }

  [[nodiscard]] std::string account_text() const {
    std::string text = account_ == nullptr ? std::string() : account_->id + ", ";
    if (decision_.account_source >= peer_.account_sources.size()) return text;
    return text + name_of(peer_.account_sources[decision_.account_source]);
  }

  /// The trail lists what lowered the level in the order in which it did.
  std::string lowered_to(Attestation level) {
    const Attestation before = std::exchange(level_, cap(level_, level));
    if (before == level_) return "stays " + text_of(level_);
    return "from " + text_of(before) + " to " + text_of(level_);
  }

  /// What the rules about the caller and the destination leave together.
  [[nodiscard]] Treatment treatment_by_rules() const {
    Treatment treatment = Treatment::sign;
    if (decision_.caller_rule != no_index) {
      treatment = peer_.caller_rules[decision_.caller_rule].treatment;
    }
    if (decision_.called_rule != no_index) {
      treatment = std::max(treatment, peer_.called_rules[decision_.called_rule].treatment);
    }
    return treatment;
  }

  /// Whether a rule would block the call if it asked for no help.
  [[nodiscard]] bool is_overruled(Reason reason) const {
    if (!decision_.emergency) return false;
    const auto blocks = [](const auto& rules, std::uint32_t rule) {
      return rule < rules.size() && rules[rule].treatment == Treatment::block;
    };
    if (reason == Reason::caller_by_rule) return blocks(peer_.caller_rules, decision_.caller_rule);
    if (reason == Reason::called_by_rule) return blocks(peer_.called_rules, decision_.called_rule);
    return reason == Reason::caller_never_calls;
  }

  [[nodiscard]] ReasonWords words_for(Reason reason) const {
    ReasonWords words = words_of(reason);
    if (is_overruled(reason)) words.verdict = "overruled";
    return words;
  }

  [[nodiscard]] std::string rule_text(Treatment treatment, std::uint32_t rule) const {
    std::string text = std::string(name_of(treatment)) + ", rule " + std::to_string(rule + 1);
    if (treatment == Treatment::block && decision_.emergency) {
      text += ": an emergency call is never blocked";
    }
    return text;
  }

  /// Caps are told in the order in which they lowered the level.
  std::string cap_detail(Reason reason) {
    switch (reason) {
      case Reason::capped_by_account:
        return account_cap();
      case Reason::capped_by_peer:
        return lowered_to(peer_.max_attestation);
      case Reason::capped_by_credential:
        return lowered_to(snapshot_.credentials->entries[decision_.credential].max_attestation);
      case Reason::capped_retargeted:
        return lowered_to(peer_.retargeted_max_attestation);
      case Reason::capped_identities_differ:
        return lowered_to(Attestation::B);
      case Reason::capped_by_rule:
        return lowered_to(treatment_by_rules() == Treatment::cap_c ? Attestation::C
                                                                   : Attestation::B);
      case Reason::capped_caller_id_not_screened:
      case Reason::capped_account_not_vouched_for:
      case Reason::capped_account_unknown:
      case Reason::capped_account_suspended:
      case Reason::capped_impossible_number:
      case Reason::capped_short_code:
        return lowered_to(Attestation::C);
      default:
        return {};
    }
  }

  std::string detail_of(Reason reason) {
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
      case Reason::account_absent:
        return decision_.claim && !decision_.claim->is_valid_at(now_)
                   ? "the row of the calling number names nobody: it is not valid at this time"
                   : "";
      case Reason::called_by_rule:
        return rule_text(peer_.called_rules[decision_.called_rule].treatment,
                         decision_.called_rule);
      case Reason::caller_by_rule:
        return rule_text(peer_.caller_rules[decision_.caller_rule].treatment,
                         decision_.caller_rule);
      case Reason::retargeted:
        return call_.has_been_diverted
                   ? "Diversion or History-Info"
                   : "To " + text_of(call_.to) + ", Request-URI " + text_of(call_.request_uri);
      case Reason::request_lowered:
      case Reason::asserted_by_peer:
        if (decision_.requested) level_ = *decision_.requested;
        [[fallthrough]];
      case Reason::request_ignored:
      case Reason::request_unreadable:
      case Reason::request_reduced:
        return "'" + std::string(call_.requested_level) + "'";
      case Reason::caller_never_calls:
        return never_call_row();
      case Reason::outside_limited:
        return "from B to " + text_of(account_->effective_outside);
      case Reason::credential_passed_over:
        return passed_over();
      case Reason::credential_faulty:
      case Reason::credential_quarantined:
      case Reason::credential_unpublished:
      case Reason::credential_not_valid_now:
      case Reason::credential_forbids_level:
        return result_.credential;
      default:
        return cap_detail(reason);
    }
  }

  /// Which newer ones are out of use.
  std::string passed_over() {
    const auto& entries = snapshot_.credentials->entries;
    const UnixTime from = entries[decision_.credential].credential.chain().valid_from();
    const CredentialList& list =
        account_ == nullptr ? peer_.credentials : account_->effective_credentials;
    std::string names;
    for (const std::uint32_t index : list.indices()) {
      const auto& entry = entries[index];
      if (entry.usable() || entry.credential.chain().valid_from() < from) continue;
      names += (names.empty() ? "" : ", ") + entry.credential.name();
    }
    return names;
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
  const UnixTime now_;
  const Peer& peer_;
  const Account* account_;
  Attestation level_ = Attestation::C;  ///< as far as the trail has been told
  Explanation result_;
};

}  // namespace

Explanation explain(const Decision& decision, const Call& call, const Snapshot& snapshot,
                    UnixTime now) {
  return Explainer(decision, call, snapshot, now).run();
}

std::string place_of_row(const std::string& source, std::uint64_t row) {
  const bool is_database = source.starts_with("sqlite:") || source.starts_with("postgresql://");
  return source + (is_database ? " row " : ":") + std::to_string(row);
}

}  // namespace shaken302
