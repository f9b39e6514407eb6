// SPDX-License-Identifier: MIT
//
// Reads keys and certificates and puts each to the test before anybody relies on it.
#pragma once

#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "config/configuration.hpp"
#include "shaken302/credential.hpp"

namespace shaken302::directory {

/// Where the findings of a load go.
struct Findings {
  config::ConfigIssues issues;    ///< any of these refuses the whole
  config::ConfigIssues warnings;  ///< these do not
};

/// What a credential whose files are wrong does to the others.
enum class CredentialRule : std::uint8_t {
  all_good,   ///< it is an issue of the whole: for whoever checks a configuration
  each_alone  ///< it is out of use, or serves on as it was; all others are as good as before
};

/// What an entry of the table was made of.
struct CredentialOrigin {
  std::string name;
  std::string files;            ///< their state when they were read; empty: it is not known
  config::ConfigIssues faults;  ///< why they were not taken
  bool serves_on = false;       ///< as it was before them; otherwise it signs nothing
};

struct LoadedCredentials {
  std::shared_ptr<const CredentialTable> table;
  std::vector<CredentialOrigin> origins;  ///< by entry
};

struct CredentialOrder {
  const config::Configuration& configuration;
  UnixTime now{};
  std::stop_token stop{};
  CredentialRule rule = CredentialRule::all_good;
  /// What serves: with `each_alone` a credential of the same name serves on when its files are
  /// wrong, or not valid now while it is. Null: nothing serves yet.
  const LoadedCredentials* before = nullptr;
  /// Only these are read; all others are those of `before`, which was made of the same
  /// configuration. Null: all are read.
  const std::set<std::string>* names = nullptr;
};

/// One entry per credential of the configuration, in its order, as long as there is no issue. One
/// that fails its test signature is quarantined and warned about. Where every one of them is faulty
/// that is an issue by either rule, unless they have served before and serve on. When the stop is
/// requested the table ends there.
LoadedCredentials load_credentials(const CredentialOrder& order, Findings& findings);

}  // namespace shaken302::directory
