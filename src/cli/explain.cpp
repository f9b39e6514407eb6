// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "call_input.hpp"
#include "call_place.hpp"
#include "failure.hpp"
#include "sip/request_reader.hpp"
#include "sip/status_table.hpp"

namespace shaken302::cli {
namespace po = boost::program_options;

namespace {

void print_call(const Call& call, const std::vector<std::string>& warnings,
                const po::variables_map& values, const Loaded& loaded, Streams streams) {
  const UnixTime at = select_time(values);
  const Snapshot& snapshot = *loaded.snapshot.snapshot;
  const Decision decision = decide(call, snapshot, at, loaded.configuration.settings.iat_backdate);
  print_explanation({decision, call, snapshot, at, warnings}, values.count("json") != 0, streams);
}

int refuse(const std::string& why, const po::variables_map& values, Streams streams) {
  streams.err << "shaken302 explain: " << why << '\n';
  if (values.count("json") != 0) print_failure_json(why, streams.out);
  return exit_negative;
}

int explain_message(const po::variables_map& values, const Loaded& loaded, Streams streams) {
  const std::string bytes = read_text(values["sip"].as<std::string>(), streams);
  sip::ReadState state;
  const auto request = sip::read_request(bytes, state);
  if (!request) {
    const sip::Status status = sip::refusal_for(request.error()).status;
    return refuse(status.code == 0
                      ? "this is no SIP request: it gets no answer"
                      : fmt::format("the message is refused: {} {}", status.code, status.phrase),
                  values, streams);
  }
  if (request->method != sip::Method::invite || request->has_to_tag) {
    return refuse("only the first INVITE of a call is decided about", values, streams);
  }
  const Snapshot& snapshot = *loaded.snapshot.snapshot;
  const CallPlace place = select_place(values, loaded, request->request_uri, request->to);
  Call call = sip::read_call(*request, state.index, snapshot.peers->peers()[place.peer], place.peer,
                             place.listener);
  std::string requested;
  if (values.count("requested") != 0) {
    requested = values["requested"].as<std::string>();
    call.requested_level = requested;
  }
  print_call(call, place.warnings, values, loaded, streams);
  return exit_done;
}

/// The message says these itself; an option that does nothing would explain another call.
void refuse_beside_message(const po::variables_map& values) {
  if (values.count("sip") == 0) return;
  for (const char* name : {"from", "to", "asserted", "target", "privacy", "account"}) {
    if (values.count(name) != 0) {
      throw po::error(std::string("--sip and --") + name + " exclude each other");
    }
  }
}

}  // namespace

int explain(const Words& words, Streams streams) {
  po::options_description options("options");
  add_common_options(options);
  add_call_options(options);
  options.add_options()(
      "sip,s", po::value<std::string>(),
      "a SIP INVITE from a file, instead of --from and --to; - is standard input");
  const auto values = parse_words(words, options, {},
                                  "explain (--from NUMBER --to NUMBER [--account ID] | --sip FILE) "
                                  "[--requested LEVEL] [--at TIME] [--peer NAME | --source ADDRESS "
                                  "[--client-name NAME]] "
                                  "[--listener LISTENER] [--config FILE]",
                                  streams);
  if (!values) return exit_done;
  refuse_beside_message(*values);
  const auto loaded = load(*values, streams);
  if (!loaded) return exit_configuration;
  if (values->count("sip") != 0) return explain_message(*values, *loaded, streams);
  const CallInput input(*values, *loaded);
  print_call(input.call(), input.warnings(), *values, *loaded, streams);
  return exit_done;
}

}  // namespace shaken302::cli
