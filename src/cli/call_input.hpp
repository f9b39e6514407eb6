// SPDX-License-Identifier: MIT
//
// A call as a person describes it on the command line, made into the same Call that the SIP reader
// makes.
#pragma once

#include <boost/program_options.hpp>
#include <string>

#include "options.hpp"
#include "shaken302/authentication_service.hpp"

namespace shaken302::cli {

/// "--peer", "--from", "--to", "--account", "--call-id".
void add_call_options(boost::program_options::options_description& options);

/// The peer named by --peer, or the only one there is. Throws boost::program_options::error.
std::uint32_t select_peer(const boost::program_options::variables_map& values,
                          const Snapshot& snapshot);

/// Owns the texts that a Call views.
class CallInput {
 public:
  CallInput(const boost::program_options::variables_map& values, const Snapshot& snapshot);
  [[nodiscard]] const Call& call() const noexcept { return call_; }

 private:
  std::string from_;
  std::string to_;
  std::string account_;
  std::string call_id_;
  Call call_;
};

/// "sign A", "leave unsigned", and a line for each reason, for people; facts for --json.
void print_decision(const Decision& decision, const Snapshot& snapshot, bool as_json,
                    Streams streams);

}  // namespace shaken302::cli
