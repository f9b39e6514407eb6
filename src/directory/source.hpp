// SPDX-License-Identifier: MIT
//
// Where peers, accounts and numbers are read from: files or a database. One source is one read of
// one state: a load opens it, asks what has changed since the last one, and reads that.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "load_credentials.hpp"
#include "number_row.hpp"

namespace shaken302::directory {

/// What tells one state of a part from another, as text; empty: it may have changed, read it.
struct PartStates {
  std::string entries;  ///< peers and accounts; of files: always read
  std::string numbers;
  std::string never_calls;
};

class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  [[nodiscard]] const PartStates& states() const noexcept { return states_; }

  // Each gives nothing after an issue.
  /// Peers and accounts, with names unresolved; of files those of the configuration, which are
  /// there already.
  virtual void read_entries(config::DirectorySource& into, Findings& findings) = 0;
  virtual std::optional<NumberTable> read_numbers(const AccountIds& accounts,
                                                  Findings& findings) = 0;
  virtual std::optional<NumberTable> read_never_calls(Findings& findings) = 0;

 protected:
  PartStates states_;
};

/// Nothing, and an issue, when a database cannot be read. `configuration` must outlive the source.
std::unique_ptr<Source> open_source(const config::Configuration& configuration, Findings& findings,
                                    const std::stop_token& stop);

std::unique_ptr<Source> open_files(const config::Configuration& configuration,
                                   const std::stop_token& stop);
std::unique_ptr<Source> open_tables(const config::Configuration& configuration, Findings& findings,
                                    const std::stop_token& stop);

/// The reference of a claim of a database's number table, read once more: tables do not hold them.
/// Nothing when there is none, or the row is another one by now.
std::optional<std::string> read_reference(const config::DirectorySource& source,
                                          const NumberClaim& claim);

}  // namespace shaken302::directory
