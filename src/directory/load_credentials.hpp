// SPDX-License-Identifier: MIT
//
// Reads keys and certificates and puts each to the test before anybody relies on it.
#pragma once

#include <stop_token>

#include "config/configuration.hpp"
#include "shaken302/credential.hpp"

namespace shaken302::directory {

/// Where the findings of a load go.
struct Findings {
  config::ConfigIssues issues;    ///< any of these refuses the whole
  config::ConfigIssues warnings;  ///< these do not
};

/// One entry per credential of the configuration, in its order, as long as there is no issue. One
/// that fails its test signature is quarantined and warned about: the others are as good as before.
/// When `stop` is requested the table ends there.
CredentialTable load_credentials(const config::Configuration& configuration, UnixTime now,
                                 Findings& findings, const std::stop_token& stop = {});

}  // namespace shaken302::directory
