// SPDX-License-Identifier: MIT
#include "read_call_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "shaken302/toll_free.hpp"
#include "value_text.hpp"

namespace shaken302::config {
namespace {

template <class Kind>
struct KindName {
  std::string_view name;
  Kind kind;
};
constexpr KindName<CallerRule::Kind> caller_kinds[] = {
    {"anonymous", CallerRule::Kind::anonymous},
    {"not-a-number", CallerRule::Kind::not_a_number},
    {"short-code", CallerRule::Kind::short_code},
    {"impossible", CallerRule::Kind::impossible},
};
constexpr KindName<CalledRule::Kind> called_kinds[] = {
    {"emergency", CalledRule::Kind::emergency},
    {"toll-free", CalledRule::Kind::toll_free},
    {"international", CalledRule::Kind::international},
    {"short-code", CalledRule::Kind::short_code},
    {"star-code", CalledRule::Kind::star_code},
    {"not-a-number", CalledRule::Kind::not_a_number},
};
constexpr KindName<Treatment> treatments[] = {
    {"sign", Treatment::sign},   {"B", Treatment::cap_b},
    {"C", Treatment::cap_c},     {"unsigned", Treatment::leave_unsigned},
    {"block", Treatment::block},
};

template <class Kinds>
auto find_kind(const Kinds& kinds, std::string_view name) {
  const auto* found =
      std::ranges::find_if(kinds, [&](const auto& row) { return row.name == name; });
  return found == std::end(kinds) ? std::optional<decltype(found->kind)>()
                                  : std::optional(found->kind);
}

bool is_number_prefix(std::string_view text) {
  return text.size() >= 2 && text.size() <= phone_number_digits_max + 1 && text.starts_with('+') &&
         is_digits(text.substr(1)) && text[1] != '0';
}

/// "WHAT=OUTCOME", where WHAT is one of `kinds` or the beginning of numbers.
template <class Rule, class Kinds>
std::optional<Rule> parse_rule(std::string_view text, const Kinds& kinds) {
  const auto equals = std::min(text.find('='), text.size());
  const auto what = text.substr(0, equals);
  const auto treatment = find_kind(treatments, text.substr(std::min(equals + 1, text.size())));
  if (!treatment) return std::nullopt;
  if (is_number_prefix(what)) {
    return Rule{Rule::Kind::prefix, std::string(what.substr(1)), *treatment};
  }
  const auto kind = find_kind(kinds, what);
  if (!kind) return std::nullopt;
  return Rule{*kind, "", *treatment};
}

template <class Kinds>
std::string rule_remedy(const Kinds& kinds) {
  std::string names;
  for (const auto& row : kinds) names += fmt::format("{}, ", row.name);
  return fmt::format(
      "write WHAT=OUTCOME; WHAT is {}or the beginning of numbers like +1900; OUTCOME is sign, B, "
      "C, unsigned or block",
      names);
}

/// Whether a rule matches every call that one behind it would match.
bool hides(const CallerRule& front, const CallerRule& behind, const NumberPlan&) {
  return front.kind == behind.kind && behind.prefix.starts_with(front.prefix);
}

bool hides(const CalledRule& front, const CalledRule& behind, const NumberPlan& plan) {
  if (front.kind == behind.kind) return behind.prefix.starts_with(front.prefix);
  if (behind.kind != CalledRule::Kind::prefix) return false;
  const std::string& country = plan.country_code;
  if (front.kind == CalledRule::Kind::toll_free) return begins_toll_free(behind.prefix, country);
  return front.kind == CalledRule::Kind::international && !country.empty() &&
         !behind.prefix.starts_with(country) && !country.starts_with(behind.prefix);
}

bool matches_nothing(const CallerRule&, const NumberPlan&) { return false; }

/// Without a country nothing is abroad.
bool matches_nothing(const CalledRule& rule, const NumberPlan& plan) {
  return rule.kind == CalledRule::Kind::international && plan.country_code.empty();
}

using Problem = std::optional<std::pair<std::string_view, std::string_view>>;  ///< and its remedy

/// An outcome that such a call cannot have: what there is nothing to sign about cannot be signed,
/// and a number without a country code vouches for nobody.
Problem impossible_outcome(const CallerRule& rule) {
  using Kind = CallerRule::Kind;
  if (rule.kind == Kind::not_a_number && rule.treatment < Treatment::leave_unsigned) {
    return {{"a call from what is not a number cannot be signed",
             "use \"not-a-number=unsigned\" or \"not-a-number=block\""}};
  }
  if (rule.kind == Kind::short_code && rule.treatment == Treatment::cap_b) {
    return {{"a short code never gets more than C",
             "use \"short-code=C\", \"short-code=unsigned\", \"short-code=block\" or "
             "\"short-code=sign\""}};
  }
  return std::nullopt;
}

/// The same of destinations. A call for help is not refused, and whoever gets it believes no level.
Problem impossible_outcome(const CalledRule& rule) {
  using Kind = CalledRule::Kind;
  constexpr std::string_view for_emergency = "use \"emergency=sign\" or \"emergency=unsigned\"";
  if (rule.kind == Kind::emergency) {
    switch (rule.treatment) {
      case Treatment::block:
        return {{"emergency calls are never blocked", for_emergency}};
      case Treatment::cap_b:
      case Treatment::cap_c:
        return {{"emergency calls have no cap of their own", for_emergency}};
      case Treatment::sign:
      case Treatment::leave_unsigned:
        return std::nullopt;
    }
  }
  if (rule.kind == Kind::not_a_number && rule.treatment < Treatment::leave_unsigned) {
    return {{"a call to what is not a number cannot be signed",
             "use \"not-a-number=unsigned\" or \"not-a-number=block\""}};
  }
  return std::nullopt;
}

template <class Rule, class Kinds>
std::vector<Rule> read_rules(SectionReader& reader, std::string_view key, const Kinds& kinds,
                             const NumberPlan& plan) {
  std::vector<Rule> rules;
  const auto items = reader.texts(key);
  if (!items) return rules;
  if (items->size() > call_rules_max) {
    reader.report(key, fmt::format("has {} entries", items->size()),
                  fmt::format("name at most {}", call_rules_max));
  }
  for (const TextItem& item : *items) {
    auto rule = parse_rule<Rule>(item.text, kinds);
    if (!rule) {
      reader.report_at(item.line, key, fmt::format("{} is not a rule", in_quotes(item.text)),
                       rule_remedy(kinds));
      continue;
    }
    const auto hides_it = [&](const Rule& other) { return hides(other, *rule, plan); };
    if (std::ranges::any_of(rules, hides_it)) {
      reader.report_at(item.line, key, fmt::format("{} is never reached", in_quotes(item.text)),
                       "put it in front of the rule that matches the same calls");
    }
    if (matches_nothing(*rule, plan)) {
      reader.warn_at(item.line, key,
                     fmt::format("{} matches nothing: country is \"\"", in_quotes(item.text)),
                     "say which country is home, or remove the rule");
    }
    if (const auto problem = impossible_outcome(*rule)) {
      reader.report_at(item.line, key, std::string(problem->first), std::string(problem->second));
    }
    rules.push_back(*std::move(rule));
  }
  return rules;
}

}  // namespace

void read_call_rules(SectionReader& reader, Peer& peer) {
  peer.caller_rules = read_rules<CallerRule>(reader, "caller_rules", caller_kinds, peer.plan);
  peer.called_rules = read_rules<CalledRule>(reader, "called_rules", called_kinds, peer.plan);
}

}  // namespace shaken302::config
