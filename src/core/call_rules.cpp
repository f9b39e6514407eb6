// SPDX-License-Identifier: MIT
#include "call_rules.hpp"

#include <algorithm>

#include "shaken302/toll_free.hpp"

namespace shaken302 {
namespace {

bool has_prefix(const PhoneNumber& number, std::string_view prefix) noexcept {
  return number.kind() == NumberKind::global && number.digits().starts_with(prefix);
}

bool is_toll_free(const PhoneNumber& number, const NumberPlan& plan) noexcept {
  return number.kind() == NumberKind::global &&
         begins_toll_free(number.digits(), plan.country_code);
}

bool matches(const CallerRule& rule, const Facts& facts, const Decision& decision) noexcept {
  const PhoneNumber& calling = decision.calling;
  switch (rule.kind) {
    case CallerRule::Kind::anonymous:
      return facts.caller_is_anonymous;
    case CallerRule::Kind::not_a_number:
      return calling.empty() && !facts.caller_is_impossible;
    case CallerRule::Kind::short_code:
      return !calling.empty() && calling.kind() != NumberKind::global;
    case CallerRule::Kind::impossible:
      return facts.caller_is_impossible;
    case CallerRule::Kind::prefix:
      break;
  }
  return has_prefix(calling, rule.prefix);
}

/// A call for help is judged by the rule about such calls alone, whatever its number looks like.
bool matches(const CalledRule& rule, const Peer& peer, const Facts& facts,
             const Decision& decision) noexcept {
  const auto* found = std::get_if<PhoneNumber>(&decision.called);
  const PhoneNumber called = found == nullptr ? PhoneNumber{} : *found;
  const bool is_for_help =
      decision.emergency &&
      (!facts.help_in_to_only || called.kind() == NumberKind::emergency || found == nullptr);
  if (is_for_help) return rule.kind == CalledRule::Kind::emergency;
  const NumberPlan& plan = peer.plan;
  switch (rule.kind) {
    case CalledRule::Kind::emergency:
      return false;
    case CalledRule::Kind::toll_free:
      return is_toll_free(called, plan);
    case CalledRule::Kind::international:
      return !called.empty() && called.kind() == NumberKind::global && !plan.country_code.empty() &&
             !has_prefix(called, plan.country_code);
    case CalledRule::Kind::short_code:
      return called.kind() == NumberKind::short_code && !facts.called_is_star_code;
    case CalledRule::Kind::star_code:
      return facts.called_is_star_code;
    case CalledRule::Kind::not_a_number:
      return !has_called(decision);
    case CalledRule::Kind::prefix:
      break;
  }
  return !called.empty() && has_prefix(called, rule.prefix);
}

template <class Rules, class Matches>
std::uint32_t find_rule(const Rules& rules, Matches matches_call) noexcept {
  for (std::uint32_t i = 0; i < std::min(rules.size(), call_rules_max); ++i) {
    if (matches_call(rules[i])) return i;
  }
  return no_index;
}

/// Whether a caller is anonymous is its own choice, so a rule about that stands beside the rule
/// about its number and never in place of it.
TreatmentByRules treatment_of_caller(const Facts& facts, const Peer& peer,
                                     Decision& decision) noexcept {
  using Kind = CallerRule::Kind;
  const auto find = [&](bool about_anonymous) {
    return find_rule(peer.caller_rules, [&](const CallerRule& rule) {
      return (rule.kind == Kind::anonymous) == about_anonymous && matches(rule, facts, decision);
    });
  };
  TreatmentByRules by_rules;
  by_rules.says_nothing_of_impossible = facts.caller_is_impossible;
  const std::uint32_t about_number = find(false);
  if (about_number != no_index) {
    const CallerRule& rule = peer.caller_rules[about_number];
    if (rule.kind == Kind::impossible) by_rules.says_nothing_of_impossible = false;
    by_rules.treatment = rule.treatment;
    decision.caller_rule = about_number;
  }
  const std::uint32_t about_anonymous = find(true);
  if (about_anonymous != no_index) {
    const Treatment other = peer.caller_rules[about_anonymous].treatment;
    if (about_number == no_index || other > by_rules.treatment) {
      decision.caller_rule = about_anonymous;
    }
    by_rules.treatment = std::max(by_rules.treatment, other);
  }
  if (decision.caller_rule != no_index) decision.trail.add(Reason::caller_by_rule);
  return by_rules;
}

}  // namespace

TreatmentByRules treatment_of(const Facts& facts, const Peer& peer, Decision& decision) noexcept {
  TreatmentByRules by_rules = treatment_of_caller(facts, peer, decision);
  decision.called_rule = find_rule(peer.called_rules, [&](const CalledRule& rule) {
    return matches(rule, peer, facts, decision);
  });
  if (decision.called_rule != no_index) {
    by_rules.treatment =
        std::max(by_rules.treatment, peer.called_rules[decision.called_rule].treatment);
    decision.trail.add(Reason::called_by_rule);
  }
  return by_rules;
}

}  // namespace shaken302
