// SPDX-License-Identifier: MIT
#include "app/publication_monitor.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

using namespace shaken302::app;

namespace {

using Fault = PublicationFault;

struct Step {
  std::optional<Fault> fault;
  bool is_published;
  const char* said;  ///< the beginning of what comes behind the x5u; empty: nothing is said
};

std::string said_of(const std::optional<MonitorEvent>& event) {
  if (!event) return "";
  const char* severity = event->severity == MonitorEvent::Severity::alarm     ? "alarm"
                         : event->severity == MonitorEvent::Severity::warning ? "warning"
                                                                              : "info";
  CHECK(event->text.starts_with("credential house: https://x.example/a.pem"));
  const bool signs_on = event->text.find("signs on") != std::string::npos;
  CHECK(signs_on == (event->severity == MonitorEvent::Severity::warning));
  return severity;
}

}  // namespace

TEST_CASE("publication_monitor: what is seen decides, what is not seen only before anything was") {
  struct Row {
    const char* why;
    std::vector<Step> steps;
  };
  const Row rows[] = {
      {"seen at once", {{std::nullopt, true, "info"}, {std::nullopt, true, ""}}},
      {"a web server that is down at first",
       {{Fault::unreachable, false, "alarm"},
        {Fault::unreachable, false, ""},
        {Fault::status, false, "alarm"},
        {std::nullopt, true, "info"}}},
      {"one that goes down later takes nothing away",
       {{std::nullopt, true, "info"},
        {Fault::tls, true, "warning"},
        {Fault::tls, true, ""},
        {Fault::redirect, true, "warning"},
        {Fault::too_large, true, "warning"},
        {Fault::no_certificate, true, "warning"},
        {std::nullopt, true, "info"}}},
      {"another chain does, as tokens do not verify with it",
       {{std::nullopt, true, "info"},
        {Fault::another_chain, false, "alarm"},
        {Fault::unreachable, false, "alarm"},
        {std::nullopt, true, "info"}}},
      {"a private key does", {{std::nullopt, true, "info"}, {Fault::private_key, false, "alarm"}}},
  };
  for (const Row& row : rows) {
    const std::string why = row.why;
    CAPTURE(why);
    PublicationKnowledge knowledge;
    for (const Step& step : row.steps) {
      const std::optional<PublicationFinding> finding =
          step.fault ? std::optional(PublicationFinding{*step.fault, "detail", true})
                     : std::nullopt;
      const auto event =
          learn(knowledge, "credential house: https://x.example/a.pem", false, finding);
      CHECK(said_of(event) == step.said);
      CHECK((knowledge.state == PublicationState::published) == step.is_published);
    }
  }
}

TEST_CASE("publication_monitor: whoever signs until then is said to") {
  const PublicationFinding absent{Fault::status, "404"};
  const PublicationFinding key_of_another{Fault::private_key, "", false};
  const auto said = [](const PublicationFinding& finding, bool signs_instead) {
    PublicationKnowledge knowledge;
    return learn(knowledge, "x", signs_instead, finding)->text;
  };
  CHECK(said(absent, false).ends_with("; nothing is signed with it before its own chain is there"));
  CHECK(said(absent, true).ends_with("; the one before signs until its own chain is there"));
  CHECK(said({Fault::private_key, "", true}, true).find("everybody can sign with that key") !=
        std::string::npos);
  CHECK(said(key_of_another, true).ends_with("the one before signs until its own chain is there"));
}
