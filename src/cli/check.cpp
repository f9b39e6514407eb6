// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "options.hpp"

namespace shaken302::cli {
namespace po = boost::program_options;

int check(const Words& words, Streams streams) {
  po::options_description options("options");
  add_common_options(options);
  const auto values =
      parse_words(words, options, {"config"}, "check [--config FILE] [--json]", streams);
  if (!values) return exit_done;

  const auto file = (*values)["config"].as<std::string>();
  const auto loaded = load(*values, streams);
  if (!loaded) return exit_configuration;

  const Snapshot& snapshot = *loaded->snapshot.snapshot;
  for (const config::ConfigIssue& warning : loaded->snapshot.warnings) {
    streams.err << "warning: " << config::to_text(warning) << '\n';
  }
  const nlohmann::ordered_json facts{
      {"file", file},
      {"peers", snapshot.peers->peers().size()},
      {"accounts", snapshot.accounts->accounts().size()},
      {"numbers", snapshot.numbers->size()},
      {"credentials", snapshot.credentials->entries.size()},
      {"warnings", loaded->snapshot.warnings.size()},
  };
  if (values->count("json") != 0) {
    streams.out << facts.dump(2) << '\n';
  } else {
    streams.out << file << ": good: " << facts["peers"] << " peers, " << facts["accounts"]
                << " accounts, " << facts["numbers"] << " number rows, " << facts["credentials"]
                << " credentials, " << facts["warnings"] << " warnings\n";
  }
  return exit_done;
}

}  // namespace shaken302::cli
