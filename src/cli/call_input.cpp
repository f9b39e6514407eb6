// SPDX-License-Identifier: MIT
#include "call_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "call_place.hpp"
#include "sip/exchange.hpp"

namespace shaken302::cli {
namespace po = boost::program_options;

namespace {

UriView uri_of(const std::string& text) {
  if (text.starts_with("urn:")) return {UriScheme::urn, std::string_view(text).substr(4), {}};
  const std::string_view view = text;
  const auto at = view.rfind('@');
  if (at == std::string_view::npos) return {UriScheme::sip, view, untyped_host};
  return {UriScheme::sip, view.substr(0, at), view.substr(at + 1)};
}

/// What the peer asks for by the listener alone: the rest of its sources is in no typed call.
std::string level_at(const Peer& peer, const Listener& listener) {
  for (const LevelSource& source : peer.level_sources) {
    if (source.kind != LevelSource::Kind::listener || source.listener != listener) continue;
    return {to_char(source.level)};
  }
  return {};
}

std::string text_or_empty(const po::variables_map& values, const char* name) {
  return values.count(name) != 0 ? values[name].as<std::string>() : std::string();
}

}  // namespace

void add_call_options(po::options_description& options) {
  add_place_options(options);
  options.add_options()("from", po::value<std::string>(),
                        "the calling number as the upstream writes it")(
      "to", po::value<std::string>(), "the called number, or urn:service:sos")(
      "asserted", po::value<std::string>(), "P-Asserted-Identity, where it is not --from")(
      "target", po::value<std::string>(),
      "the Request-URI, where it is not --to: NUMBER or NUMBER@HOST")(
      "requested,r", po::value<std::string>(),
      "the level that the upstream asks for; a warning says where it has no way to ask for it")(
      "privacy", "the caller asks for privacy (Privacy: id)")(
      "at", po::value<std::string>(),
      "decide as of this time: 2026-11-21T09:00:00Z, 2026-11-21, or seconds since 1970 in ten "
      "digits")("account,a", po::value<std::string>(),
                "what the upstream's account header, parameter or host says")(
      "call-id", po::value<std::string>()->default_value("command-line"), "the Call-ID");
}

UnixTime select_time(const po::variables_map& values) {
  return values.count("at") == 0 ? now() : parse_time(values["at"].as<std::string>());
}

CallInput::CallInput(const po::variables_map& values, const Loaded& loaded)
    : from_(text_or_empty(values, "from")),
      to_(text_or_empty(values, "to")),
      asserted_(values.count("asserted") != 0 ? text_or_empty(values, "asserted") : from_),
      target_(values.count("target") != 0 ? text_or_empty(values, "target") : to_),
      requested_(text_or_empty(values, "requested")),
      account_(text_or_empty(values, "account")),
      call_id_(text_or_empty(values, "call-id")) {
  if (from_.empty() || to_.empty()) throw po::error("--from and --to are needed");
  call_.from = uri_of(from_);
  call_.to = uri_of(to_);
  call_.request_uri = uri_of(target_);
  call_.asserted_identities[0] = uri_of(asserted_);
  CallPlace place = select_place(values, loaded, call_.request_uri, call_.to);
  warnings_ = std::move(place.warnings);
  const Peer& peer = loaded.snapshot.snapshot->peers->peers()[place.peer];
  call_.peer = place.peer;
  if (values.count("requested") == 0) requested_ = level_at(peer, place.listener);
  call_.requested_level = requested_;
  call_.asks_for_privacy = values.count("privacy") != 0;
  call_.call_id = call_id_;
  const auto& sources = peer.account_sources;
  for (std::size_t i = 0; i < sources.size() && i < call_.account_values.size(); ++i) {
    switch (sources[i].kind) {
      case AccountSource::Kind::header:
      case AccountSource::Kind::parameter:
      case AccountSource::Kind::host:
        call_.account_values[i] = account_;
        break;
      case AccountSource::Kind::fixed:
      case AccountSource::Kind::number:
        break;
    }
  }
}

namespace {

/// What goes on with the call beside the status.
std::string_view text_of(sip::Outcome outcome) noexcept {
  switch (outcome) {
    case sip::Outcome::signed_redirect:
    case sip::Outcome::repeated_redirect:
      return "with Identity";
    case sip::Outcome::unsigned_redirect:
      return "without Identity";
    case sip::Outcome::existing_redirect:
      return "the Identity that is there stays";
    default:
      return "";
  }
}

Explanation explain_fully(const DecidedCall& decided, const sip::DecisionAnswer& answer) {
  Explanation explanation =
      shaken302::explain(decided.decision, decided.call, decided.snapshot, decided.at);
  for (const std::string& warning : decided.warnings) {
    explanation.trail.insert(explanation.trail.begin(), {"warning", "", warning, ""});
  }
  explanation.trail.push_back({"answer",
                               fmt::format("{} {}", answer.status.code, answer.status.phrase),
                               std::string(text_of(answer.outcome)), ""});
  return explanation;
}

nlohmann::ordered_json to_json(const Explanation& explanation, std::uint16_t sip_status) {
  nlohmann::ordered_json json{
      {"outcome", explanation.outcome},    {"sip_status", sip_status},
      {"attest", explanation.attest},      {"account", explanation.account},
      {"orig", explanation.orig},          {"dest", explanation.dest},
      {"peer", explanation.peer},          {"credential", explanation.credential},
      {"emergency", explanation.emergency}};
  json["trail"] = nlohmann::ordered_json::array();
  for (const TrailStep& step : explanation.trail) {
    nlohmann::ordered_json item{
        {"rule", step.rule}, {"verdict", step.verdict}, {"detail", step.detail}};
    if (!step.reason.empty()) item["reason"] = step.reason;
    json["trail"].push_back(std::move(item));
  }
  return json;
}

/// Texts that a caller wrote may hold anything; a terminal must not act on it.
std::string to_printable(std::string_view text) {
  std::string out;
  for (const char c : text) out += c >= 0x20 && c < 0x7F ? c : '?';
  return out;
}

}  // namespace

void print_explanation(const DecidedCall& decided, bool as_json, Streams streams) {
  const Peer& peer = decided.snapshot.peers->peers()[decided.call.peer];
  const sip::DecisionAnswer answer = sip::answer_for(decided.decision, peer);
  const Explanation explanation = explain_fully(decided, answer);
  if (as_json) {
    // What is not UTF-8 is replaced: a message may hold any byte.
    streams.out << to_json(explanation, answer.status.code)
                       .dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace)
                << '\n';
    return;
  }
  const auto padded = [](std::string text, std::size_t width) {
    text.resize(std::max(text.size() + 1, width), ' ');
    return text;
  };
  for (const TrailStep& step : explanation.trail) {
    std::string line = padded(step.rule, 24) + padded(step.verdict, 22) + to_printable(step.detail);
    if (!step.reason.empty()) line += " [" + step.reason + "]";
    line.erase(line.find_last_not_of(' ') + 1);
    streams.out << line << '\n';
  }
}

}  // namespace shaken302::cli
