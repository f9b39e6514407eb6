// SPDX-License-Identifier: MIT
#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "load_run.hpp"

namespace sip_load {
namespace {

double rate(std::uint64_t count, const RunResult& result) {
  return result.seconds > 0 ? static_cast<double>(count) / result.seconds : 0;
}
double microseconds(std::int64_t nanoseconds) { return static_cast<double>(nanoseconds) * 1e-3; }

std::string target_text(const Target& target) {
  constexpr std::array<const char*, 3> names{"udp", "tcp", "tls"};
  const bool is_ipv6 = target.address.find(':') != std::string::npos;
  return fmt::format("{}:{}{}{}:{}", names[static_cast<std::size_t>(target.transport)],
                     is_ipv6 ? "[" : "", target.address, is_ipv6 ? "]" : "", target.port);
}

nlohmann::json latencies_of(const LatencyHistogram& all) {
  return {{"p50", microseconds(all.percentile_ns(0.5))},
          {"p99", microseconds(all.percentile_ns(0.99))},
          {"p999", microseconds(all.percentile_ns(0.999))},
          {"max", microseconds(all.max_ns())}};
}

nlohmann::json statuses_of(const VerdictCounts& verdicts) {
  nlohmann::json statuses = nlohmann::json::object();
  for (std::size_t status = 0; status < verdicts.by_status.size(); ++status) {
    if (verdicts.by_status[status] > 0)
      statuses[std::to_string(status)] = verdicts.by_status[status];
  }
  return statuses;
}

nlohmann::json timeline_of(const RunResult& result) {
  nlohmann::json timeline = nlohmann::json::array();
  for (const Window& window : result.windows) {
    timeline.push_back({{"due", window.due},
                        {"answered", window.answered},
                        {"slowest_us", microseconds(window.slowest_ns)}});
  }
  return timeline;
}

nlohmann::json steps_of(const RunResult& result) {
  nlohmann::json steps = nlohmann::json::array();
  for (std::size_t i = 0; i < result.steps.size(); ++i) {
    const Pace::StepFacts& step = result.steps[i];
    const StepAnswers& answers = result.step_answers[i];
    const double seconds = std::max(step.seconds, 1e-9);
    steps.push_back({{"wanted_per_s", step.wanted_per_s},
                     {"seconds", step.seconds},
                     {"scheduled", step.scheduled},
                     {"sent", step.sent},
                     {"offered_per_s", static_cast<double>(step.sent) / seconds},
                     {"calls", answers.calls},
                     {"answered", answers.answered},
                     {"answered_per_s", static_cast<double>(answers.answered) / seconds},
                     {"latency_us", latencies_of(answers.latencies)},
                     {"service_us", latencies_of(answers.service_times)}});
  }
  return steps;
}

std::string step_lines(const RunResult& result) {
  std::string text;
  for (const nlohmann::json& step : steps_of(result)) {
    text += fmt::format(
        "\n  {:.1f} s of {:.0f}/s: offered {:.0f}/s, answered {:.0f}/s, p99 from sending {:.0f} us",
        step["seconds"].get<double>(), step["wanted_per_s"].get<double>(),
        step["offered_per_s"].get<double>(), step["answered_per_s"].get<double>(),
        step["service_us"]["p99"].get<double>());
  }
  return text;
}

std::string mode_of(const LoadOptions& options) {
  if (options.steps.size() > 1) return fmt::format("open loop, {} steps", options.steps.size());
  const double rate = options.steps.front().rate;
  if (rate > 0) return fmt::format("open loop, {:.0f}/s wanted", rate);
  return fmt::format("closed loop, {} outstanding", options.outstanding);
}

std::string extras_of(const LoadOptions& options, const RunResult& result) {
  const BookCounts& book = result.book;
  const VerdictCounts& verdicts = result.verdicts;
  std::string text;
  if (options.retransmits) text += fmt::format(", retransmitted {}", book.retransmitted);
  if (book.repeats_sent > 0)
    text += fmt::format(", repeated {}, answered the same {}, differently {}", book.repeats_sent,
                        book.repeats_same, book.repeats_different);
  if (book.unknown_sent > 0)
    text += fmt::format(", from unknown sources {}, answered {}", book.unknown_sent,
                        verdicts.unknown_answered);
  if (book.malformed_sent > 0)
    text += fmt::format(", malformed {}, answered {}", book.malformed_sent,
                        verdicts.malformed_answered);
  if (!options.certificate.empty())
    text += fmt::format(", verified {}, of which wrong {}",
                        verdicts.verified + verdicts.verify_failed, verdicts.verify_failed);
  if (options.target.transport != Transport::udp)
    text += fmt::format(", connections {}, closed by the server {}", options.connections,
                        result.wire.connections_closed);
  return text;
}

}  // namespace

std::string to_text(const LoadOptions& options, const RunResult& result) {
  const BookCounts& book = result.book;
  std::string text = fmt::format(
      "{}: {}, {:.1f} s: offered {:.0f}/s, late {} (at most {:.1f} ms), calls {}, answered {} "
      "({:.0f}/s well), "
      "raw lost {}, lost {}, wrong {}, twice {}{}; p50 {:.0f} us, p99 {:.0f} us, p99.9 {:.0f} us, "
      "max {:.0f} us",
      target_text(options.target), mode_of(options), result.seconds, rate(result.sent, result),
      result.late, microseconds(result.latest_ns) * 1e-3, book.sent, book.answered,
      rate(result.verdicts.good, result), book.raw_lost, book.lost, result.wrong, book.twice,
      extras_of(options, result), microseconds(result.answers.latencies.percentile_ns(0.5)),
      microseconds(result.answers.latencies.percentile_ns(0.99)),
      microseconds(result.answers.latencies.percentile_ns(0.999)),
      microseconds(result.answers.latencies.max_ns()));
  if (options.steps.size() > 1) text += step_lines(result);
  if (result.wire.port_closed > 0)
    text += fmt::format("; the port was closed {} times", result.wire.port_closed);
  if (result.has_given_up) text += "; gave up: nobody answers any more";
  if (!result.verdicts.first_finding.empty())
    text += "\nfirst wrong: " + result.verdicts.first_finding;
  return text;
}

std::string to_json(const LoadOptions& options, const RunResult& result) {
  const BookCounts& book = result.book;
  const VerdictCounts& verdicts = result.verdicts;
  nlohmann::json json = {
      {"target", target_text(options.target)},
      {"wanted_per_s", options.steps.front().rate},
      {"outstanding", options.outstanding},
      {"seconds", result.seconds},
      {"scheduled", result.scheduled},
      {"sent", result.sent},
      {"offered_per_s", rate(result.sent, result)},
      {"late", result.late},
      {"latest_us", microseconds(result.latest_ns)},
      {"gave_up", result.has_given_up},
      {"calls", book.sent},
      {"answered", book.answered},
      {"good", verdicts.good},
      {"good_per_s", rate(verdicts.good, result)},
      {"raw_lost", book.raw_lost},
      {"lost", book.lost},
      {"retransmitted", book.retransmitted},
      {"too_late", book.too_late},
      {"wrong", result.wrong},
      {"twice", book.twice},
      {"wrong_status", verdicts.wrong_status},
      {"no_identity", verdicts.no_identity},
      {"unexpected_identity", verdicts.unexpected_identity},
      {"strange", verdicts.strange},
      {"statuses", statuses_of(verdicts)},
      {"verified", verdicts.verified},
      {"verify_failed", verdicts.verify_failed},
      {"verify_skipped", verdicts.verify_skipped},
      {"first_wrong", verdicts.first_finding},
      {"repeated",
       {{"sent", book.repeats_sent},
        {"same", book.repeats_same},
        {"different", book.repeats_different}}},
      {"unknown", {{"sent", book.unknown_sent}, {"answered", verdicts.unknown_answered}}},
      {"malformed", {{"sent", book.malformed_sent}, {"answered", verdicts.malformed_answered}}},
      {"unsendable", result.wire.unsendable},
      {"port_closed", result.wire.port_closed},
      {"connections_closed", result.wire.connections_closed},
      {"receive_buffer", result.wire.receive_buffer},
      {"latency_us", latencies_of(result.answers.latencies)},
      {"service_us", latencies_of(result.answers.service_times)},
  };
  if (options.steps.size() > 1) json["steps"] = steps_of(result);
  if (options.window.count() > 0) json["timeline"] = timeline_of(result);
  return json.dump(2, ' ', true, nlohmann::json::error_handler_t::replace);
}

}  // namespace sip_load
