// SPDX-License-Identifier: MIT
//
// Files that appear whole or not at all, and never in the place of another one.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace shaken302::cli {

/// A file that is written beside its place under a name of its own and then put there. What has
/// not been kept is gone with this object. Members throw std::runtime_error with a sentence that
/// names the file.
class NewFile {
 public:
  /// `mode` counts from the first byte on.
  NewFile(std::filesystem::path path, mode_t mode);
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile();

  /// Writes all of it through to the disk. Once.
  void write(std::string_view content);
  /// Gives the file its name, on the disk too. False, and nothing has changed, when there is
  /// something of that name already, a dangling link among it.
  [[nodiscard]] bool put_in_place();
  void keep() noexcept { is_in_place_ = false; }

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  [[noreturn]] void fail(int error) const;

  std::filesystem::path path_;
  std::string draft_;  ///< the name until it is in place
  int fd_ = -1;
  bool is_draft_ = false;
  bool is_in_place_ = false;
};

/// While it lives, this thread is not ended by a person or a shell that goes away: what was begun
/// is either done or undone.
class Uninterrupted {
 public:
  Uninterrupted() noexcept;
  Uninterrupted(const Uninterrupted&) = delete;
  Uninterrupted& operator=(const Uninterrupted&) = delete;
  ~Uninterrupted();

 private:
  sigset_t before_{};
};

}  // namespace shaken302::cli
