// SPDX-License-Identifier: MIT
#include "compare_credentials.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <string>
#include <unordered_map>

namespace shaken302::app {
namespace {

using directory::CredentialOrigin;
using Severity = MonitorEvent::Severity;

std::string text_of(const config::ConfigIssues& faults) {
  std::string text;
  for (const config::ConfigIssue& fault : faults) text += config::to_text(fault) + '\n';
  return text;
}

bool has_same_content(const Credential& one, const Credential& other) {
  return one.x5u() == other.x5u() && one.chain().to_pem() == other.chain().to_pem();
}

void tell_of_faults(const CredentialOrigin& origin, std::vector<MonitorEvent>& events) {
  for (const config::ConfigIssue& fault : origin.faults) {
    events.push_back(
        {Severity::alarm, fmt::format("{}; {}", config::to_text(fault),
                                      origin.serves_on ? "the one before serves on"
                                                       : "until then its calls are not signed")});
  }
}

}  // namespace

std::vector<MonitorEvent> compare_credentials(const directory::LoadedCredentials& before,
                                              const directory::LoadedCredentials& after,
                                              bool again) {
  std::unordered_map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < before.origins.size(); ++i) places.emplace(before.origins[i].name, i);
  std::vector<MonitorEvent> events;
  for (std::size_t i = 0; i < after.origins.size(); ++i) {
    const CredentialOrigin& origin = after.origins[i];
    const auto place = places.find(origin.name);
    const CredentialOrigin* earlier =
        place == places.end() ? nullptr : &before.origins[place->second];
    if (!origin.faults.empty()) {
      const bool is_known =
          earlier != nullptr && text_of(earlier->faults) == text_of(origin.faults);
      if (again || !is_known) tell_of_faults(origin, events);
      continue;
    }
    if (earlier == nullptr) continue;
    const Credential& credential = after.table->entries[i].credential;
    const Credential& former = before.table->entries[place->second].credential;
    const bool is_other_chain = former.chain().to_pem() != credential.chain().to_pem();
    if (is_other_chain && former.x5u() == credential.x5u()) {
      events.push_back(
          {Severity::warning,
           fmt::format("credential {}: another certificate under the same x5u {}: verifiers that "
                       "keep the one before refuse its tokens for up to a day",
                       origin.name, credential.x5u())});
    }
    if (!has_same_content(former, credential)) {
      events.push_back(
          {Severity::info,
           fmt::format("credential {}: renewed, valid until {:%F %T} UTC, x5u {}", origin.name,
                       credential.chain().valid_until(), credential.x5u())});
    } else if (!earlier->faults.empty()) {
      events.push_back(
          {Severity::info, fmt::format("credential {}: its files are good again", origin.name)});
    }
  }
  return events;
}

}  // namespace shaken302::app
