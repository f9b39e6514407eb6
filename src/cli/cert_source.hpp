// SPDX-License-Identifier: MIT
//
// The certificates that an action of `cert` is about: one file, or those of a configuration.
#pragma once

#include <boost/program_options.hpp>
#include <optional>
#include <string>
#include <vector>

#include "config/configuration.hpp"
#include "options.hpp"
#include "shaken302/certificate_findings.hpp"

namespace shaken302::cli {

/// A certificate's file that could be read, or the finding that says why not.
Result<CertificateChain, CertificateFinding> read_chain(const std::string& path);

/// "FILE: is …: what to do", in one line.
std::string complaint_of(const std::string& subject, const CertificateFinding& finding);

/// The configuration of --config; prints its issues when it is not good. Reads no keys.
std::optional<config::Configuration> read_configured(
    const boost::program_options::variables_map& values, Streams streams);

/// The value of an option, or nothing when it is not given.
std::string text_of(const boost::program_options::variables_map& values, const char* name);

/// The credentials of the configuration, or the one of them that is called `name`, unless it is
/// empty. Throws boost::program_options::error when there is no such one, std::runtime_error when
/// there are none at all.
std::vector<config::CredentialFiles> select_credentials(const config::Configuration& configuration,
                                                        const std::string& name);

/// Throws boost::program_options::error unless exactly one of the two is given.
void require_one_of(const boost::program_options::variables_map& values, const char* one,
                    const char* other, const std::string& complaint);

/// Throws boost::program_options::error when --`option` is given without --config.
void require_config_for(const boost::program_options::variables_map& values, const char* option);

}  // namespace shaken302::cli
