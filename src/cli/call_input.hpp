// SPDX-License-Identifier: MIT
//
// A call as a person describes it on the command line, made into the same Call that the SIP reader
// makes.
#pragma once

#include <boost/program_options.hpp>
#include <string>
#include <vector>

#include "options.hpp"
#include "shaken302/authentication_service.hpp"
#include "shaken302/explanation.hpp"

namespace shaken302::cli {

/// "--from", "--to", "--asserted", "--target", "--account", "--requested", "--privacy", "--at",
/// "--call-id", and where the call comes in.
void add_call_options(boost::program_options::options_description& options);

/// The time named by --at, or the present. Throws boost::program_options::error.
UnixTime select_time(const boost::program_options::variables_map& values);

/// Owns the texts that a Call views.
class CallInput {
 public:
  CallInput(const boost::program_options::variables_map& values, const Loaded& loaded);
  [[nodiscard]] const Call& call() const noexcept { return call_; }
  /// See CallPlace.
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }

 private:
  std::string from_;
  std::string to_;
  std::string asserted_;
  std::string target_;
  std::string requested_;
  std::string account_;
  std::string call_id_;
  std::vector<std::string> warnings_;
  Call call_;
};

/// A call that was decided about.
struct DecidedCall {
  const Decision& decision;
  const Call& call;
  const Snapshot& snapshot;
  UnixTime at;
  const std::vector<std::string>& warnings;
};

/// The outcome, the whole trail and the SIP answer, in columns for people or as JSON.
void print_explanation(const DecidedCall& decided, bool as_json, Streams streams);

}  // namespace shaken302::cli
