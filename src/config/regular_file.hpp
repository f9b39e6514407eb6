// SPDX-License-Identifier: MIT
//
// Reads a file that an operator named. It may be anything: missing, a folder, a FIFO that would
// block for ever, a device without an end, a key that the whole machine can read.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "config_issue.hpp"
#include "shaken302/result.hpp"

namespace shaken302::config {

struct FileRules {
  std::size_t bytes_max = 0;
  /// Refused when group or others may read, write or execute it, or when its owner is neither who
  /// runs this nor root.
  bool private_file = false;
};

/// A regular file that is read in pieces. Every issue names `path` as its file.
class RegularFile {
 public:
  static Result<RegularFile, ConfigIssue> open(const std::filesystem::path& path, FileRules rules);
  RegularFile(RegularFile&& other) noexcept;
  RegularFile& operator=(RegularFile&&) = delete;
  ~RegularFile();

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// As it was when the file was opened.
  [[nodiscard]] std::uint64_t size() const noexcept {
    return status_.st_size > 0 ? static_cast<std::uint64_t>(status_.st_size) : 0;
  }
  /// Up to `bytes_max` further bytes; 0 at the end. A file that somebody writes to meanwhile is an
  /// issue: half a file is no file.
  Result<std::size_t, ConfigIssue> read(char* to, std::size_t bytes_max);

 private:
  RegularFile(std::filesystem::path path, int fd) noexcept : path_(std::move(path)), fd_(fd) {}

  std::filesystem::path path_;
  int fd_ = -1;
  struct stat status_ {};
  std::uint64_t used_ = 0;
};

/// The whole content of a regular file; symbolic links are followed (deployments are made of them).
/// The issue names `path` as its file.
Result<std::string, ConfigIssue> read_regular_file(const std::filesystem::path& path,
                                                   FileRules rules);

}  // namespace shaken302::config
