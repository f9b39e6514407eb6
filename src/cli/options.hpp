// SPDX-License-Identifier: MIT
//
// What the commands share: reading their words, texts from a file or standard input, and a loaded
// configuration with its complaints printed.
#pragma once

#include <boost/program_options.hpp>
#include <optional>
#include <string>

#include "command_line.hpp"
#include "config/configuration.hpp"
#include "directory/load_snapshot.hpp"
#include "shaken302/certificate.hpp"

namespace shaken302::cli {

inline constexpr const char* default_configuration = "/etc/shaken302/shaken302.toml";

/// Parses `words`; `positional` names the values that words without a dash fill, in order. One that
/// is not among `options` is no option either: nobody is told of it. Prints the usage and returns
/// nothing when --help is asked for.
std::optional<boost::program_options::variables_map> parse_words(
    const Words& words, const boost::program_options::options_description& options,
    const std::vector<std::string>& positional, const std::string& usage, Streams streams);

/// The word that fills `name`. Throws boost::program_options::error with `complaint` where there is
/// none.
std::string needed_word(const boost::program_options::variables_map& values, const char* name,
                        const std::string& complaint);

/// "--config FILE", "--json", "--help".
void add_common_options(boost::program_options::options_description& options);

/// The content of `path`, or of standard input for "-". Throws std::runtime_error.
std::string read_text(const std::string& path, Streams streams);

/// A PEM file as a chain. Throws std::runtime_error with the file's name and what is wrong.
CertificateChain read_certificate(const std::string& path, Streams streams);

struct Loaded {
  config::Configuration configuration;
  Secret secret;
  directory::LoadedSnapshot snapshot;
};
/// Everything that `serve` would load for --config. Issues are printed, with --json as JSON too,
/// and nothing is returned.
///
/// With `each_alone` a credential whose files are wrong is warned about and signs nothing, as in
/// the server; all others are what was asked about.
std::optional<Loaded> load(const boost::program_options::variables_map& values, Streams streams,
                           directory::CredentialRule rule = directory::CredentialRule::each_alone);

/// The wall clock, read once.
UnixTime now() noexcept;

/// 2026-11-21T09:00:00Z, 2026-11-21 for its midnight, or seconds since 1970 in ten digits. Throws
/// boost::program_options::error.
UnixTime parse_time(const std::string& text);

/// "2026-11-21T09:00:00Z"
std::string to_text(UnixTime time);

}  // namespace shaken302::cli
