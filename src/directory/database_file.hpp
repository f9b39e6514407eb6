// SPDX-License-Identifier: MIT
//
// A file that is there whole or not at all: it is written beside its name, for this user alone, and
// takes the name at the end.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "config/config_issue.hpp"

namespace shaken302::directory {

class NewFile {
 public:
  using Issue = std::optional<config::ConfigIssue>;  ///< nothing: it went well

  explicit NewFile(std::filesystem::path path);
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  /// A file that has not taken its name is removed.
  ~NewFile();

  /// Refuses a name that is taken, also by a link that leads nowhere.
  Issue open();
  /// What goes wrong is said by `finish`.
  void write(std::string_view text);
  /// Everything is on its way to the disk.
  Issue finish();
  /// Takes the name, once finished.
  Issue publish();
  /// Takes the name back.
  void withdraw() noexcept;

 private:
  enum class State : std::uint8_t { none, open, finished, published };

  void flush();
  [[nodiscard]] Issue check_name() const;
  [[nodiscard]] config::ConfigIssue issue(std::string problem, std::string remedy) const;

  std::filesystem::path path_;
  std::filesystem::path part_;
  std::string buffer_;
  int fd_ = -1;
  int error_ = 0;  ///< the first errno of a write
  State state_ = State::none;
};

}  // namespace shaken302::directory
