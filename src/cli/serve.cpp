// SPDX-License-Identifier: MIT
#include "app/server.hpp"
#include "options.hpp"

namespace shaken302::cli {
namespace po = boost::program_options;

int serve(const Words& words, Streams streams) {
  po::options_description options("options");
  options.add_options()("config,c", po::value<std::string>()->default_value(default_configuration),
                        "the configuration file")("help,h", "print this");
  const auto values = parse_words(words, options, {"config"}, "serve [--config FILE]", streams);
  if (!values) return exit_done;

  app::harden_process();
  return app::run_server((*values)["config"].as<std::string>());
}

}  // namespace shaken302::cli
