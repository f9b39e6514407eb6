// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "directory/database_copy.hpp"
#include "directory/database_schema.hpp"
#include "options.hpp"

namespace shaken302::cli {
namespace po = boost::program_options;

namespace {

constexpr const char* usage =
    "db init [--config FILE]                 make the tables in the database that FILE names\n"
    "       shaken302 db import [--config FILE] --from FILES [--replace]\n"
    "                                        copy peers, accounts and numbers of a configuration "
    "of\n"
    "                                        files into them\n"
    "       shaken302 db export [--config FILE] DIR\n"
    "                                        write them as a configuration of files\n"
    "       shaken302 db schema sqlite|postgresql\n"
    "                                        print the text that makes the tables";

/// Peers, accounts and numbers are nobody else's business: what is made here is for this user
/// alone.
class PrivateFiles {
 public:
  PrivateFiles() noexcept : before_(::umask(077)) {}
  PrivateFiles(const PrivateFiles&) = delete;
  PrivateFiles& operator=(const PrivateFiles&) = delete;
  ~PrivateFiles() { ::umask(before_); }

 private:
  mode_t before_;
};

struct Action {
  std::string_view name;
  std::vector<std::string_view> options;
};
const Action actions[] = {{"init", {"config"}},
                          {"import", {"config", "from", "replace"}},
                          {"export", {"config", "target"}},
                          {"schema", {"target"}}};

/// An option that an action would not look at is one that somebody is mistaken about.
void check_options(const std::string& name, const po::variables_map& values) {
  const auto* const action = std::ranges::find(actions, name, &Action::name);
  if (action == std::end(actions)) throw po::error(fmt::format("there is no db {}", name));
  for (const auto& [option, value] : values) {
    if (value.defaulted() || option == "action" ||
        std::ranges::find(action->options, option) != action->options.end()) {
      continue;
    }
    throw po::error(option == "target"
                        ? fmt::format("db {} takes no {}", name, value.as<std::string>())
                        : fmt::format("db {} has no --{}", name, option));
  }
}

void complain(const config::ConfigIssues& issues, Streams streams) {
  for (const config::ConfigIssue& issue : issues) streams.err << config::to_text(issue) << '\n';
}

int fail(const config::ConfigIssues& issues, Streams streams) {
  complain(issues, streams);
  return exit_negative;
}

std::string describe(const directory::CopiedRows& rows) {
  return fmt::format("{} peers, {} accounts, {} number rows, {} rows of numbers that never call",
                     rows.peers, rows.accounts, rows.numbers, rows.never_calls);
}

/// The configuration when it names a database; otherwise a complaint.
std::optional<config::Configuration> read_database(const std::string& file, Streams streams) {
  auto configuration = config::read_configuration(file);
  if (!configuration) {
    complain(configuration.error(), streams);
    return std::nullopt;
  }
  if (configuration->directory.kind == config::SourceKind::files) {
    streams.err << file
                << ": directory.source: names no database; write source = \"sqlite:PATH\" or "
                   "\"postgresql://HOST/DATABASE\"\n";
    return std::nullopt;
  }
  return std::move(*configuration);
}

int print_schema(const std::string& dialect, Streams streams) {
  if (dialect != "sqlite" && dialect != "postgresql") {
    throw po::error("schema of which? sqlite or postgresql");
  }
  streams.out << directory::schema_text(dialect == "sqlite" ? directory::SqlDialect::sqlite
                                                            : directory::SqlDialect::postgresql);
  return exit_done;
}

int init_tables(const config::Configuration& configuration, Streams streams) {
  const auto made = directory::init_database(configuration.directory);
  if (!made) return fail(made.error(), streams);
  streams.out << configuration.directory.name << ": the tables are made\n";
  return exit_done;
}

int import_from(const config::Configuration& configuration, const std::string& files_file,
                bool replace, Streams streams) {
  const auto files = config::read_configuration(files_file);
  if (!files) {
    complain(files.error(), streams);
    return exit_configuration;
  }
  if (files->directory.kind != config::SourceKind::files) {
    streams.err << files_file
                << ": directory.source: names a database; give --from a "
                   "configuration of files\n";
    return exit_configuration;
  }
  // All that a server would refuse is refused here, before anything is copied.
  directory::MetricsSlots slots;
  const auto loaded = directory::load_snapshot(*files, 1, now(), slots);
  if (!loaded) {
    complain(loaded.error(), streams);
    return exit_configuration;
  }
  const Snapshot& snapshot = *loaded->snapshot;
  const directory::CopiedRows checked{files->directory.peers.size(),
                                      files->directory.accounts.size(),
                                      snapshot.numbers ? snapshot.numbers->size() : 0,
                                      snapshot.never_calls ? snapshot.never_calls->size() : 0};
  const auto copied = directory::import_files(*files, configuration.directory, replace, checked);
  if (!copied) return fail(copied.error(), streams);
  streams.out << configuration.directory.name << ": imported " << describe(*copied) << '\n';
  return exit_done;
}

int export_to(const config::Configuration& configuration, const std::string& folder,
              Streams streams) {
  const auto copied = directory::export_files(configuration, folder);
  if (!copied) return fail(copied.error(), streams);
  streams.out << folder << ": exported " << describe(*copied) << '\n';
  return exit_done;
}

}  // namespace

int db(const Words& words, Streams streams) {
  po::options_description options("options");
  options.add_options()("config,c", po::value<std::string>()->default_value(default_configuration),
                        "the configuration file that names the database")(
      "from", po::value<std::string>(), "of import: a configuration of files")(
      "replace", po::bool_switch(), "of import: empty the tables first")("help,h", "print this");
  const auto values = parse_words(words, options, {"action", "target"}, usage, streams);
  if (!values) return exit_done;

  const std::string action =
      needed_word(*values, "action", "db does what? init, import, export or schema");
  const auto needed = [&](const char* name, const char* what) {
    return needed_word(*values, name, fmt::format("db {} needs {}", action, what));
  };
  check_options(action, *values);
  const PrivateFiles private_files;
  if (action == "schema") return print_schema(needed("target", "sqlite or postgresql"), streams);
  const std::string from = action == "import" ? needed("from", "--from FILES") : "";
  const std::string folder = action == "export" ? needed("target", "a folder") : "";
  const auto configuration = read_database((*values)["config"].as<std::string>(), streams);
  if (!configuration) return exit_configuration;
  if (action == "init") return init_tables(*configuration, streams);
  if (action == "export") return export_to(*configuration, folder, streams);
  return import_from(*configuration, from, (*values)["replace"].as<bool>(), streams);
}

}  // namespace shaken302::cli
