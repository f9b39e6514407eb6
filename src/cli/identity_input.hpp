// SPDX-License-Identifier: MIT
//
// An Identity as a person has it at hand: a header line copied from a trace, a header value, or a
// bare token; given as a word, a file or standard input.
#pragma once

#include <string>

#include "options.hpp"

namespace shaken302::cli {

/// "--identity VALUE" and "--file FILE" ("-" is standard input).
void add_identity_options(boost::program_options::options_description& options);

/// The value without "Identity:" in front and without line ends around it; folds stay inside.
/// Throws boost::program_options::error when neither or both options are there.
std::string read_identity(const boost::program_options::variables_map& values, Streams streams);

}  // namespace shaken302::cli
