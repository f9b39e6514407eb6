// SPDX-License-Identifier: MIT
#include "claim_permission.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "strict_json.hpp"

namespace shaken302 {
namespace {

using nlohmann::json;

bool is_permitted(const json& value, const std::vector<std::string>& permitted) {
  if (value.is_array()) {
    const auto each = [&permitted](const json& one) { return is_permitted(one, permitted); };
    return !value.empty() && std::all_of(value.begin(), value.end(), each);
  }
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  return std::ranges::find(permitted, text) != permitted.end();
}

}  // namespace

std::string forbidden_claim(const ClaimConstraints& constraints, std::string_view payload_json) {
  using State = ClaimConstraints::State;
  if (constraints.state == State::absent) return {};
  if (constraints.state != State::read) return "the claim constraints cannot be relied on";
  if (constraints.is_void()) return {};  // RFC 9118 section 4: as if there were none
  const auto payload = parse_strict_object(payload_json);
  if (!payload) return "the claims cannot be read";
  for (const auto& claim : constraints.must_include) {
    if (!payload->contains(claim)) return claim + " is missing";
  }
  for (const auto& claim : constraints.must_exclude) {
    if (payload->contains(claim)) return claim + " is excluded";
  }
  for (const auto& [claim, permitted] : constraints.permitted_values) {
    // The constraint is on the value alone: mustInclude says whether there has to be one.
    const auto found = payload->find(claim);
    if (found != payload->end() && !is_permitted(*found, permitted)) {
      return claim + " has a value that is not permitted";
    }
  }
  return {};
}

}  // namespace shaken302
