// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "call_input.hpp"

namespace shaken302::cli {
namespace po = boost::program_options;

int sign(const Words& words, Streams streams) {
  po::options_description options("options");
  add_common_options(options);
  add_call_options(options);
  const auto values = parse_words(
      words, options, {},
      "sign --from NUMBER --to NUMBER [--account ID] "
      "[--peer NAME | --source ADDRESS [--client-name NAME]] [--listener LISTENER] [--config FILE]",
      streams);
  if (!values) return exit_done;
  const auto loaded = load(*values, streams);
  if (!loaded) return exit_configuration;

  const Snapshot& snapshot = *loaded->snapshot.snapshot;
  const CallInput input(*values, *loaded);
  AuthenticationService service(loaded->secret, loaded->configuration.settings.iat_backdate);
  const UnixTime at = select_time(*values);
  const Authentication authentication = service.authenticate(input.call(), snapshot, at);
  const bool as_json = values->count("json") != 0;
  if (authentication.token.empty()) {
    // Standard output holds an Identity or nothing, so that it can be piped; JSON is read as a
    // whole.
    print_explanation({authentication.decision, input.call(), snapshot, at, input.warnings()},
                      as_json, {streams.in, as_json ? streams.out : streams.err, streams.err});
    return exit_negative;
  }
  std::array<char, 4096> buffer;
  BoundedText value(buffer);
  append_identity_value(value, authentication.token, authentication.x5u,
                        snapshot.peers->peers()[input.call().peer].ppt_form);
  if (as_json) {
    streams.out << nlohmann::ordered_json{{"identity", value.view()},
                                          {"level",
                                           std::string(1, to_char(authentication.decision.level))},
                                          {"iat", authentication.iat.time_since_epoch().count()},
                                          {"origid", authentication.origid.text()}}
                       .dump(2)
                << '\n';
  } else {
    streams.out << "Identity: " << value.view() << '\n';
  }
  return exit_done;
}

}  // namespace shaken302::cli
