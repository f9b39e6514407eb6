// SPDX-License-Identifier: MIT
#include "call_input.hpp"

#include <nlohmann/json.hpp>

namespace shaken302::cli {
namespace po = boost::program_options;

namespace {

std::string text_of(const Destination& called) {
  if (const auto* number = std::get_if<PhoneNumber>(&called)) return std::string(number->digits());
  return std::string(std::get<std::string_view>(called));
}

UriView uri_of(const std::string& text) {
  if (text.starts_with("urn:")) return {UriScheme::urn, std::string_view(text).substr(4), {}};
  return {UriScheme::sip, text, "example.invalid"};
}

std::string text_or_empty(const po::variables_map& values, const char* name) {
  return values.count(name) != 0 ? values[name].as<std::string>() : std::string();
}

}  // namespace

void add_call_options(po::options_description& options) {
  options.add_options()("peer,p", po::value<std::string>(),
                        "the upstream that asks; may be left out where there is one only")(
      "from", po::value<std::string>(), "the calling number as the upstream writes it")(
      "to", po::value<std::string>(), "the called number, or urn:service:sos")(
      "account,a", po::value<std::string>(),
      "what the upstream's account header, parameter or host says")(
      "call-id", po::value<std::string>()->default_value("command-line"), "the Call-ID");
}

std::uint32_t select_peer(const po::variables_map& values, const Snapshot& snapshot) {
  const std::vector<Peer>& peers = snapshot.peers->peers();
  if (values.count("peer") == 0) {
    if (peers.size() == 1) return 0;
    throw po::error("there are several peers: name one with --peer");
  }
  const auto name = values["peer"].as<std::string>();
  for (std::uint32_t i = 0; i < peers.size(); ++i) {
    if (peers[i].name == name) return i;
  }
  throw po::error("there is no peer '" + name + "'");
}

CallInput::CallInput(const po::variables_map& values, const Snapshot& snapshot)
    : from_(text_or_empty(values, "from")),
      to_(text_or_empty(values, "to")),
      account_(text_or_empty(values, "account")),
      call_id_(text_or_empty(values, "call-id")) {
  if (from_.empty() || to_.empty()) throw po::error("--from and --to are needed");
  call_.peer = select_peer(values, snapshot);
  call_.from = uri_of(from_);
  call_.to = uri_of(to_);
  call_.request_uri = call_.to;
  call_.asserted_identities[0] = call_.from;
  call_.call_id = call_id_;
  const auto& sources = snapshot.peers->peers()[call_.peer].account_sources;
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

void print_decision(const Decision& decision, const Snapshot& snapshot, bool as_json,
                    Streams streams) {
  nlohmann::ordered_json facts{{"verdict", to_text(decision.verdict)}};
  if (decision.verdict == Verdict::sign) facts["level"] = std::string(1, to_char(decision.level));
  facts["calling"] = decision.calling.digits();
  facts["called"] = text_of(decision.called);
  if (decision.account != no_index) {
    facts["account"] = snapshot.accounts->accounts()[decision.account].id;
  }
  if (decision.credential != no_index) {
    facts["credential"] = snapshot.credentials->entries[decision.credential].credential.name();
  }
  facts["emergency"] = decision.emergency;
  facts["reasons"] = nlohmann::ordered_json::array();
  for (const Reason reason : decision.trail.reasons()) facts["reasons"].push_back(to_text(reason));
  if (as_json) {
    streams.out << facts.dump(2, ' ', true) << '\n';
    return;
  }
  for (const auto& [name, value] : facts.items()) {
    if (value.is_array()) continue;
    streams.out << name << std::string(11 - name.size(), ' ')
                << (value.is_string() ? value.get<std::string>() : value.dump()) << '\n';
  }
  for (const auto& reason : facts["reasons"]) {
    streams.out << "because    " << reason.get<std::string>() << '\n';
  }
}

}  // namespace shaken302::cli
