// SPDX-License-Identifier: MIT
#include "command_line.hpp"

#include <algorithm>
#include <array>
#include <boost/program_options/errors.hpp>
#include <exception>
#include <string_view>

#include "failure.hpp"

namespace shaken302::cli {
namespace {

struct Command {
  std::string_view name;
  std::string_view summary;
  int (*run)(const Words&, Streams);
};

constexpr std::array commands{
    Command{"init", "DIR: make a complete working set-up with a throw-away CA", init},
    Command{"serve", "run the server", serve},
    Command{"check", "check a configuration and everything that it names", check},
    Command{"cert", "certificates and keys: show, check, csr, selftest, publish", cert},
    Command{"db", "keep peers, accounts and numbers in a database: init, import, export", db},
    Command{"numbers", "check a number table, or look a number up in the one that is used",
            numbers},
    Command{"sign", "sign one call and print its Identity header", sign},
    Command{"explain", "say what would be decided for a call, and why", explain},
    Command{"verify", "check an Identity against a given certificate", verify},
    Command{"decode", "show what an Identity or a token holds, without checking it", decode},
};

void print_usage(std::ostream& out) {
  out << "shaken302 " SHAKEN302_VERSION
         ": a SIP redirect server that signs calls with STIR/SHAKEN\n\n"
         "usage: shaken302 COMMAND [options]; shaken302 COMMAND --help says more\n\n";
  for (const Command& command : commands) {
    out << "  " << command.name << std::string(10 - command.name.size(), ' ') << command.summary
        << '\n';
  }
  out << "\n  --version   print the version\n"
         "\nexit status:\n"
         "   0  It is done, or the answer is yes.\n"
         "   1  The answer is no, or the machine did not let it be done.\n"
         "  64  The command line is wrong.\n"
         "  69  A database or a token that serve needs does not answer; it may answer later.\n"
         "  78  The configuration, or something that it names, is wrong.\n";
}

int dispatch(const Words& words, Streams streams) {
  if (words.empty()) {
    print_usage(streams.err);
    return exit_usage;
  }
  const std::string& name = words.front();
  if (name == "--version" || name == "version") {
    streams.out << "shaken302 " SHAKEN302_VERSION "\n";
    return exit_done;
  }
  if (name == "--help" || name == "-h" || name == "help") {
    print_usage(streams.out);
    return exit_done;
  }
  for (const Command& command : commands) {
    if (command.name == name) return command.run({words.begin() + 1, words.end()}, streams);
  }
  streams.err << "shaken302: there is no command '" << name << "'; shaken302 --help lists them\n";
  return exit_usage;
}

/// Words that cannot be read as options are looked at for this one all the same.
bool wants_json(const Words& words) {
  return std::find(words.begin(), words.end(), "--json") != words.end();
}

}  // namespace

int run(const Words& words, Streams streams) noexcept try {
  try {
    const int status = dispatch(words, streams);
    streams.out.flush();
    if (streams.out.fail()) {
      streams.err << "shaken302: the output could not be written\n";
      return exit_negative;
    }
    return status;
  } catch (const boost::program_options::error& error) {
    streams.err << "shaken302 " << words.front() << ": " << error.what() << "; shaken302 "
                << words.front() << " --help lists the options\n";
    if (wants_json(words)) print_failure_json(error.what(), streams.out);
    return exit_usage;
  } catch (const std::exception& error) {
    streams.err << "shaken302: " << error.what() << '\n';
    if (wants_json(words)) print_failure_json(error.what(), streams.out);
    return exit_negative;
  }
} catch (...) {
  return exit_negative;
}

}  // namespace shaken302::cli
