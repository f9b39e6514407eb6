// SPDX-License-Identifier: MIT
#include "app/compare_credentials.hpp"

#include <doctest/doctest.h>

#include <string>

#include "core/test_credentials.hpp"

using namespace shaken302;
using namespace shaken302::app;
using directory::LoadedCredentials;
using shaken302::test::make_test_credential;

namespace {

config::ConfigIssue fault(std::string problem) {
  return {"t.toml", 3, "credential[house].key", std::move(problem), "mend it"};
}

LoadedCredentials loaded(const Credential& credential, config::ConfigIssues faults = {},
                         bool serves_on = false) {
  auto table = std::make_shared<CredentialTable>();
  table->entries.push_back({credential});
  return {table, {{credential.name(), "state", std::move(faults), serves_on}}};
}

std::string text_of(const std::vector<MonitorEvent>& events) {
  std::string text;
  for (const MonitorEvent& event : events) {
    text += event.severity == MonitorEvent::Severity::alarm  ? "alarm "
            : event.severity == MonitorEvent::Severity::info ? "info "
                                                             : "warning ";
    text += event.text + '\n';
  }
  return text;
}

}  // namespace

TEST_CASE("compare_credentials: each thing is said once") {
  const Credential house = make_test_credential("house").credential;
  const Credential other = make_test_credential("house").credential;
  const Credential nothing = Credential::absent("house");
  const std::string wrong = "alarm t.toml:3: credential[house].key: is wrong; mend it; ";
  const std::string renewed =
      "info credential house: renewed, valid until 2030-01-02 00:00:00 UTC, x5u "
      "https://cert.example.com/house.pem\n";
  const std::string same_x5u =
      "warning credential house: another certificate under the same x5u "
      "https://cert.example.com/house.pem: verifiers that keep the one before refuse its tokens "
      "for "
      "up to a day\n";
  struct Row {
    const char* why;
    LoadedCredentials before;
    LoadedCredentials after;
    std::string events;
  };
  const Row rows[] = {
      {"nothing at the start", {}, loaded(house), ""},
      {"nothing when nothing has changed", loaded(house), loaded(house), ""},
      {"faults at the start",
       {},
       loaded(nothing, {fault("is wrong")}),
       wrong + "until then its calls are not signed\n"},
      {"faults of new files", loaded(house), loaded(house, {fault("is wrong")}, true),
       wrong + "the one before serves on\n"},
      {"the same faults once more", loaded(house, {fault("is wrong")}, true),
       loaded(house, {fault("is wrong")}, true), ""},
      {"other faults", loaded(house, {fault("was wrong")}, true),
       loaded(house, {fault("is wrong")}, true), wrong + "the one before serves on\n"},
      {"the old files are back", loaded(house, {fault("is wrong")}, true), loaded(house),
       "info credential house: its files are good again\n"},
      {"new ones", loaded(house), loaded(other), same_x5u + renewed},
      {"new ones after faults", loaded(house, {fault("is wrong")}, true), loaded(other),
       same_x5u + renewed},
      {"good ones at last", loaded(nothing, {fault("is wrong")}), loaded(other), renewed},
  };
  for (const Row& row : rows) {
    const std::string why = row.why;
    CAPTURE(why);
    CHECK(text_of(compare_credentials(row.before, row.after)) == row.events);
  }
  // An operator who reloads is told what is wrong still.
  const LoadedCredentials bad = loaded(house, {fault("is wrong")}, true);
  CHECK(text_of(compare_credentials(bad, bad, true)) == wrong + "the one before serves on\n");
}
