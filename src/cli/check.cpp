// SPDX-License-Identifier: MIT
#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/load_tls.hpp"
#include "directory/number_load.hpp"
#include "directory/numbers_csv.hpp"
#include "directory/resolve_names.hpp"
#include "failure.hpp"
#include "options.hpp"

namespace shaken302::cli {
namespace po = boost::program_options;

namespace {

/// What `numbers check` warns about. Rows of a database have no such check.
void warn_about_numbers(const config::DirectorySource& source, config::ConfigIssues& warnings,
                        std::uint64_t& count) {
  if (source.kind != config::SourceKind::files) return;
  const directory::Names names(source);
  for (const auto& file : {source.numbers, source.do_not_originate}) {
    if (file.empty()) continue;
    auto opened = config::RegularFile::open(file, directory::number_file_rules);
    if (!opened) continue;
    directory::RowIssues odd(file.string());
    const auto table =
        file == source.numbers
            ? directory::load_numbers_csv(std::move(*opened), names.accounts, {}, {}, &odd)
            : directory::load_never_calls_csv(std::move(*opened), {}, {}, &odd);
    count += odd.count();
    if (!table) continue;  // it has changed since it was found good
    for (config::ConfigIssue& issue : odd.take()) warnings.push_back(std::move(issue));
  }
}

}  // namespace

int check(const Words& words, Streams streams) {
  po::options_description options("options");
  add_common_options(options);
  const auto values =
      parse_words(words, options, {"config"}, "check [--config FILE] [--json]", streams);
  if (!values) return exit_done;

  const auto file = (*values)["config"].as<std::string>();
  const auto loaded = load(*values, streams, directory::CredentialRule::all_good);
  if (!loaded) return exit_configuration;

  const auto tls = app::load_tls(file, loaded->configuration.settings);
  if (!tls) {
    print_issues(tls.error(), values->count("json") != 0, streams);
    return exit_configuration;
  }
  const Snapshot& snapshot = *loaded->snapshot.snapshot;
  config::ConfigIssues warnings = loaded->snapshot.warnings;
  std::uint64_t warned = warnings.size();
  if (*tls) {
    const config::Settings& settings = loaded->configuration.settings;
    for (const auto& issue : {app::find_tls_validity_issue(**tls, file, settings, now()),
                              app::find_client_ca_issue(**tls, file, settings, now())}) {
      if (issue) warnings.push_back(*issue);
    }
    std::ranges::move(app::find_tls_warnings(**tls, file, settings), std::back_inserter(warnings));
    warned = warnings.size();
  }
  warn_about_numbers(loaded->configuration.directory, warnings, warned);
  for (const config::ConfigIssue& warning : warnings) {
    streams.err << "warning: " << config::to_text(warning) << '\n';
  }
  const nlohmann::ordered_json facts{
      {"file", file},
      {"peers", snapshot.peers->peers().size()},
      {"accounts", snapshot.accounts->accounts().size()},
      {"numbers", snapshot.numbers->size()},
      {"credentials", snapshot.credentials->entries.size()},
      {"warnings", warned},
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
