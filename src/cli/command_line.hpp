// SPDX-License-Identifier: MIT
//
// The command line as a table of commands. A command gets its own words and two streams and returns
// an exit status; nothing else in the program ends the process.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace shaken302::cli {

/// What scripts may rely on (sysexits.h for the last two).
enum ExitStatus : int {
  exit_done = 0,
  exit_negative = 1,        ///< not verified, not signed, could not run
  exit_usage = 64,          ///< EX_USAGE
  exit_configuration = 78,  ///< EX_CONFIG
};

using Words = std::vector<std::string>;

struct Streams {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
};

/// Runs `shaken302 WORDS…`; never throws.
int run(const Words& words, Streams streams) noexcept;

// The commands, one file each. They throw only boost::program_options errors (usage) and, where the
// machine fails them, std::runtime_error; `run` turns both into an exit status.
int init(const Words& words, Streams streams);
int serve(const Words& words, Streams streams);
int check(const Words& words, Streams streams);
int sign(const Words& words, Streams streams);
int explain(const Words& words, Streams streams);
int verify(const Words& words, Streams streams);
int numbers(const Words& words, Streams streams);
int db(const Words& words, Streams streams);
int cert(const Words& words, Streams streams);
int decode(const Words& words, Streams streams);

}  // namespace shaken302::cli
